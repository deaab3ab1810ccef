"""A client's third-party AI tools, and what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils import timezone

from audits.enums import DataClass, ToolDecision, ToolState
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
    def is_due_soon(self) -> bool:
        days = timedelta(days=reviews.SOON_DAYS)
        return (
            self.state == ToolState.DECIDED
            and self.review_on is not None
            and self.review_on <= self.today + days
        )

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
    """A decision as its reader sees it: who took it and asked for it, and what stopped more."""

    ruling: ToolRuling
    data: list[str]
    knock_outs: list[str]


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
