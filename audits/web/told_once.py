"""What was done with ticked rows, told on a page of its own, once: loaded again it is gone."""

from dataclasses import asdict

from django.http import HttpResponse
from django.shortcuts import redirect, render

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
