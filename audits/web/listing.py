"""What every list that can be taken away has in common: which kinds of file, and their names."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse

from audits.queries.listings import FILES, Listing
from audits.web.downloads import attached


def file_of(
    listing: Listing[Any], rows: Iterable[Any], *, of: str, ending: str, for_staff: bool
) -> HttpResponse:
    """Answer with the list as a file that says in its name what it is and whose; 404 otherwise."""
    if ending not in FILES:
        raise Http404
    write = listing.as_json if ending == "json" else listing.as_csv
    body = write(rows, for_staff=for_staff)
    return attached(body, name=f"{listing.name}-{of}.{ending}", kind=FILES[ending])
