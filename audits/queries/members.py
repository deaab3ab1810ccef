"""Who a person is at which provider and client: read before any scope of clients exists."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower, NullIf

from audits.enums import Role
from audits.models import (
    BreakGlass,
    Client,
    ClientGroup,
    ClientGroupMember,
    Grant,
    Membership,
    Provider,
    SignOnAddress,
    User,
)
from audits.queries import break_glass

# How a person is called on pages: the name, or the address where there is none.
CALLED = Lower(Coalesce(NullIf("user__name", models.Value("")), "user__email"))


@dataclass(frozen=True, kw_only=True)
class Held:
    """Every membership of one person, oldest first, and the clients granted to each."""

    memberships: list[Membership]
    granted: dict[int, list[int]]
    has_second_factor: bool
    vouched_by: int | None = None
    look: BreakGlass | None = None

    @property
    def provider_ids(self) -> tuple[int, ...]:
        """Providers that the person belongs to: as staff first, then through a client."""
        staff = [row.provider_id for row in self.memberships if row.client_id is None]
        rest = [row.provider_id for row in self.memberships]
        return tuple(dict.fromkeys([*staff, *rest]))

    def staff_row(self, provider_id: int) -> Membership | None:
        """The person's membership of the provider itself."""
        rows = (row for row in self.memberships if row.client_id is None)
        return next((row for row in rows if row.provider_id == provider_id), None)

    def client_roles(self, provider_id: int) -> dict[int, Role]:
        """The role held at each client of a provider by a membership of that client."""
        rows = [row for row in self.memberships if row.provider_id == provider_id]
        return {row.client_id: Role(row.role) for row in rows if row.client_id is not None}


def held_by(
    user_id: int, *, vouched_by: int | None = None, begun_at: datetime | None = None
) -> Held:
    """Read what a session of the person may open; the scope shows nobody else's.

    One that a provider's single sign-on began opens that provider alone; any other opens
    everything but staff roles at providers that require it. Where the person was logged out, only
    sessions that began later open anything.
    """
    proven = _proven_steps().filter(user_id=models.OuterRef("user_id"))
    asked = _open_to(Membership.objects.filter(user_id=user_id), vouched_by)
    if begun_at is not None:
        asked = asked.exclude(logged_out_at__gt=begun_at)
    memberships = list(asked.annotate(has_second_factor=models.Exists(proven)))
    return Held(
        memberships=[*memberships],
        granted=_granted_to([row.pk for row in memberships if _needs_grants(row)]),
        has_second_factor=any(row.has_second_factor for row in memberships),
    )


def _needs_grants(row: Membership) -> bool:
    """Say whether a membership opens what is granted to it: of staff that does not open all."""
    return row.client_id is None and not row.all_clients


