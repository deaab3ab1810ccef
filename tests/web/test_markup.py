"""Pages have no script, style or handler inside their markup: the strict policy can stand.

Every page is read for it in tests/web/test_matrix_answers.py.
"""

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.web.markup import faults, forbidden

STRICT = "default-src 'none'; script-src 'nonce-a'; style-src 'self'"


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


@pytest.mark.parametrize(
    ("html", "policy", "expected"),
    [
        ('<style nonce="a"></style>', STRICT, []),
        ('<style nonce="b"></style>', STRICT, ["'nonce-b'"]),
        ("<p>a</p>", STRICT.replace("none", "self"), ["default-src"]),
        ("<p>a</p>", f"{STRICT} 'unsafe-inline'", ["style-src"]),
        ("<p style='a'>a</p>", STRICT, ["<p style>"]),
    ],
)
def test_policy_that_is_not_strict_is_seen(html: str, policy: str, expected: list[str]) -> None:
    assert faults(html, {"Content-Security-Policy": policy}) == expected


@pytest.mark.django_db
def test_error_pages_have_no_inline_markup_either(settings: Settings) -> None:
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
