"""The demo goes with its accounts, and by the operator's click with its providers; nothing real."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from audits import tenancy
from audits.enums import Role
from audits.models import (
    Client,
    Membership,
    ModelVersion,
    Provider,
    ProviderActivity,
    Removal,
    StoredFile,
    User,
    VendorSheet,
)
from audits.queries import members
from audits.queries.activity_content import content_of
from audits.rights import Refused
from audits.services import demo_removal
from audits.services import provider as providers
from audits.services.demo_removal import Gone
from audits.services.errors import NotPossible
from audits.tenancy import made_up
from tests import casts
from tests.factories import World, fill, make_client
from tests.people import make_operator, make_person, make_staff
from tests.web.doors import browser_of
from tests.web.test_operator import browser_of as proven


@dataclass(frozen=True)
class House:
    """A provider of the demo with a client and its people."""

    provider_id: int
    client_id: int
    admin: User


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def operator(world: World) -> User:
    return make_operator("op@platform.example")


def house(name: str) -> House:
    """As the demo is seeded: an administrator, a technician, an owner, a client with every row."""
    with providers.entered(name=name, is_demo=True) as provider:
        admin = make_staff("demo", f"{name}-admin", provider, Role.MSP_ADMIN, all_clients=True)
        make_staff("demo", f"{name}-technician", provider, Role.TECHNICIAN, all_clients=True)
        made = make_client(provider.pk, f"Client of {name}", is_demo=True)
        fill(made)
        Membership.objects.exclude(user__email__endswith="@demo.example").delete()
        make_person("demo", f"{name}-owner", made, Role.CLIENT_OWNER)
        VendorSheet.objects.create(provider=provider, vendor="Maker", product="Helper")
    return House(provider_id=provider.pk, client_id=made.pk, admin=admin)


def accounts(name: str) -> set[str]:
    found = User.objects.filter(email__startswith=f"{name}-", email__endswith="@demo.example")
    return {user.email.split("@")[0].removeprefix(f"{name}-") for user in found}


def standing(*, but: set[int]) -> dict[str, list[object]]:
    """Every provider, client, membership and account that is not of these providers."""
    with tenancy.system_scope("the test looks at what is stored"):
        return {
            "providers": list(Provider.objects.exclude(pk__in=but).values_list("pk", "name")),
            "clients": list(Client.objects.exclude(provider__in=but).values_list("pk", "name")),
            "people": list(
                Membership.objects.exclude(provider__in=but).values_list("pk", "user_id")
            ),
            "accounts": list(
                User.objects.exclude(email__endswith="@demo.example").values_list("pk", "email")
            ),
        }


def of(provider_id: int) -> tuple[bool, list[int]]:
    """Whether the provider is there, and its clients."""
    with tenancy.system_scope("the test looks at what is stored"):
        clients = Client.objects.filter(provider=provider_id).values_list("pk", flat=True)
        return Provider.objects.filter(pk=provider_id).exists(), list(clients)


def remove(one: House, actor: User) -> Gone:
    with tenancy.scope(
        provider_id=one.provider_id, client_ids=of(one.provider_id)[1], provider_rows=True
    ):
        return demo_removal.remove(provider_id=one.provider_id, actor=actor)


def test_accounts_of_the_demo_go_with_its_clients_but_for_who_asks(world: World) -> None:
    one, other = house("north"), house("west")
    before = standing(but={one.provider_id})
    assert before["accounts"]
    assert (world.ours.provider.pk, world.ours.provider.name) in before["providers"]
    assert accounts("north") == {"admin", "technician", "owner"}
    assert remove(one, one.admin) == Gone(clients=1, accounts=2)
    assert accounts("north") == {"admin"}
    assert accounts("west") == {"admin", "technician", "owner"}
    assert of(one.provider_id) == (True, [])
    assert of(other.provider_id) == (True, [other.client_id])
    assert standing(but={one.provider_id}) == before
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        line = ProviderActivity.objects.filter(verb="removed_demo").get()
        assert line.actor == one.admin
        assert content_of(line).details == {
            "clients": ["Client of north"],
            "accounts": ["north-owner@demo.example", "north-technician@demo.example"],
        }
    with pytest.raises(NotPossible):
        remove(one, one.admin)
    connection.check_constraints()


def test_account_that_somebody_else_has_too_stays(world: World) -> None:
    one = house("north")
    technician = User.objects.get(email="north-technician@demo.example")
    with world.ours.scope():
        held = Membership.objects.create(
            user=technician, provider=world.ours.provider, role=Role.TECHNICIAN
        )
    assert remove(one, one.admin) == Gone(clients=1, accounts=1)
    assert accounts("north") == {"admin", "technician"}
    with world.ours.scope():
        assert Membership.objects.filter(pk=held.pk).exists()


def test_real_people_and_clients_of_a_provider_stay(world: World) -> None:
    """A demo client at a real provider: its own people are nobody's to remove."""
    with world.ours.scope():
        made_up_one = make_client(world.ours.provider.pk, "To be tried on", is_demo=True)
        make_person("demo", "tried-owner", made_up_one, Role.CLIENT_OWNER)
        make_person("real", "guest", made_up_one, Role.CLIENT_VIEWER)
    kept = {user.pk for user in world.ours.people().values()}
    with tenancy.scope(
        provider_id=world.ours.provider.pk,
        client_ids=of(world.ours.provider.pk)[1],
        provider_rows=True,
    ):
        gone = demo_removal.remove(provider_id=world.ours.provider.pk, actor=world.ours.admin)
    assert gone == Gone(clients=1, accounts=1)
    assert accounts("tried") == set()
    assert User.objects.filter(email="guest@real.example").exists()
    assert set(User.objects.filter(pk__in=kept).values_list("pk", flat=True)) == kept
    assert world.here.client.pk in of(world.ours.provider.pk)[1]


