"""What the log-in library does for single sign-on, made strict.

The library keeps state and the PKCE verifier, builds the request and asks for the token. Ours are
the table of providers, the connection, the check of every token, the nonce, and whom it lets in;
the library's own tables of apps and accounts stay empty.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from audits import outbound
from audits.enums import SignOnRefusal
from audits.services import id_token, sign_on_admission, sign_on_discovery
from audits.services import sign_on as service
from audits.web import sign_on_answers
from audits.web.addresses import absolute

if TYPE_CHECKING:
    from audits.queries.sign_on import Door

_OF_USERINFO = ("email", "email_verified", "xms_edov")


class StrictAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Believes a token only after its signature, issuer, audience and times are checked."""

    @property
    def discovery(self) -> sign_on_discovery.Discovery:
        """Fetched once for a request. Raises InvalidInput."""
        if not hasattr(self, "_discovery"):
            issuer = self.request.sign_on_door.sign_on.issuer
            self._discovery = sign_on_discovery.discover(issuer)
        return self._discovery

    @property
    def openid_config(self) -> dict[str, Any]:
        """The checked document, under the names that the library looks for."""
        return asdict(self.discovery)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return redirect_uri(request, app.provider_id)

    def get_access_token_data(
        self,
        request: HttpRequest,
        app: SocialApp,
        client: Any,  # noqa: ANN401 - the library's own, untyped
        pkce_code_verifier: str | None = None,
    ) -> dict[str, Any]:
        """Ask the token endpoint; an answer of any other shape is an error, never an exception."""
        try:
            told = super().get_access_token_data(request, app, client, pkce_code_verifier)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("the token endpoint's answer has no known form") from error
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise OAuth2Error("the token endpoint's answer has no access token")
        return told

    def parse_token(self, data: Mapping[str, Any]) -> SocialToken:
        """Hold the access token for this one request; nothing of it is stored."""
        return SocialToken(token=data["access_token"])

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,
        **kwargs: Any,  # noqa: ANN401 - the library's signature
    ) -> SocialLogin:
        """Check the ID token and hand on what it says. Raises Untrusted and InvalidInput."""
        found = self.discovery
        claims = id_token.claims_of(
            kwargs["response"].get("id_token"),
            keys=sign_on_discovery.signing_keys(found),
            issuer=found.issuer,
            audience=app.client_id,
        )
        if "email" not in claims and found.userinfo_endpoint:
            claims = {**self._address_of(token.token, claims["sub"]), **claims}
        login = self.get_provider().sociallogin_from_response(request, {"sub": claims["sub"]})
        login.account.extra_data = claims
        return login

    def _address_of(self, access_token: str, subject: str) -> dict[str, Any]:
        """Ask the userinfo endpoint for the e-mail address; it must speak of the same person."""
        told = self._fetch_user_info(access_token)
        if not isinstance(told, dict) or told.get("sub") != subject:
            raise id_token.Untrusted("the userinfo endpoint speaks of somebody else")
        return {name: told[name] for name in _OF_USERINFO if name in told}


class StrictProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """One provider's single sign-on, with PKCE and a nonce in every request."""

    pkce_enabled_default = True
    oauth2_adapter_class = StrictAdapter

    def begin(self, request: HttpRequest, *, next_url: str) -> str:
        """Start a sign-in and return where the browser goes. Raises InvalidInput."""
        nonce = secrets.token_urlsafe(32)
        parameters = {"nonce": nonce}
        if request.user.is_authenticated:  # it is asked to prove once more who it is
            parameters["prompt"] = "login"
        response = self.redirect(
            request, "login", next_url=next_url, auth_params=parameters, nonce=nonce
        )
        return str(response.url)


class SignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Knows the one configuration whose address was opened, and no other."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        door: Door | None = getattr(request, "sign_on_door", None)
        if door is None or provider not in {None, door.address.slug}:
            return []
        app = SocialApp(
            provider=StrictProvider.id,
            provider_id=door.address.slug,
            name=door.provider.name,
            client_id=door.sign_on.client_id,
            secret=service.secret_of(door.sign_on),
        )
        return [app] if client_id in {None, app.client_id} else []

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> StrictProvider:
        return StrictProvider(request, app=self.get_app(request, provider, client_id))

    def get_requests_session(self) -> Any:  # noqa: ANN401 - of a library that outbound alone imports
        """Every request of the library goes the one way out, whatever address it was told."""
        return outbound.session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - the library's signature
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide here whom a checked token lets in; the library's own ways are never reached."""
        raise ImmediateHttpResponse(_answer(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: StrictProvider,  # noqa: ARG002 - the library's signature
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Answer in our own words; what went wrong in detail stays out of the page."""
        door = request.sign_on_door  # type: ignore[attr-defined]
        if exception is not None:
            reason = SignOnRefusal.UNREACHABLE
        elif error == AuthError.CANCELLED or "state" in (extra_context or {}):
            reason = SignOnRefusal.CANCELLED
        else:
            reason = SignOnRefusal.STALE
        raise ImmediateHttpResponse(sign_on_answers.refused(request, door, reason))


def _answer(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    door = request.sign_on_door  # type: ignore[attr-defined]
    claims, state = login.account.extra_data, login.state
    told = str(claims.get("nonce", ""))
    # Replaced, not refused: a stranger's text may hold half a sign.
    if not hmac.compare_digest(told.encode("utf-8", "replace"), str(state["nonce"]).encode()):
        return sign_on_answers.refused(
            request, door, SignOnRefusal.UNTRUSTED, because="the nonce is another one"
        )
    try:
        admission = sign_on_admission.admit(sign_on=door.sign_on, claims=claims)
    except sign_on_admission.Refused as error:
        return sign_on_answers.refused(request, door, error.reason, because=error.because)
    return sign_on_answers.admitted(request, door, admission, state.get("next", ""))


def redirect_uri(request: HttpRequest, slug: str) -> str:
    """The address that a provider registers at its identity provider."""
    path = reverse("sign_on_callback", kwargs={"address": slug})
    return absolute(request, path)
