"""Roles and grants change within the actor's own rank, and somebody always stays in charge."""

import pytest

from audits import tenancy
from audits.access import Actor, actor_for, opened
from audits.enums import CLIENT_ROLES, Role
from audits.models import Activity, Grant, GroupGrant, Membership, ProviderActivity, User
from audits.services import member
from audits.services.errors import InvalidInput, NotPossible
from audits.services.member import Grants
from tests.chains import details
from tests.factories import World
from tests.people import make_person, make_staff


def held(user: User) -> Membership:
    with tenancy.system_scope("the test looks at what is stored"):
        return Membership.objects.get(user=user)


def at_client(world: World, person: str) -> Actor:
    return actor_for(world.ours.people()[person])


@pytest.mark.parametrize("role", CLIENT_ROLES)
@pytest.mark.parametrize(
    "person", ["admin", "technician", "technician_of_first", "technician_of_group", "owner"]
)
def test_change_role_of_a_client_is_for_those_above(world: World, person: str, role: Role) -> None:
    with opened(world.ours.people()[person], slug=world.here.client.slug) as (actor, _):
        member.change_role(actor=actor, membership=held(world.ours.viewer), role=role)
        logged = Activity.objects.filter(verb="changed", object_type="user").get()
        told = details(logged)
    assert actor_for(world.ours.viewer).roles == {world.here.client.pk: role}
    assert told == {
        "person": world.ours.viewer.email,
        "role": {"before": Role.CLIENT_VIEWER, "after": role},
    }
    assert logged.actor == world.ours.people()[person]


@pytest.mark.parametrize("person", ["contributor", "viewer"])
def test_change_role_by_those_who_may_not_changes_nothing(world: World, person: str) -> None:
    with opened(world.ours.people()[person], slug=world.here.client.slug) as (actor, _):
        for user in (world.ours.owner, world.ours.people()[person]):
            with pytest.raises(NotPossible, match="own role"):
                member.change_role(actor=actor, membership=held(user), role=Role.CLIENT_OWNER)
            with pytest.raises(NotPossible, match="own role"):
                member.remove(actor=actor, membership=held(user))
    assert held(world.ours.people()[person]).role != Role.CLIENT_OWNER
    assert held(world.ours.owner).role == Role.CLIENT_OWNER


@pytest.mark.parametrize("role", [Role.MSP_ADMIN, Role.TECHNICIAN])
def test_change_role_of_a_client_never_makes_staff(world: World, role: Role) -> None:
    with (
        opened(world.ours.admin, slug=world.here.client.slug) as (actor, _),
        pytest.raises(NotPossible, match="own role"),
    ):
        member.change_role(actor=actor, membership=held(world.ours.owner), role=role)
    assert held(world.ours.owner).role == Role.CLIENT_OWNER


def test_change_at_another_client_is_refused(world: World) -> None:
    """The row of a sibling client, handed in by whoever holds this one."""
    with world.ours.scope():
        theirs = make_person("ours", "other", world.sibling.client, Role.CLIENT_VIEWER)
    for person in ("owner", "technician_of_first", "technician_of_group"):
        actor = at_client(world, person)
        with world.sibling.scope():
            for attempt in (
                lambda actor=actor: member.remove(actor=actor, membership=held(theirs)),
                lambda actor=actor: member.change_role(
                    actor=actor, membership=held(theirs), role=Role.CLIENT_OWNER
                ),
            ):
                with pytest.raises(NotPossible, match="own role"):
                    attempt()
    assert held(theirs).role == Role.CLIENT_VIEWER


def test_last_owner_is_taken_away_by_staff_alone(world: World) -> None:
    here = world.here.client
    with opened(world.ours.owner, slug=here.slug) as (actor, _):
        for attempt in (
            lambda: member.remove(actor=actor, membership=held(world.ours.owner)),
            lambda: member.change_role(
                actor=actor, membership=held(world.ours.owner), role=Role.CLIENT_VIEWER
            ),
        ):
            with pytest.raises(NotPossible, match="last owner"):
                attempt()
    assert actor_for(world.ours.owner).roles == {here.pk: Role.CLIENT_OWNER}
    with opened(world.ours.technician_of_first, slug=here.slug) as (actor, _):
        member.remove(actor=actor, membership=held(world.ours.owner))
    assert actor_for(world.ours.owner).roles == {}


def test_an_owner_beside_another_may_go(world: World) -> None:
    here = world.here.client
    with world.ours.scope():
        make_person("ours", "second", here, Role.CLIENT_OWNER)
    with opened(world.ours.owner, slug=here.slug) as (actor, _):
        member.remove(actor=actor, membership=held(world.ours.owner))
    assert actor_for(world.ours.owner).roles == {}


# --- staff


