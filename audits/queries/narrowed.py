"""What each list can be asked: its choices, and the columns that sort it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import Expression
from django.db.models.functions import Lower
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from audits.enums import (
    ACTIVE_STATES,
    CLIENT_KINDS,
    AuditColumn,
    ColumnList,
    DataClass,
    DatasetColumn,
    Exposure,
    Hosting,
    Impact,
    JobState,
    Lifecycle,
    ModelColumn,
    Outcome,
    Preset,
    RatingBadge,
    ReportColumn,
    ReportKind,
    ReportState,
    ToolCategory,
    ToolColumn,
    ToolDecision,
    ToolState,
    TrainsOnData,
)
from audits.models import Audit, Dataset, DatasetVersion, Report
from audits.queries import audit
from audits.queries.narrowed_house import CHECKLIST, PORTFOLIOS
from audits.queries.narrowed_people import PEOPLE, TEAM
from audits.queries.narrowed_plan import PLAN, PLANS
from audits.queries.narrowed_vendor import VENDORS, VENDORS_REPORTED
from audits.queries.narrowing import (
    DUE,
    OVERDUE,
    SINCE,
    Choice,
    Narrowing,
    RowNarrowing,
    TableNarrowing,
    due_in,
    headings,
    is_due,
    is_since,
    place_of,
    places,
    since_in,
)
from audits.queries.risk_order import Placed
from audits.queries.tool import ToolRow

NAME, KIND, STATE = "name", "kind", "state"
# What the figures of a client count, where no single word of a row says it.
IN_USE, RENEW, ACTIVE, STILL_OPEN = "in_use", "renew", "active", "open"
_ADDED = Choice(label=_("Added"), empty=_("Any time"), moment=True)


def _is(column: str) -> Callable[[str], Q]:
    return lambda value: Q(**{column: value})


# The word for what was decided, in the language of its reader.
_done: Callable[[ToolDecision], Any] = lazy(lambda one: one.done, str)
_LIFECYCLES, _EXPOSURES = places(Lifecycle), places(Exposure)
_DATA, _TRAINS, _DECISIONS = (places(one) for one in (DataClass, TrainsOnData, ToolDecision))

MODELS: Final = RowNarrowing[Placed](
    text_label=_("Name, purpose, owner or host"),
    choices={
        ModelColumn.RATING.value: Choice(
            label=_("Rating"), empty=_("Every rating"), offered=RatingBadge.choices, at_hand=True
        ),
        ModelColumn.STATUS.value: Choice(
            label=_("Status"),
            empty=_("Every status"),
            offered=[(IN_USE, _("In use")), *Lifecycle.choices],
            at_hand=True,
        ),
        "impact": Choice(label=_("Sensitivity"), empty=_("Any data"), offered=Impact.choices),
        ModelColumn.REACH.value: Choice(
            label=_("Who can reach it"), empty=_("Anybody"), offered=Exposure.choices
        ),
        ModelColumn.OWNER.value: Choice(
            label=_("Owner"), empty=_("Any owner"), of=lambda row: row.model.owner_name
        ),
        "hosting": Choice(label=_("Where it runs"), empty=_("Anywhere"), offered=Hosting.choices),
        "due": Choice(label=_("Next review"), empty=_("Any day"), offered=DUE),
        SINCE: _ADDED,
    },
    first=ModelColumn.RATING.value,
    called={NAME: _("Model"), **headings(ModelColumn)},
    falling=frozenset({ModelColumn.RATING.value, ModelColumn.DATA.value, ModelColumn.AUDIT.value}),
    texts=lambda row: (
        row.model.name,
        row.model.purpose,
        row.model.owner_name,
        row.model.hosted_by,
    ),
    fits={
        ModelColumn.RATING.value: lambda row, value: row.badge.value == value,
        ModelColumn.STATUS.value: lambda row, value: (
            not row.is_retired if value == IN_USE else row.model.lifecycle == value
        ),
        "impact": lambda row, value: str(row.model.impact) == value,
        ModelColumn.REACH.value: lambda row, value: row.model.exposure == value,
        ModelColumn.OWNER.value: lambda row, value: row.model.owner_name == value,
        "hosting": lambda row, value: row.model.hosting == value,
        # What is retired is late no longer.
        "due": lambda row, value: (
            row.is_review_overdue if value == OVERDUE else is_due(row.model.next_review, value)
        ),
        SINCE: lambda row, value: is_since(row.model.created_at, value),
    },
    orders={
        NAME: lambda row: row.model.name.casefold(),
        # The first place is that of the worst rating; what is retired is last in either order.
        ModelColumn.RATING.value: lambda row: (
            None if row.is_retired else [-place for place in row.standing.urgency]
        ),
        ModelColumn.STATUS.value: lambda row: _LIFECYCLES[row.model.lifecycle],
        ModelColumn.DATA.value: lambda row: row.model.impact,
        ModelColumn.AUDIT.value: lambda row: row.audit and row.audit.completed_at,
        ModelColumn.REACH.value: lambda row: _EXPOSURES[row.model.exposure],
        ModelColumn.OWNER.value: lambda row: row.model.owner_name.casefold() or None,
        ModelColumn.REVIEW.value: lambda row: row.model.next_review,
    },
)


def _is_tool_due(row: ToolRow, due: str) -> bool:
    """Whether it is looked at again by then; of a decision alone, as the fleet counts it."""
    if due == RENEW:
        is_decided = row.tool.decision != ToolDecision.UNDECIDED
        return is_decided and is_due(row.tool.next_review, OVERDUE)
    return is_due(row.review_on, due)


TOOLS: Final = RowNarrowing[ToolRow](
    text_label=_("Tool or vendor"),
    choices={
        STATE: Choice(label=_("Review"), empty=_("Any"), offered=ToolState.choices, at_hand=True),
        ToolColumn.DECISION.value: Choice(
            label=_("Decision"),
            empty=_("Every decision"),
            offered=[(one.value, _done(one)) for one in ToolDecision],
            at_hand=True,
        ),
        KIND: Choice(label=_("Category"), empty=_("Any"), offered=ToolCategory.choices),
        ToolColumn.DATA.value: Choice(
            label=_("Data that goes in"), empty=_("Any data"), offered=DataClass.choices
        ),
        ToolColumn.TRAINS.value: Choice(
            label=_("Does the vendor train on it?"), empty=_("Any"), offered=TrainsOnData.choices
        ),
        "due": Choice(
            label=_("Next review"),
            empty=_("Any day"),
            offered=[*DUE, (RENEW, _("Day of the decision is over"))],
        ),
        SINCE: _ADDED,
    },
    first=NAME,
    called={NAME: _("Tool"), **headings(ToolColumn)},
    falling=frozenset({ToolColumn.USERS.value, ToolColumn.DATA.value}),
    texts=lambda row: (row.tool.name, row.tool.vendor),
    fits={
        STATE: lambda row, value: row.state.value == value,
        ToolColumn.DECISION.value: lambda row, value: row.tool.decision == value,
        KIND: lambda row, value: row.tool.category == value,
        ToolColumn.DATA.value: lambda row, value: row.tool.data_class == value,
        ToolColumn.TRAINS.value: lambda row, value: row.tool.trains_on_data == value,
        "due": _is_tool_due,
        SINCE: lambda row, value: is_since(row.tool.created_at, value),
    },
    orders={
        NAME: lambda row: row.tool.name.casefold(),
        ToolColumn.DATA.value: lambda row: _DATA[row.tool.data_class],
        ToolColumn.TRAINS.value: lambda row: _TRAINS[row.tool.trains_on_data],
        ToolColumn.USERS.value: lambda row: row.tool.people,
        ToolColumn.DECISION.value: lambda row: _DECISIONS[row.tool.decision],
        ToolColumn.REVIEW.value: lambda row: row.review_on,
    },
)

# What expires is a result, and with it the rating of its model: an audit stays as it ended.
_AUDIT_STATES = [
    (ACTIVE, _("Queued or running")),
    (STILL_OPEN, _("Failed and still open")),
    *(one for one in JobState.choices if one[0] != JobState.EXPIRED),
]


def _is_in_state(value: str) -> Q:
    """How an audit's job stands; what failed is open until it is tried again or acknowledged."""
    if value == ACTIVE:
        return Q(job__state__in=ACTIVE_STATES)
    if value == STILL_OPEN:
        return Q(pk__in=audit.failed().order_by().values("pk"))
    return Q(job__state=value)


