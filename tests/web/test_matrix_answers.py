"""Every page asked for by everybody, once: each answer is looked at for all that may be wrong.

Who gets which answer stands in tests/web/test_matrix.py. Each client has a mark of its own in every
text column (tests/web/marked.py); no answer may hold one that its reader may not see there.
"""

from collections.abc import Iterator

import pytest

from tests import casts
from tests.factories import World
from tests.web import marked
from tests.web.log_in import forget_tries
from tests.web.test_matrix import (
    GET,
    PAGES,
    PEOPLE,
    POST,
    Page,
    address_of,
    answered,
    browser_of,
    everybody,
    is_of_a_client,
)
from tests.web.test_matrix_marks import ENTRANCES, SAYS_NO_NAME, SEE_NOTHING
from tests.web.visits import Visit, prepare, secrets, visited

# Where a closed door may write: the line that somebody reached for it, and the session's clock.
OF_DOORS = {
    "audits_activity",
    "audits_activitypayload",
    "audits_provideractivity",
    "audits_provideractivitypayload",
    "audits_session",
    "django_session",
}
LOGS = {"audits_activity", "audits_provideractivity"}
# Whose answer of a client's page has to name the client.
READERS = ("admin", "owner", "viewer")
# No answer to a person any more.
LOGGED_OUT = {("account_logout", POST)}
SENT = {page.name for page in PAGES if page.method == POST}


@pytest.fixture
def world(cast_marked: World) -> Iterator[World]:
    with casts.undone(cast_marked) as lent:
        yield lent


@pytest.fixture(scope="module")
def hidden(cast_marked: World) -> set[str]:
    return secrets(cast_marked)


def named(pages: list[Page]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda page: f"{page.name}-{page.method}")


def foreign_marks(world: World, page: Page, told: dict[str, Visit]) -> dict[str, set[str]]:
    """Who was told something of somebody else."""
    client = world.here.client if is_of_a_client(page) else None
    people = everybody(world)
    entrance = {marked.NAMES["ours"]} if page.name in ENTRANCES else set()
    found = {
        name: visit.marks - marked.allowed_marks(world, people.get(name), client=client) - entrance
        for name, visit in told.items()
    }
    return {name: marks for name, marks in found.items() if marks}


@named(PAGES)
def test_address_answers_each_person_as_the_matrix_says(
    world: World, hidden: set[str], page: Page
) -> None:
    forget_tries()
    prepare(world, page)
    told = {name: visited(world, name, page) for name in PEOPLE}
    assert {name: visit.status for name, visit in told.items()} == page.expected
    assert foreign_marks(world, page, told) == {}
    for name, visit in told.items():
        assert {secret for secret in hidden if secret in visit.text} == set(), name
        assert {table for verb, table in visit.written if verb != "insert"} & LOGS == set(), name
        if visit.status in {403, 404, 405}:
            assert {table for _, table in visit.written} <= OF_DOORS, name
        if name != "anonymous" and (page.name, page.method) not in LOGGED_OUT:
            assert visit.headers["Cache-Control"] == "no-store, private", name
            assert "ETag" not in visit.headers, name
    if is_of_a_client(page) and page.method == GET:
        names_the_client(page, told)
    if page.name not in SENT:
        takes_no_form(world, page, told)


def names_the_client(page: Page, told: dict[str, Visit]) -> None:
    """The marks are really there to be found."""
    shown = [told[name] for name in READERS if told[name].status == 200]
    if page.name not in SAYS_NO_NAME:
        assert [visit.status for visit in shown if marked.CLIENTS["here"] not in visit.marks] == []


def takes_no_form(world: World, page: Page, told: dict[str, Visit]) -> None:
    """What is sent to a page without a line for it is not looked at, and nothing comes of it."""
    name = next((one for one in PEOPLE if told[one].status in {200, 286}), "anonymous")
    sent = visited(world, name, page, method=POST)
    if sent.status != 405:
        assert (sent.status, sent.lasting) == (told[name].status, told[name].lasting)
        assert {table for _, table in sent.written} <= {table for _, table in told[name].written}


@named([page for page in PAGES if is_of_a_client(page) and page.method == GET])
def test_pages_asked_for_in_turn_never_mix(world: World, page: Page) -> None:
    """One browser goes to the next client, another's to its own, and the first one back."""
    clients = set(marked.CLIENTS.values())
    prepare(world, page)
    turns = [
        ("admin", world.here, "here"),
        ("admin", world.sibling, "sibling"),
        ("their_admin", world.stranger, "stranger"),
        ("admin", world.here, "here"),
    ]
    told = [visited(world, name, page, cast=cast) for name, cast, _ in turns]
    assert (404 in {visit.status for visit in told}) == (page.expected["admin"] == 404)
    for visit, (_, _, key) in zip(told, turns, strict=True):
        assert visit.marks & clients <= {marked.CLIENTS[key]}
    assert (told[0].status, told[0].marks) == (told[-1].status, told[-1].marks)


@pytest.mark.parametrize("name", PEOPLE)
def test_person_sees_marks_of_the_own_place(world: World, name: str) -> None:
    pages = [
        page
        for page in PAGES
        if page.name in {"vendors", "checklist", "client"} and page.method == GET
    ]
    seen = set().union(*(visited(world, name, page).marks for page in pages))
    assert bool(seen) == (name not in SEE_NOTHING)


def test_staff_of_a_provider_open_no_client_of_another() -> None:
    of_clients = [page for page in PAGES if is_of_a_client(page)]
    assert {page.expected["their_admin"] for page in of_clients} == {404}


@named([page for page in PAGES if is_of_a_client(page)])
def test_address_of_a_foreign_row_answers_like_an_absent_one(world: World, page: Page) -> None:
    """Another client's row under the own address, and another client's own address."""
    people = [one for one in ("technician_of_first", "owner") if page.expected[one] != 404]
    for name in people or ["technician_of_first"]:
        browser = browser_of(world, name)
        nowhere = answered(browser, page, address_of(page, world.here, slug="nowhere-0000"))
        absent = nowhere
        if page.row:
            absent = answered(browser, page, address_of(page, world.here, pk=10**9))
        assert (absent[0], nowhere[0]) == (404, 404)
        for foreign in (world.sibling, world.stranger):
            row = getattr(foreign, page.row or "client")
            with foreign.scope():
                assert type(row).objects.filter(pk=row.pk).exists()
            if page.row:
                assert answered(browser, page, address_of(page, world.here, pk=row.pk)) == absent
            assert answered(browser, page, address_of(page, foreign)) == nowhere


@named([page for page in PAGES if page.row and not is_of_a_client(page)])
def test_address_of_another_providers_row_answers_like_an_absent_one(
    world: World, page: Page
) -> None:
    browser = browser_of(world, "admin")
    row = getattr(world.theirs, page.row)
    with world.theirs.scope():
        assert type(row).objects.filter(pk=row.pk).exists()
    absent = answered(browser, page, address_of(page, world.ours, pk=10**9))
    assert absent[0] == 404
    assert answered(browser, page, address_of(page, world.theirs)) == absent
