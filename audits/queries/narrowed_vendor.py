"""What the lists of AI tools over all clients can be asked: fact sheets, and tools without one."""

from typing import Final

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from audits.enums import (
    DataClass,
    ReportedColumn,
    SheetColumn,
    SheetState,
    ToolCategory,
    ToolDecision,
    ToolState,
    TrainsOnData,
)
from audits.models import AITool
from audits.queries import client_group, vendor
from audits.queries.narrowing import (
    DUE,
    Choice,
    RowNarrowing,
    TableNarrowing,
    headings,
    is_due,
    place_of,
    places,
)
from audits.queries.vendor import SheetRow

NAME, KIND, CLIENT, GROUP = "name", "kind", "client", "group"
_DATA, _TRAINS, _DECISIONS = (places(one) for one in (DataClass, TrainsOnData, ToolDecision))
_DUE = (SheetState.DUE, SheetState.OVERDUE)

VENDORS: Final = RowNarrowing[SheetRow](
    text_label=_("Tool or vendor"),
    choices={
        SheetColumn.STATE.value: Choice(
            label=_("Review"), empty=_("Any"), offered=SheetState.choices, at_hand=True
        ),
        SheetColumn.DATA.value: Choice(
            label=_("Most sensitive data"), empty=_("Any data"), offered=DataClass.choices
        ),
        SheetColumn.TRAINS.value: Choice(
            label=_("Does the vendor train on it?"), empty=_("Any"), offered=TrainsOnData.choices
        ),
        KIND: Choice(label=_("Category"), empty=_("Any"), offered=ToolCategory.choices),
        "due": Choice(label=_("Next review"), empty=_("Any day"), offered=DUE),
    },
    first=SheetColumn.STATE.value,
    called={NAME: _("Tool"), **headings(SheetColumn)},
    falling=frozenset({SheetColumn.DATA.value, SheetColumn.CLIENTS.value, SheetColumn.USERS.value}),
    texts=lambda row: (row.sheet.product, row.sheet.vendor),
    fits={
        SheetColumn.STATE.value: lambda row, value: (
            # What is overdue is due as well: lists that are kept under a name keep it.
            row.state in _DUE if value == SheetState.DUE else row.state.value == value
        ),
        SheetColumn.DATA.value: lambda row, value: row.use.most_sensitive == value,
        SheetColumn.TRAINS.value: lambda row, value: row.trains.value == value,
        KIND: lambda row, value: row.sheet.category == value,
        "due": lambda row, value: is_due(row.next_review, value),
    },
    orders={
        NAME: lambda row: row.sheet.product.casefold(),
        SheetColumn.DATA.value: lambda row: _DATA.get(str(row.use.most_sensitive)),
        SheetColumn.TRAINS.value: lambda row: _TRAINS[row.trains.value],
        SheetColumn.CLIENTS.value: lambda row: row.use.clients,
        SheetColumn.USERS.value: lambda row: row.use.people,
        SheetColumn.DECISION.value: lambda row: _DECISIONS[row.sheet.default_decision],
        SheetColumn.STATE.value: vendor.urgency,
        SheetColumn.REVIEW.value: lambda row: row.next_review,
    },
)

_STEPS: Final = {
    "waiting": vendor.WAITING,
    "review": Q(decision=ToolDecision.UNDECIDED) & ~vendor.WAITING,
    "decided": ~Q(decision=ToolDecision.UNDECIDED),
}

VENDORS_REPORTED: Final = TableNarrowing[AITool](
    text_label=_("Tool, vendor or client"),
    choices={
        ReportedColumn.STEP.value: Choice(
            label=_("Step"),
            empty=ToolState.REPORTED.label,
            offered=[
                ("review", ToolState.IN_REVIEW.label),
                ("decided", _("Decided without a fact sheet")),
            ],
            at_hand=True,
        ),
        ReportedColumn.DATA.value: Choice(
            label=_("Data that goes in"), empty=_("Any data"), offered=DataClass.choices
        ),
        KIND: Choice(label=_("Category"), empty=_("Any"), offered=ToolCategory.choices),
        GROUP: Choice(
            label=_("Group"),
            empty=_("Every group"),
            asked=lambda _rows: [(str(one.pk), one.name) for one in client_group.in_sight()],
        ),
    },
    first=ReportedColumn.ASKED.value,
    called={NAME: _("Tool"), CLIENT: _("Client"), **headings(ReportedColumn)},
    falling=frozenset({ReportedColumn.DATA.value, ReportedColumn.USERS.value}),
    usual={ReportedColumn.STEP.value: "waiting"},
    texts=("name", "vendor", "client__name"),
    fits={
        ReportedColumn.STEP.value: lambda value: _STEPS[value],
        ReportedColumn.DATA.value: lambda value: Q(data_class=value),
        KIND: lambda value: Q(category=value),
        GROUP: lambda value: Q(client__in=client_group.members_of(int(value))),
    },
    orders={
        NAME: Lower("name"),
        CLIENT: Lower("client__name"),
        ReportedColumn.DATA.value: place_of("data_class", DataClass),
        ReportedColumn.USERS.value: F("people"),
        ReportedColumn.ASKED.value: F("created_at"),
        ReportedColumn.STEP.value: place_of("decision", ToolDecision),
    },
    alike=("pk",),
)
