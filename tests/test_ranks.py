"""Nobody hands out a role above the own one: the whole table, asked of the door itself."""

import pytest

from audits.access import actor_for, grantable_roles, may_grant
from audits.enums import CLIENT_ROLES, STAFF_ROLES, Role
from audits.rights import RANKS
from tests.factories import World

# Who may give which roles at the first client, and which at the provider itself.
AT_CLIENT = {
    "admin": set(CLIENT_ROLES),
    "technician": set(CLIENT_ROLES),
    "technician_of_first": set(CLIENT_ROLES),
    "technician_of_group": set(CLIENT_ROLES),
    "technician_of_none": set(),
    "owner": set(CLIENT_ROLES),
    "contributor": set(),
    "viewer": set(),
}
AT_PROVIDER = {name: set(STAFF_ROLES) if name == "admin" else set() for name in AT_CLIENT}


def test_ranks_of_every_role_stand_in_one_order() -> None:
    """The operator of the platform alone has none: nobody gives that role, and it gives nothing."""
    assert set(CLIENT_ROLES) | set(STAFF_ROLES) == set(RANKS) == set(Role) - {Role.OPERATOR}


def test_roles_that_each_person_may_give_are_those_of_the_table(world: World) -> None:
    here = world.here.client
    actors = {name: actor_for(user) for name, user in world.ours.people().items()}
    assert {name: set(grantable_roles(actor, here)) for name, actor in actors.items()} == AT_CLIENT
    assert {name: set(grantable_roles(actor, None)) for name, actor in actors.items()} == (
        AT_PROVIDER
    )


@pytest.mark.parametrize("role", list(RANKS))
def test_role_is_given_at_its_own_level_alone(world: World, role: Role) -> None:
    """A role of staff is none of a client's, whoever asks, and the other way round."""
    admin, here = actor_for(world.ours.admin), world.here.client
    assert may_grant(admin, role, here) == role.is_held_at_a_client
    assert may_grant(admin, role, None) != role.is_held_at_a_client


@pytest.mark.parametrize("role", list(Role))
def test_role_is_never_given_at_a_client_of_others(world: World, role: Role) -> None:
    for name, user in world.ours.people().items():
        assert not may_grant(actor_for(user), role, world.stranger.client), name
        if name not in {"admin", "technician"}:
            assert not may_grant(actor_for(user), role, world.sibling.client), name
