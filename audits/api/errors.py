"""Refusals as JSON: a field's name or `detail`, and nothing of a refused request is kept."""

from typing import Any

from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audits.api.authentication import REFUSAL, InsufficientScope
from audits.rights import Refused
from audits.services.errors import AlreadyRunning, InvalidInput, NotPossible, TooMany


def respond(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate a refusal; the mark makes the tenancy middleware roll the request back."""
    request = context["request"]._request  # noqa: SLF001 - the request that Django passes on
    request.view_raised = True
    if isinstance(error, Refused):
        request.refused = error
    if isinstance(error, InsufficientScope):
        request.refused = Refused(action=error.action)
    if isinstance(error, exceptions.NotAuthenticated):
        error.detail = exceptions.ErrorDetail(REFUSAL, error.default_code)
    if isinstance(error, AlreadyRunning):
        return Response(
            {"detail": str(error), "running": error.job.object_id},
            status=status.HTTP_409_CONFLICT,
        )
    if isinstance(error, NotPossible):
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, TooMany):
        return Response(
            {"detail": str(error)},
            status=status.HTTP_429_TOO_MANY_REQUESTS,
            headers={"Retry-After": str(error.retry_after_seconds)},
        )
    if isinstance(error, InvalidInput):
        error = exceptions.ValidationError({error.field: [str(error)]})
    return exception_handler(error, context)
