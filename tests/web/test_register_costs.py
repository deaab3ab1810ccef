"""What a page of rows costs: the same few queries, whether there is one row or there are three."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from audits import tenancy
from audits.guidance import editions, frameworks
from audits.models import CatalogueEdition, ChecklistPin, FleetView, Grant, Membership
from audits.services import client_figures
from tests import casts
from tests.factories import World, fill, make_client, make_model
from tests.tokens import change, make_token
from tests.web.reading import address, browser_of

_FRAMEWORKS = ("NIST AI RMF 1.0", "EU AI Act", "OWASP ML Top 10")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def _own_tokens(world: World, number: int) -> None:
    for _ in range(number):
        make_token(world.ours.technician, world.ours.provider, client_ids=[world.here.client.pk])


def _tokens_of_others(world: World, number: int) -> None:
    """The owner has one already; the others are other people's. Each is for one client alone."""
    change(world.ours.owner_token, client_ids=[world.here.client.pk])
    people = (world.ours.viewer, world.ours.technician)
    clients = (world.here.client, world.sibling.client)
    for person, client in list(zip(people, clients, strict=True))[: number - 1]:
        make_token(person, world.ours.provider, client_ids=[client.pk])


def _clients(world: World, number: int) -> None:
    """The technician of one client looks after more of them, each with a model and its audit."""
    provider = world.ours.provider
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        held = Membership.objects.get(user=world.ours.technician_of_first)
        for _ in range(number - 1):
            client = make_client(provider.pk)
            fill(client)
            make_model(client, "Another model")
            Grant.objects.create(provider=provider, membership=held, client=client)


def _frameworks(world: World, number: int) -> None:
    """Pin the client to an edition that speaks of so many frameworks."""
    named = set(_FRAMEWORKS[:number])
    controls = [
        control | {"maps": [one for one in control["maps"] if one[0] in named]}
        for control in editions.dumped(editions.current().controls)
    ]
    with world.here.scope():
        # The words of an edition are kept by its digest, which is nobody else's.
        edition = CatalogueEdition.objects.create(
            version=f"2025.{number}", digest=f"c{number}" * 32, controls=controls
        )
        ChecklistPin.objects.update(edition=edition)
        client_figures.refresh()  # else its models are rated anew for the bar


def _views(world: World, number: int) -> None:
    """One is there already; the others are of another list, and of the plan of everybody."""
    own = {"provider": world.ours.provider, "user": world.ours.technician}
    with tenancy.scope(provider_id=own["provider"].pk, client_ids=(), provider_rows=True):
        for listing in ("models", "plans")[: number - 1]:
            FleetView.objects.create(**own, name=f"Of {listing}", query="q=a", listing=listing)


@dataclass(frozen=True, kw_only=True)
class Register:
    """Who reads the page, what stands on it once for each row, and what it costs."""

    reader: str
    fill: Callable[[World, int], None]
    row: str
    queries: int
    of_client: bool = False


REGISTERS = {
    "tokens": Register(reader="technician", fill=_own_tokens, row=r"<code>mia_\w+…", queries=21),
    "tokens_people": Register(
        reader="admin", fill=_tokens_of_others, row=r"<code>mia_\w+…", queries=21
    ),
    "fleet_map": Register(
        reader="technician_of_first",
        fill=_clients,
        row=r'<th scope="row">\s*<a href="/c/',
        queries=33,
    ),
    "frameworks": Register(
        reader="owner", fill=_frameworks, row='<p class="rows-title">', queries=21, of_client=True
    ),
    "fleet_views": Register(
        reader="technician", fill=_views, row='<p class="rows-title">', queries=20
    ),
}


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", REGISTERS)
def test_page_costs_the_same_for_one_row_and_for_three(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, name: str, number: int
) -> None:
    one = REGISTERS[name]
    one.fill(world, number)
    browser = browser_of(world, one.reader)
    url = address(world, name) if one.of_client else reverse(name)
    browser.get(url)  # figures of new clients are counted once, and words are read once
    with django_assert_num_queries(one.queries):
        answer = browser.get(url)
    html = answer.content.decode()
    assert len(re.findall(one.row, html)) == number


def test_frameworks_of_the_lists_are_there() -> None:
    listed = {one.name for one in frameworks.listed(editions.current().controls)}
    assert set(_FRAMEWORKS) <= listed
