"""What the tests of invitations ask of either wall: which scope shows which of them."""

from collections.abc import Callable

from audits import tenancy
from audits.models import Invitation
from tests.factories import World


def every(world: World) -> list[Invitation]:
    casts = (world.ours, world.theirs)
    return [
        row
        for cast in casts
        for row in (cast.invitation, cast.first.invitation, cast.second.invitation)
    ]


def seen_in(world: World, rows: Callable[[], set[int]]) -> dict[str, set[int]]:
    """What each kind of scope shows of all invitations there are."""
    ours, here = world.ours.provider.pk, world.here.client.pk
    scopes = {
        "house": tenancy.scope(provider_id=ours, client_ids=(), provider_rows=True),
        "fleet": tenancy.scope(
            provider_id=ours, client_ids=[here, world.sibling.client.pk], provider_rows=True
        ),
        "client": tenancy.scope(provider_id=ours, client_ids=[here]),
        "person": tenancy.scope(provider_id=None, client_ids=(), user_id=world.ours.owner.pk),
        "link": tenancy.scope(
            provider_id=None, client_ids=(), invitation=world.here.invitation.digest
        ),
        "no link": tenancy.scope(provider_id=None, client_ids=(), invitation="0" * 64),
        "nothing": tenancy.scope(provider_id=None, client_ids=()),
    }
    found = {}
    for name, scope in scopes.items():
        with scope:
            found[name] = rows()
    return found


def expected(world: World) -> dict[str, set[int]]:
    here = world.here.invitation.pk
    return {
        "house": {world.ours.invitation.pk},
        "fleet": {world.ours.invitation.pk, here, world.sibling.invitation.pk},
        "client": {here},
        "person": set(),
        "link": {here},
        "no link": set(),
        "nothing": set(),
    }
