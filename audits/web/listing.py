"""What lists have in common: pages to read, and files to take away."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from audits.queries import fleet_views
from audits.queries.listings import FILES, Listing
from audits.web.downloads import attached


def page_of(
    request: HttpRequest,
    rows: QuerySet[Any] | Sequence[Any],
    *,
    size: int = fleet_views.SIZES[0],
) -> Page[Any]:
    """The rows of the page that the address names; the nearest page where there is none such."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def file_of(
    listing: Listing[Any], rows: Iterable[Any], *, of: str, ending: str, for_staff: bool
) -> HttpResponse:
    """Answer with the list as a file that says in its name what it is and whose; 404 otherwise."""
    if ending not in FILES:
        raise Http404
    write = listing.as_json if ending == "json" else listing.as_csv
    body = write(rows, for_staff=for_staff)
    return attached(body, name=f"{listing.name}-{of}.{ending}", kind=FILES[ending])
