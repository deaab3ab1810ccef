"""What the frame of every page needs."""

from typing import Any

from django.http import HttpRequest

from audits import access
from audits.queries import client as clients


class Permissions:
    """`may.client_edit` in a template asks the door `client.edit` for the client of the page."""

    def __init__(self, request: HttpRequest) -> None:
        self._actor: access.Actor = request.actor  # type: ignore[attr-defined]
        self._client = request.client  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> bool:
        action = name.replace("_", ".")
        if action not in access.ACTIONS:
            raise KeyError(name)
        return access.may(self._actor, action, self._client)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Actor, client and running jobs; nothing on pages before the log-in."""
    if not hasattr(request, "actor"):
        return {}
    return {
        "actor": request.actor,
        "client": request.client,  # type: ignore[attr-defined]
        "may": Permissions(request),
        "running_jobs": clients.running_jobs(),
    }