def test_grants_of_a_technician_are_replaced_as_a_whole(world: World) -> None:
    user, ours = world.ours.technician_of_first, world.ours
    with opened(ours.admin, slug=None) as (actor, _):
        member.change_staff(
            actor=actor,
            membership=held(user),
            role=Role.TECHNICIAN,
            grants=Grants(clients=(world.sibling.client,), groups=(ours.group,)),
        )
        told = details(ProviderActivity.objects.get(verb="changed"))
        assert Grant.objects.get(membership__user=user).client_id == world.sibling.client.pk
    assert actor_for(user).client_ids == {world.here.client.pk, world.sibling.client.pk}
    assert told["groups"] == {"before": [], "after": [ours.group.name]}
    assert told["person"] == user.email
    with opened(ours.admin, slug=None) as (actor, _):
        member.change_staff(
            actor=actor, membership=held(user), role=Role.TECHNICIAN, grants=Grants()
        )
        assert not GroupGrant.objects.filter(membership__user=user).exists()
    assert actor_for(user).client_ids == frozenset()


def test_an_administrator_opens_every_client_without_grants(world: World) -> None:
    user = world.ours.technician_of_first
    with opened(world.ours.admin, slug=None) as (actor, _):
        member.change_staff(
            actor=actor, membership=held(user), role=Role.MSP_ADMIN, grants=Grants()
        )
    assert actor_for(user).client_ids == {world.here.client.pk, world.sibling.client.pk}
    with world.ours.scope():
        assert not Grant.objects.filter(membership__user=user).exists()


@pytest.mark.parametrize("person", ["technician", "technician_of_first", "owner"])
def test_staff_are_changed_by_administrators_alone(world: World, person: str) -> None:
    actor = at_client(world, person)
    with world.ours.scope():
        for user in (world.ours.technician_of_none, world.ours.admin):
            with pytest.raises(NotPossible, match="own role"):
                member.change_staff(
                    actor=actor,
                    membership=held(user),
                    role=Role.TECHNICIAN,
                    grants=Grants(all_clients=True),
                )
            with pytest.raises(NotPossible, match="own role"):
                member.remove(actor=actor, membership=held(user))
    assert actor_for(world.ours.technician_of_none).client_ids == frozenset()


def test_staff_of_another_provider_are_out_of_reach(world: World) -> None:
    actor, theirs = at_client(world, "admin"), held(world.theirs.technician)
    with world.theirs.scope(), pytest.raises(NotPossible, match="own role"):
        member.remove(actor=actor, membership=theirs)
    assert held(world.theirs.technician) == theirs


@pytest.mark.parametrize("kind", ["clients", "groups"])
def test_foreign_clients_and_groups_are_not_granted(world: World, kind: str) -> None:
    foreign = world.stranger.client if kind == "clients" else world.theirs.group
    with (
        opened(world.ours.admin, slug=None) as (actor, _),
        pytest.raises(InvalidInput, match="not a client or group of yours"),
    ):
        member.change_staff(
            actor=actor,
            membership=held(world.ours.technician_of_none),
            role=Role.TECHNICIAN,
            grants=Grants(**{kind: (foreign,)}),  # type: ignore[arg-type]
        )
    assert actor_for(world.ours.technician_of_none).client_ids == frozenset()


def test_last_administrator_stays(world: World) -> None:
    admin = world.ours.admin
    with opened(admin, slug=None) as (actor, _):
        for attempt in (
            lambda: member.remove(actor=actor, membership=held(admin)),
            lambda: member.change_staff(
                actor=actor, membership=held(admin), role=Role.TECHNICIAN, grants=Grants()
            ),
        ):
            with pytest.raises(NotPossible, match="Somebody has to manage the team"):
                attempt()
    assert actor_for(admin).staff_role == Role.MSP_ADMIN
    assert actor_for(admin).all_clients


def test_administrator_who_cannot_log_in_does_not_count(world: World) -> None:
    with world.ours.scope():
        second = make_staff("ours", "second", world.ours.provider, Role.MSP_ADMIN, all_clients=True)
    second.is_active = False
    second.save()
    with (
        opened(world.ours.admin, slug=None) as (actor, _),
        pytest.raises(NotPossible, match="Somebody has to manage the team"),
    ):
        member.remove(actor=actor, membership=held(world.ours.admin))


def test_removed_technician_opens_nothing_from_then_on(world: World) -> None:
    for name in ("technician", "technician_of_first", "technician_of_group"):
        user = world.ours.people()[name]
        assert actor_for(user).client_ids
        with opened(world.ours.admin, slug=None) as (actor, _):
            member.remove(actor=actor, membership=held(user))
            told = details(ProviderActivity.objects.filter(verb="removed").latest("pk"))
        assert (actor_for(user).client_ids, actor_for(user).is_staff) == (frozenset(), False)
        assert told["person"] == user.email
