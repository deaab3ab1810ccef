"""The doors: what memberships and grants allow, said once for every role and action."""

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from audits import access, rights, tenancy
from audits.access import actor_for, may, open_row, opened, require
from audits.enums import Role
from audits.models import (
    AIModel,
    Client,
    ClientGroup,
    ClientGroupMember,
    Grant,
    GroupGrant,
    Membership,
    Provider,
    User,
)
from audits.tenancy import current_scope
from tests.factories import World, make_user

STAFF = {"admin", "technician", "technician_of_first", "technician_of_group"}
READERS = {"owner", "viewer"}
CLIENT_PEOPLE = READERS | {"contributor"}
# Who may do this to an object of the first client: a new action needs a line here.
ALLOWED = {
    "fleet.view": STAFF,
    "provider.edit": {"admin"},
    "demo.remove": {"admin"},
    "demo.remove_all": set(),
    "isolation.check": {"admin"},
    "provider.log": {"admin"},
    "client.create": STAFF,
    "client.view": STAFF | CLIENT_PEOPLE,
    "client.edit": STAFF,
    "client.preview": STAFF,
    "client.space": {"admin"},
    "columns.choose": STAFF,
    "note.view": STAFF,
    "note.write": STAFF,
    "activity.view": STAFF | {"owner"},
    "platform.open": set(),
    "model.view": STAFF | READERS,
    "model.edit": STAFF,
    "model.delete": STAFF,
    "dataset.view": STAFF | READERS,
    "dataset.edit": STAFF,
    "dataset.delete": STAFF,
    "tool.view": STAFF | READERS,
    "tool.report": STAFF | {"owner"},
    "tool.edit": STAFF,
    "tool.decide": STAFF,
    "portfolio.view": STAFF,
    "portfolio.make": STAFF,
    "vendor.view": STAFF,
    "vendor.edit": STAFF,
    "audit.view": STAFF | READERS,
    "audit.start": STAFF,
    "audit.authorise": STAFF | {"owner"},
    "audit.cancel": STAFF,
    "audit.acknowledge": STAFF,
    "technical.view": STAFF,
    "checklist.view": STAFF | CLIENT_PEOPLE,
    "checklist.answer": STAFF | {"owner", "contributor"},
    "checklist.comment": STAFF | {"owner", "contributor"},
    "checklist.manage": STAFF | {"owner"},
    "checklist.confirm": STAFF | {"owner"},
    "evidence.view": STAFF | {"owner", "contributor"},
    "evidence.add": STAFF | {"owner", "contributor"},
    "evidence.remove": STAFF | {"owner"},
    "plan.view": STAFF | READERS,
    "decision.make": STAFF | {"owner"},
    "catalogue.adopt": STAFF,
    "report.view": STAFF | READERS,
    "report.create": STAFF | {"owner"},
    "report.download": STAFF | READERS,
    "report.prepare": STAFF,
    "report.send": STAFF,
    "people.manage": STAFF | {"owner"},
    "owner.remove_last": STAFF,
    "team.manage": {"admin"},
    "sessions.end": {"admin"},
    "factor.reset": {"admin"},
    "group.manage": {"admin"},
    "sign_on.manage": {"admin"},
    "token.create": STAFF | CLIENT_PEOPLE,
    "token.revoke": {"admin"},
}


def test_actions_are_all_decided_here() -> None:
    assert set(rights.ACTIONS) == set(ALLOWED)


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_may_on_an_object_follows_the_role_at_its_client(world: World, action: str) -> None:
    for row in (world.here.client, world.here.model):
        allowed = {
            name for name, user in world.ours.people().items() if may(actor_for(user), action, row)
        }
        assert allowed == ALLOWED[action]


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_open_at_names_the_clients_at_which_may_says_so(world: World, action: str) -> None:
    with tenancy.system_scope("the test asks about every client"):
        every = list(Client.objects.all())
        for name, person in world.ours.people().items():
            actor = actor_for(person)
            expected = {client.pk for client in every if may(actor, action, client)}
            assert access.open_at(actor, action) == expected, name


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_may_on_a_foreign_object_is_never(world: World, action: str) -> None:
    for user in world.theirs.people().values():
        assert not may(actor_for(user), action, world.here.model)
    for name in world.ours.people().keys() - {"admin", "technician"}:
        user = world.ours.people()[name]
        assert not may(actor_for(user), action, world.sibling.client)


