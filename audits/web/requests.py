"""The request behind the log-in, as the type checker sees it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from audits.access import Actor
    from audits.models import Client


class FleetRequest(HttpRequest):
    """A request whose address names no client: the granted list is in scope."""

    actor: "Actor"
    htmx: HtmxDetails


class ClientRequest(FleetRequest):
    """A request whose address names a client: that client alone is in scope."""

    client: "Client"
