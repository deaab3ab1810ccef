"""The action plan: what is open at a client or at all of them, and what was decided about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from audits.enums import NOT_TO_BE_DONE, ClientState, Treatment
from audits.models import ChecklistItem, Client, ClientGroupMember, RiskDecision, User
from audits.queries import checklist
from audits.queries.checklist import IS_ASKED, TO_DO, ChecklistRow
from audits.queries.listings import Column, Listing

SHOWN = ("undecided", "fix", "left")
# A file holds every row; so many are read at once.
AT_ONCE = 1_000
_SOON = timedelta(days=30)
_OPEN = checklist.IS_OPEN & Q(retired_from=None) & IS_ASKED


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
    """An open action with the latest decision about it, if there is one.

    `plain` says in whose words it is: an owner's are plain.
    """

    row: ChecklistRow
    decision: RiskDecision | None
    plain: bool = False

    @property
    def item(self) -> ChecklistItem:
        return self.row.item

    @property
    def title(self) -> str:
        return self.row.control.words(plain=self.plain).title

    @property
    def client(self) -> Client:
        return self.row.item.client

    @property
    def stands(self) -> bool:
        """Say whether the decision still holds; a graver matter asks for another one."""
        return bool(self.row.item.decided)

    def is_shown_as(self, show: str) -> bool:
        """As `actions` asks the database."""
        decided = self.item.decided
        return {
            "undecided": not decided,
            "fix": decided == Treatment.FIX,
            "left": self.row.is_left,
        }.get(show, not self.row.is_left)


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


def open_at(client: Client, *, plain: bool) -> list[PlanRow]:
    """Every open action of a client, whatever was decided about it, the most urgent first."""
    return rows(checklist.items_with_figures(_of(client).filter(_OPEN)), plain=plain)


def rows(items: Iterable[ChecklistItem], *, plain: bool = False) -> list[PlanRow]:
    """Actions with their words and decisions; of two alike what a finding names first is first."""
    joined = sorted(checklist.joined(items), key=_rank)
    decided = latest({row.item.pk for row in joined})
    return [PlanRow(row=row, decision=decided.get(row.item.pk), plain=plain) for row in joined]


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


def in_parts(items: QuerySet[ChecklistItem]) -> Iterator[PlanRow]:
    """Rows of however many actions, so many at once."""
    numbers = list(items.values_list("pk", flat=True))
    for start in range(0, len(numbers), AT_ONCE):
        yield from rows(items.filter(pk__in=numbers[start : start + AT_ONCE]))


def listing(*, plain: bool) -> Listing[PlanRow]:
    """The plan to take away, in the words of its reader."""

    def decided(value: Callable[[RiskDecision], Any]) -> Callable[[PlanRow], Any]:
        return lambda one: value(one.decision) if one.stands and one.decision else None

    return Listing[PlanRow](
        "action-plan",
        (
            Column("client", lambda one: one.client.name),
            Column("control", lambda one: one.row.control.id),
            Column("action", lambda one: one.row.control.words(plain=plain).title),
            Column("why", lambda one: one.row.because),
            Column("priority", lambda one: one.row.weighed.total),
            Column("weight", lambda one: one.row.weighed.weight),
            Column("impact", lambda one: one.row.weighed.impact),
            Column("factor", lambda one: one.row.weighed.factor),
            Column("answer", lambda one: str(one.item.get_answer_display())),
            Column("status", lambda one: str(one.item.get_status_display())),
            Column("owner", lambda one: one.row.owner),
            Column("due", lambda one: one.item.due),
            Column("overdue", lambda one: "yes" if one.row.overdue else "no"),
            Column("decision", decided(lambda made: str(made.get_treatment_display()))),
            Column("decided_on", decided(lambda made: made.decided_on)),
            Column("signature", decided(lambda made: made.signature)),
            Column("recorded_by", decided(lambda made: str(made.recorded_by or ""))),
            Column("recorded_at", decided(lambda made: made.recorded_at.isoformat())),
            Column("reason", decided(lambda made: made.reason)),
        ),
        called="actions",
    )
