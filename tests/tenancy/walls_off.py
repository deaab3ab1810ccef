"""Walls switched off one by one, so that what stands behind them stands alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from audits import access, tenancy
from audits.access import Actor
from audits.enums import Role
from audits.models import Client, User
from audits.tenancy import managers
from tests.factories import ClientCast, World
from tests.web import marked
from tests.web.test_matrix import GET, PAGES, Page, address_of, browser_of, is_of_a_client

MANAGERS = {
    managers.TenantManager: managers.TenantQuerySet,
    managers.ClientManager: managers.ClientQuerySet,
    managers.ProviderManager: managers.ProviderQuerySet,
    managers.ProviderRowsManager: managers.ProviderRowsQuerySet,
    managers.MemberManager: managers.MemberQuerySet,
    managers.GrantManager: managers.GrantQuerySet,
    managers.InvitationManager: managers.InvitationQuerySet,
    managers.RatingPolicyManager: managers.RatingPolicyQuerySet,
    managers.TokenManager: managers.TokenQuerySet,
}
CLIENT_PAGES = [page for page in PAGES if is_of_a_client(page) and page.method == GET]
# What a request to a page came to: a status, or the error that stopped it.
Told = tuple[int | str, set[str]]


def without_wall_b(monkeypatch: pytest.MonkeyPatch) -> None:
    """Managers hand out whatever the database does, and refuse no write."""
    for manager, rows in MANAGERS.items():
        monkeypatch.setattr(manager, "get_queryset", lambda self, rows=rows: rows(self.model))
    monkeypatch.setattr(managers.TenantQuerySet, "refuse_foreign", lambda _self, _values: None)


def without_wall_a(monkeypatch: pytest.MonkeyPatch, world: World, foreign: ClientCast) -> None:
    """The door lets everybody in everywhere: to the foreign client, in the scope of the own one."""
    # Its own text would tell nothing: the door has handed it out, not the database.
    handed = Client(pk=foreign.client.pk, provider_id=foreign.client.provider_id, slug="handed-out")

    @contextmanager
    def opened(
        user: User,
        *,
        slug: str | None,
        provider_id: int | None = None,
        vouched: object = None,
        token: object = None,
    ) -> Iterator[tuple[Actor, Client | None]]:
        actor = Actor(
            user=user,
            provider_id=world.ours.provider.pk,
            staff_role=Role.MSP_ADMIN,
            roles=dict.fromkeys((world.here.client.pk, foreign.client.pk), Role.MSP_ADMIN),
            all_clients=True,
            has_second_factor=True,
        )
        with world.here.scope():
            yield actor, handed if slug else None

    monkeypatch.setattr(access, "opened", opened)


def visited(world: World, page: Page, cast: ClientCast) -> Told:
    """Ask for a page about this client; what the visit wrote is taken back."""
    with tenancy.scope(provider_id=None, client_ids=()) as _, _undone():
        browser = browser_of(world, "admin")
        try:
            return marked.answer_of(browser, address_of(page, cast))
        except Exception as error:  # noqa: BLE001 - a page may break without its walls, not leak
            return type(error).__name__, set()


@contextmanager
def _undone() -> Iterator[None]:
    from django.db import transaction  # noqa: PLC0415 - beside its only use

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def foreign_marks(world: World, cast: ClientCast) -> dict[str, Told]:
    """What each page of the foreign client shows of it."""
    text = marked.CLIENTS["sibling" if cast is world.sibling else "stranger"]
    found = {page.name: visited(world, page, cast) for page in CLIENT_PAGES}
    return {name: (status, marks & {text}) for name, (status, marks) in found.items()}
