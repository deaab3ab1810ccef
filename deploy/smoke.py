#!/usr/bin/env python
"""`make smoke`: the demo without a person, on a free port and in a throw-away folder.

It waits for the audits, reads a result as technician and as owner, fetches the PDF, pushes against
the walls between the demo's clients, starts again.
"""

import html
import http.client
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from audits.servers.application import project_folder
from audits.servers.errors import ServerError
from audits.servers.launched import Launched

_AUDIT_SECONDS = 150.0
_REPORT_SECONDS = 60.0
_POLL_SECONDS = 0.5
_PAGES = 2


class SmokeError(Exception):
    """Something that a person would have seen to be wrong."""


class Browser:
    """Just enough of one: cookies, forms with their token, redirects."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> tuple[int, bytes, str]:
        """Status, body and final path of a page."""
        return self._open(urllib.request.Request(self._address + path))  # noqa: S310 - loopback

    def post(self, page: str, path: str, fields: dict[str, str]) -> tuple[int, bytes, str]:
        """Send a form with the token of the page that holds it."""
        _, body, _ = self.get(page)
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)
        check(token is not None, f"{page} holds no form")
        assert token is not None  # noqa: S101 - for the type checker
        data = {"csrfmiddlewaretoken": token[1].decode(), **fields}
        request = urllib.request.Request(  # noqa: S310 - loopback
            self._address + path, data=urllib.parse.urlencode(data).encode()
        )
        return self._open(request)

    def log_in(self, email: str, password: str) -> None:
        login = "/accounts/login/"
        status, _, path = self.post(login, login, {"login": email, "password": password})
        check(status == http.client.OK and path != login, f"{email} cannot log in")

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes, str]:
        try:
            with self._opener.open(request, timeout=30) as reply:
                return reply.status, reply.read(), urllib.parse.urlsplit(reply.url).path
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), urllib.parse.urlsplit(error.url).path


def check(passed: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not passed:
        raise SmokeError(otherwise)


def say(text: str) -> None:
    sys.stdout.write(f"smoke: {text}\n")
    sys.stdout.flush()


def links(browser: Browser, page: str, pattern: str) -> list[str]:
    """Paths on a page that match, each once, in order."""
    status, body, _ = browser.get(page)
    check(status == http.client.OK, f"{page} answers {status}")
    return list(dict.fromkeys(re.findall(rf'href="({pattern})"', body.decode())))


def wait_for(browser: Browser, path: str, *, seconds: float) -> bytes:
    """Ask for something that a background job makes until it is there."""
    deadline = time.monotonic() + seconds
    while True:
        status, body, _ = browser.get(path)
        if status == http.client.OK:
            return body
        check(time.monotonic() < deadline, f"{path} still answers {status} after {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)


def finished_audits(technician: Browser, queued: list[int]) -> dict[str, dict[str, Any]]:
    """Path and result document of every audit that the demo has queued."""
    clients = links(technician, "/fleet/", r"/c/[\w-]+/")
    found = [
        path
        for client in clients
        for path in links(technician, f"{client}audits/", r"/c/[\w-]+/audits/\d+/")
        if int(path.rstrip("/").rpartition("/")[2]) in queued
    ]
    check(len(found) == len(queued), f"{len(found)} audits of {len(queued)} queued are listed")
    results = {}
    for path in found:
        body = wait_for(technician, f"{path}result.json", seconds=_AUDIT_SECONDS)
        results[path] = json.loads(body)
        say(f"{path} {results[path]['verdict']['outcome']}: {results[path]['verdict']['sentence']}")
    return results


def text_of(body: bytes) -> str:
    """What a person reads of a page, in one line."""
    shown = re.sub(r"<[^>]+>", " ", body.decode())
    return " ".join(html.unescape(shown).split())


def check_page(browser: Browser, path: str, wanted: str) -> None:
    status, body, _ = browser.get(path)
    check(status == http.client.OK, f"{path} answers {status}")
    check(" ".join(wanted.split()) in text_of(body), f"{path} does not say: {wanted}")


def make_report(technician: Browser, audit: str) -> str:
    """Ask for the owner summary; returns where it can be downloaded."""
    status, _, page = technician.post(audit, f"{audit}report/", {})
    check(status == http.client.OK and "/reports/" in page, f"{audit} gives no report")
    return f"{page}download/"


def check_pdf(content: bytes, name: str) -> Path:
    folder = project_folder() / "var" / "smoke"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    check(content.startswith(b"%PDF"), f"{path} is no PDF")
    pages = len(PdfReader(io.BytesIO(content)).pages)
    check(pages == _PAGES, f"{path} has {pages} pages")
    return path


def journey(portal: Launched) -> None:
    seeded = portal.manage("seed_demo")
    check(seeded.returncode == 0, f"seed_demo failed\n{seeded.stderr}")
    told = json.loads((portal.state.root / "demo.json").read_text(encoding="utf-8"))
    technician, owner = Browser(portal.address), Browser(portal.address)
    technician.log_in(told["technician"], told["password"])
    results = finished_audits(technician, told["audits"])
    for path, result in results.items():
        check(result["schema"] == "mia-portal.audit-result/1", f"{path} has another schema")
        check_page(technician, path, result["verdict"]["sentence"])
    owner.log_in(told["owner"], told["password"])
    _, _, home = owner.get("/")
    own = [path for path in results if path.startswith(home)]
    check(len(own) == 1, f"the owner lands on {home}, which has {len(own)} audits")
    others = [path for path in results if path not in own]
    check(len(others) > 0, "there is no other client's audit to refuse")
    for path in others:
        check(owner.get(path)[0] == http.client.NOT_FOUND, f"the owner can open {path}")
    check(owner.get(own[0])[0] == http.client.OK, f"the owner cannot open {own[0]}")
    download = make_report(technician, own[0])
    content = wait_for(technician, download, seconds=_REPORT_SECONDS)
    pdf = check_pdf(content, "owner-summary.pdf")
    check(owner.get(download)[1] == content, "the owner gets another PDF than the technician")
    say(f"{pdf.relative_to(project_folder())}: {len(content)} bytes, {_PAGES} pages")
    walls = portal.manage("tenancy_check")
    check(walls.returncode == 0, f"tenancy_check failed\n{walls.stdout}{walls.stderr}")
    say(walls.stdout.splitlines()[-1])


def second_start(state: Path, log: Path) -> float:
    """Seconds that `make demo` takes once everything is there, until the logins are shown."""
    begun = time.monotonic()
    with Launched.started(state, log=log) as portal:
        check(portal.manage("seed_demo").returncode == 0, "the second start finds no demo")
        return time.monotonic() - begun


def main() -> int:
    begun = time.monotonic()
    os.environ["MIA_REQUIRE_MFA"] = "0"  # as the demo does
    folder = Path(tempfile.mkdtemp(prefix="mia-smoke-"))
    log = folder / "log"
    try:
        with Launched.started(folder / "state", log=log) as portal:
            say(f"started at {portal.address} in {time.monotonic() - begun:.1f} s")
            journey(portal)
        say(f"a second start took {second_start(folder / 'state', log):.1f} s")
    except (SmokeError, ServerError, OSError) as error:
        if log.exists():
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-8000:])
        sys.stderr.write(f"smoke: failed: {error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(f"passed in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
