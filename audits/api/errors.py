"""Refusals as JSON: a field's name or `detail`, and nothing of a refused request is kept."""

from typing import Any

from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audits.services.errors import AlreadyRunning, InvalidInput, NotPossible


class Conflict(exceptions.APIException):
    """The object's state does not allow the request."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


def _translated(error: Exception) -> Exception:
    if isinstance(error, InvalidInput):
        return exceptions.ValidationError(
            {error.field: [f"{error.problem} {error.remedy}".strip()]}
        )
    if isinstance(error, AlreadyRunning):
        return Conflict({"detail": str(error), "running": error.job.object_id})
    if isinstance(error, NotPossible):
        return Conflict({"detail": str(error)})
    return error


def respond(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate a refusal; the mark makes the tenancy middleware roll the request back."""
    context["request"]._request.view_raised = True  # noqa: SLF001 - the request that Django passes on
    return exception_handler(_translated(error), context)
