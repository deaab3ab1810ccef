"""The API's lines of the matrix asked by programs, whose bodies and queries name others' rows."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.enums import JobState, TokenScope
from audits.models import ApiToken, Audit, Dataset, Job, ModelVersion, TenantModel
from tests.factories import ClientCast, World
from tests.tokens import make_token, program
from tests.web.test_matrix import GET, PAGES, PEOPLE, Page, address_of, asked

API = [page for page in PAGES if page.name.startswith("api:")]
ROWS = [page for page in API if page.row]
OF_A_CLIENT = [page for page in API if page.name not in {"api:schema", "api:clients"}]
RECORDED: tuple[type[TenantModel], ...] = (Audit, Dataset, Job, ModelVersion)
READING = [TokenScope.READ, TokenScope.RESULTS]
WITHOUT_TOKEN = {"anonymous", "operator"}  # an operator of the platform makes none
WRITES = ("put", "patch", "post", "delete")


def named(pages: list[Page]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda page: f"{page.name}-{page.method}")


def program_of(world: World, name: str, scopes: list[TokenScope] | None = None) -> Browser:
    people = {**world.ours.people(), "their_admin": world.theirs.admin}
    provider = world.theirs.provider if name == "their_admin" else world.ours.provider
    return program(make_token(people[name], provider, scopes=scopes or TokenScope)[1])


@named(API)
def test_token_of_every_scope_gets_the_answer_of_the_session(world: World, page: Page) -> None:
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=page.job)
    found = {
        name: asked(program_of(world, name), page, address_of(page, world.here))[0]
        for name in PEOPLE
        if name not in WITHOUT_TOKEN
    }
    assert found == {name: page.expected[name] for name in found}


@named(API)
def test_reading_token_reads_and_writes_nothing(world: World, page: Page) -> None:
    """Where its person may, the answer says that the token may not; elsewhere nothing is there."""
    found = {
        name: asked(program_of(world, name, READING), page, address_of(page, world.here))[0]
        for name in PEOPLE
        if name not in WITHOUT_TOKEN
    }
    if page.method == GET:
        assert found == {name: page.expected[name] for name in found}
    else:
        reach = {name: LOOK[name] != 404 for name in found}
        assert found == {name: 403 if reach[name] else 404 for name in found}


LOOK = next(page.expected for page in PAGES if page.name == "api:client")


@named(ROWS)
@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_foreign_row_answers_a_program_like_an_absent_one(
    world: World, page: Page, neighbour: str
) -> None:
    foreign: ClientCast = getattr(world, neighbour)
    browser = program_of(world, "technician_of_first")
    row = getattr(foreign, page.row)
    with foreign.scope():
        assert type(row).objects.filter(pk=row.pk).exists()
    absent = asked(browser, page, address_of(page, world.here, pk=10**9))
    nowhere = asked(browser, page, address_of(page, world.here, slug="nowhere-0000"))
    assert (absent[0], nowhere[0]) == (404, 404)
    assert asked(browser, page, address_of(page, world.here, pk=row.pk)) == absent
    assert asked(browser, page, address_of(page, foreign)) == nowhere


def columns(world: World) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Every row of the three clients that a body could try to move or change."""
    for cast in (world.here, world.sibling, world.stranger):
        with cast.scope():
            for model in RECORDED:
                rows = model._default_manager.order_by("pk")
                names = [field.attname for field in model._meta.concrete_fields]
                found = [tuple(getattr(row, name) for name in names) for row in rows]
                yield f"{cast.client.slug} {model.__name__}", found


@named(OF_A_CLIENT)
@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_ids_of_others_in_a_body_change_and_show_nothing(
    world: World, page: Page, neighbour: str
) -> None:
    """PUT, PATCH, POST and DELETE, with every id that a body could name, at the own address."""
    foreign: ClientCast = getattr(world, neighbour)
    body: dict[str, object] = {
        "client": foreign.client.pk,
        "client_id": foreign.client.pk,
        "slug": foreign.client.slug,
        "provider": foreign.client.provider_id,
        "id": foreign.audit.pk,
        "model": foreign.model.pk,
        "model_version": foreign.model_version.pk,
        "dataset": foreign.dataset.pk,
        "dataset_version": foreign.dataset_version.pk,
    }
    with foreign.scope():
        assert Audit.objects.filter(pk=foreign.audit.pk).exists()
        assert ModelVersion.objects.filter(pk=foreign.model_version.pk).exists()
        assert Dataset.objects.filter(pk=foreign.dataset.pk).exists()
    before = dict(columns(world))
    for person in ("admin", "technician_of_first", "owner"):
        browser = program_of(world, person)
        for verb in WRITES:
            address = address_of(page, world.here)
            answer = getattr(browser, verb)(address, body, content_type="application/json")
            refused = {400, 404, 405, 409}  # 409: the cast's own audit has ended already
            assert answer.status_code in refused, (person, verb, answer.content)
            told = answer.content.decode()
            assert foreign.client.slug not in told
            assert foreign.client.name not in told
    assert dict(columns(world)) == before


@named([page for page in OF_A_CLIENT if page.method == GET])
@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_ids_of_others_in_a_query_show_nothing(world: World, page: Page, neighbour: str) -> None:
    foreign: ClientCast = getattr(world, neighbour)
    with foreign.scope():
        assert Audit.objects.filter(pk=foreign.audit.pk).exists()
    browser = program_of(world, "technician")
    address = address_of(page, world.here)
    query = {
        "client": foreign.client.pk,
        "client_id": foreign.client.pk,
        "slug": foreign.client.slug,
        "provider": foreign.client.provider_id,
        "id": foreign.audit.pk,
        "pk": getattr(foreign, page.row).pk if page.row else foreign.audit.pk,
        "model": foreign.model.pk,
        "search": foreign.client.slug,
    }
    plain, asked_for = browser.get(address).json(), browser.get(address, query).json()
    assert asked_for == plain
    assert foreign.client.slug not in str(asked_for)


@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_token_of_one_client_is_a_stranger_at_every_other(world: World, neighbour: str) -> None:
    """An administrator's token for the first client, at the addresses of the next ones."""
    foreign: ClientCast = getattr(world, neighbour)
    _, text = make_token(world.ours.admin, world.ours.provider, client_ids=[world.here.client.pk])
    browser = program(text)
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=JobState.SUCCEEDED)
    for page in OF_A_CLIENT:
        own = asked(browser, page, address_of(page, world.here))
        assert own[0] == page.expected["admin"], page.name
        assert asked(browser, page, address_of(page, foreign))[0] == 404, page.name
    listed = browser.get(reverse("api:clients")).json()["results"]
    assert [row["slug"] for row in listed] == [world.here.client.slug]
    with world.ours.scope():
        assert ApiToken.objects.filter(user=world.ours.admin).count() == 1
