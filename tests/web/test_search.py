"""Search finds what the person may open, names the client, and never anything foreign."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.enums import ClientState, ReportKind, ReportState, SearchKind
from audits.models import AIModel, AITool, ChecklistItem, Client, Report
from audits.queries import search as searches
from tests import casts
from tests.factories import (
    CLIENT,
    DATASET,
    MODEL,
    TOOL,
    World,
    fill,
    make_client,
    make_model,
)
from tests.web.reading import browser_of, html_of, words

EVERY_KIND = set(SearchKind)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def found(browser: Browser, text: str) -> set[tuple[SearchKind, str, int]]:
    answer = browser.get(reverse("search"), {"q": text})
    assert answer.status_code == 200
    return {(hit.kind, hit.client.slug, hit.pk) for hit in answer.context["found"].hits}


def slugs(browser: Browser, text: str) -> set[str]:
    return {slug for _, slug, _ in found(browser, text)}


def test_search_stays_within_what_the_person_may_open(world: World) -> None:
    """Everybody's clients, models and audits are called alike."""
    with tenancy.system_scope("all the clients that there are"):
        assert Client.objects.filter(name=CLIENT).count() > 2
        assert AIModel.objects.filter(name=MODEL).count() > 2
    here, sibling = world.here.client.slug, world.sibling.client.slug
    reach: dict[str, set[str]] = {
        "technician": {here, sibling},
        "admin": {here, sibling},
        "technician_of_first": {here},
        "technician_of_group": {here},
        "technician_of_none": set(),
        "owner": {here},
        "viewer": {here},
    }
    for text in (CLIENT, MODEL):
        assert {name: slugs(browser_of(world, name), text) for name in reach} == reach
    theirs = Browser()
    theirs.force_login(world.theirs.admin)
    assert slugs(theirs, MODEL) > {world.stranger.client.slug}
    assert slugs(theirs, MODEL).isdisjoint({here, sibling})


def test_search_finds_every_kind_by_its_name(world: World) -> None:
    cast, tool = world.here, world.here.rows()[AITool]
    slug = cast.client.slug
    expected = {
        (SearchKind.CLIENT, slug, cast.client.pk, cast.client.name),
        (SearchKind.MODEL, slug, cast.model.pk, cast.model.name),
        (SearchKind.DATASET, slug, cast.dataset.pk, cast.dataset.name),
        (SearchKind.TOOL, slug, tool.pk, str(tool)),
        (SearchKind.AUDIT, slug, cast.audit.pk, f"audit {cast.audit.pk}"),
        (SearchKind.REPORT, slug, cast.report.pk, f"report {slug[-4:].upper()}-0001"),
        (SearchKind.CHECKLIST, slug, cast.checklist_item.pk, "LEAST privilege on every"),
    }
    browser = browser_of(world, "technician_of_first")
    for *hit, name in expected:
        assert tuple(hit) in found(browser, name), name
    assert {kind for kind, *_ in expected} == EVERY_KIND


def test_audit_of_another_client_is_not_found_by_its_number(world: World) -> None:
    with world.sibling.scope():
        assert world.sibling.audit.pk
    assert (
        found(browser_of(world, "technician_of_first"), f"audit {world.sibling.audit.pk}") == set()
    )


QUESTION = "Is there a log-in and a limit before each model?"


def test_reports_and_questions_stay_within_what_the_person_may_open(world: World) -> None:
    """Every client of both providers has a report and a question that are called alike."""
    sent = timezone.now()
    casts_of = {"here": world.here, "sibling": world.sibling, "stranger": world.stranger}
    slug_of = {name: cast.client.slug for name, cast in casts_of.items()}
    for cast in casts_of.values():
        with cast.scope():
            assert ChecklistItem.objects.filter(control="AI-25").count() == 1
            assert Report.objects.filter(kind=ReportKind.OWNER_SUMMARY).update(sent_at=sent) == 1
    reach = {
        "technician": {"here", "sibling"},
        "admin": {"here", "sibling"},
        "technician_of_first": {"here"},
        "technician_of_group": {"here"},
        "technician_of_none": set(),
        "owner": {"here"},
    }
    for text, kind in (
        ("owner summary", SearchKind.REPORT),
        ("report 1", SearchKind.REPORT),
        ("each model limit", SearchKind.CHECKLIST),
        ("query limits on every model", SearchKind.CHECKLIST),
        ("ai-25", SearchKind.CHECKLIST),  # a code that owners are not shown
    ):
        plain = text == "each model limit"
        for name, clients in reach.items():
            reads = kind == SearchKind.REPORT or (name == "owner") is plain
            shown = {slug for one, slug, _ in found(browser_of(world, name), text) if one == kind}
            assert shown == ({slug_of[one] for one in clients} if reads else set()), (name, text)
    theirs = Browser()
    theirs.force_login(world.theirs.owner)
    assert slugs(theirs, "owner summary") == {slug_of["stranger"]}