def test_may_without_an_object_asks_for_the_staff_role(world: World) -> None:
    people = world.ours.people()
    fleet = {name for name, user in people.items() if may(actor_for(user), "fleet.view")}
    create = {name for name, user in people.items() if may(actor_for(user), "client.create")}
    assert fleet == STAFF | {"technician_of_none"}
    assert create == {"admin", "technician"}


@pytest.mark.parametrize("action", ["vendor.view", "vendor.edit"])
def test_may_on_what_every_client_rests_on_asks_for_a_client(world: World, action: str) -> None:
    """No grant, nothing: a review that is completed bounds the decisions of every client."""
    sheet = world.ours.sheet
    for asked in (None, sheet):
        allowed = {
            name
            for name, user in world.ours.people().items()
            if may(actor_for(user), action, asked)
        }
        assert allowed == STAFF
    theirs = {
        name for name, user in world.theirs.people().items() if may(actor_for(user), action, sheet)
    }
    assert theirs == set()


def test_may_on_an_own_token_is_to_revoke_it_and_nothing_else(world: World) -> None:
    token, actor = world.ours.owner_token, actor_for(world.ours.owner)
    assert token.user == world.ours.owner
    assert {action for action in rights.ACTIONS if may(actor, action, token)} == {"token.revoke"}


def test_may_refuses_an_action_that_does_not_exist(world: World) -> None:
    with pytest.raises(KeyError):
        may(actor_for(world.ours.admin), "client.steal", world.here.client)


def test_require_answers_as_if_there_were_nothing(world: World) -> None:
    actor = actor_for(world.ours.viewer)
    require(actor, "client.view", world.here.client)
    with pytest.raises(Http404):
        require(actor, "client.edit", world.here.client)


def test_actor_knows_the_clients_of_each_person(world: World) -> None:
    here, sibling = world.here.client.pk, world.sibling.client.pk
    seen = {name: actor_for(user).roles for name, user in world.ours.people().items()}
    assert seen == {
        "admin": {here: Role.MSP_ADMIN, sibling: Role.MSP_ADMIN},
        "technician": {here: Role.TECHNICIAN, sibling: Role.TECHNICIAN},
        "technician_of_first": {here: Role.TECHNICIAN},
        "technician_of_group": {here: Role.TECHNICIAN},
        "technician_of_none": {},
        "owner": {here: Role.CLIENT_OWNER},
        "contributor": {here: Role.CLIENT_CONTRIBUTOR},
        "viewer": {here: Role.CLIENT_VIEWER},
    }


def test_actor_knows_the_provider_and_who_is_staff(world: World) -> None:
    actors = {name: actor_for(user) for name, user in world.ours.people().items()}
    assert {actor.provider_id for actor in actors.values()} == {world.ours.provider.pk}
    assert {name for name, actor in actors.items() if actor.is_staff} == {
        "admin",
        "technician",
        "technician_of_first",
        "technician_of_group",
        "technician_of_none",
    }
    assert {name for name, actor in actors.items() if actor.all_clients} == {"admin", "technician"}


def test_actor_without_membership_may_open_nothing(db: None) -> None:
    actor = actor_for(make_user("nobody@nowhere.example"))
    assert (actor.provider_id, actor.staff_role, actor.client_ids) == (None, None, frozenset())
    assert not may(actor, "fleet.view")


