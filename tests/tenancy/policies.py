"""What the tests of rating policies ask of either wall: which scope shows which of them."""

from collections.abc import Callable

from audits import tenancy
from audits.models import RatingPolicy
from tests.factories import World


def every(world: World) -> list[RatingPolicy]:
    casts = (world.ours, world.theirs)
    return [
        row
        for cast in casts
        for row in (cast.rating_policy, cast.first.rating_policy, cast.second.rating_policy)
    ]


def seen_in(world: World, rows: Callable[[], set[int]]) -> dict[str, set[int]]:
    """What each kind of scope shows of all policies there are."""
    ours, here = world.ours.provider.pk, world.here.client.pk
    scopes = {
        "house": tenancy.scope(provider_id=ours, client_ids=(), provider_rows=True),
        "fleet": tenancy.scope(
            provider_id=ours, client_ids=[here, world.sibling.client.pk], provider_rows=True
        ),
        "client": tenancy.scope(provider_id=ours, client_ids=[here]),
        "person": tenancy.scope(provider_id=None, client_ids=(), user_id=world.ours.owner.pk),
        "nothing": tenancy.scope(provider_id=None, client_ids=()),
    }
    found = {}
    for name, scope in scopes.items():
        with scope:
            found[name] = rows()
    return found


def expected(world: World) -> dict[str, set[int]]:
    ours, here = world.ours.rating_policy.pk, world.here.rating_policy.pk
    return {
        "house": {ours},
        "fleet": {ours, here, world.sibling.rating_policy.pk},
        "client": {ours, here},
        "person": set(),
        "nothing": set(),
    }
