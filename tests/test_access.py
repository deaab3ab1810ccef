"""The doors: what memberships and grants allow, said once for every role and action."""

import pytest
from django.http import Http404

from audits import access, tenancy
from audits.access import actor_for, may, open_row, opened, require
from audits.enums import Role
from audits.models import AIModel, Client, Grant, Membership, User
from audits.tenancy import current_scope
from tests.factories import World, make_user

STAFF = {"admin", "technician", "technician_of_first"}
CLIENT_PEOPLE = {"owner", "viewer"}
# Who may do this to an object of the first client: a new action needs a line here.
ALLOWED = {
    "fleet.view": STAFF,
    "client.create": STAFF,
    "client.view": STAFF | CLIENT_PEOPLE,
    "client.edit": STAFF,
    "model.edit": STAFF,
    "dataset.edit": STAFF,
    "tool.edit": STAFF,
    "audit.start": STAFF,
    "audit.cancel": STAFF,
    "technical.view": STAFF,
    "checklist.answer": STAFF | {"owner"},
    "report.create": STAFF | {"owner"},
    "report.download": STAFF | CLIENT_PEOPLE,
}


def test_actions_are_all_decided_here() -> None:
    assert set(access.ACTIONS) == set(ALLOWED)


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_may_on_an_object_follows_the_role_at_its_client(world: World, action: str) -> None:
    for row in (world.here.client, world.here.model):
        allowed = {
            name for name, user in world.ours.people().items() if may(actor_for(user), action, row)
        }
        assert allowed == ALLOWED[action]


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_may_on_a_foreign_object_is_never(world: World, action: str) -> None:
    for user in world.theirs.people().values():
        assert not may(actor_for(user), action, world.here.model)
    for name in ("owner", "viewer", "technician_of_first", "technician_of_none"):
        user = world.ours.people()[name]
        assert not may(actor_for(user), action, world.sibling.client)


def test_may_without_an_object_asks_for_the_staff_role(world: World) -> None:
    people = world.ours.people()
    fleet = {name for name, user in people.items() if may(actor_for(user), "fleet.view")}
    create = {name for name, user in people.items() if may(actor_for(user), "client.create")}
    assert fleet == STAFF | {"technician_of_none"}
    assert create == {"admin", "technician"}


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
        "technician_of_none": {},
        "owner": {here: Role.CLIENT_OWNER},
        "viewer": {here: Role.CLIENT_VIEWER},
    }


def test_actor_knows_the_provider_and_who_is_staff(world: World) -> None:
    actors = {name: actor_for(user) for name, user in world.ours.people().items()}
    assert {actor.provider_id for actor in actors.values()} == {world.ours.provider.pk}
    assert {name for name, actor in actors.items() if actor.is_staff} == {
        "admin",
        "technician",
        "technician_of_first",
        "technician_of_none",
    }
    assert {name for name, actor in actors.items() if actor.all_clients} == {"admin", "technician"}


def test_actor_without_membership_may_open_nothing(db: None) -> None:
    actor = actor_for(make_user("nobody@nowhere.example"))
    assert (actor.provider_id, actor.staff_role, actor.client_ids) == (None, None, frozenset())
    assert not may(actor, "fleet.view")


def test_actor_follows_a_grant_given_and_taken_at_once(world: World) -> None:
    user = world.ours.technician_of_none
    membership = Membership.objects.get(user=user)
    grant = Grant.objects.create(
        provider=world.ours.provider, membership=membership, client=world.sibling.client
    )
    assert actor_for(user).client_ids == {world.sibling.client.pk}
    grant.delete()
    assert actor_for(user).client_ids == frozenset()


def test_actor_who_is_staff_and_owner_of_the_same_client_acts_as_staff(world: World) -> None:
    user = world.ours.technician_of_first
    Membership.objects.create(
        user=user,
        provider=world.ours.provider,
        client=world.here.client,
        role=Role.CLIENT_OWNER,
    )
    assert actor_for(user).role_at(world.here.client.pk) == Role.TECHNICIAN


def test_actor_of_two_providers_creates_only_where_every_client_is_theirs(world: World) -> None:
    """Being trusted by the second provider gives nothing at the first."""
    user = world.ours.technician_of_none
    Membership.objects.create(
        user=user, provider=world.theirs.provider, role=Role.TECHNICIAN, all_clients=True
    )
    actor = actor_for(user)
    assert actor.provider_id == world.ours.provider.pk
    assert actor.client_ids == {world.stranger.client.pk, world.theirs.second.client.pk}
    assert not may(actor, "client.create")


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


@pytest.mark.parametrize("person", ["technician_of_first", "technician_of_none", "owner", "viewer"])
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