@pytest.mark.parametrize(
    ("state", "held", "is_sent", "readers"),
    [
        (ReportState.DRAFT, False, False, {"technician"}),
        (ReportState.DRAFT, True, False, {"technician"}),
        (ReportState.READY, True, False, {"technician"}),
        (ReportState.SENT, True, True, {"technician", "owner", "viewer"}),
        (ReportState.SENT, False, True, {"technician", "owner", "viewer"}),
        (ReportState.SUPERSEDED, True, True, {"technician", "owner", "viewer"}),
    ],
)
def test_people_of_a_client_find_the_reports_that_were_sent(
    world: World,
    state: ReportState,
    held: bool,  # noqa: FBT001 - a row of a table
    is_sent: bool,  # noqa: FBT001 - the same
    readers: set[str],
) -> None:
    with world.here.scope():
        Report.objects.filter(pk=world.here.report.pk).update(
            state=state, held=held, sent_at=timezone.now() if is_sent else None
        )
    hit = (SearchKind.REPORT, world.here.client.slug, world.here.report.pk)
    number = f"{world.here.client.slug[-4:]}-0001"
    for text in (MODEL, number, "summary"):
        who = {name for name in PEOPLE_HERE if hit in found(browser_of(world, name), text)}
        assert who == readers, text


PEOPLE_HERE = ("technician", "owner", "viewer", "contributor")


def test_questions_are_found_in_the_words_of_the_reader_and_lead_to_their_page(
    world: World,
) -> None:
    with world.here.scope():
        item = world.here.checklist_item
        gone = ChecklistItem.objects.create(
            provider_id=item.provider_id,
            client=item.client,
            control="AI-24",
            catalogue_version="1",
            retired_from=world.here.checklist_pin.edition,
        )
    hit = (SearchKind.CHECKLIST, world.here.client.slug, item.pk)
    readers = {
        name for name in PEOPLE_HERE if hit in found(browser_of(world, name), "BEFORE each limit")
    }
    assert readers == {"owner", "contributor"}
    url = reverse("checklist_answer", kwargs={"slug": world.here.client.slug, "pk": item.pk})
    for name in sorted(readers):
        html = html_of(world, name, f"{reverse('search')}?q=limit")
        assert f'href="{url}"' in html
        assert "Put a log-in and a limit before each model Checklist" in words(html)
        assert CLIENT in words(html)
        assert QUESTION in words(html_of(world, name, url))
    assert "Require login, least privilege" in words(
        html_of(world, "technician", f"{reverse('search')}?q=privilege")
    )
    retired = (SearchKind.CHECKLIST, world.here.client.slug, gone.pk)
    assert retired not in found(browser_of(world, "owner"), "say no more")


def test_contributor_finds_the_client_and_nothing_that_is_closed(world: World) -> None:
    kinds = {kind for kind, *_ in found(browser_of(world, "contributor"), MODEL)}
    assert kinds == set()
    kinds = {kind for kind, *_ in found(browser_of(world, "contributor"), CLIENT)}
    assert kinds == {SearchKind.CLIENT}


