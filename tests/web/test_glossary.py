"""Words that lead to their meaning, and frameworks with what a client answered."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.urls import reverse

from audits.enums import Answer
from audits.models import ChecklistItem
from audits.queries import glossary
from audits.services import checklist
from audits.templatetags.terms import term
from tests import casts
from tests.architecture.sources import ROOT
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, page, words

TERM = re.compile(r'\{% term "([^"]+)"')


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.mark.parametrize("person", ["technician", "owner", "contributor", "viewer"])
def test_glossary_explains_every_term_at_its_own_place(world: World, person: str) -> None:
    html = html_of(world, person, "/glossary/")
    anchors = [found.anchor for found in glossary.terms()]
    assert len(set(anchors)) == len(anchors) > 20
    for found in glossary.terms():
        assert f'id="{found.anchor}"' in html
        assert found.meaning in words(html)


def test_every_term_that_a_page_links_is_explained() -> None:
    used = {
        word
        for path in (ROOT / "templates").rglob("*.html")
        for word in TERM.findall(path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= {found.word for found in glossary.terms()}


def test_term_links_to_its_place_and_shows_its_meaning() -> None:
    html = term("Leak factor", 'of <b>"one"</b>')
    assert 'href="/glossary/#leak-factor"' in html
    assert "How many times likelier" in html
    assert "<b>" not in html
    with pytest.raises(LookupError, match="Nonsense"):
        term("Nonsense")


def test_crosswalk_shows_the_clients_own_answers(world: World) -> None:
    with world.here.scope():
        ChecklistItem.objects.update(answer=Answer.PARTLY)
    listed = html_of(world, "owner", address(world, "frameworks"))
    keys = re.findall(r"/frameworks/([a-z0-9-]+)/", listed)
    back = listed[listed.index("<main") : listed.index("<h1")]
    assert f'href="{address(world, "reports")}"' in back  # to where the page is linked from
    assert "nist-ai-rmf" in keys
    shown = [
        words(html_of(world, "owner", f"{address(world, 'frameworks')}{key}/")) for key in keys
    ]
    assert any("Partly" in text for text in shown)
    assert all("no statement that the passage is satisfied" in text for text in shown)
    with world.sibling.scope():
        assert ChecklistItem.objects.get().answer == Answer.UNANSWERED


def test_unknown_framework_is_nowhere(world: World) -> None:
    browser = browser_of(world, "owner")
    assert browser.get(f"{address(world, 'frameworks')}research/").status_code == 404
    assert browser.get(f"{address(world, 'frameworks')}nonsense/").status_code == 404


def test_page_of_an_audit_links_its_technical_words(world: World) -> None:
    html = html_of(world, "technician", address(world, "audit", "audit"))
    assert "/glossary/#false-alarm-false-positive-rate" in html
    assert "Found at" in page(world, "technician", "audit", "audit")


# What people typed, what is a link or a control already, and headings, which carry no links.
_NOT_PROSE = re.compile(
    r"<(a|h1|h2|h3|button|label|option|th|dt|summary|nav|svg|script|textarea|select)\b.*?</\1>"
    r"|<legend class=.*?</legend>",
    re.DOTALL,
)

_PLAIN = frozenset({"Impact"})  # a factor of a product and the head of a table, too


@pytest.mark.parametrize(
    ("person", "name", "row"),
    [
        ("technician", "checklist", ""),
        ("owner", "checklist", ""),
        ("technician", "checklist_answer", "checklist_item"),
        ("owner", "checklist_answer", "checklist_item"),
        ("contributor", "checklist_card", "checklist_item"),
        ("technician", "model_new", ""),
        ("technician", "dataset_new", ""),
    ],
)
def test_no_page_leaves_a_technical_word_without_its_meaning(
    world: World, person: str, name: str, row: str
) -> None:
    with world.here.scope():
        checklist.refresh(client=world.here.client)
    assert _unexplained(html_of(world, person, address(world, name, row))) == set()


@pytest.mark.parametrize("key", ["what", "data", "training"])
def test_no_page_of_a_review_leaves_a_technical_word_without_its_meaning(
    world: World, key: str
) -> None:
    url = reverse("review", kwargs={"pk": world.ours.sheet.pk, "key": key})
    answer = browser_of(world, "technician").get(url)
    if answer.status_code == 200:
        assert _unexplained(answer.content.decode()) == set()


def _unexplained(html: str) -> set[str]:
    """Terms that stand in the sentences of a page and are linked nowhere on it."""
    main = html[html.index("<main") : html.index("</main>")]
    prose = re.sub(r"<[^>]+>", " ", _NOT_PROSE.sub(" ", main))
    said = {part.term for part in glossary.parts(unescape(prose)) if part.term is not None}
    return {
        found.word
        for found in said
        if f"/glossary/#{found.anchor}" not in main and found.word not in _PLAIN
    }
