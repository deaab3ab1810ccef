"""A person of two providers: one of them at a time, said by hand, never both on one page."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits import tenancy
from audits.enums import Role
from audits.models import Client, Membership, Provider, User
from tests import casts
from tests.factories import World

HERE, THERE = "Northgate IT", "Southgate IT"
NAMES = ("Ours First", "Ours Second", "Theirs First", "Theirs Second")
FLEET, ACTING = reverse("fleet"), reverse("acting")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        clients = (lent.here, lent.sibling, lent.stranger, lent.theirs.second)
        with tenancy.system_scope("every client and provider gets a name of its own"):
            for name, cast in zip(NAMES, clients, strict=True):
                Client.objects.filter(pk=cast.client.pk).update(name=name)
            for name, house in ((HERE, lent.ours), (THERE, lent.theirs)):
                Provider.objects.filter(pk=house.provider.pk).update(name=name)
        yield lent


@pytest.fixture
def person(world: World) -> User:
    with world.theirs.scope():
        Membership.objects.create(
            user=world.ours.technician,
            provider=world.theirs.provider,
            role=Role.TECHNICIAN,
            all_clients=True,
        )
    return world.ours.technician


@pytest.fixture
def browser(person: User) -> Browser:
    made = Browser()
    made.force_login(person)
    return made


def clients_on(browser: Browser, address: str) -> set[str]:
    html = browser.get(address).content.decode()
    return {name for name in NAMES if name in html}


def work_for(browser: Browser, provider: Provider) -> None:
    answer = browser.post(ACTING, {"provider": provider.pk})
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))


def test_person_of_two_providers_is_asked_which_one_it_is(browser: Browser) -> None:
    answer = browser.get(reverse("home"))
    assert (answer.status_code, answer["Location"]) == (302, ACTING)
    html = browser.get(ACTING).content.decode()
    assert (html.count(f"Work for {HERE}"), html.count(f"Work for {THERE}")) == (1, 1)
    assert "now" not in html[html.index("<main") : html.index("</main>")]


def test_person_of_one_provider_is_asked_nothing(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.admin)
    assert browser.get(ACTING)["Location"] == reverse("home")
    assert browser.get(reverse("home"))["Location"] == FLEET
    assert "Working for" not in browser.get(FLEET).content.decode()


def test_fleet_switcher_and_api_show_the_chosen_provider_alone(
    world: World, browser: Browser
) -> None:
    lists = (FLEET, reverse("switcher"), reverse("api:clients"))
    for house, shown in ((world.theirs, NAMES[2:]), (world.ours, NAMES[:2])):
        work_for(browser, house.provider)
        assert [clients_on(browser, address) for address in lists] == [set(shown)] * 3


def test_account_menu_says_which_provider_it_is(world: World, browser: Browser) -> None:
    work_for(browser, world.theirs.provider)
    html = browser.get(FLEET).content.decode()
    pressed = html.split('aria-pressed="true"')[1].split("</button>")[0]
    assert (THERE in pressed, HERE in pressed) == (True, False)
    assert f"All clients of {THERE}" in html


def test_address_of_a_client_decides_by_its_own_provider(world: World, browser: Browser) -> None:
    work_for(browser, world.ours.provider)
    there = reverse("client", kwargs={"slug": world.stranger.client.slug})
    assert clients_on(browser, there) == {NAMES[2]}
    assert clients_on(browser, FLEET) == set(NAMES[:2])


def test_new_client_belongs_to_the_chosen_provider(world: World, browser: Browser) -> None:
    work_for(browser, world.theirs.provider)
    answer = browser.post(reverse("client_new"), {"name": "Third", "time_zone": "UTC"})
    assert answer.status_code == 302
    with tenancy.system_scope("whose the new client is"):
        assert Client.objects.get(name="Third").provider == world.theirs.provider


def test_provider_of_others_cannot_be_chosen(world: World, browser: Browser) -> None:
    with tenancy.system_scope("a provider that the person does not belong to"):
        third = Provider.objects.create(name="Third IT")
    work_for(browser, world.ours.provider)
    answers = [browser.post(ACTING, {"provider": pk}) for pk in (third.pk, 10**9, "x", "")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1
    assert clients_on(browser, FLEET) == set(NAMES[:2])


def test_provider_that_was_left_is_forgotten(world: World, browser: Browser, person: User) -> None:
    work_for(browser, world.theirs.provider)
    with world.theirs.scope():
        Membership.objects.get(user=person).delete()
    assert browser.get(reverse("home"))["Location"] == FLEET
    assert clients_on(browser, FLEET) == set(NAMES[:2])
    there = reverse("client", kwargs={"slug": world.stranger.client.slug})
    assert browser.get(there).status_code == 404
