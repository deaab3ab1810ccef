"""What was done with ticked rows, told on a page of its own, once: loaded again it is gone."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import AuditRhythm
from audits.services.list_bulk import Outcome
from audits.web.requests import FleetRequest

_LAST = "last_done_with_rows"


def keep(request: FleetRequest, told: str, outcome: Outcome) -> HttpResponse:
    """Lead back to the list that the rows were ticked in, which tells it."""
    request.session[_LAST] = {
        "at": request.get_full_path(),
        "told": told,
        "outcome": asdict(outcome),
    }
    return redirect(request.get_full_path())


def last(request: FleetRequest) -> HttpResponse | None:
    """What was done with rows of this list a moment ago."""
    kept = request.session.get(_LAST)
    if kept is None or kept["at"] != request.get_full_path():
        return None
    del request.session[_LAST]
    return render(request, "lists/outcome.html", kept)


def summed_up(done: str, outcome: Outcome) -> str:
    """A sentence on what is done, and how many rows stayed as they were, which may be all."""
    kept = len(outcome.refused)
    if not outcome.saved and kept:
        nothing = ngettext(
            "Nothing was done, for the reason below.",
            "Nothing was done, for the %(n)s reasons below.",
            kept,
        )
        return nothing % {"n": kept}
    return " ".join([done, _("Not done: %(n)s.") % {"n": kept}]) if kept else done


def scheduled(given: Mapping[str, Any], outcome: Outcome) -> str:
    """How often the models are measured now, from which day on, and how many still wait."""
    told = ngettext(
        "Audits of %(n)s model are scheduled, first on %(day)s. How often: %(rhythm)s.",
        "Audits of %(n)s models are scheduled, first on %(day)s. How often: %(rhythm)s.",
        outcome.saved,
    ) % {
        "n": outcome.saved,
        "rhythm": AuditRhythm(given["rhythm"]).label,
        "day": date_format(given["first"], "j M Y"),
    }
    if outcome.waiting:
        waiting = _("Waiting for a permission: %(n)s.") % {"n": len(outcome.waiting)}
        told = f"{told} {waiting}"
    return summed_up(told, outcome)
