"""What an action plan can be asked: that of one client in memory, that of all in the database."""

from typing import Final

from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.translation import gettext_lazy as _

from audits.enums import Answer, PlanColumn, Treatment
from audits.guidance import catalogue
from audits.guidance.catalogue import Control
from audits.models import ChecklistItem
from audits.queries import client_group, editions, plan
from audits.queries.editions import Controls
from audits.queries.narrowing import (
    DUE,
    OVERDUE,
    Choice,
    Offered,
    RowNarrowing,
    TableNarrowing,
    has_text,
    headings,
    is_due,
    place_of,
    places,
)
from audits.queries.plan import PlanRow

NAME, SHOW, CLIENT, GROUP = "name", "show", "client", "group"
# The longest number that a row can have here: what is longer is somebody's name.
_DIGITS = 18
_ANSWERS, _TREATMENTS = places(Answer), places(Treatment)
_SHOWN = Choice(
    label=_("Show"),
    empty=_("To be done"),
    offered=[
        ("undecided", _("Waiting for a decision")),
        ("fix", _("To be fixed")),
        ("left", _("Decided to leave")),
    ],
    apart=True,
)
_BY_DAY = Choice(label=_("Due"), empty=_("Any day"), offered=DUE, at_hand=True)
_CALLED = {NAME: _("Action"), CLIENT: _("Client"), **headings(PlanColumn)}

PLAN: Final = RowNarrowing[PlanRow](
    text_label=_("Action or owner"),
    choices={
        SHOW: _SHOWN,
        PlanColumn.OWNER.value: Choice(
            label=_("Owner"),
            empty=_("Anybody"),
            of=lambda one: str(one.item.owner_id or one.item.owner_name),
            called=lambda one: one.row.owner,
            at_hand=True,
        ),
        PlanColumn.DUE.value: _BY_DAY,
    },
    first=PlanColumn.PRIORITY.value,
    called=_CALLED,
    falling=frozenset({PlanColumn.PRIORITY.value}),
    usual={SHOW: "to_do"},
    texts=lambda one: (one.title, one.row.owner),
    fits={
        SHOW: lambda one, value: one.is_shown_as(value),
        PlanColumn.OWNER.value: lambda one, value: (
            value == str(one.item.owner_id or one.item.owner_name)
        ),
        # What was decided to be left is late no longer.
        PlanColumn.DUE.value: lambda one, value: (
            one.row.overdue if value == OVERDUE else is_due(one.item.due, value)
        ),
    },
    orders={
        NAME: lambda one: one.title.casefold(),
        PlanColumn.PRIORITY.value: lambda one: one.item.priority,
        PlanColumn.ANSWER.value: lambda one: _ANSWERS[one.item.answer],
        PlanColumn.OWNER.value: lambda one: one.row.owner.casefold() or None,
        PlanColumn.DUE.value: lambda one: one.item.due,
        PlanColumn.DECISION.value: lambda one: _TREATMENTS.get(one.item.decided),
    },
)


def _owners(rows: QuerySet[ChecklistItem]) -> Offered:
    """Everybody who sees to one of these actions: people by number, others by their name."""
    named = rows.order_by().annotate(owner_shown=_owner())
    held = named.values_list("owner_id", "owner_name", "owner_shown").distinct()
    known = {str(pk or name): shown for pk, name, shown in held if shown}
    return sorted(known.items(), key=lambda one: str(one[1]).casefold())


def _owner() -> Expression:
    """Who sees to an action, as a row says it; none where nobody does."""
    said = ("owner__name", "owner__email", "owner_name")
    return Coalesce(*(NullIf(column, Value("")) for column in said), output_field=CharField())


def _is_owned_by(value: str) -> Q:
    held = Q(owner=None, owner_name=value)
    is_number = value.isascii() and value.isdecimal() and len(value) <= _DIGITS
    return held | Q(owner=int(value)) if is_number else held


def _owner_has(text: str) -> Q:
    return (
        has_text("owner__name", text)
        | (Q(owner__name="") & has_text("owner__email", text))
        | (Q(owner=None) & has_text("owner_name", text))
    )


def _titled(text: str) -> Q:
    """Actions whose title holds a text, in the words of each client's edition."""
    looked_for = text.casefold()
    return editions.where(lambda control: looked_for in _title(control))


def _title(control: Control) -> str:
    return control.words(plain=False).title.casefold()


def _by_title() -> Expression:
    """Where a title stands in the alphabet, in the words of each client's edition."""
    newest, older = catalogue.by_id(), editions.others()
    spoken = [newest, *(controls for _edition, controls in older)]
    titles = sorted({_title(control) for controls in spoken for control in controls.values()})
    order = {title: n for n, title in enumerate(titles)}

    def placed(controls: Controls) -> Case:
        return Case(
            *(
                When(control=key, then=Value(order[_title(control)]))
                for key, control in controls.items()
            ),
            default=None,
            output_field=IntegerField(null=True),
        )

    own = (
        When(client__in=editions.pinned_to([edition]), then=placed(controls))
        for edition, controls in older
    )
    return Case(*own, default=placed(newest))


def _groups(_rows: QuerySet[ChecklistItem]) -> Offered:
    """By name, whether or not anything is open in them: a view that is kept goes on holding."""
    return [(str(group.pk), group.name) for group in client_group.in_sight()]


PLANS: Final = TableNarrowing[ChecklistItem](
    text_label=_("Action, client or owner"),
    choices={
        SHOW: _SHOWN,
        PlanColumn.OWNER.value: Choice(
            label=_("Owner"), empty=_("Anybody"), asked=_owners, at_hand=True
        ),
        PlanColumn.DUE.value: _BY_DAY,
        GROUP: Choice(label=_("Group"), empty=_("Every group"), asked=_groups, at_hand=True),
    },
    first=PlanColumn.PRIORITY.value,
    called=_CALLED,
    falling=frozenset({PlanColumn.PRIORITY.value}),
    usual={SHOW: "to_do"},
    texts=("client__name", _owner_has, _titled),
    fits={
        SHOW: plan.shown_as,
        PlanColumn.OWNER.value: _is_owned_by,
        PlanColumn.DUE.value: plan.due_by,
        GROUP: lambda value: Q(client__in=client_group.members_of(int(value))),
    },
    orders={
        NAME: _by_title,
        CLIENT: Lower("client__name"),
        PlanColumn.PRIORITY.value: F("priority"),
        PlanColumn.ANSWER.value: place_of("answer", Answer),
        PlanColumn.OWNER.value: Lower(_owner()),
        PlanColumn.DUE.value: F("due"),
        PlanColumn.DECISION.value: place_of("decided", Treatment),
    },
    alike=plan.URGENT,
)
