"""A client's list as a file: what the address chooses of it, or the rows that are ticked."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from audits import access
from audits.enums import ColumnList
from audits.queries import list_print, narrowed
from audits.queries.listings import Listing
from audits.queries.narrowing import Asked, Narrowing
from audits.queries.narrowing import ticked as ticked_of
from audits.services import printed
from audits.services.errors import NotPossible
from audits.web import narrowing
from audits.web.downloads import attached
from audits.web.listing import file_of
from audits.web.narrowing import Found
from audits.web.requests import ClientRequest, FleetRequest


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A list as its reader may take it away; `name` is that of the list's page.

    Nothing is read before its rows are asked for: a PDF is counted first. `narrow` says which of
    every row are meant.
    """

    name: str
    listing: Listing[Any]
    read: Callable[[], Any]
    for_staff: bool
    narrow: Callable[[Any], Found] | None = None

    @cached_property
    def found(self) -> Found:
        every = self.read()
        return Found(rows=every, every=every) if self.narrow is None else self.narrow(every)

    @property
    def rows(self) -> Any:  # noqa: ANN401 - rows of any list
        return self.found.rows


def chosen(request: ClientRequest, listed: Listed) -> Listed:
    """What the address chooses of a list, in the order that it asks for."""
    asks = narrowed.LISTS[ColumnList(listed.name)]
    return replace(listed, narrow=lambda every: narrowing.of_file(request, asks, every))


def table(request: ClientRequest, listed: Listed, ending: str, *, of: str = "") -> HttpResponse:
    """The rows for a spreadsheet or a program."""
    name = of or request.client.slug
    return file_of(listed.listing, listed.rows, of=name, ending=ending, for_staff=listed.for_staff)


def pdf(request: ClientRequest, listed: Listed, *, of: str = "") -> HttpResponseBase:
    """The rows on pages to hand on. Raises TooMany, and NotPossible where they cannot be drawn."""
    access.require(request.actor, "report.prepare", request.client)
    kind = list_print.PRINTED[listed.name]
    body = printed.pdf(
        table=lambda: list_print.table(
            request.client,
            kind,
            listed.rows,
            every=listed.found.every,
            asked=listed.found.asked,
        ),
        actor=request.actor.user,
    )
    name = f"{listed.name}-{of or request.client.slug}.pdf"
    return attached(body, name=name, kind="application/pdf")


def ticked(
    request: ClientRequest, listed: Listed, numbers: Collection[int], ending: str
) -> HttpResponseBase:
    """The rows that are ticked alone, in the order of the page.

    Raises what `pdf` does, and NotPossible where none of them is in the list any more.
    """
    asks = next((found for name, found in narrowed.LISTS.items() if name == listed.name), None)
    number = list_print.PRINTED[listed.name].number
    own = replace(
        listed, narrow=lambda every: of_ticked(request, asks, every, numbers, number=number)
    )
    of = f"{request.client.slug}-selected"
    return pdf(request, own, of=of) if ending == "pdf" else table(request, own, ending, of=of)


def of_ticked(
    request: FleetRequest,
    asks: Narrowing[Any] | None,
    every: Any,  # noqa: ANN401 - rows of any list
    numbers: Collection[int],
    *,
    number: Callable[[Any], int],
) -> Found:
    """The ticked ones of every row of a list, in the order of its page, where it has one."""
    rows, is_any = ticked_of(every, numbers, number)
    if not is_any:
        raise NotPossible(_("None of these rows is in the list any more."))
    order = ""
    if asks is not None:
        rows, order = narrowing.in_order(request, asks, rows)
    return Found(rows=rows, every=every, asked=Asked(order=order, is_ticked=True))
