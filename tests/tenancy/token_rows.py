"""What the wall tests say about API tokens."""

from audits.access import opened
from audits.models import ApiToken, User
from tests.factories import World
from tests.tenancy.rows import copy_of, unguarded


def another(token: ApiToken, **values: object) -> ApiToken:
    """An unsaved token like this one."""
    made = copy_of(token)
    for name, value in {"prefix": "mia_Another1", **values}.items():
        setattr(made, name, value)
    return made


def _seen_by(user: User, *, managed: bool) -> set[int]:
    with opened(user, slug=None):
        rows = ApiToken.objects.all() if managed else unguarded(ApiToken)
        return set(rows.values_list("pk", flat=True))


def tokens_shown(world: World, *, managed: bool) -> dict[str, set[int]]:
    people = {**world.ours.people(), "their_admin": world.theirs.admin}
    return {name: _seen_by(user, managed=managed) for name, user in people.items()}


def tokens_expected(world: World) -> dict[str, set[int]]:
    """The owner's token: for the owner, and for the staff of the provider; nobody else's."""
    ours = {world.ours.owner_token.pk}
    return {
        "admin": ours,
        "technician": ours,
        "technician_of_first": ours,
        "technician_of_group": ours,
        "technician_of_none": ours,
        "owner": ours,
        "contributor": set(),
        "viewer": set(),
        "their_admin": {world.theirs.owner_token.pk},
    }
