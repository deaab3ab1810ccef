"""The living page of the design system: every token and component as it is today."""

from typing import NamedTuple

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render

from audits import access
from audits.queries import design
from audits.web.forms.design import ExampleForm
from audits.web.requests import FleetRequest


class _Fact(NamedTuple):
    label: str
    value: str


class _Table(NamedTuple):
    caption: str
    headers: list[str]
    rows: list[list[str]]


class _Chart(NamedTuple):
    table: _Table


_TABLE = _Table("An example", ["Attack", "Value"], [["The first", "0.51"], ["The second", "0.74"]])


def page(request: FleetRequest) -> HttpResponseBase:
    """For who develops the portal, and for who runs it."""
    if not settings.DEBUG:
        access.require(request.actor, "platform.open")
    context = {
        "tokens": design.tokens(),
        "tones": design.TONES,
        "progresses": design.progresses(),
        "deadlines": design.deadlines(),
        "form": ExampleForm(),
        "wrong": ExampleForm({"mail": "nowhere"}),
        "facts": [_Fact("Records", "1,200"), _Fact("Grade", "B")],
        "chart": _Chart(_TABLE),
        "picture": design.picture(),
        "page": Paginator(range(90), 30).get_page(2),
    }
    return render(request, "design/page.html", context)
