"""A person's way through single sign-on, without a browser."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client as Browser
from django.urls import reverse

from audits.enums import SecondStep
from audits.models import Membership, ProviderActivity, SignOn, SignOnAddress, User
from audits.services import sign_on as service
from audits.services.sign_on import Settings
from tests.chains import details, seal
from tests.factories import ProviderCast
from tests.web.sign_on.identity_provider import CLIENT_ID, SECRET, IdentityProvider

HOST = "http://testserver"


class Issuing(Protocol):
    """Whichever identity provider."""

    @property
    def issuer(self) -> str: ...


def settings_of(provider: Issuing, **changed: Any) -> Settings:  # noqa: ANN401 - fields of Settings
    values: dict[str, Any] = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "allowed_domains": ("ours.example",),
        "second_step": SecondStep.TOLD,
        "makes_accounts": False,
        "is_open": True,
        "is_required": False,
        "keep_password": (),
    }
    return Settings(**{**values, **changed})


def set_up(cast: ProviderCast, provider: IdentityProvider, **changed: Any) -> SignOn:  # noqa: ANN401 - fields of Settings
    """Configure a provider's single sign-on as its administrator would."""
    address = cast.sign_on_address
    path = reverse("sign_on_callback", kwargs={"address": address.slug})
    provider.redirect_uris.add(HOST + path)
    with cast.scope():
        return service.set_up(
            provider_id=cast.provider.pk,
            actor=cast.admin,
            values=settings_of(provider, **changed),
            keepers=changed.get("keep_password", ()),
        )


def require(cast: ProviderCast, provider: IdentityProvider) -> None:
    """Make single sign-on the only way for staff; the administrator keeps a password."""
    with cast.scope():
        keeper = Membership.objects.get(user=cast.admin)
    set_up(cast, provider, is_required=True, keep_password=(keeper.pk,))


class Way:
    """From the button to the portal's answer, past an identity provider."""

    address: SignOnAddress
    browser: Browser

    def begin(self, **data: str) -> str:
        """Press the button; returns where the page leads on to."""
        url = reverse("sign_on", kwargs={"address": self.address.slug})
        answer = self.browser.post(url, data)
        assert answer.status_code == 200, answer.content
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
        assert found is not None
        return unescape(found[1])

    def authorise(self, url: str) -> str:
        """Go to the identity provider; returns the address it sends the browser back to."""
        raise NotImplementedError

    def come_back(self, url: str) -> Any:  # noqa: ANN401 - the test client's response
        answer = self.browser.get(url.removeprefix(HOST))
        seal()  # outside every scope, as at the end of the request's transaction
        return answer

    def whole(self, **data: str) -> Any:  # noqa: ANN401 - the test client's response
        """From the button to the portal's answer."""
        return self.come_back(self.authorise(self.begin(**data)))

    def person(self) -> int | None:
        """Who is logged in."""
        found = self.browser.session.get("_auth_user_id")
        return int(found) if found else None


@dataclass
class Journey(Way):
    """One browser at one provider's address, with an identity provider of our own."""

    provider: IdentityProvider
    address: SignOnAddress
    browser: Browser

    def authorise(self, url: str) -> str:
        """Go to the identity provider; returns the address it sends the browser back to."""
        answer = requests.get(
            url, verify=self.provider.authority, allow_redirects=False, timeout=10
        )
        assert answer.status_code == 302
        return answer.headers["Location"]


def of(user: User, **changed: object) -> dict[str, object]:
    """What the identity provider says about somebody of the cast, whom it asked for two factors."""
    told = {"sub": f"sub-{user.pk}", "email": user.email, "email_verified": True}
    return {**told, "amr": ["pwd", "mfa"], **changed}


def lines(cast: ProviderCast) -> list[tuple[str, dict[str, object]]]:
    """What single sign-on left in the provider's log, oldest first."""
    with cast.scope():
        rows = ProviderActivity.objects.filter(object_type="signon")
        return [(row.verb, details(row)) for row in rows.order_by("id")]


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
