"""Every page as every person sees it: nothing of anybody else's is ever in it.

Each client has a mark of its own in every text column; no answer, body or header, may hold one that
the person may not read there.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test.client import MULTIPART_CONTENT
from pytest_django.fixtures import Settings

from audits.models import Job
from tests import casts
from tests.datasets import keep_files
from tests.factories import World
from tests.web import marked
from tests.web.test_matrix import (
    GET,
    PAGES,
    PEOPLE,
    Page,
    address_of,
    browser_of,
    cast_of,
    everybody,
    is_of_a_client,
)

# Pages whose answer to a GET shows nothing of the client in words: files and fragments.
SAYS_NO_NAME = {
    "client_logo",
    "audit_figures",
    "audit_members",
    "audit_progress",
    "audit_chart",
    "checklist_chart",
    "tool_chart",
    "people_file",
}

# Pages that name a provider to whoever knows its address, and why.
ENTRANCES = {
    "sign_on": "an entrance says whose it is",
    "join": "an invitation says to whose team it leads",
}
# Everybody else sees at least what is their provider's own, such as its fact sheets.
SEE_NOTHING = {"anonymous"}


@pytest.fixture
def world(cast_logged_in: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_logged_in) as lent:
        for cast, mark in zip(
            (lent.here, lent.sibling, lent.stranger), marked.CLIENTS.values(), strict=False
        ):
            with cast.scope():
                keep_files(cast, mark)
        with marked.named(lent):
            yield lent


def told(world: World, name: str, page: Page) -> tuple[int, set[str]]:
    """What a page tells a person, whatever it writes being taken back."""
    kind = "application/json" if page.name.startswith("api:") else MULTIPART_CONTENT
    address = address_of(page, cast_of(page, world))
    with transaction.atomic():
        with world.here.scope():
            Job.objects.filter(pk=world.here.job.pk).update(state=page.job)
        found = marked.answer_of(
            browser_of(world, name), address, post=page.method != GET, kind=kind
        )
        transaction.set_rollback(True)
    return found


def test_every_text_column_is_marked_or_has_its_reason() -> None:
    assert set(marked.UNMARKED) <= marked.every_text_field()
    assert all(marked.UNMARKED.values())


def test_every_json_column_is_marked_or_has_its_reason() -> None:
    assert marked.every_json_field() == set(marked.JSON)


@pytest.mark.parametrize("name", PEOPLE)
def test_page_shows_a_person_no_mark_of_anybody_else(world: World, name: str) -> None:
    seen: set[str] = set()
    leaks = {}
    user = everybody(world).get(name)
    here, anywhere = (
        marked.allowed_marks(world, user, client=client) for client in (world.here.client, None)
    )
    for page in PAGES:
        allowed = here if is_of_a_client(page) else anywhere
        _, marks = told(world, name, page)
        if page.name in ENTRANCES:
            marks -= {marked.NAMES["ours"]}
        seen |= marks
        if marks - allowed:
            leaks[page.name, page.method] = marks - allowed
    assert leaks == {}
    assert bool(seen) == (name not in SEE_NOTHING)


@pytest.mark.parametrize("name", ["admin", "owner", "viewer"])
def test_page_of_a_client_shows_the_clients_own_mark(world: World, name: str) -> None:
    """The marks are really there to be found: every page of a client names it."""
    silent = set()
    for page in PAGES:
        if is_of_a_client(page) and page.method == GET and page.name not in SAYS_NO_NAME:
            status, marks = told(world, name, page)
            if status == 200 and marked.CLIENTS["here"] not in marks:
                silent.add(page.name)
    assert silent == set()


def test_pages_of_two_clients_in_turn_never_mix(world: World) -> None:
    """The same browser goes from client to client and back: a cache would show the one before."""
    browser = browser_of(world, "admin")
    turns = [(world.here, "here"), (world.sibling, "sibling"), (world.here, "here")]
    tried = 0
    for page in PAGES:
        if not is_of_a_client(page) or page.method != GET:
            continue
        for cast, key in turns:
            with transaction.atomic():
                status, marks = marked.answer_of(browser, address_of(page, cast))
                transaction.set_rollback(True)
            assert status != 404, page.name
            assert marks & set(marked.CLIENTS.values()) <= {marked.CLIENTS[key]}, page.name
            tried += 1
    assert tried > 60
