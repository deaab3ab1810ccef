"""Every page asked for by everybody, once: each answer is looked at for all that may be wrong.

Who gets which answer stands in tests/web/test_matrix.py. Each client has a mark of its own in every
text column (tests/web/marked.py); no answer may hold one that its reader may not see there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest

from tests import casts
from tests.factories import World
from tests.web import marked
from tests.web.markup import faults
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

Found = TypeVar("Found")
# Where a closed door may write: the line that somebody reached for it, the session's clock, and
# when the person was last at the provider.
OF_DOORS = {
    "audits_activity",
    "audits_activitypayload",
    "audits_membership",
    "audits_provideractivity",
    "audits_provideractivitypayload",
    "audits_session",
    "django_session",
}
# Answers of a closed door.
CLOSED = {403, 404, 405}
LOGS = {"audits_activity", "audits_provideractivity"}
# People whose pages differ most: their markup is read.
READERS = ("anonymous", "admin", "owner")
# It pushes against the log as well, is refused, and takes back whatever it tried.
PUSHES = {("isolation", POST)}
# Whose answer of a client's page has to name the client.
NAMING = ("admin", "owner", "viewer")
# Where notes of staff stand, beside what they are about: so that there is one to be hidden.
NOTED = {"client", "model", "dataset", "tool", "notes"}
# No answer to a person any more.
LOGGED_OUT = {("account_logout", POST)}
# Who asks for the page of which client, one after the other.
TURNS = (
    ("admin", "here"),
    ("admin", "sibling"),
    ("their_admin", "stranger"),
    ("admin", "here"),
)
SENT = {page.name for page in PAGES if page.method == POST}


@pytest.fixture
def world(cast_marked: World) -> Iterator[World]:
    with casts.undone(cast_marked) as lent:
        yield lent


def named(pages: list[Page]) -> pytest.MarkDecorator:
    """One test for each page; those of a page run in one process, which asks for it once."""
    params = [
        pytest.param(
            page, id=f"{page.name}-{page.method}", marks=pytest.mark.xdist_group(page.name)
        )
        for page in pages
    ]
    return pytest.mark.parametrize("page", params)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What everybody got from a page: the status, and by person whatever should not be so."""

    statuses: dict[str, int]
    foreign: dict[str, set[str]]
    noted: set[str]
    hidden: dict[str, set[str]]
    written: dict[str, set[tuple[str, str]]]
    kept: dict[str, str]
    runs: dict[str, list[str]]
    unnamed: set[str]
    done_by_a_form: list[str]


@pytest.fixture(scope="module")
def told_by(cast_marked: World) -> Callable[[Page], Told]:
    """Ask for a page as everybody, once, and remember what was wrong."""
    kept: dict[tuple[str, str], Told] = {}
    hidden = secrets(cast_marked)
    readable = {
        of_client: _readable(cast_marked, of_client=of_client) for of_client in (True, False)
    }

    def told(page: Page) -> Told:
        if (page.name, page.method) not in kept:
            with casts.undone(cast_marked) as lent:
                kept[page.name, page.method] = _told(
                    lent, page, hidden, readable[is_of_a_client(page)]
                )
        return kept[page.name, page.method]

    return told


def _told(world: World, page: Page, hidden: set[str], readable: dict[str, set[str]]) -> Told:
    prepare(world, page)
    visits = {name: visited(world, name, page) for name in PEOPLE}
    return Told(
        statuses={name: visit.status for name, visit in visits.items()},
        foreign=_foreign_marks(page, visits, readable),
        noted={name for name, visit in visits.items() if marked.NOTE in visit.marks},
        hidden=_some({name: {one for one in hidden if one in visit.text}
                      for name, visit in visits.items()}),
        written=_some({name: _unwanted(page, visit) for name, visit in visits.items()}),
        kept={} if (page.name, page.method) in LOGGED_OUT else _cached(visits),
        runs=_some({name: _scripts(visits[name]) for name in READERS}),
        unnamed=_unnamed(page, visits),
        done_by_a_form=[] if page.name in SENT else _done_by_a_form(world, page, visits),
    )  # fmt: skip


def _some(found: dict[str, Found]) -> dict[str, Found]:
    return {name: one for name, one in found.items() if one}


def _readable(world: World, *, of_client: bool) -> dict[str, set[str]]:
    """The marks that each person may read on a page of the first client, or of none."""
    client, people = world.here.client if of_client else None, everybody(world)
    return {name: marked.allowed_marks(world, people.get(name), client=client) for name in PEOPLE}


def _foreign_marks(
    page: Page, visits: dict[str, Visit], readable: dict[str, set[str]]
) -> dict[str, set[str]]:
    entrance = {marked.NAMES["ours"]} if page.name in ENTRANCES else set()
    return _some({
        name: visit.marks - readable[name] - entrance for name, visit in visits.items()
    })  # fmt: skip


