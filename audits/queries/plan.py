"""The action plan: what is open at a client or at all of them, and what was decided about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import NOT_TO_BE_DONE, ClientState, Treatment
from audits.guidance import findings
from audits.models import ChecklistItem, Client, RiskDecision
from audits.queries import checklist
from audits.queries.checklist import IS_ASKED, TO_DO, ChecklistRow
from audits.queries.listings import Column, Listing
from audits.queries.narrowing import OVERDUE, due_in

# A file holds every row; so many are read at once.
AT_ONCE = 1_000
_OPEN = checklist.IS_OPEN & Q(retired_from=None) & IS_ASKED
_CALLED = Case(
    *(
        When(finding__key=key, control=control, then=Value(place))
        for (key, control), place in findings.PLACES.items()
    ),
    default=Value(findings.NOWHERE),
    output_field=IntegerField(),
)
# As `checklist.urgency` has it for the actions of one client.
URGENT = (
    F("priority").desc(),
    IsNull(F("finding"), rhs=True).asc(),
    _CALLED.asc(),
    F("due").asc(nulls_last=True),
    F("client").asc(),
    F("control").asc(),
)


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
        """As `shown_as` asks the database."""
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

    @property
    def every(self) -> int:
        """How many actions are open, whatever was decided about them."""
        return self.undecided + self.fix + self.left


def everywhere() -> QuerySet[ChecklistItem]:
    """Open actions of every client in scope, whatever was decided about them, to choose from.

    Nothing that a row shows is read with them: `in_order` reads that of the rows of one page.
    """
    return _of(None).filter(_OPEN).order_by(*URGENT)


def to_do(*, client: Client | None = None) -> QuerySet[ChecklistItem]:
    """What is to be done at one client, or at every client in scope, the most urgent first."""
    rows = _of(client).filter(_OPEN, TO_DO).order_by(*URGENT)
    return checklist.items_with_figures(rows)


def overdue() -> QuerySet[ChecklistItem]:
    """What of it is late at the clients in scope."""
    return to_do().filter(due_by(OVERDUE))


def _of(client: Client | None) -> QuerySet[ChecklistItem]:
    if client is not None:
        return ChecklistItem.objects.filter(client=client)
    return ChecklistItem.objects.exclude(client__state=ClientState.ARCHIVED)


def shown_as(show: str) -> Q:
    """What was decided about an action: what is to be done, unless something else is named."""
    return {
        "undecided": Q(decided=""),
        "fix": Q(decided=Treatment.FIX),
        "left": Q(decided__in=NOT_TO_BE_DONE),
    }.get(show, TO_DO)


def due_by(due: str) -> Q:
    """When an action is due; what was decided to be left is late no longer."""
    found = due_in("due", due)
    return found & TO_DO if due == OVERDUE else found


def counts(*, client: Client | None = None) -> PlanCounts:
    """Count what is to be done, is late, waits for a decision, and was left as it is."""
    today = timezone.localdate()
    found = (
        _of(client)
        .filter(_OPEN)
        .aggregate(
            to_do=Count("id", filter=TO_DO),
            overdue=Count("id", filter=TO_DO & Q(due__lt=today)),
            undecided=Count("id", filter=shown_as("undecided")),
            fix=Count("id", filter=shown_as("fix")),
            left=Count("id", filter=shown_as("left")),
        )
    )
    return PlanCounts(**found)


def open_at(client: Client, *, plain: bool) -> list[PlanRow]:
    """Every open action of a client, whatever was decided about it, the most urgent first."""
    return rows(checklist.items_with_figures(_of(client).filter(_OPEN)), plain=plain)


def rows(items: Iterable[ChecklistItem], *, plain: bool = False) -> list[PlanRow]:
    """Actions with their words and decisions, the most urgent first."""
    return _decided(sorted(checklist.joined(items), key=checklist.urgency), plain=plain)


def in_order(numbers: Iterable[int]) -> list[PlanRow]:
    """The actions of these numbers as rows, in the same order."""
    places = {pk: place for place, pk in enumerate(numbers)}
    found = checklist.items_with_figures(ChecklistItem.objects.filter(pk__in=list(places)))
    return _decided(sorted(checklist.joined(found), key=lambda row: places[row.item.pk]))


def _decided(joined: list[ChecklistRow], *, plain: bool = False) -> list[PlanRow]:
    decided = latest({row.item.pk for row in joined})
    return [PlanRow(row=row, decision=decided.get(row.item.pk), plain=plain) for row in joined]


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
    """Rows of however many actions in their order, so many at once."""
    numbers = list(numbers_of(items))
    for start in range(0, len(numbers), AT_ONCE):
        yield from in_order(numbers[start : start + AT_ONCE])


def numbers_of(items: QuerySet[ChecklistItem]) -> QuerySet[ChecklistItem, int]:
    """The numbers of actions alone, in their order."""
    return items.values_list("pk", flat=True)


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
            Column("why", lambda one: one.row.reason(plain=plain)),
            Column("priority", lambda one: one.row.weighed.total),
            Column("weight", lambda one: one.row.weighed.weight),
            Column("impact", lambda one: one.row.weighed.impact),
            Column("factor", lambda one: one.row.weighed.factor),
            Column("answer", lambda one: str(one.item.get_answer_display())),
            Column("status", lambda one: str(one.item.get_status_display())),
            Column("owner", lambda one: one.row.owner, unsaid=_("Nobody yet")),
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
