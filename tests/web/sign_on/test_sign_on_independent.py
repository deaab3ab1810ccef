"""Single sign-on with a provider that others wrote: what we both got wrong would show here."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.models import SignOnIdentity
from audits.services import sign_on as service
from tests.factories import World
from tests.keeper import ROOT
from tests.outbound.elsewhere import certificate
from tests.web.sign_on.journey import HOST, Journey, of, settings_of

pytestmark = pytest.mark.skipif(
    find_spec("oidc_provider_mock") is None, reason="oidc-provider-mock is not installed"
)


@dataclass
class Independent:
    """Where it listens, and whose word its certificate has."""

    port: int
    authority: str

    @property
    def issuer(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def register(self, redirect_uri: str) -> dict[str, Any]:
        """Make the portal known to it, by its own registration."""
        answer = requests.post(
            f"{self.issuer}/oauth2/clients",
            json={"redirect_uris": [redirect_uri]},
            verify=self.authority,
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def consent(self, url: str, subject: str) -> str:
        """Let the person agree on its page; returns where it sends the browser."""
        page = requests.get(url, verify=self.authority, timeout=10)
        assert page.status_code == 200, page.text
        answer = requests.post(
            url, data={"sub": subject}, verify=self.authority, allow_redirects=False, timeout=10
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@pytest.fixture
def provider(world: World, tmp_path: Path, settings: Settings) -> Iterator[Independent]:
    authority = tmp_path / "authority.pem"
    chain = certificate(tmp_path, authority, "localhost")
    person = of(world.ours.technician)
    subject = str(person.pop("sub"))
    program = "tests.web.sign_on.programs.independent"
    process = subprocess.Popen(
        [sys.executable, "-m", program, str(chain), subject, json.dumps(person)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        try:
            found = Independent(int(said.readline()), str(authority))
            settings.MIA_OUTBOUND_ALLOW = [f"127.0.0.1:{found.port}"]
            settings.MIA_OUTBOUND_CA_FILE = found.authority
            yield found
        finally:
            process.kill()


def test_sign_on_works_with_a_provider_that_others_wrote(
    world: World, provider: Independent
) -> None:
    ours, user = world.ours, world.ours.technician
    path = reverse("sign_on_callback", kwargs={"address": ours.sign_on_address.slug})
    registered = provider.register(HOST + path)
    with ours.scope():
        service.set_up(
            provider_id=ours.provider.pk,
            actor=ours.admin,
            values=settings_of(
                provider,  # type: ignore[arg-type]
                client_id=registered["client_id"],
                client_secret=registered["client_secret"],
            ),
            keepers=(),
        )
    journey = Journey(provider, ours.sign_on_address, Browser())  # type: ignore[arg-type]
    back = provider.consent(journey.begin(), f"sub-{user.pk}")
    answer = journey.come_back(back)
    assert (answer.status_code, answer["Location"]) == (302, "/"), answer.content
    assert journey.person() == user.pk
    with ours.scope():
        bound = SignOnIdentity.objects.get(user=user)
    assert (bound.issuer, bound.subject) == (provider.issuer, f"sub-{user.pk}")
    again = journey.come_back(back)
    assert again.status_code == 403
