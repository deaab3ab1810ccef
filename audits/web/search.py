"""One field that finds everything by name, within what the person may open."""

from django.http import HttpResponse
from django.shortcuts import render

from audits import access
from audits.enums import SearchKind
from audits.queries import client as clients
from audits.queries import search as searches
from audits.queries.search import Reach
from audits.web.requests import FleetRequest

# Who may see what was found: the door of the page to which it leads.
_DOORS = {
    SearchKind.CLIENT: "client.view",
    SearchKind.MODEL: "model.view",
    SearchKind.DATASET: "dataset.view",
    SearchKind.TOOL: "tool.view",
    SearchKind.AUDIT: "audit.view",
    SearchKind.REPORT: "report.view",
    SearchKind.CHECKLIST: "checklist.answer",
}


def _open_at(request: FleetRequest, door: str) -> frozenset[int]:
    return access.open_at(request.actor, door)


def page(request: FleetRequest) -> HttpResponse:
    """What the words find: as a page, or as the list under the field of a dialog."""
    listed = clients.ids_in_scope()
    reach = Reach(
        allowed={kind: listed & _open_at(request, door) for kind, door in _DOORS.items()},
        unsent=listed & _open_at(request, "report.prepare"),
        technical=listed & _open_at(request, "technical.view"),
    )
    words = request.GET.get("q", "")[: searches.LONGEST]
    found = searches.search(words, reach)
    name = "search/results.html" if request.htmx else "search/page.html"
    return render(request, name, {"found": found, "words": words.strip()})
