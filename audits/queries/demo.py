"""What came with the demo: clients by their mark, accounts by the domain of their address."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from audits.enums import Role
from audits.models import Client, Membership, Provider, User

# Reserved for examples (RFC 2606): nobody real has an address there.
DOMAIN = "demo.example"
_OF_THE_DEMO = Q(user__email__endswith=f"@{DOMAIN}")


def is_seeded() -> bool:
    """Say whether the demo has been seeded: an account of it is there."""
    return User.objects.filter(email__endswith=f"@{DOMAIN}").exists()


def accounts(provider_id: int, *, but: User) -> list[User]:
    """Accounts of the demo that are used at a provider, without the one of whoever asks."""
    rows = Membership.objects.filter(_OF_THE_DEMO, provider_id=provider_id)
    found = {row.user_id: row.user for row in rows.select_related("user").order_by("pk")}
    return [user for pk, user in found.items() if pk != but.pk]


def needed(provider_id: int, *, but: User) -> set[int]:
    """Ids of accounts of the demo without which a role that has to be held would be held by nobody.

    That is managing the provider, and deciding for a client that is no demo, where nobody real
    does it, nor whoever asks.
    """
    posts = Q(client=None, role=Role.MSP_ADMIN) | Q(client__is_demo=False, role=Role.CLIENT_OWNER)
    rows = list(Membership.objects.filter(posts, provider_id=provider_id, user__is_active=True))
    made_up = {user.pk for user in accounts(provider_id, but=but)}
    held = {row.client_id for row in rows if row.user_id not in made_up}
    return {row.user_id for row in rows if row.client_id not in held}


def is_in_real_use(provider: Provider) -> bool:
    """Say whether anybody real works at a provider of the demo, or any real client is there."""
    clients = Client.objects.filter(provider=provider, is_demo=False)
    people = Membership.objects.filter(~_OF_THE_DEMO, provider=provider)
    return clients.exists() or people.exists()


@dataclass(frozen=True, kw_only=True)
class House:
    """What of a provider goes with the demo, perhaps itself, and which accounts stay for now."""

    name: str
    clients: list[str]
    accounts: list[str]
    kept: list[str]
    goes: bool

    @property
    def has_any(self) -> bool:
        """Say whether anything of it would go."""
        return bool(self.goes or self.clients or self.accounts)


def house(provider: Provider, *, but: User) -> House:
    goes = not is_in_real_use(provider)
    staying = set() if goes else needed(provider.pk, but=but)
    people = accounts(provider.pk, but=but)
    return House(
        name=provider.name,
        clients=[client.name for client in clients(provider.pk)],
        accounts=[user.email for user in people if user.pk not in staying],
        kept=[user.email for user in people if user.pk in staying],
        goes=goes,
    )


def clients(provider_id: int) -> QuerySet[Client]:
    """Clients of a provider that came with the demo."""
    return Client.objects.filter(provider_id=provider_id, is_demo=True).order_by("name", "pk")
