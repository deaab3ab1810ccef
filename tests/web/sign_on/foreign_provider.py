"""An identity provider that we did not write, in a process of its own, behind TLS.

Our own (`identity_provider.py`) can be made wrong in every way; this one (`oidc-provider-mock`, on
authlib) shows that what we expect is what others do. It is spoken to by its own addresses alone.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.test import Client as Browser

from audits.models import SignOnAddress
from tests.outbound.elsewhere import certificate
from tests.web.sign_on.journey import Way

# -W: it is older than its own libraries, which say so at every start.
_PROGRAM = (sys.executable, "-W", "ignore", "-m", "tests.web.sign_on.foreign_process")
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class ForeignProvider:
    """Where it is, and what can be told to it."""

    port: int
    authority: str

    @property
    def issuer(self) -> str:
        return f"https://{self.endpoint}"

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def register(self, redirect_uri: str) -> tuple[str, str]:
        """Register the portal, as an administrator does there; returns client ID and secret."""
        told = self._say("POST", "/oauth2/clients", {"redirect_uris": [redirect_uri]}).json()
        return told["client_id"], told["client_secret"]

    def know(self, subject: str, claims: dict[str, Any]) -> None:
        """Tell it what it is to say about somebody."""
        self._say("PUT", f"/users/{subject}", claims)

    def _say(self, method: str, path: str, told: dict[str, Any]) -> requests.Response:
        answer = requests.request(
            method,
            self.issuer + path,
            json=told,
            verify=self.authority,
            timeout=_PATIENCE_SECONDS,
        )
        answer.raise_for_status()
        return answer


@dataclass
class ForeignJourney(Way):
    """One browser at one provider's address, of somebody with this subject there."""

    provider: ForeignProvider
    address: SignOnAddress
    browser: Browser
    subject: str

    def authorise(self, url: str) -> str:
        """Open its log-in page and answer it; returns where it sends the browser back to."""
        return self.answer(url, {"sub": self.subject})

    def answer(self, url: str, form: dict[str, str]) -> str:
        with requests.Session() as person:
            person.trust_env = False  # authorities named by the machine would go first
            person.verify = self.provider.authority
            page = person.get(url, timeout=_PATIENCE_SECONDS)
            assert (page.status_code, "Authorize Client" in page.text) == (200, True)
            sent = person.post(url, form, allow_redirects=False, timeout=_PATIENCE_SECONDS)
        assert sent.status_code == 302, sent.text
        return sent.headers["Location"]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[ForeignProvider]:
    """Run it on a free port of 127.0.0.1; `arguments` are those of `foreign_process`."""
    authority = folder / "authority.pem"
    chain = certificate(folder, authority, "localhost")
    with subprocess.Popen(
        [*_PROGRAM, str(chain), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield ForeignProvider(port=int(process.stdout.readline()), authority=str(authority))
        finally:
            process.terminate()
