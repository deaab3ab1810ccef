"""A client's third-party AI tools, and what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db import models
from django.utils import timezone

from audits.enums import DataClass, SheetState, ToolDecision, ToolState
from audits.models import AITool, Client, ToolRuling, VendorSheet
from audits.queries import review as reviews
from audits.queries import vendor
from audits.queries.vendor import SheetRow


@dataclass(frozen=True, kw_only=True)
class ToolRow:
    """A tool as lists show it; `sheet` is there for the provider's own people alone."""

    tool: AITool
    sheet: SheetRow | None
    today: date

    @property
    def state(self) -> ToolState:
        """How far the tool has come, as far as the reader can know."""
        if self.tool.decision == ToolDecision.UNDECIDED:
            begun = self.tool.in_review_since or (self.sheet is not None and self.sheet.draft)
            return ToolState.IN_REVIEW if begun else ToolState.REPORTED
        if self.review_on is not None and self.review_on <= self.today:
            return ToolState.REVIEW_DUE
        return ToolState.DECIDED

    @property
    def review_on(self) -> date | None:
        """When it is looked at again: by the decision, or sooner where its review falls due."""
        if self.tool.decision == ToolDecision.UNDECIDED:
            return self.tool.next_review
        known = [self.tool.next_review, self.sheet.next_review if self.sheet else None]
        return min((day for day in known if day is not None), default=None)

    @property
    def review_state(self) -> SheetState:
        """What is to be said of its next review: by the decision or the vendor's, the sooner one.

        Before the first decision it is that of the vendor alone, as far as the reader knows it.
        """
        if self.tool.decision == ToolDecision.UNDECIDED or self.review_on is None:
            return self.sheet.state if self.sheet is not None else SheetState.NONE
        return reviews.state_on(self.today, until=self.review_on)

    @property
    def is_due_soon(self) -> bool:
        return self.state == ToolState.DECIDED and self.review_state == SheetState.DUE_SOON

    @property
    def is_overdue(self) -> bool:
        """Whether the day is over on which it was to be looked at again."""
        return self.state == ToolState.REVIEW_DUE and self.review_state == SheetState.OVERDUE

    @property
    def review_action(self) -> SheetState:
        """What the button says that begins a review of the vendor; its own day counts for that."""
        if self.sheet is None or self.sheet.review is None:
            return SheetState.NONE
        return self.sheet.state

    @property
    def decision_state(self) -> SheetState:
        """Whether the decision is to be taken again: by the day that was set with it."""
        if self.tool.decision == ToolDecision.UNDECIDED or self.tool.next_review is None:
            return SheetState.NONE
        return reviews.state_on(self.today, until=self.tool.next_review)

    @property
    def allowed_data(self) -> list[str]:
        """The kinds of data that were allowed, in words."""
        return data_words(self.tool.allowed_data)


def data_words(classes: Iterable[str]) -> list[str]:
    return [str(one.label) for one in DataClass if one.value in set(classes)]


def of_client(client: Client) -> models.QuerySet[AITool]:
    """Third-party AI tools of the client, by name."""
    return AITool.objects.filter(client=client).select_related("client", "requested_by")


def rows_of(tools: Iterable[AITool], *, with_sheets: bool) -> list[ToolRow]:
    """Tools with what is known of their sheets, in a fixed number of queries."""
    listed = list(tools)
    wanted = {tool.sheet_id for tool in listed if tool.sheet_id is not None}
    sheets: dict[int, SheetRow] = {}
    if with_sheets and wanted:
        found = VendorSheet.objects.filter(pk__in=wanted)
        sheets = {row.sheet.pk: row for row in vendor.rows_of(found)}
    today = timezone.localdate()
    return [
        ToolRow(tool=tool, sheet=sheets.get(tool.sheet_id or 0), today=today) for tool in listed
    ]


def row_of(tool: AITool, *, with_sheets: bool) -> ToolRow:
    return rows_of([tool], with_sheets=with_sheets)[0]


def is_asked_for(tool: AITool) -> bool:
    """Say whether somebody waits for a decision: asked for, and none taken since."""
    if tool.requested_at is None:
        return False
    if tool.decision == ToolDecision.UNDECIDED:
        return True
    last = ToolRuling.objects.filter(tool=tool).order_by("-pk").first()
    return last is not None and last.decided_at < tool.requested_at


def bounds_of(row: ToolRow) -> reviews.Bounds:
    """How far a decision about the tool may go."""
    standing = row.sheet.standing if row.sheet is not None else None
    return reviews.bounds(
        row.tool, standing, is_shared=row.sheet is not None and row.sheet.sheet.is_shared
    )


@dataclass(frozen=True, kw_only=True)
class ToldRuling:
    """A decision as its reader sees it: who took it and asked for it, and what stopped more.

    `with_figures` is false where the page says the same figures elsewhere.
    """

    ruling: ToolRuling
    data: list[str]
    knock_outs: list[str]
    with_figures: bool = True

    @property
    def means(self) -> str:
        return ToolDecision(self.ruling.decision).means

    @property
    def is_too_high(self) -> bool:
        """Whether the risk of the review was above what passed when this was decided."""
        risk, mark = self.ruling.risk, self.ruling.pass_mark
        return risk is not None and mark is not None and risk > mark


def told_of(tool: AITool) -> list[ToldRuling]:
    """Every decision about the tool, newest first."""
    rows = ToolRuling.objects.filter(tool=tool).select_related("requested_by", "decided_by")
    return [
        ToldRuling(
            ruling=row,
            data=data_words(row.data_classes),
            knock_outs=reviews.knock_out_words(row.knock_outs),
        )
        for row in rows.order_by("-pk")
    ]


def told_once(told: list[ToldRuling], bounds: reviews.Bounds | None) -> list[ToldRuling]:
    """The same for a page that says below the newest decision how far one may go today.

    What still holds stands there alone; what held when it was decided and is different now stays.
    """
    if not told or bounds is None:
        return told
    newest, now = told[0], bounds.found
    then = (newest.ruling.risk, newest.ruling.pass_mark, newest.ruling.impact)
    is_same = now is not None and then == (now.risk, now.pass_mark, now.impact)
    beside = replace(
        newest,
        knock_outs=[reason for reason in newest.knock_outs if reason not in bounds.reasons],
        with_figures=not (is_same and bounds.says_figures),
    )
    return [beside, *told[1:]]
