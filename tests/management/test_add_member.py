"""Accounts for owners and technicians of an installation, made by its operator."""

import io

import pytest
from django.core.management import CommandError, call_command

from audits import access, tenancy
from audits.enums import Role
from audits.models import Membership, User
from tests.factories import World

EMAIL, PASSWORD = "zoe@new.example", "correct horse battery"


def add(monkeypatch: pytest.MonkeyPatch, role: Role, *slugs: str, all_clients: bool = False) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    said = io.StringIO()
    named = [word for slug in slugs for word in ("--client", slug)]
    more = ["--all-clients"] if all_clients else []
    call_command("add_member", EMAIL, "--role", role.value, *named, *more, stdout=said)
    return said.getvalue()


def roles() -> dict[int, Role]:
    return dict(access.actor_for(User.objects.get(email=EMAIL)).roles)


def memberships() -> int:
    with tenancy.system_scope("the test counts every provider's people"):
        return Membership.objects.count()


def test_owner_opens_the_own_client_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here = world.here.client
    assert add(monkeypatch, Role.CLIENT_OWNER, here.slug) == f"{EMAIL}: Owner of {here.name}.\n"
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)
    assert roles() == {here.pk: Role.CLIENT_OWNER}


def test_technician_opens_granted_clients(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here = world.here.client
    add(monkeypatch, Role.TECHNICIAN, here.slug)
    assert roles() == {here.pk: Role.TECHNICIAN}
    add(monkeypatch, Role.TECHNICIAN, world.sibling.client.slug)
    assert set(roles()) == {here.pk, world.sibling.client.pk}


def test_technician_of_all_clients(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, Role.TECHNICIAN, world.here.client.slug, all_clients=True)
    actor = access.actor_for(User.objects.get(email=EMAIL))
    assert actor.all_clients
    assert world.stranger.client.pk not in actor.client_ids


def test_clients_of_two_providers_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slugs = (world.here.client.slug, world.stranger.client.slug)
    before = memberships()
    with pytest.raises(CommandError, match="different providers"):
        add(monkeypatch, Role.TECHNICIAN, *slugs)
    assert memberships() == before
    assert not User.objects.filter(email=EMAIL).exists()


def test_a_second_role_at_the_same_place_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = world.here.client.slug
    add(monkeypatch, Role.CLIENT_VIEWER, slug)
    with pytest.raises(CommandError, match="already as Viewer"):
        add(monkeypatch, Role.CLIENT_OWNER, slug)


def test_an_unknown_client_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="There is no client 'nowhere'"):
        add(monkeypatch, Role.CLIENT_OWNER, "nowhere")
