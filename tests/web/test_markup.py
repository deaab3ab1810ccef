"""No page has a script, a style or a handler inside its markup: the strict policy can stand."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests import casts
from tests.datasets import keep_files
from tests.factories import World
from tests.web.test_matrix import GET, PAGES, PEOPLE, address_of, browser_of, cast_of

# People whose pages differ: staff, the client's owner, and who is not logged in.
READERS = ("anonymous", "admin", "owner")
DATA = "application/json"
# What every answer of ours, page or not, carries.
NEVER = ("'unsafe-inline'", "'unsafe-eval'", "data: 'self'", "*", "http:", "https:")


class Markup(HTMLParser):
    """Collects what a strict policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open = ""
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if re.match(r"\s*(javascript|vbscript|data):", value, re.IGNORECASE):
                self.found.append(f"<{tag} {name}={value[:20]}>")
        if tag == "script" and "src" not in given and given.get("type") != DATA:
            self.found.append("<script>")
        if tag == "script" and given.get("src", "/")[:1] != "/":
            self.found.append(f"<script src={given['src']}>")
        if tag == "style":  # plotly fills empty ones, which carry the nonce of the answer
            self._open = tag
            if not given.get("nonce"):
                self.found.append("<style>")
        if tag in {"base", "object", "embed", "iframe"}:
            self.found.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.found.append(f"<{self._open}>{data.strip()[:20]}")

    def handle_endtag(self, _tag: str) -> None:
        self._open = ""


def forbidden(html: str) -> list[str]:
    markup = Markup()
    markup.feed(html)
    markup.close()
    return markup.found


@pytest.fixture
def world(cast_logged_in: World, storage_folder: Path) -> Iterator[World]:
    with casts.undone(cast_logged_in) as lent:
        with lent.here.scope():
            keep_files(lent.here)
        yield lent


def policy_of(answer: Any) -> dict[str, list[str]]:  # noqa: ANN401 - Django's own type is private
    """The content security policy by directive."""
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {words[0]: words[1:] for words in parts if words}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p onclick='x()'>a</p>", ["<p onclick>"]),
        ("<p style='a:b'>a</p>", ["<p style>"]),
        ("<script>x()</script>", ["<script>"]),
        ("<script type='module'>x()</script>", ["<script>"]),
        ("<script src='https://cdn.example/x.js'></script>", ["<script src=https://cdn.example/x.js>"]),
        ("<style>a{}</style>", ["<style>", "<style>a{}"]),
        ("<style nonce='1'>a{}</style>", ["<style>a{}"]),
        ("<a href=' JavaScript:x()'>a</a>", ["<a href= JavaScript:x()>"]),
        ("<svg onload=x()></svg>", ["<svg onload>"]),
        ("<iframe src='/'></iframe>", ["<iframe>"]),
        ("<script src='/a.js'></script><style nonce='1'></style>", []),
        ("<script type='application/json'>{}</script>", []),
    ],
)  # fmt: skip
def test_markup_that_a_strict_policy_forbids_is_seen(html: str, expected: list[str]) -> None:
    assert forbidden(html) == expected


@pytest.mark.parametrize("name", READERS)
def test_no_page_has_inline_script_style_or_handler(world: World, name: str) -> None:
    assert name in PEOPLE
    seen = 0
    for page in [page for page in PAGES if page.method == GET]:
        with transaction.atomic():
            answer = browser_of(world, name).get(address_of(page, cast_of(page, world)))
            html = answer.getvalue().decode(errors="replace")  # a download is open until it is read
            transaction.set_rollback(True)
        if "text/html" not in answer.get("Content-Type", ""):
            continue
        seen += answer.status_code == 200
        assert forbidden(html) == [], page.name
        policy = policy_of(answer)
        assert policy["default-src"] == ["'none'"], page.name
        for directive, sources in policy.items():
            assert not {*sources} & {*NEVER}, (page.name, directive)
        nonces = {f"'nonce-{nonce}'" for nonce in re.findall(r'nonce="([^"]+)"', html)}
        assert nonces <= {*policy["style-src"], *policy["script-src"]}, page.name
    assert seen >= (4 if name == "anonymous" else 15)


def test_error_pages_have_no_inline_markup_either(world: World, settings: Settings) -> None:
    browser = Browser(raise_request_exception=False)
    absent = browser.get("/no/such/page/")
    refused = Browser(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x"})
    large = browser.post(
        reverse("account_login"), b"x" * 2_000_000, content_type="application/octet-stream"
    )
    settings.ALLOWED_HOSTS = ["portal.example"]
    stranger = browser.get("/", headers={"host": "evil.example"})
    answers = {400: stranger, 403: refused, 404: absent, 413: large}
    assert {code: answer.status_code for code, answer in answers.items()} == {
        code: code for code in answers
    }
    for code, answer in answers.items():
        html = answer.content.decode()
        assert forbidden(html) == []
        assert f'<p class="code">{code}</p>' in html
        assert not re.search(r"Traceback|Exception|evil\.example|no/such|csrf", html, re.IGNORECASE)
