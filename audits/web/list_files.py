"""A client's list as a file: what the address chooses of it, or the rows that are ticked."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from audits import access
from audits.enums import ColumnList
from audits.queries import list_print, narrowed
from audits.queries.listings import Listing
from audits.services import printed
from audits.services.errors import NotPossible
from audits.web import narrowing
from audits.web.downloads import attached
from audits.web.listing import file_of
from audits.web.requests import ClientRequest


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Rows of a list as their reader may take them away; `name` is that of the list's page."""

    name: str
    listing: Listing[Any]
    rows: Any
    for_staff: bool


def chosen(request: ClientRequest, listed: Listed) -> Listed:
    """What the address chooses of a list, in the order that it asks for."""
    asks = narrowed.LISTS[ColumnList(listed.name)]
    return replace(listed, rows=narrowing.of_file(request, asks, listed.rows))


def table(request: ClientRequest, listed: Listed, ending: str, *, of: str = "") -> HttpResponse:
    """The rows for a spreadsheet or a program."""
    name = of or request.client.slug
    return file_of(listed.listing, listed.rows, of=name, ending=ending, for_staff=listed.for_staff)


def pdf(request: ClientRequest, listed: Listed, *, of: str = "") -> HttpResponseBase:
    """The rows on pages to hand on. Raises TooMany, and NotPossible where they cannot be drawn."""
    access.require(request.actor, "report.prepare", request.client)
    page = list_print.table(request.client, list_print.PRINTED[listed.name], listed.rows)
    body = printed.pdf(table=page, actor=request.actor.user)
    name = f"{listed.name}-{of or request.client.slug}.pdf"
    return attached(body, name=name, kind="application/pdf")


def ticked(
    request: ClientRequest, listed: Listed, numbers: Collection[int], ending: str
) -> HttpResponseBase:
    """The rows that are ticked alone, in the order of the page.

    Raises what `pdf` does, and NotPossible where none of them is in the list any more.
    """
    number = list_print.PRINTED[listed.name].number
    rows = listed.rows
    if isinstance(rows, QuerySet):
        rows = rows.filter(pk__in=numbers)
        is_any = rows.exists()  # read in full once, in their order
    else:
        rows = [row for row in rows if number(row) in numbers]
        is_any = bool(rows)
    if not is_any:
        raise NotPossible(_("None of these rows is in the list any more."))
    if listed.name in narrowed.LISTS:
        rows = narrowing.in_order(request, narrowed.LISTS[ColumnList(listed.name)], rows)
    own, of = replace(listed, rows=rows), f"{request.client.slug}-selected"
    return pdf(request, own, of=of) if ending == "pdf" else table(request, own, ending, of=of)