def test_operator_removes_the_whole_demo_and_nothing_real(
    world: World, operator: User, caplog: pytest.LogCaptureFixture
) -> None:
    north, west = house("north"), house("west")
    both = {north.provider_id, west.provider_id}
    before = standing(but=both)
    assert all(before.values())
    with tenancy.system_scope("the test looks at what is stored"):
        names = set(StoredFile.objects.filter(provider__in=both).values_list("name", flat=True))
    assert names
    with caplog.at_level(logging.WARNING, logger=demo_removal.__name__):
        gone = demo_removal.remove_everywhere(operator=operator)
    assert gone == Gone(clients=2, accounts=6, providers=2)
    assert (accounts("north"), accounts("west")) == (set(), set())
    assert [of(one) for one in sorted(both)] == [(False, []), (False, [])]
    assert standing(but=both) == before
    assert set(Removal.objects.values_list("name", flat=True)) >= names
    assert "op@platform.example removed the demo: 2 providers" in caplog.text
    with pytest.raises(NotPossible):
        demo_removal.remove_everywhere(operator=operator)
    connection.check_constraints()


@pytest.mark.parametrize("real", ["client", "person"])
def test_provider_of_the_demo_in_real_use_stays_with_what_is_real(
    world: World, operator: User, real: str
) -> None:
    one = house("north")
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        provider = Provider.objects.get(pk=one.provider_id)
        if real == "client":
            own = make_client(one.provider_id, "A real client")
        else:
            colleague = make_staff("real", "colleague", provider, Role.TECHNICIAN)
    gone = demo_removal.remove_everywhere(operator=operator)
    assert gone == Gone(clients=1, accounts=2, kept=1)
    if real == "client":
        assert of(one.provider_id) == (True, [own.pk])
    else:
        assert of(one.provider_id) == (True, [])
        assert User.objects.filter(pk=colleague.pk).exists()
    assert accounts("north") == {"admin"}
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        assert ProviderActivity.objects.filter(verb="removed_demo").get().actor == operator
        assert [row.user for row in members.admins_of(one.provider_id)] == [one.admin]
        make_staff("real", "boss", Provider.objects.get(), Role.MSP_ADMIN, all_clients=True)
    # Now somebody real manages the provider.
    assert demo_removal.remove_everywhere(operator=operator) == Gone(accounts=1)
    assert accounts("north") == set()
    connection.check_constraints()


def test_owner_of_a_real_client_stays_until_somebody_real_decides_for_it(world: World) -> None:
    one = house("north")
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        own = make_client(one.provider_id, "A real client")
        make_person("demo", "north-boss", own, Role.CLIENT_OWNER)
        make_person("demo", "north-reader", own, Role.CLIENT_VIEWER)
    browser = proven(one.admin)
    shown = browser.get(reverse("demo_remove")).content.decode()
    stays = shown.partition("Accounts that stay for now")[2]
    assert "north-boss@demo.example" in stays
    assert "north-reader@demo.example" not in stays
    said = browser.post(reverse("demo_remove"), follow=True).content.decode()
    assert "1 demo client was removed. 3 demo accounts were removed. 1 demo account stays" in said
    assert accounts("north") == {"admin", "boss"}
    shown = browser.get(reverse("demo_remove")).content.decode()
    assert "No demo client here" in shown
    assert "north-boss@demo.example" in shown
    with pytest.raises(NotPossible):
        remove(one, one.admin)
    with tenancy.scope(provider_id=one.provider_id, client_ids=[own.pk], provider_rows=True):
        make_person("real", "boss", own, Role.CLIENT_OWNER)
    assert remove(one, one.admin) == Gone(accounts=1)
    assert accounts("north") == {"admin"}


