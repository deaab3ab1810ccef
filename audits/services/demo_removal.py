"""The demo goes as a whole: its clients with everything of theirs, its accounts, its providers."""

import logging
from dataclasses import dataclass, fields

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from audits import homes
from audits.models import Client, Membership, PortfolioReport, Provider, StoredFile, User
from audits.queries import demo
from audits.services import activity, removal, session
from audits.services.errors import NotPossible
from audits.tenancy import made_up

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """How much of the demo went; accounts that were closed only, and those kept for their role."""

    clients: int = 0
    accounts: int = 0
    closed: int = 0
    providers: int = 0
    kept: int = 0

    def __add__(self, other: "Gone") -> "Gone":
        names = [field.name for field in fields(self)]
        return Gone(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def is_nothing(self) -> bool:
        return not (self.clients or self.accounts or self.closed or self.providers)


@transaction.atomic
def remove(*, provider_id: int, actor: User) -> Gone:
    """Remove every demo client of the provider for good, and the accounts that came with it.

    An account that belongs to another provider as well stays, and so does that of whoever asks;
    one whose role has to be held stays until somebody real holds it. Raises NotPossible where
    nothing of the demo is here to go.
    """
    gone = _remove_from(Provider.objects.get(pk=provider_id), actor)
    if gone.is_nothing:
        raise NotPossible(_("There is no demo client here."))
    return gone


@transaction.atomic
def remove_everywhere(*, operator: User) -> Gone:
    """Remove the whole demo: its providers with all that is theirs, and its accounts.

    A provider of the demo where somebody real works, or that has a real client, stays with those;
    what came with the demo goes from it, but for whoever alone can open it. Raises NotPossible
    where there is no demo.
    """
    told: list[Gone] = []
    homes.at_every_demo(operator, lambda house: told.append(_remove_house(house, operator)))
    gone = sum(told, Gone())
    if gone.is_nothing:
        raise NotPossible(_("There is no demo here."))
    # The logs of the providers went with them, so the line stands in the log of the server.
    logger.warning(
        "The operator %s removed the demo: %s providers, %s clients, %s accounts; %s accounts"
        " closed, %s kept.",
        operator.email,
        gone.providers,
        gone.clients,
        gone.accounts,
        gone.closed,
        gone.kept,
    )
    return gone


def _remove_house(provider: Provider, operator: User) -> Gone:
    # Nobody comes to the provider, and no client, between the question and the answer.
    Provider.objects.select_for_update().get(pk=provider.pk)
    if demo.is_in_real_use(provider):
        return _remove_from(provider, operator)
    clients = Client.objects.filter(provider=provider).count()
    people = _alone_here(provider.pk, operator)
    _remove_files(list(StoredFile.objects.filter(provider=provider)))
    made_up.remove_provider(provider.pk)
    return Gone(clients=clients, providers=1) + _remove_accounts(people)


def _remove_from(provider: Provider, actor: User) -> Gone:
    """Remove what came with the demo from a provider that stays."""
    # As for every change after which nobody could manage the provider: one at a time.
    Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
    list(Client.objects.filter(provider=provider, is_demo=False).select_for_update(no_key=True))
    going = list(demo.clients(provider.pk).select_for_update())
    needed = demo.needed(provider.pk, but=actor)
    people = [user for user in _alone_here(provider.pk, actor) if user.pk not in needed]
    if not (going or people):
        return Gone(kept=len(needed))
    # Reports that speak of demo clients alone; one over other clients as well stays what it is.
    PortfolioReport.objects.filter(
        provider=provider, covers__contained_by=[client.pk for client in going]
    ).delete()
    for client in going:
        _remove_files(list(StoredFile.objects.filter(client=client)))
        made_up.remove_client(client.pk)
    names = sorted(user.email for user in people)
    gone = Gone(clients=len(going), kept=len(needed)) + _remove_accounts(people)
    activity.record_at_provider(
        provider_id=provider.pk,
        actor=actor,
        verb="removed_demo",
        obj=provider,
        details={"clients": [client.name for client in going], "accounts": names},
    )
    return gone


def _alone_here(provider_id: int, actor: User) -> list[User]:
    """Accounts of the demo that are used at this provider and nowhere else."""
    return [
        user
        for user in demo.accounts(provider_id, but=actor)
        if not homes.belongs_elsewhere(user, provider_id)
    ]


def _remove_files(files: list[StoredFile]) -> None:
    for file in files:
        removal.ask(file.name)


def _remove_accounts(people: list[User]) -> Gone:
    connection.check_constraints()  # what fails below is then an account's own
    deleted = sum(_delete(user) for user in people)
    return Gone(accounts=deleted, closed=len(people) - deleted)


def _delete(user: User) -> bool:
    """Delete an account; say no, and close it, where rows out of sight name it.

    Somebody who once worked elsewhere left rows there that no scope of here shows, or may change.
    """
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).delete()
            connection.check_constraints()
    except IntegrityError:
        _close(user)
        return False
    return True


def _close(user: User) -> None:
    """Leave the name to the rows that have it, and no way to log in or to open anything."""
    Membership.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    session.end_others(user=user, kept="")
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