AUDITS: Final = TableNarrowing[Audit](
    text_label=_("Model or records"),
    choices={
        STATE: Choice(
            label=_("State"), empty=_("Every state"), offered=_AUDIT_STATES, at_hand=True
        ),
        AuditColumn.RESULT.value: Choice(
            label=_("Result"), empty=_("Every result"), offered=Outcome.choices, at_hand=True
        ),
        AuditColumn.RATING.value: Choice(
            label=_("Rating then"), empty=_("Every rating"), offered=RatingBadge.choices
        ),
        AuditColumn.DEPTH.value: Choice(
            label=_("Depth"), empty=_("Every depth"), offered=Preset.choices
        ),
        SINCE: Choice(label=_("Finished"), empty=_("Any time"), moment=True),
    },
    first=AuditColumn.ASKED.value,
    called={NAME: _("Model"), **headings(AuditColumn)},
    falling=frozenset(
        {AuditColumn.ASKED.value, AuditColumn.RATING.value, AuditColumn.RESULT.value}
    ),
    texts=("model_version__model__name", "dataset_version__dataset__name"),
    fits={
        STATE: _is_in_state,
        AuditColumn.RESULT.value: _is("outcome"),
        AuditColumn.RATING.value: _is("badge"),
        AuditColumn.DEPTH.value: _is("preset"),
        SINCE: lambda value: since_in("completed_at", value),
    },
    orders={
        NAME: Lower("model_version__model__name"),
        AuditColumn.RESULT.value: place_of("outcome", Outcome),
        AuditColumn.RATING.value: place_of("badge", RatingBadge),
        AuditColumn.RECORDS.value: Lower("dataset_version__dataset__name"),
        AuditColumn.DEPTH.value: place_of("preset", Preset),
        AuditColumn.ASKED.value: F("pk"),
    },
)