@pytest.mark.parametrize("who", ["administrator", "operator"])
def test_account_that_records_elsewhere_name_is_closed(
    world: World, operator: User, who: str
) -> None:
    """Whoever once worked at another provider left rows there that nobody here can see."""
    one = house("north")
    technician = User.objects.get(email="north-technician@demo.example")
    with world.ours.scope():
        held = Membership.objects.create(
            user=technician, provider=world.ours.provider, role=Role.TECHNICIAN
        )
        held.delete()
    with world.here.scope():
        rows = ModelVersion.objects.filter(pk=world.here.model_version.pk)
        assert rows.update(created_by=technician) == 1
    if who == "operator":
        gone = demo_removal.remove_everywhere(operator=operator)
        assert gone == Gone(clients=1, accounts=2, closed=1, providers=1)
    else:
        assert remove(one, one.admin) == Gone(clients=1, accounts=1, closed=1)
    connection.check_constraints()
    technician.refresh_from_db()
    assert (technician.is_active, technician.has_usable_password()) == (False, False)
    assert not Authenticator.objects.filter(user=technician).exists()
    with tenancy.system_scope("the test looks at what is stored"):
        assert not Membership.objects.filter(user=technician).exists()
        assert ModelVersion.objects.get(pk=world.here.model_version.pk).created_by == technician
    with pytest.raises(NotPossible):  # nothing of it is left to go
        if who == "operator":
            demo_removal.remove_everywhere(operator=operator)
        else:
            remove(one, one.admin)


def test_page_of_the_operator_says_who_stays_and_offers_nothing_then(
    world: World, operator: User
) -> None:
    one, url, browser = house("north"), reverse("demo_remove_all"), proven(operator)
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        make_client(one.provider_id, "A real client")
    before = browser.get(url).content.decode()
    assert "north-admin@demo.example" in before.partition("Accounts that stay for now")[2]
    assert 'data-dialog-open="remove-demo"' in before
    said = browser.post(url, follow=True).content.decode()
    assert "1 demo client was removed. 2 demo accounts were removed. 1 demo account stays" in said
    after = browser.get(url).content.decode()
    assert "north-admin@demo.example" in after
    assert 'data-dialog-open="remove-demo"' not in after
    assert browser.post(url).status_code == 404


def test_database_removes_no_provider_that_is_real_or_has_a_real_client(world: World) -> None:
    one = house("north")
    with tenancy.scope(provider_id=one.provider_id, client_ids=(), provider_rows=True):
        make_client(one.provider_id, "A real client")
    for provider_id in (one.provider_id, world.ours.provider.pk):
        assert of(provider_id)[0]
        with (
            pytest.raises(DatabaseError, match="no made-up provider"),
            transaction.atomic(),
            tenancy.scope(provider_id=provider_id, client_ids=(), provider_rows=True),
        ):
            made_up.remove_provider(provider_id)
        assert of(provider_id)[0]


def test_mark_of_the_demo_stays_as_it_was_written(world: World) -> None:
    one = house("north")
    for provider_id, is_demo in ((one.provider_id, True), (world.ours.provider.pk, False)):
        with tenancy.scope(provider_id=provider_id, client_ids=(), provider_rows=True):
            Provider.objects.filter(pk=provider_id).update(is_demo=not is_demo)
            assert Provider.objects.get(pk=provider_id).is_demo is is_demo


def test_nobody_but_an_operator_removes_the_whole_demo(world: World, operator: User) -> None:
    one = house("north")
    url = reverse("demo_remove_all")
    with pytest.raises(Refused):
        demo_removal.remove_everywhere(operator=one.admin)
    for person in ("admin", "technician", "owner", "their_admin"):
        browser = browser_of(world, person)
        assert (browser.get(url).status_code, browser.post(url).status_code) == (404, 404)
    assert of(one.provider_id) == (True, [one.client_id])
    browser = proven(operator)
    html = browser.get(url).content.decode()
    assert all(word in html for word in ("Client of north", "north-owner@demo.example"))
    assert world.here.client.name not in html
    answer = browser.post(url, follow=True)
    said = answer.content.decode()
    assert "1 provider of the demo was removed, with everything of its own. 1 demo client" in said
    assert "3 demo accounts were removed." in said
    assert "0 demo" not in said
    assert of(one.provider_id) == (False, [])
    assert browser.post(url).status_code == 404
    assert "No demo here" in browser.get(url).content.decode()