def test_actor_follows_a_grant_given_and_taken_at_once(world: World) -> None:
    user = world.ours.technician_of_none
    with world.ours.scope():
        membership = Membership.objects.get(user=user)
        grant = Grant.objects.create(
            provider=world.ours.provider, membership=membership, client=world.sibling.client
        )
    assert actor_for(user).client_ids == {world.sibling.client.pk}
    with world.ours.scope():
        grant.delete()
    assert actor_for(user).client_ids == frozenset()


def test_actor_follows_a_group_as_clients_join_and_leave_it(world: World) -> None:
    user, sibling = world.ours.technician_of_group, world.sibling.client
    assert actor_for(user).client_ids == {world.here.client.pk}
    with world.ours.scope():
        joined = ClientGroupMember.objects.create(
            provider=world.ours.provider, group=world.ours.group, client=sibling
        )
    assert actor_for(user).roles == {
        world.here.client.pk: Role.TECHNICIAN,
        sibling.pk: Role.TECHNICIAN,
    }
    with world.ours.scope():
        joined.delete()
    assert actor_for(user).client_ids == {world.here.client.pk}
    with world.ours.scope():
        world.ours.group.delete()
    assert actor_for(user).client_ids == frozenset()


def test_actor_costs_the_same_with_one_and_with_three_groups(world: World) -> None:
    user, provider = world.ours.technician_of_group, world.ours.provider
    with CaptureQueriesContext(connection) as before:
        actor_for(user)
    with world.ours.scope():
        membership = Membership.objects.get(user=user)
        for name in ("North", "South"):
            group = ClientGroup.objects.create(provider=provider, name=name)
            GroupGrant.objects.create(provider=provider, group=group, membership=membership)
            ClientGroupMember.objects.create(
                provider=provider, group=group, client=world.sibling.client
            )
    with CaptureQueriesContext(connection) as after:
        assert actor_for(user).client_ids == {world.here.client.pk, world.sibling.client.pk}
    assert len(after) == len(before)


def test_actor_who_is_staff_and_owner_of_the_same_client_acts_as_staff(world: World) -> None:
    user = world.ours.technician_of_first
    with world.ours.scope():
        Membership.objects.create(
            user=user,
            provider=world.ours.provider,
            client=world.here.client,
            role=Role.CLIENT_OWNER,
        )
    assert actor_for(user).role_at(world.here.client.pk) == Role.TECHNICIAN


@pytest.fixture
def of_two_houses(world: World) -> User:
    """Staff of the first provider with no client, and of the second with every client."""
    user = world.ours.technician_of_none
    with world.theirs.scope():
        Membership.objects.create(
            user=user, provider=world.theirs.provider, role=Role.TECHNICIAN, all_clients=True
        )
    return user


def test_actor_of_two_providers_is_one_of_them_at_a_time(world: World, of_two_houses: User) -> None:
    """Being trusted by the second provider gives nothing at the first."""
    ours, theirs = world.ours.provider.pk, world.theirs.provider.pk
    first, second = actor_for(of_two_houses), actor_for(of_two_houses, provider_id=theirs)
    assert first.provider_ids == second.provider_ids == (ours, theirs)
    assert (first.provider_id, first.client_ids) == (ours, frozenset())
    assert not may(first, "client.create")
    assert second.provider_id == theirs
    assert second.client_ids == {world.stranger.client.pk, world.theirs.second.client.pk}
    assert may(second, "client.create")


def test_actor_cannot_choose_a_provider_of_others(world: World, of_two_houses: User) -> None:
    with tenancy.system_scope("the test looks first whether the foreign provider exists"):
        third = Provider.objects.create(name="Quay Managed IT")
    for chosen in (third.pk, 10**9):
        actor = actor_for(of_two_houses, provider_id=chosen)
        assert (actor.provider_id, actor.client_ids) == (world.ours.provider.pk, frozenset())
    for user in (world.ours.technician, world.ours.owner):
        actor = actor_for(user, provider_id=world.theirs.provider.pk)
        assert actor.provider_id == world.ours.provider.pk
        assert world.stranger.client.pk not in actor.client_ids


