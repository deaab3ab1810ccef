"""Fact sheets of vendors: what the provider knows, how its reviews stand, which clients use it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from audits.enums import DataClass, SheetState, ToolDecision, TrainsOnData
from audits.guidance.reviews import Review
from audits.models import AITool, VendorReview, VendorSheet, VendorTerms
from audits.queries import review as reviews
from audits.queries.facts import IMPACT_BY_CLASS


def of_provider(provider_id: int) -> QuerySet[VendorSheet]:
    """Every sheet of the provider, by vendor and product."""
    return VendorSheet.objects.filter(provider_id=provider_id)


@dataclass(frozen=True, kw_only=True)
class Use:
    """How the clients that the person may open use a tool."""

    clients: int = 0
    people: int = 0
    waiting: int = 0
    most_sensitive: DataClass | None = None

    @classmethod
    def of(cls, tools: Sequence[AITool]) -> "Use":
        if not tools:
            return cls()
        classes = [DataClass(tool.data_class) for tool in tools]
        return cls(
            clients=len({tool.client_id for tool in tools}),
            people=sum(tool.people or 0 for tool in tools),
            waiting=sum(tool.decision == ToolDecision.UNDECIDED for tool in tools),
            most_sensitive=max(classes, key=lambda one: IMPACT_BY_CLASS[one]),
        )


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """A sheet with what is in force of it: the newest terms, the newest completed review.

    `draft` is a review that is being filled in.
    """

    sheet: VendorSheet
    terms: VendorTerms | None
    review: VendorReview | None
    draft: VendorReview | None
    use: "Use"
    today: date

    @property
    def next_review(self) -> date | None:
        """Until when the completed review stands; at once where the terms are other ones now."""
        if self.review is None:
            return None
        return self.today if self.terms_changed else reviews.valid_until(self.review)

    @property
    def terms_changed(self) -> bool:
        """Whether the terms are not those that the completed review speaks of."""
        newest = self.terms.pk if self.terms is not None else None
        return self.review is not None and self.review.terms_id != newest

    @property
    def state(self) -> SheetState:
        until = self.next_review
        if until is None:
            return SheetState.NONE if self.draft is None else SheetState.OPEN
        return reviews.state_on(self.today, until=until)

    @property
    def standing(self) -> VendorReview | None:
        """The review that decisions rest on: completed, within its year, about these terms."""
        return self.review if self.state in (SheetState.CURRENT, SheetState.DUE_SOON) else None

    @property
    def trains(self) -> TrainsOnData:
        return reviews.trains(self.review)


def rows_of(sheets: Iterable[VendorSheet]) -> list[SheetRow]:
    """Each sheet with what is in force of it, in a fixed number of queries."""
    listed = list(sheets)
    terms: dict[int, VendorTerms] = {}
    # The text of the terms may be long and is read on the page of its sheet alone.
    newest = VendorTerms.objects.filter(sheet__in=listed).defer("text").order_by("pk")
    for found in newest:
        terms[found.sheet_id] = found
    done: dict[int, VendorReview] = {}
    drafts: dict[int, VendorReview] = {}
    for review in VendorReview.objects.filter(sheet__in=listed).order_by("pk"):
        (drafts if review.completed_at is None else done)[review.sheet_id] = review
    used: dict[int, list[AITool]] = defaultdict(list)
    columns = ("client_id", "sheet_id", "people", "decision", "data_class")
    for tool in AITool.objects.filter(sheet__in=listed).only(*columns):
        used[tool.sheet_id or 0].append(tool)
    today = timezone.localdate()
    return [
        SheetRow(
            sheet=sheet,
            terms=terms.get(sheet.pk),
            review=done.get(sheet.pk),
            draft=drafts.get(sheet.pk),
            use=Use.of(used[sheet.pk]),
            today=today,
        )
        for sheet in listed
    ]


def row_of(sheet: VendorSheet) -> SheetRow:
    return rows_of([sheet])[0]


def reviewed(row: SheetRow) -> Review | None:
    """What the completed review comes to; None where there is none."""
    if row.review is None:
        return None
    return reviews.assess(row.review.answers, is_provider=row.sheet.is_shared)


def told(row: SheetRow) -> dict[str, object]:
    """The same as the pages show it; nothing where there is none."""
    found = reviewed(row)
    if found is None or row.review is None:
        return {}
    return reviews.told(found, row.review.answers, used_for=row.use.most_sensitive)


_URGENT = (
    SheetState.OVERDUE,
    SheetState.DUE,
    SheetState.OPEN,
    SheetState.NONE,
    SheetState.DUE_SOON,
)


def urgency(row: SheetRow) -> int:
    """Where a sheet stands among the others: those that want something done come first."""
    return _URGENT.index(row.state) if row.state in _URGENT else len(_URGENT)


def register(provider_id: int) -> list[SheetRow]:
    """Every sheet of the provider, the most urgent first."""
    return sorted(rows_of(of_provider(provider_id)), key=urgency)


def users_of(sheet: VendorSheet, *, only_waiting: bool = False) -> QuerySet[AITool]:
    """Tools of the clients in scope that point at the sheet, by client.

    Those alone about which nothing is decided, where that is asked for.
    """
    rows = AITool.objects.filter(sheet=sheet).select_related("client", "requested_by", "sheet")
    if only_waiting:
        rows = rows.filter(decision=ToolDecision.UNDECIDED)
    return rows.order_by("client__name", "name", "pk")


# Tools that somebody reported and nobody has looked into.
WAITING = Q(decision=ToolDecision.UNDECIDED, in_review_since=None)


def without_sheet() -> QuerySet[AITool]:
    """Tools in scope that have no fact sheet, however far they have come, the oldest first."""
    return AITool.objects.filter(sheet=None).select_related("client").order_by("pk")


@dataclass(frozen=True, kw_only=True)
class WithoutSheet:
    """How many tools have no fact sheet, and how many of them nobody has looked into."""

    every: int
    waiting: int


def count_without_sheet() -> WithoutSheet:
    """Both in one query."""
    return WithoutSheet(
        **AITool.objects.filter(sheet=None).aggregate(
            every=Count("pk"), waiting=Count("pk", filter=WAITING)
        )
    )


def terms_of(sheet: VendorSheet) -> list[VendorTerms]:
    """Every saved copy of the terms, newest first, without the texts: they may be long."""
    rows = VendorTerms.objects.filter(sheet=sheet).select_related("saved_by").defer("text")
    return list(rows.order_by("-pk"))


def terms_read(sheet: VendorSheet, pk: int | None) -> VendorTerms | None:
    """The copy of the terms that is read: the one that was chosen, else the newest."""
    rows = VendorTerms.objects.filter(sheet=sheet).order_by("-pk")
    return (rows.filter(pk=pk).first() if pk is not None else None) or rows.first()


def matching(provider_id: int, names: Iterable[str]) -> dict[str, VendorSheet]:
    """Sheets by a name that a list may call them; a name that fits two sheets fits none."""
    wanted = {name.casefold() for name in names}
    found: dict[str, list[VendorSheet]] = defaultdict(list)
    for sheet in of_provider(provider_id):
        for name in {sheet.product.casefold(), f"{sheet.vendor} {sheet.product}".casefold()}:
            found[name].append(sheet)
    return {name: rows[0] for name, rows in found.items() if name in wanted and len(rows) == 1}
