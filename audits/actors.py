"""Who comes to a door: a person with what they hold, and staff who look through an owner's eyes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from audits.enums import Role
from audits.models import BreakGlass, User
from audits.rights import ACTIONS


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """A session that a provider's single sign-on began: it reaches that provider alone."""

    provider_id: int
    second_factor: bool


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A logged-in person at one provider, with the role held at each of its clients."""

    user: User
    provider_id: int | None
    staff_role: Role | None
    roles: Mapping[int, Role]
    all_clients: bool = False
    # Every provider that the person belongs to; `provider_id` is the one acted for.
    provider_ids: tuple[int, ...] = ()
    # The actions that an API token leaves of what the person may; None in a session: all of them.
    limits: frozenset[str] | None = None
    has_second_factor: bool = False
    # The provider whose single sign-on began the session; None where the person logged in here.
    vouched_by: int | None = None
    # The look at a client that is open, where the person is an operator of the platform.
    look: BreakGlass | None = None
    synthetic: bool = False  # staff of a provider that was made up for load tests
    # The role behind an owner's eyes, where staff look at a client as its owner sees it.
    behind: Role | None = None

    @property
    def client_ids(self) -> frozenset[int]:
        return frozenset(self.roles)

    @property
    def held_roles(self) -> frozenset[Role]:
        """Every role that the person holds at the provider."""
        staff = {self.staff_role} if self.staff_role is not None else set()
        return frozenset(self.roles.values()) | staff

    def role_at(self, client_id: int) -> Role | None:
        return self.roles.get(client_id)

    @property
    def is_staff(self) -> bool:
        return self.staff_role is not None

    @property
    def only_looks(self) -> bool:
        """Say whether nothing may be written: somebody looks through another person's eyes."""
        return self.behind is not None

    def lets(self, action: str) -> bool:
        """Say whether the token, or the role behind an owner's eyes, leaves an action open."""
        if self.limits is not None and action not in self.limits:
            return False
        return self.behind is None or self.behind in ACTIONS[action]


def as_owner(actor: Actor, client_id: int | None) -> Actor:
    """Staff as the owner of one of their clients, and nobody else's: never more than they hold.

    Whoever may not look at that client so, any more or ever, stays who they are.
    """
    held = actor.role_at(client_id) if client_id is not None else None
    if client_id is None or held not in ACTIONS["client.preview"]:
        return actor
    return replace(
        actor,
        staff_role=None,
        roles={client_id: Role.CLIENT_OWNER},
        all_clients=False,
        provider_ids=(),
        behind=held,
    )
