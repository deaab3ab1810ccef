"""The check on its page: run by an administrator, kept, printed, handed on."""

import json
from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.models import IsolationCheck
from audits.queries import isolation
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, words

PAGE = reverse("isolation")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_check_is_run_from_the_page_and_says_so_in_a_sentence(world: World) -> None:
    browser = browser_of(world, "admin")
    answer = browser.post(PAGE, follow=True)
    shown = words(answer.content.decode())
    count = len(isolation.TITLES)
    assert f"All {count} checks passed on " in shown
    assert all(str(title) in shown for title in isolation.TITLES.values())
    assert (shown.count(" OK "), shown.count(" Failed ")) == (count + 1, 0)  # and the whole
    with world.ours.scope():
        newest = IsolationCheck.objects.latest("pk")
    assert answer.redirect_chain == [(reverse("isolation_check", kwargs={"pk": newest.pk}), 302)]


def test_page_before_the_first_check_offers_it(world: World) -> None:
    with world.ours.scope():
        IsolationCheck.objects.all().delete()
    html = browser_of(world, "admin").get(PAGE).content.decode()
    assert ("Not checked yet" in html, html.count("Check now")) == (True, 1)


def test_failed_check_is_shown_as_one(world: World) -> None:
    probes = [
        {"key": "read", "state": "failed", "detail": "audits_aimodel"},
        {"key": "role", "state": "ok", "detail": ""},
        {"key": "pages", "state": "not_applicable", "detail": ""},
    ]
    with world.ours.scope():
        IsolationCheck.objects.update(passed=False, probes=probes)
    shown = words(browser_of(world, "admin").get(PAGE).content.decode())
    assert "1 of 2 checks failed on" in shown
    assert "audits_aimodel Failed" in shown
    assert "Not applicable" in shown


def test_result_can_be_taken_along_as_text_and_as_json(world: World) -> None:
    browser = browser_of(world, "admin")
    browser.post(PAGE)
    with world.ours.scope():
        kept = IsolationCheck.objects.latest("pk")
    text = browser.get(reverse("isolation_text", kwargs={"pk": kept.pk}))
    assert text["Content-Disposition"] == (
        f'attachment; filename="isolation-check-{kept.at:%Y-%m-%d}-{kept.pk}.txt"'
    )
    said = text.content.decode()
    assert f"Checked: {kept.at:%Y-%m-%d %H:%M:%S} UTC" in said
    assert "What it does not prove" in said
    told = json.loads(browser.get(reverse("isolation_json", kwargs={"pk": kept.pk})).content)
    assert (told["format"], told["passed"]) == ("mia-isolation-check-1", True)
    assert [probe["key"] for probe in told["probes"]] == list(isolation.TITLES)
