"""A contributor answers the checklist and meets no link that leads nowhere."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import Answer
from audits.models import ChecklistItem
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_contributor_lands_on_the_overview_in_plain_words(world: World) -> None:
    answer = browser_of(world, "contributor").get("/", follow=True)
    assert answer.redirect_chain[-1][0] == address(world, "client")
    assert "Does your AI give away who is in its data?" in words(answer.content.decode())


POSTS = {reverse("account_logout"), reverse("second_factor_decline")}


def _forms(world: World) -> set[str]:
    """Addresses to which the page of a control only sends."""
    names = ("checklist_evidence_new", "checklist_comment")
    return {address(world, name, "checklist_item") for name in names}


def test_contributor_meets_links_that_open_alone(world: World) -> None:
    browser, tried = browser_of(world, "contributor"), set()
    for name, row in (("client", ""), ("checklist", ""), ("checklist_answer", "checklist_item")):
        html = html_of(world, "contributor", address(world, name, row))
        for path in re.findall(r'(?:href|hx-get|action)="(/[^"#]*)"', html):
            if path.startswith("/static/") or path in POSTS | _forms(world):
                continue
            assert browser.get(path).status_code in {200, 302}, path
            tried.add(path)
    assert address(world, "checklist_answer", "checklist_item") in tried
    assert not [path for path in tried if re.search("/(audits|models|tools|reports)/", path)]


def test_contributor_answers_the_checklist(world: World) -> None:
    url = address(world, "checklist_answer", "checklist_item")
    answer = browser_of(world, "contributor").post(url, {"answer": Answer.YES})
    assert answer.status_code == 302
    with world.here.scope():
        item = ChecklistItem.objects.get(pk=world.here.checklist_item.pk)
    assert (item.answer, item.answered_by_id) == (Answer.YES, world.ours.contributor.pk)