def _granted_to(memberships: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if not memberships:
        return found
    rows = Grant.objects.filter(membership__in=memberships)
    for membership_id, client_id in rows.values_list("membership_id", "client_id"):
        found.setdefault(membership_id, []).append(client_id)
    return found


def held_by_operator(user_id: int) -> Held:
    """Read what an operator of the platform may open: the client of the look that is open."""
    return Held(
        memberships=[],
        granted={},
        has_second_factor=_proven_steps().filter(user_id=user_id).exists(),
        look=break_glass.open_look(user_id),
    )


def everything_held_by(user: User) -> Held:
    """Read where a person belongs, whatever a session may open of it."""
    if user.is_operator:
        return held_by_operator(user.pk)
    rows = list(Membership.objects.filter(user_id=user.pk))
    return Held(memberships=rows, granted={}, has_second_factor=False)


def _proven_steps() -> models.QuerySet[Authenticator]:
    """Second factors that prove something by themselves: recovery codes only stand in for one."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    rows: models.QuerySet[Authenticator] = Authenticator.objects.filter(type__in=kinds)
    return rows


def client_ids_of_groups(membership_id: int) -> list[int]:
    """Ids of the clients in the groups granted to a membership of the provider in scope."""
    rows = ClientGroupMember.objects.filter(group__grants__membership=membership_id)
    return list(rows.values_list("client_id", flat=True))


def _open_to(
    held: models.QuerySet[Membership], vouched_by: int | None
) -> models.QuerySet[Membership]:
    if vouched_by is not None:
        return held.filter(provider_id=vouched_by)
    required = SignOnAddress.objects.filter(is_required=True).values("provider")
    return held.exclude(client=None, keeps_password=False, provider__in=required)


def belongs_elsewhere(user_id: int, provider_id: int) -> bool:
    """Say whether the person belongs to another provider as well; the scope must be theirs."""
    return Membership.objects.filter(user_id=user_id).exclude(provider_id=provider_id).exists()


def belongs_anywhere(user_id: int) -> bool:
    """Say whether the person belongs to any provider or client; the scope must be theirs."""
    return Membership.objects.filter(user_id=user_id).exists()


def client_ids_of_provider(provider_id: int) -> tuple[list[int], bool]:
    """Every client id of a provider, and whether they were made up for load tests.

    Row-level security allows it only under `every_client_of`.
    """
    directory: models.QuerySet[Client] = models.QuerySet(Client)
    rows = list(directory.filter(provider_id=provider_id).values_list("pk", "synthetic"))
    return [pk for pk, _made_up in rows], any(made_up for _pk, made_up in rows)


def is_synthetic() -> bool:
    """Say whether the provider in scope was made up for load tests."""
    return Provider.objects.filter(synthetic=True).exists()


def provider_in_scope() -> Provider:
    """The one provider that the running scope shows."""
    return Provider.objects.get()


def user_of(email: str) -> User | None:
    """Find the account of an address, however it is written."""
    return User.objects.filter(email__iexact=email.strip()).first()


@dataclass(frozen=True, kw_only=True)
class Opens:
    """The clients and groups that are granted to one membership, by name."""

    clients: list[Client]
    groups: list[ClientGroup]


def grants_of(membership: Membership) -> Opens:
    """Read what is granted to a membership, as far as the scope shows clients and groups."""
    granted = Grant.objects.filter(membership=membership).values_list("client_id", flat=True)
    return Opens(
        clients=list(Client.objects.filter(pk__in=list(granted))),
        groups=list(ClientGroup.objects.filter(grants__membership=membership)),
    )


def staff_of(provider_id: int) -> models.QuerySet[Membership]:
    """People of the provider itself, with their accounts."""
    rows = Membership.objects.filter(provider_id=provider_id, client=None)
    return rows.select_related("user").order_by(CALLED, "pk")


def called(chosen: Q) -> models.QuerySet[Membership]:
    """These people of a client or its provider, with their accounts, by name."""
    rows = Membership.objects.filter(chosen).select_related("user")
    return rows.order_by(CALLED, "pk")


def staff_opening(client: Client) -> models.QuerySet[Membership]:
    """People of the provider who open the client and can log in, as far as the scope tells."""
    granted = Grant.objects.filter(client=client).values("membership_id")
    groups = ClientGroupMember.objects.filter(client=client).values("group_id")
    opens = Q(all_clients=True) | Q(pk__in=granted) | Q(group_grants__group__in=groups)
    return staff_of(client.provider_id).filter(opens, user__is_active=True).distinct()


def admins_of(provider_id: int) -> models.QuerySet[Membership]:
    """Whoever can manage the provider and can log in."""
    return staff_of(provider_id).filter(role=Role.MSP_ADMIN, user__is_active=True)


def held_at(user: User, provider_id: int, client: Client | None) -> Membership | None:
    """What a person holds at a client, or at the provider itself."""
    return Membership.objects.filter(user=user, provider_id=provider_id, client=client).first()


def people_of(client: Client) -> models.QuerySet[Membership]:
    """People of the client, with their accounts."""
    rows = Membership.objects.filter(client=client).select_related("user")
    return rows.order_by(CALLED, "pk")


def owners_of(client: Client) -> models.QuerySet[Membership]:
    """Whoever decides for the client and can log in."""
    return people_of(client).filter(role=Role.CLIENT_OWNER, user__is_active=True)
