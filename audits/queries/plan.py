"""The action plan: what is open at a client or at all of them, and what was decided about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from audits.enums import NOT_TO_BE_DONE, ClientState, Treatment
from audits.models import ChecklistItem, Client, ClientGroupMember, RiskDecision, User
from audits.queries import checklist
from audits.queries.checklist import IS_ASKED, TO_DO, ChecklistRow
from audits.reports import exports

SHOWN = ("undecided", "fix", "left")
# A file holds every row; so many are read at once.
AT_ONCE = 1_000
_SOON = timedelta(days=30)
_OPEN = checklist.IS_OPEN & Q(retired_from=None) & IS_ASKED
_HEADERS = (
    "client",
    "control",
    "action",
    "why",
    "priority",
    "weight",
    "impact",
    "factor",
    "answer",
    "status",
    "owner",
    "due",
    "overdue",
    "decision",
    "decided_on",
    "signature",
    "recorded_by",
    "recorded_at",
    "reason",
)


@dataclass(frozen=True, kw_only=True)
class PlanFilters:
    """What is looked for."""

    show: str = ""
    owner: int | None = None
    due: str = ""
    group: int | None = None

    @property
    def is_any(self) -> bool:
        return bool(self.show or self.owner or self.due or self.group)


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """An open action with the latest decision about it, if there is one."""

    row: ChecklistRow
    decision: RiskDecision | None

    @property
    def client(self) -> Client:
        return self.row.item.client

    @property
    def stands(self) -> bool:
        """Say whether the decision still holds; a graver matter asks for another one."""
        return bool(self.row.item.decided)


@dataclass(frozen=True, kw_only=True)
class PlanCounts:
    """Figures above the plan."""

    to_do: int
    overdue: int
    undecided: int
    fix: int
    left: int


def actions(filters: PlanFilters, *, client: Client | None = None) -> QuerySet[ChecklistItem]:
    """Open actions of one client, or of every client in scope, the most urgent first."""
    rows = _of(client).filter(_OPEN).filter(_shown(filters.show), _due(filters.due))
    if filters.owner is not None:
        rows = rows.filter(owner_id=filters.owner)
    if filters.group is not None:
        members = ClientGroupMember.objects.filter(group_id=filters.group).values("client_id")
        rows = rows.filter(client_id__in=members)
    ranked = rows.order_by("-priority", F("due").asc(nulls_last=True), "client_id", "control")
    return checklist.items_with_figures(ranked)


def _of(client: Client | None) -> QuerySet[ChecklistItem]:
    if client is not None:
        return ChecklistItem.objects.filter(client=client)
    return ChecklistItem.objects.exclude(client__state=ClientState.ARCHIVED)


def _shown(show: str) -> Q:
    return {
        "undecided": Q(decided=""),
        "fix": Q(decided=Treatment.FIX),
        "left": Q(decided__in=NOT_TO_BE_DONE),
    }.get(show, TO_DO)


def _due(due: str) -> Q:
    today = timezone.localdate()
    return {
        "overdue": TO_DO & Q(due__lt=today),
        "month": Q(due__gte=today, due__lte=today + _SOON),
        "none": Q(due=None),
    }.get(due, Q())


def counts(*, client: Client | None = None) -> PlanCounts:
    """Count what is to be done, is late, waits for a decision, and was left as it is."""
    today = timezone.localdate()
    found = (
        _of(client)
        .filter(_OPEN)
        .aggregate(
            to_do=Count("id", filter=TO_DO),
            overdue=Count("id", filter=TO_DO & Q(due__lt=today)),
            undecided=Count("id", filter=_shown("undecided")),
            fix=Count("id", filter=_shown("fix")),
            left=Count("id", filter=_shown("left")),
        )
    )
    return PlanCounts(**found)


def owners(*, client: Client | None = None) -> list[User]:
    """Everybody who sees to an open action."""
    held = _of(client).filter(_OPEN, owner__isnull=False).order_by().values("owner_id")
    return sorted(User.objects.filter(pk__in=held), key=lambda user: str(user).casefold())


def rows(items: Iterable[ChecklistItem]) -> list[PlanRow]:
    """Actions with their words and decisions; of two alike what a finding names first is first."""
    joined = sorted(checklist.joined(items), key=_rank)
    decided = latest({row.item.pk for row in joined})
    return [PlanRow(row=row, decision=decided.get(row.item.pk)) for row in joined]


def _rank(row: ChecklistRow) -> tuple[object, ...]:
    return (-row.item.priority, *checklist.urgency(row))


def latest(items: Iterable[int]) -> dict[int, RiskDecision]:
    """The last decision about each of these controls."""
    found = _signed().filter(item__in=list(items)).order_by("item_id", "-id")
    return {decision.item_id: decision for decision in found.distinct("item_id")}


def _signed() -> QuerySet[RiskDecision]:
    """Decisions with whoever wrote them down; nobody where that account is gone."""
    return RiskDecision.objects.select_related("recorded_by")


def of_item(item: ChecklistItem) -> QuerySet[RiskDecision]:
    """Every decision about one control, the last one first."""
    return _signed().filter(item=item)


def as_csv(items: QuerySet[ChecklistItem], *, plain: bool) -> bytes:
    """The whole plan as a table to take away; nothing in it runs as a formula."""
    return exports.csv_table(_HEADERS, (_cells(one, plain=plain) for one in _in_parts(items)))


def as_json(items: QuerySet[ChecklistItem], *, plain: bool) -> bytes:
    """The same by name."""
    listed = [
        dict(zip(_HEADERS, _cells(one, plain=plain), strict=True)) for one in _in_parts(items)
    ]
    return exports.result_json({"actions": listed})


def _in_parts(items: QuerySet[ChecklistItem]) -> Iterator[PlanRow]:
    numbers = list(items.values_list("pk", flat=True))
    for start in range(0, len(numbers), AT_ONCE):
        yield from rows(items.filter(pk__in=numbers[start : start + AT_ONCE]))


def _cells(one: PlanRow, *, plain: bool) -> list[str | int | float | None]:
    row, decision = one.row, one.decision if one.stands else None
    weighed = row.weighed
    return [
        one.client.name,
        row.control.id,
        row.control.words(plain=plain).title,
        row.because,
        weighed.total,
        weighed.weight,
        weighed.impact,
        weighed.factor,
        row.item.get_answer_display(),
        row.item.get_status_display(),
        row.owner,
        row.item.due.isoformat() if row.item.due else None,
        "yes" if row.overdue else "no",
        decision.get_treatment_display() if decision else None,
        decision.decided_on.isoformat() if decision else None,
        decision.signature if decision else None,
        str(decision.recorded_by or "") if decision else None,
        decision.recorded_at.isoformat() if decision else None,
        decision.reason if decision else None,
    ]
