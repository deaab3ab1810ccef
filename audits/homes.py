"""Where people belong, and operators look: found out apart from what a session may open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audits import tenancy
from audits.models import Client, Provider, SignOnAddress, User
from audits.queries import members
from audits.queries import sign_on as sign_ons
from audits.rights import Refused


@dataclass(frozen=True, kw_only=True)
class Home:
    """A place where a person belongs: the provider itself, or one of its clients."""

    provider_id: int
    client: Client | None


def at_every_home(
    user: User, act: Callable[[Home], None], *, provider_id: int | None = None
) -> None:
    """Do something at every place of a person, each in a scope of its own: to write its log.

    Whatever the running session may open: a line belongs where the person does. What concerns one
    provider alone names it, and no other one's log hears of it.
    """
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        held = members.everything_held_by(user)
    for house in held.provider_ids:
        if provider_id not in {None, house}:
            continue
        if held.staff_row(house) is not None:
            with place_of(house, None):
                act(Home(provider_id=house, client=None))
            continue
        for client_id in held.client_roles(house):
            _at_client(house, client_id, act)
    if held.look is not None and provider_id in {None, held.look.provider_id}:
        _at_client(held.look.provider_id, held.look.client_id, act)


@contextmanager
def place_of(provider_id: int, client_id: int | None) -> Iterator[None]:
    """Enter the scope of one place: a provider's own rows, or those of one client."""
    clients = [] if client_id is None else [client_id]
    with tenancy.scope(
        provider_id=provider_id, client_ids=clients, provider_rows=client_id is None
    ):
        yield


def belongs_elsewhere(user: User, provider_id: int) -> bool:
    """Say whether a person belongs to another provider as well."""
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        return members.belongs_elsewhere(user.pk, provider_id)


def belongs_anywhere(user: User) -> bool:
    """Say whether a person belongs to a provider or client, whatever a session may open of it."""
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        return members.belongs_anywhere(user.pk)


def required_sign_on(user: User) -> SignOnAddress | None:
    """Where a person must sign in who is staff of a provider that requires it."""
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        return sign_ons.required_address_of(user.pk)


def _at_client(provider_id: int, client_id: int, act: Callable[[Home], None]) -> None:
    with place_of(provider_id, client_id):
        act(Home(provider_id=provider_id, client=Client.objects.get(pk=client_id)))


@contextmanager
def client_of_operator(operator: User, slug: str) -> Iterator[Client]:
    """Enter the scope of a client that an operator names, to begin a look in its own log."""
    if not operator.is_operator:
        raise Refused(action="platform.open")
    with tenancy.system_scope("an operator begins a look at one client of any provider"):
        client = Client.objects.filter(slug=slug).first()
    if client is None:
        raise Refused(action="platform.open")
    with tenancy.scope(provider_id=client.provider_id, client_ids=[client.pk], user_id=operator.pk):
        yield client


def at_every_demo(operator: User, act: Callable[[Provider], None]) -> None:
    """Do something at every provider that came with the demo, each in a scope of its own."""
    if not operator.is_operator:
        raise Refused(action="demo.remove_all")
    with tenancy.system_scope("an operator looks for the providers that came with the demo"):
        houses = list(Provider.objects.filter(is_demo=True).order_by("pk"))
        clients = {
            house.pk: list(Client.objects.filter(provider=house).values_list("pk", flat=True))
            for house in houses
        }
    for house in houses:
        with tenancy.scope(provider_id=house.pk, client_ids=clients[house.pk], provider_rows=True):
            act(house)


@contextmanager
def own_looks(user: User) -> Iterator[None]:
    """Enter a scope that shows a person the looks of their own, and no client."""
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        yield
