"""Who asks the API, and what a token leaves of what its person may.

`audits.web.bearer` has recognised the token already, because the scope stands before any view.
"""

from typing import TYPE_CHECKING

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from audits import access, rights
from audits.models import ApiToken, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads the classes below

REALM = 'Bearer realm="MIA Portal"'
# One answer for every wrong token and for none: it tells a finder of one nothing.
REFUSAL = "Log in, or send a valid API token: “Authorization: Bearer mia_…”."


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer mia_…` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        asked = request._request  # noqa: SLF001 - the request that the middleware has seen
        if getattr(asked, "is_token_wrong", False):
            raise exceptions.AuthenticationFailed(REFUSAL)
        token: ApiToken | None = getattr(asked, "token", None)
        return None if token is None else (token.user, token)

    def authenticate_header(self, request: Request) -> str:
        wrong = getattr(request._request, "is_token_wrong", False)  # noqa: SLF001 - as above
        return f'{REALM}, error="invalid_token"' if wrong else REALM


class InsufficientScope(exceptions.PermissionDenied):
    """The token was not made for this; its person may be allowed to."""

    def __init__(self, scope: str, *, action: str) -> None:
        self.action = action
        self.auth_header = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        super().__init__(f"This token lacks the scope “{scope}”.")


class WithinScopes(BasePermission):
    """A token opens the doors of its scopes, and no endpoint that names no door."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        actor: access.Actor = request.actor  # type: ignore[attr-defined]
        limits = actor.limits
        if limits is None:
            return True
        door = getattr(view, "door", None)
        if door in limits:
            return True
        lacking = [scope for scope, actions in rights.SCOPES.items() if door in actions]
        raise InsufficientScope(lacking[0] if lacking else "none", action=door or "")
