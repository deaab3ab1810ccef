from django.http import HttpResponse
from django.shortcuts import render

from audits.queries import glossary
from audits.web.requests import FleetRequest


def register(request: FleetRequest) -> HttpResponse:
    """Explain the words of the pages, to everybody who is logged in."""
    return render(request, "glossary/list.html", {"terms": glossary.terms()})
