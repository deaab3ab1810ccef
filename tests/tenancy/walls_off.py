"""Walls switched off one by one, so that what stands behind them stands alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from audits import access, tenancy
from audits.access import Actor
from audits.enums import DataClass, Role, ToolDecision
from audits.models import Client, User
from audits.tenancy import managers
from tests.factories import ClientCast, World
from tests.web import marked
from tests.web.test_matrix import (
    GET,
    PAGES,
    POST,
    Page,
    address_of,
    browser_of,
    is_of_a_client,
)

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
SENT_PAGES = [page for page in PAGES if is_of_a_client(page) and page.method == POST]
# Pages of all clients that a person may open, with what has to be asked for there.
FLEET_PAGES = {
    "api:clients": "",
    "fleet": "",
    "fleet_csv": "",
    "fleet_json": "",
    "plans": "",
    "portfolio_preview": "?sections=everybody",
    "plans_csv": "",
    "search": "?q=zq",
    "switcher": "",
}
# Without any wall these show nothing of a client all the same, and why.
SILENT = {
    "api:client": "says of the client what the door handed out",
    "audit_chart": "figures",
    "audit_figures": "figures",
    "audit_groups": "figures, and columns of the table",
    "audit_members": "figures",
    "checklist_cards": "leads on to the first card",
    "checklist_chart": "figures",
    "checklist_edition": "words of the catalogue",
    "client_chart": "there is none before the day after an audit",
    "client_edit": "shows the client that the door handed out",
    "client_logo": "a picture",
    "client_work": "the cast's jobs are done",
    "framework_file": "words of the catalogue and the standing of each answer",
    "report_logo": "a picture",
    "client_space": "figures",
    "client_policy": "figures",
    "client_policy_file": "figures",
    "dataset_delete": "asks first who it is",
    "dataset_new": "an empty form",
    "framework": "words of the catalogue",
    "frameworks": "words of the catalogue",
    "frameworks_file": "words of the catalogue",
    "model_chart": "there is none before the day after an audit",
    "model_new": "an empty form",
    "model_version_delete": "asks first who it is",
    "people": "names of users, who belong to no client",
    "people_file": "names of users, who belong to no client",
    "people_invite": "asks first who it is",
    "person": "asks first who it is",
    "report_link": "leads on to the report",
    "report_preview": "asks first what to report on",
    "report_schedule": "names of users, who belong to no client",
    "report_schedule_delete": "a kind of report and its days",
    "report_schedule_new": "names of users, who belong to no client",
    "report_schedules_file": "a kind of report, its days, and names of users",
    "report_start": "an empty form",
    "tool_chart": "there is none before a review is completed",
    "tool_import": "an empty form",
    "tool_new": "an empty form",
}
# Some of the users have names with marks.
NAMING = {"people", "people_file", "report_schedule", "report_schedule_new"}
# Without any wall the list of granted clients alone still bounds these: they ask for its ids.
BOUNDED = {"search"}
# These count in a scope of its own, which refuses to be wider than the one around it.
NARROWED = {"fleet", "fleet_csv", "fleet_json", "portfolio_preview"}
# Without any wall these change rows of a client when a form is sent; the others refuse an empty one
# or ask first who it is.
WRITING = {
    "audit_schedule_delete",
    "audit_schedule_pause",
    "authorisation_withdraw",
    "people_invitation_revoke",
    "report_hand_in",
    "report_schedule_delete",
    "report_schedule_pause",
    "tool_ask",
    "tool_edit",
    "tool_new",
    "tool_review",
}
# What is sent where an empty form would be refused for being empty.
_TOOL = {
    "name": "Planted",
    "data_class": DataClass.INTERNAL,
    "trains_on_data": "no",
    "decision": ToolDecision.UNDECIDED,
}
GIVEN: dict[str, dict[str, Any]] = {
    "tool_new": _TOOL,
    "tool_edit": _TOOL,
    "tool_ask": {"reason": "Planted"},
}
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
        **_more: object,
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


def sent(world: World, page: Page, cast: ClientCast) -> tuple[int | str, bool]:
    """Send a form to a page about this client: what came of it, and whether a row of it changed."""
    kind = "application/json" if page.name.startswith("api:") else MULTIPART_CONTENT
    with tenancy.scope(provider_id=None, client_ids=()), _undone():
        before = _rows_of(cast)
        browser = browser_of(world, "admin")
        status: int | str
        try:
            with transaction.atomic():
                given = GIVEN.get(page.name)
                status, _ = marked.answer_of(browser, address_of(page, cast), given, kind=kind)
        except Exception as error:  # noqa: BLE001 - a page may break without its walls, not write
            status = type(error).__name__
        return status, _rows_of(cast) != before


def _rows_of(cast: ClientCast) -> list[tuple[str, str]]:
    """A digest of every table's rows of the client, past the managers."""
    tables = sorted(model._meta.db_table for model in cast.rows())
    one = (
        "SELECT '{0}', md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), ''))"
        " FROM {0} t WHERE t.client_id = %s"
    )
    query = " UNION ALL ".join(one.format(table) for table in tables)
    with cast.scope(), connection.cursor() as cursor:
        cursor.execute(query, [cast.client.pk] * len(tables))
        return [(str(table), str(digest)) for table, digest in cursor.fetchall()]


def written(world: World, cast: ClientCast) -> set[str]:
    """Pages that changed a row of the foreign client when a form was sent to them."""
    return {page.name for page in SENT_PAGES if sent(world, page, cast)[1]}


def shown_of_fleet(world: World) -> dict[str, set[str]]:
    """Whose marks the pages of all clients show to a technician of the first client alone."""
    browser = browser_of(world, "technician_of_first")
    clients = set(marked.CLIENTS.values())
    return {
        name: _shown_at(browser, reverse(name) + query) & clients
        for name, query in FLEET_PAGES.items()
    }


def _shown_at(browser: Browser, address: str) -> set[str]:
    try:
        return marked.answer_of(browser, address)[1]
    except tenancy.ScopeError:
        return set()


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def foreign_marks(world: World, cast: ClientCast) -> dict[str, Told]:
    """What each page of the foreign client shows of it."""
    text = marked.CLIENTS["sibling" if cast is world.sibling else "stranger"]
    found = {page.name: visited(world, page, cast) for page in CLIENT_PAGES}
    return {name: (status, marks & {text}) for name, (status, marks) in found.items()}