def test_owner_finds_everything_that_has_a_page_for_an_owner(world: World) -> None:
    with world.here.scope():
        Report.objects.update(sent_at=timezone.now())
    kinds: dict[str, set[SearchKind]] = {}
    for person in ("owner", "viewer", "technician_of_first"):
        browser = browser_of(world, person)
        hits = set().union(*(found(browser, text) for text in (MODEL, DATASET, TOOL)))
        kinds[person] = {kind for kind, *_ in hits}
        for kind, slug, pk in hits:
            url = reverse(kind.value, kwargs={"slug": slug, "pk": pk})
            assert browser.get(url).status_code == 200, (person, url)
    told = EVERY_KIND - {SearchKind.CLIENT, SearchKind.CHECKLIST}
    assert kinds == {"owner": told, "viewer": told, "technician_of_first": told}


def test_search_speaks_of_clients_to_staff_alone(world: World) -> None:
    empty = f"{reverse('search')}?q=zebra"
    for url in (reverse("search"), empty):
        assert "the clients that you may open" in words(html_of(world, "technician", url))
        told = html_of(world, "owner", url)
        assert "clients" not in words(told)
        assert "Client, model" not in told
    assert "Nothing that you may open is called “zebra”." in words(html_of(world, "owner", empty))


def test_results_name_the_client_and_lead_to_their_page(world: World) -> None:
    url = f"{reverse('search')}?q={MODEL}"
    html = html_of(world, "technician_of_first", url)
    here = world.here
    assert reverse("model", kwargs={"slug": here.client.slug, "pk": here.model.pk}) in html
    said = words(html)
    assert said.index(MODEL) < said.index(CLIENT)
    fragment = browser_of(world, "technician_of_first").get(url, headers={"hx-request": "true"})
    assert b"<main" not in fragment.content
    assert CLIENT in fragment.content.decode()


def test_search_says_that_there_is_more_than_it_shows(world: World) -> None:
    with world.here.scope():
        for number in range(25):
            make_model(world.here.client, f"Zebra {number}")
    answer = browser_of(world, "technician").get(reverse("search"), {"q": "zebra"})
    assert len(answer.context["found"].hits) == 20
    assert "There is more." in words(answer.content.decode())


def test_search_without_a_match_or_words_says_so(world: World) -> None:
    browser = browser_of(world, "technician")
    for text in ("nothing is called this", "%", "_", "\0", "9" * 90):
        assert found(browser, text) == set()
    assert "Type part of a name." in words(browser.get(reverse("search")).content.decode())


def test_archived_clients_are_left_out(world: World) -> None:
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(state=ClientState.ARCHIVED)
    assert slugs(browser_of(world, "technician"), MODEL) == {world.sibling.client.slug}


def test_search_costs_the_same_with_more_to_find(world: World) -> None:
    def cost() -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            assert found(browser, MODEL[:3])
        return len(queries)

    before = cost()
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        for name in ("Third", "Fourth"):
            fill(make_client(world.ours.provider.pk, name))
    assert cost() == before


def test_capitals_make_no_difference(world: World) -> None:
    with world.here.scope():
        made = make_model(world.here.client, "ÉCOLE Überblick 50%_\\")
    browser = browser_of(world, "technician")
    for text in ("école überblick", "ÜBERBLICK éco", "50%_\\"):
        assert (SearchKind.MODEL, world.here.client.slug, made.pk) in found(browser, text), text
    assert found(browser, "ÉCOLE%") == set()


def test_names_of_models_are_read_from_their_index(world: World) -> None:
    """As the application's role: row-level security lets no pattern into an index of its own."""
    clients = [world.here.client.pk, world.sibling.client.pk]
    with (
        tenancy.scope(provider_id=world.ours.provider.pk, client_ids=clients),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        asked = searches._first(SearchKind.MODEL, MODEL, clients)
        assert [name for _kind, _pk, name, _client in asked] == [MODEL, MODEL]
        plan = asked.explain()
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'aimodel_folded'")
        index = cursor.fetchone()[0]
    # Of a handful of rows either index of clients may be taken; one has all that the search reads.
    assert re.search(r"Index( Only)? Scan using (aimodel_folded|audits_aimodel_client_id)", plan)
    # The clients in scope, worked out once; PostgreSQL 15 and 18 name that step in their own ways.
    assert len(re.findall(r"Index Cond: \(client_id = ANY \((?:\$|\(InitPlan )", plan)) == 1, plan
    assert index.endswith('(client_id, lower((name)::text) COLLATE "C") INCLUDE (name, id)'), index
