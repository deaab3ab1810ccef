"""A token that was sent is in no log line, in no letter about an error, on no error page."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.decorators import login_not_required
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import override_settings
from django.urls import path, reverse
from pytest_django.fixtures import Settings

from audits.services import token_text
from audits.web.masking import MaskedEmailHandler, MaskedFormatter, masked
from mia_portal.urls import handler404, handler500
from mia_portal.urls import urlpatterns as every_page
from tests import casts
from tests.factories import World
from tests.tokens import make_token

LOGGING: dict[str, Any] = configured.LOGGING
MASKED = "audits.web.masking.MaskedFormatter"
__all__ = ["handler404", "handler500"]


@login_not_required
def fails(request: HttpRequest) -> HttpResponse:
    sent = request.headers.get("Authorization", "")
    raise RuntimeError(f"nobody expected {sent}")


urlpatterns = [path("api/v1/fails/", fails, name="fails"), *every_page]


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    """Everything that the portal's own handler writes, whatever the level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskedFormatter(LOGGING["formatters"]["plain"]["format"]))
    letters = MaskedEmailHandler(include_html=True)
    settings.ADMINS = [("Operator", "operator@quay.example")]
    loggers = [logging.getLogger(), logging.getLogger("django.request")]
    before = loggers[0].level
    loggers[0].setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    loggers[1].addHandler(letters)
    yield stream
    loggers[1].removeHandler(letters)
    loggers[0].removeHandler(handler)
    loggers[0].setLevel(before)


def test_portal_writes_its_log_through_the_mask() -> None:
    masking = [name for name, form in LOGGING["formatters"].items() if form.get("()") == MASKED]
    lines = {name: one for name, one in LOGGING["handlers"].items() if "formatter" in one}
    assert {one["formatter"] for one in lines.values()} == set(masking)
    letters = [one for name, one in LOGGING["handlers"].items() if name not in lines]
    assert {one["class"] for one in letters} == {"audits.web.masking.MaskedEmailHandler"}
    installed = {type(one).__name__ for one in logging.getLogger("django").handlers}
    assert installed == {"MaskedEmailHandler"}


@override_settings(ROOT_URLCONF="tests.web.test_masking", DEBUG=False)
def test_token_of_a_failing_request_is_written_nowhere(world: World, written: io.StringIO) -> None:
    _, text = make_token(world.ours.technician, world.ours.provider)
    browser = Browser(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})
    stray = token_text.draw().reveal()
    pages = [
        browser.get("/api/v1/fails/"),
        browser.get("/api/v1/fails/", {"access_token": stray}),
        browser.get("/api/v1/nothing/", {"access_token": text}),
        browser.get(reverse("api:clients"), {"access_token": text}),
        browser.post(f"/api/v1/clients/{text}/audits/", {}, "application/json"),
        browser.get(f"/c/{text}/"),
    ]
    assert [page.status_code for page in pages] == [500, 500, 404, 401, 404, 302]
    assert pages[0].json() == {"detail": "Server error."}
    letters = [
        str(part)
        for letter in mail.outbox
        for part in (letter.subject, letter.body, *getattr(letter, "alternatives", ()))
    ]
    assert any("nobody expected Bearer mia_********" in letter for letter in letters)
    assert "RuntimeError: nobody expected Bearer mia_********" in written.getvalue()
    everything = written.getvalue() + "".join(letters)
    everything += "".join(page.content.decode() for page in pages)
    for secret in (text, stray):
        assert secret not in everything
        assert secret[12:55] not in everything


def test_mask_keeps_the_words_around_a_token() -> None:
    text = token_text.draw().reveal()
    assert masked(f"GET /?a={text}&b=1 {text}.") == "GET /?a=mia_********&b=1 mia_********."
    assert masked(f"{text[:12]} is its name") == f"{text[:12]} is its name"
