"""Decisions about tools: one for each client, however many are taken together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import access
from audits.access import Actor
from audits.enums import DataClass, ToolDecision
from audits.models import AITool, ToolRuling
from audits.queries import review as reviews
from audits.queries import tool as tools
from audits.queries.review import Bounds
from audits.queries.tool import ToolRow
from audits.services import activity, checklist
from audits.services.activity import Line, Subject
from audits.services.errors import Forbidden, InvalidInput

_NAMED = 3
_COLUMNS = ("decision", "plan", "allowed_data", "conditions", "next_review", "trains_on_data")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be decided; `data` only where listed data is approved."""

    decision: ToolDecision
    review_on: date
    data: tuple[DataClass, ...] = ()
    conditions: str = ""


@transaction.atomic
def decide(*, actor: Actor, rows: Sequence[AITool], wish: Wish) -> list[ToolRuling]:
    """Decide about these tools, of one client or of many: a record and a line for each.

    All or nothing. Raises NotPossible where somebody may not decide, InvalidInput where they asked
    for one of the decisions themselves, or where the review and the client's data do not allow it.
    """
    if any(not access.may(actor, "tool.decide", tool) for tool in rows):
        raise Forbidden(
            _("Decisions about this client are not yours to take."), action="tool.decide"
        )
    _check_wish(wish)
    locked = AITool.objects.filter(pk__in=[tool.pk for tool in rows]).select_related("client")
    known = tools.rows_of(
        locked.select_for_update(of=("self",), no_key=True).order_by("pk"), with_sheets=True
    )
    _check_people(actor, known)
    bound = {row.tool.pk: tools.bounds_of(row) for row in known}
    _check_bounds(wish, known, bound)
    rulings = ToolRuling.objects.bulk_create(
        _ruling(row, bound[row.tool.pk], actor, wish) for row in known
    )
    _write(known, wish, actor)
    for client in {row.tool.client_id: row.tool.client for row in known}.values():
        checklist.refresh(client=client)
    return rulings


def _check_wish(wish: Wish) -> None:
    if wish.decision == ToolDecision.UNDECIDED:
        raise InvalidInput("decision", _("nothing is decided"), _("choose a decision"))
    if wish.decision == ToolDecision.APPROVE_LISTED and not wish.data:
        raise InvalidInput(
            "kinds", _("no data is listed"), _("name the kinds of data that may go in")
        )
    today = timezone.localdate()
    if not today < wish.review_on <= reviews.a_year_after(today):
        raise InvalidInput(
            "review_on",
            _("the next review has to lie within a year"),
            _("choose a day after today and at most a year from now"),
        )


def _check_people(actor: Actor, rows: Sequence[ToolRow]) -> None:
    own = [row for row in rows if row.tool.requested_by_id == actor.user.pk]
    if own:
        raise InvalidInput(
            "",
            _("you asked for this decision yourself: %(clients)s") % {"clients": _names(own)},
            _("have somebody else take it, or leave it out"),
        )


def _check_bounds(wish: Wish, rows: Sequence[ToolRow], bound: dict[int, Bounds]) -> None:
    far = [row for row in rows if wish.decision not in bound[row.tool.pk].decisions]
    if far:
        why = " ".join(bound[far[0].tool.pk].reasons)
        raise InvalidInput(
            "decision",
            _("this goes further than the review allows for %(clients)s")
            % {"clients": _names(far)},
            why,
        )
    late = [row for row in rows if wish.review_on > bound[row.tool.pk].until]
    if late and wish.decision in (ToolDecision.APPROVE, ToolDecision.APPROVE_LISTED):
        until = min(bound[row.tool.pk].until for row in late)
        raise InvalidInput(
            "review_on",
            _("the review of the vendor ends before"),
            _("choose a day up to %(day)s") % {"day": date_format(until, "j M Y")},
        )
    if wish.decision == ToolDecision.APPROVE_LISTED:
        refused = {one for row in rows for one in wish.data if one not in bound[row.tool.pk].data}
        if refused:
            named = ", ".join(tools.data_words(refused))
            raise InvalidInput(
                "kinds",
                _("the review does not pass for this data: %(data)s") % {"data": named},
                _("leave it out"),
            )


def _names(rows: Sequence[ToolRow]) -> str:
    """The first few clients by name, and how many more there are."""
    clients = list({row.tool.client_id: row.tool.client.name for row in rows}.values())
    named = ", ".join(clients[:_NAMED])
    more = len(clients) - _NAMED
    if more <= 0:
        return named
    return ngettext("%(named)s and one more", "%(named)s and %(more)s more", more) % {
        "named": named,
        "more": more,
    }


def _ruling(row: ToolRow, bound: Bounds, actor: Actor, wish: Wish) -> ToolRuling:
    found = bound.found
    standing = row.sheet.standing if row.sheet is not None else None
    return ToolRuling(
        provider_id=row.tool.provider_id,
        client_id=row.tool.client_id,
        tool=row.tool,
        review=standing,
        decision=wish.decision,
        data_classes=_listed(wish),
        conditions=wish.conditions,
        review_on=wish.review_on,
        requested_by_id=row.tool.requested_by_id,
        decided_by=actor.user,
        # That of the pass mark beside it: a review may speak of more than goes in here.
        impact=found.impact if found is not None else bound.impact,
        risk=found.risk if found is not None else None,
        pass_mark=found.pass_mark if found is not None else None,
        knock_outs=list(found.knock_outs) if found is not None else [],
    )


def _listed(wish: Wish) -> list[str]:
    return sorted(wish.data) if wish.decision == ToolDecision.APPROVE_LISTED else []


def _write(rows: Sequence[ToolRow], wish: Wish, actor: Actor) -> None:
    """Bring the tools in line with what was decided, and write down what that changed."""
    lines = []
    for row in rows:
        tool = row.tool
        reviewed = row.sheet is not None and row.sheet.review is not None
        values = {
            "decision": wish.decision,
            "plan": row.sheet.sheet.tier if row.sheet is not None else "",
            "allowed_data": _listed(wish),
            "conditions": wish.conditions,
            "next_review": wish.review_on,
            "trains_on_data": row.sheet.trains if row.sheet and reviewed else tool.trains_on_data,
        }
        changed = {
            name: {"before": getattr(tool, name), "after": value}
            for name, value in values.items()
            if getattr(tool, name) != value
        }
        for name, value in values.items():
            setattr(tool, name, value)
        lines.append(
            Line(client=tool.client, subject=Subject.of(tool), details={"fields": changed})
        )
    AITool.objects.bulk_update([row.tool for row in rows], _COLUMNS)
    activity.record_each(actor=actor.user, verb="decided", lines=lines)