def _newest(column: str) -> Expression:
    """Of the newest version of a dataset one value."""
    rows = DatasetVersion.objects.filter(dataset=OuterRef("pk")).order_by("-number")
    return cast("Expression", Subquery(rows.values(column)[:1]))


DATASETS: Final = TableNarrowing[Dataset](
    text_label=_("Name, description or owner"),
    choices={
        DatasetColumn.KIND.value: Choice(
            label=_("Kind of data"), empty=_("Any data"), offered=DataClass.choices, at_hand=True
        ),
        DatasetColumn.IMPACT.value: Choice(
            label=_("Sensitivity"), empty=_("Any"), offered=Impact.choices, at_hand=True
        ),
        "due": Choice(label=_("Kept until"), empty=_("Any day"), offered=DUE),
    },
    first=NAME,
    called={NAME: _("Dataset"), **headings(DatasetColumn)},
    falling=frozenset(DatasetColumn.values) - {DatasetColumn.KIND.value},
    texts=("name", "description", "owner_name"),
    fits={
        DatasetColumn.KIND.value: _is("data_class"),
        DatasetColumn.IMPACT.value: _is("impact"),
        "due": lambda value: due_in("retain_until", value),
    },
    orders={
        NAME: Lower("name"),
        DatasetColumn.KIND.value: place_of("data_class", DataClass),
        DatasetColumn.IMPACT.value: F("impact"),
        DatasetColumn.TRAINING.value: lambda: _newest("members"),
        DatasetColumn.HELD_OUT.value: lambda: _newest("nonmembers"),
        DatasetColumn.UPLOADED.value: lambda: _newest("created_at"),
    },
)

REPORTS: Final = TableNarrowing[Report](
    text_label=_("Model or AI tool"),
    choices={
        KIND: Choice(
            label=_("Kind"),
            empty=_("Every kind"),
            offered=[(one.value, one.label) for one in CLIENT_KINDS],
            at_hand=True,
        ),
        ReportColumn.STATE.value: Choice(
            label=_("State"), empty=_("Every state"), offered=ReportState.choices, at_hand=True
        ),
    },
    first=ReportColumn.MADE.value,
    called={KIND: _("Kind"), **headings(ReportColumn)},
    falling=frozenset({ReportColumn.MADE.value}),
    texts=("audit__model_version__model__name", "tool__name"),
    fits={KIND: _is("kind"), ReportColumn.STATE.value: _is("state")},
    orders={
        KIND: place_of("kind", ReportKind),
        ReportColumn.STATE.value: place_of("state", ReportState),
        ReportColumn.MADE.value: F("number"),
    },
)

LISTS: Final[Mapping[ColumnList, Narrowing[Any]]] = {
    ColumnList.MODELS: MODELS,
    ColumnList.AUDITS: AUDITS,
    ColumnList.TOOLS: TOOLS,
    ColumnList.DATASETS: DATASETS,
    ColumnList.REPORTS: REPORTS,
    ColumnList.PLAN: PLAN,
    ColumnList.PEOPLE: PEOPLE,
    ColumnList.CHECKLIST: CHECKLIST,
}
# Those of every client together, by the name of their page.
LISTS_OF_EVERYONE: Final[Mapping[ColumnList, Narrowing[Any]]] = {
    ColumnList.PLANS: PLANS,
    ColumnList.VENDORS: VENDORS,
    ColumnList.VENDORS_REPORTED: VENDORS_REPORTED,
    ColumnList.PORTFOLIOS: PORTFOLIOS,
    ColumnList.TEAM: TEAM,
}