def test_actor_who_owns_clients_of_two_providers_sees_one_provider_at_a_time(world: World) -> None:
    user, theirs = world.ours.owner, world.theirs.provider
    with world.theirs.scope():
        Membership.objects.create(
            user=user, provider=theirs, client=world.stranger.client, role=Role.CLIENT_VIEWER
        )
    assert actor_for(user).roles == {world.here.client.pk: Role.CLIENT_OWNER}
    there = actor_for(user, provider_id=theirs.pk)
    assert there.roles == {world.stranger.client.pk: Role.CLIENT_VIEWER}
    assert there.staff_role is None


def test_houses_are_those_of_the_person_in_the_order_of_the_memberships(
    world: World, of_two_houses: User
) -> None:
    found = access.houses(actor_for(of_two_houses))
    assert found == [world.ours.provider, world.theirs.provider]
    assert access.houses(actor_for(world.ours.owner)) == [world.ours.provider]


def test_opened_without_a_client_shows_one_provider(world: World, of_two_houses: User) -> None:
    theirs = world.theirs.provider
    with opened(of_two_houses, slug=None) as (actor, _):
        assert (list(Provider.objects.all()), list(Client.objects.all())) == (
            [world.ours.provider],
            [],
        )
    with opened(of_two_houses, slug=None, provider_id=theirs.pk) as (actor, _):
        assert actor.provider_id == theirs.pk
        assert list(Provider.objects.all()) == [theirs]
        assert set(Client.objects.all()) == {world.stranger.client, world.theirs.second.client}


@pytest.mark.parametrize("chosen", ["ours", "theirs"])
def test_opened_with_a_client_acts_for_the_clients_own_provider(
    world: World, of_two_houses: User, chosen: str
) -> None:
    provider = getattr(world, chosen).provider
    slug = world.stranger.client.slug
    with opened(of_two_houses, slug=slug, provider_id=provider.pk) as (actor, client):
        assert client == world.stranger.client
        assert actor.provider_id == current_scope().house_id == world.theirs.provider.pk
        assert list(Provider.objects.all()) == [world.theirs.provider]


def test_opened_without_a_client_sees_the_granted_list(world: World) -> None:
    with opened(world.ours.technician, slug=None) as (actor, client):
        assert client is None
        assert current_scope().client_ids == actor.client_ids
        assert set(Client.objects.all()) == {world.here.client, world.sibling.client}


def test_opened_with_a_client_sees_that_client_alone(world: World) -> None:
    with opened(world.ours.technician, slug=world.here.client.slug) as (actor, client):
        assert client == world.here.client
        assert actor.role_at(world.here.client.pk) == Role.TECHNICIAN
        assert list(AIModel.objects.all()) == [world.here.model]


@pytest.mark.parametrize(
    "person",
    [
        "technician_of_first",
        "technician_of_group",
        "technician_of_none",
        "owner",
        "contributor",
        "viewer",
    ],
)
def test_opened_answers_alike_for_absent_and_not_yours(world: World, person: str) -> None:
    user: User = world.ours.people()[person]
    with tenancy.system_scope("the test looks first whether the foreign row exists"):
        assert Client.objects.filter(slug=world.sibling.client.slug).exists()
    for slug in (world.sibling.client.slug, world.stranger.client.slug, "no-such-client-0000"):
        with pytest.raises(Http404) as caught, opened(user, slug=slug):
            raise AssertionError("the door stood open")
        assert str(caught.value) == ""


def test_open_row_opens_what_is_in_scope_and_allowed(world: World) -> None:
    with opened(world.ours.viewer, slug=world.here.client.slug) as (actor, _):
        rows = AIModel.objects.all()
        pk = world.here.model.pk
        assert open_row(actor, rows, pk, action="client.view") == world.here.model
        for absent in (world.sibling.model.pk, world.stranger.model.pk, 0, 2**80):
            with pytest.raises(Http404):
                open_row(actor, rows, absent, action="client.view")
        with pytest.raises(Http404):
            open_row(actor, rows, pk, action="model.edit")