def _unwanted(page: Page, visit: Visit) -> set[tuple[str, str]]:
    """Whatever is changed in a log, and whatever a closed door writes beside it."""
    changed = {one for one in visit.written if one[0] != "insert" and one[1] in LOGS}
    if visit.status not in CLOSED:
        return set() if (page.name, page.method) in PUSHES else changed
    return changed | {one for one in visit.written if one[1] not in OF_DOORS}


def _cached(visits: dict[str, Visit]) -> dict[str, str]:
    found = {
        name: f"{visit.headers.get('Cache-Control')}{visit.headers.get('ETag', '')}"
        for name, visit in visits.items()
        if name != "anonymous"
    }
    return {name: kept for name, kept in found.items() if kept != "no-store, private"}


def _scripts(visit: Visit) -> list[str]:
    is_page = "text/html" in visit.headers.get("Content-Type", "")
    return faults(visit.body.decode(), visit.headers) if is_page else []


def _unnamed(page: Page, visits: dict[str, Visit]) -> set[str]:
    """Who opens a page of the client without reading its mark: there must be one to be found."""
    if page.method != GET or not is_of_a_client(page) or page.name in SAYS_NO_NAME:
        return set()
    opened = {name for name in NAMING if visits[name].status == 200}
    return {name for name in opened if marked.CLIENTS["here"] not in visits[name].marks}


def _done_by_a_form(world: World, page: Page, visits: dict[str, Visit]) -> list[str]:
    """What comes of a form that is sent to a page without a line for it, if anything does."""
    name = next((one for one in PEOPLE if visits[one].status in {200, 286}), "anonymous")
    sent = visited(world, name, page, method=POST)
    if sent.status == 405 or not _beyond(sent, visits[name]):
        return []
    # The page tells the time, and two of its clocks may have moved on: one before the form was
    # sent, one after it. What is the form's doing stands in neither page.
    return _beyond(sent, visits[name], visited(world, name, page))


def _beyond(sent: Visit, *shown: Visit) -> list[str]:
    """What an answer says and writes that the page does not, as it is opened once or twice."""
    found = [] if sent.status in {one.status for one in shown} else [f"status {sent.status}"]
    before = (one.lasting.splitlines() for one in shown)
    rows = zip(sent.lasting.splitlines(), *before, strict=False)
    found += [str(line) for line, *others in rows if line not in others][:3]
    written = {table for one in shown for _, table in one.written}
    return [*found, *sorted({table for _, table in sent.written} - written)]


@named(PAGES)
def test_address_answers_each_person_as_the_matrix_says(
    told_by: Callable[[Page], Told], page: Page
) -> None:
    told = told_by(page)
    assert told.statuses == page.expected
    assert told.unnamed == set()
    assert told.done_by_a_form == [], "a page that takes a form needs a line for POST"


@named(PAGES)
def test_answer_shows_no_mark_of_anybody_else(told_by: Callable[[Page], Told], page: Page) -> None:
    told = told_by(page)
    assert told.foreign == {}
    if page.method == GET and is_of_a_client(page):
        assert ("admin" in told.noted) == (page.name in NOTED)


@named(PAGES)
def test_answer_holds_no_secret(told_by: Callable[[Page], Told], page: Page) -> None:
    assert told_by(page).hidden == {}


@named(PAGES)
def test_closed_door_does_nothing_and_no_page_touches_the_log(
    told_by: Callable[[Page], Told], page: Page
) -> None:
    assert told_by(page).written == {}


@named(PAGES)
def test_answer_is_kept_by_no_cache_and_runs_no_script(
    told_by: Callable[[Page], Told], page: Page
) -> None:
    told = told_by(page)
    assert told.kept == {}
    assert told.runs == {}


@named([page for page in PAGES if is_of_a_client(page) and page.method == GET])
def test_pages_asked_for_in_turn_never_mix(world: World, page: Page) -> None:
    """One browser goes to the next client, another's to its own, and the first one back."""
    clients = set(marked.CLIENTS.values())
    prepare(world, page)
    told = [visited(world, name, page, cast=getattr(world, key)) for name, key in TURNS]
    assert (404 in {visit.status for visit in told}) == (page.expected["admin"] == 404)
    for visit, (_, key) in zip(told, TURNS, strict=True):
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


def askers(page: Page) -> list[str]:
    """Who asks for foreign rows: staff and client people, as far as they open their own."""
    opened = [one for one in ("technician_of_first", "owner") if page.expected[one] != 404]
    return opened or ["technician_of_first"]


@named([page for page in PAGES if is_of_a_client(page)])
def test_address_of_a_foreign_row_answers_like_an_absent_one(world: World, page: Page) -> None:
    """Another client's row under the own address, and another client's own address."""
    for name in askers(page):
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
