"""Who gets which answer from which address. An address without a line here fails.

A new page is one line in PAGES: its name, who may open it, and the row that its number names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.test.client import MULTIPART_CONTENT
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from audits.enums import FilePurpose, JobState
from audits.models import Audit, Job
from audits.services import files
from tests import casts
from tests.factories import ClientCast, World

GET, POST = "get", "post"
# Columns of the table. `their_admin` belongs to the other provider.
PEOPLE = (
    "anonymous",
    "admin",
    "technician",
    "technician_of_first",
    "technician_of_none",
    "owner",
    "viewer",
    "their_admin",
)
LOG_IN = 302


def allowed(
    *people: str, status: int = 200, anonymous: int = LOG_IN, denied: int = 404
) -> dict[str, int]:
    """One column for each person: these get `status`, the others `denied`."""
    row = {name: status if name in people else denied for name in PEOPLE}
    return {**row, "anonymous": status if "anonymous" in people else anonymous}


STAFF = ("admin", "technician", "technician_of_first")
CLIENT = ("owner", "viewer")


@dataclass(frozen=True)
class Page:
    """An address, the row of the first client that its number names, and who gets what."""

    name: str
    row: str
    expected: dict[str, int] = field(hash=False)
    method: str = GET
    job: str = JobState.SUCCEEDED


EVERYONE = allowed(*PEOPLE)
LOGGED_IN = allowed(*PEOPLE[1:])
LOOK = allowed(*STAFF, *CLIENT)
WORK = allowed(*STAFF)
ANSWER = allowed(*STAFF, "owner")
PAGES = [
    Page("account_login", "", {**allowed(*PEOPLE, status=302), "anonymous": 200}),
    Page("account_logout", "", allowed(*PEOPLE[1:])),
    Page("account_inactive", "", EVERYONE),
    Page("account_change_password", "", LOGGED_IN),
    Page("account_reset_password", "", EVERYONE),
    Page("account_reset_password_done", "", EVERYONE),
    Page("account_reset_password_from_key", "", EVERYONE),
    Page("account_reset_password_from_key_done", "", EVERYONE),
    Page("account_reauthenticate", "", LOGGED_IN),
    # --- pages
    Page("home", "", {**allowed(*PEOPLE[1:], status=302)}),
    Page("fleet", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("switcher", "", LOGGED_IN),
    Page("client_new", "", allowed("admin", "technician", "their_admin")),
    Page("client", "", LOOK),
    Page("client_edit", "", WORK),
    Page("models", "", LOOK),
    Page("model_new", "", WORK),
    Page("model", "model", LOOK),
    Page("model_edit", "model", WORK),
    Page("model_upload", "model", WORK),
    Page("model_script", "model", WORK),
    Page("datasets", "", LOOK),
    Page("dataset_new", "", WORK),
    Page("dataset", "dataset", LOOK),
    Page("dataset_edit", "dataset", WORK),
    Page("dataset_upload", "dataset", WORK),
    Page("tools", "", LOOK),
    Page("tool_new", "", WORK),
    Page("tool_edit", "tool", WORK),
    Page("audits", "", LOOK),
    Page("audit_new", "", WORK),
    Page("audit", "audit", LOOK),
    Page("audit_progress", "audit", allowed(*STAFF, *CLIENT, status=286)),
    Page("audit_cancel", "audit", allowed(*STAFF, status=302), POST),
    Page("audit_again", "audit", allowed(*STAFF, status=302), POST, job=JobState.RUNNING),
    Page("audit_document", "audit", WORK),
    Page("audit_figures", "audit", WORK),
    Page("audit_members", "audit", WORK),
    Page("report_new", "audit", allowed(*STAFF, "owner", status=302), POST),
    Page("checklist", "", LOOK),
    Page("checklist_answer", "checklist_item", ANSWER),
    Page("reports", "", LOOK),
    Page("report", "report", LOOK),
    Page("report_download", "report", LOOK),
    # --- API: JSON instead of the log-in page
    Page("api:schema", "", allowed(*PEOPLE[1:], anonymous=403)),
    Page("api:clients", "", allowed(*PEOPLE[1:], anonymous=403)),
    Page("api:client", "", {**LOOK, "anonymous": 403}),
    Page("api:models", "", {**LOOK, "anonymous": 403}),
    Page("api:model", "model", {**LOOK, "anonymous": 403}),
    Page("api:datasets", "", {**LOOK, "anonymous": 403}),
    Page("api:dataset", "dataset", {**LOOK, "anonymous": 403}),
    Page("api:audits", "", {**LOOK, "anonymous": 403}),
    Page("api:audits", "", allowed(*STAFF, status=400, anonymous=403), POST),
    Page("api:audit", "audit", {**LOOK, "anonymous": 403}),
    Page("api:audit_cancel", "audit", allowed(*STAFF, status=409, anonymous=403), POST),
]
# Numbers and words in addresses that name no row of the cast.
OTHER_ARGUMENTS = {"account_reset_password_from_key": {"uidb36": "1", "key": "set-password"}}

EXPOSED = {
    "attack": "rmia",
    "false_discovery_rate": 0.1,
    "count": 1,
    "smallest_list": 1,
    "members": [{"rows": [3], "p": 0.001}],
}


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        for cast in (lent.here, lent.sibling, lent.stranger):
            with cast.scope():
                document = {**(cast.audit.document or {}), "exposed": EXPOSED}
                Audit.objects.filter(pk=cast.audit.pk).update(document=document)
                cast.report.file = files.store_bytes(
                    client=cast.client, purpose=FilePurpose.REPORT, data=b"%PDF-1.7"
                )
                cast.report.save(update_fields=["file"])
        yield lent


def addresses() -> Iterator[tuple[str, str]]:
    """Every name and pattern that the portal answers to."""

    def walk(
        patterns: list[URLPattern | URLResolver], prefix: str, space: str
    ) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, route, inner)
            else:
                yield f"{space}{pattern.name}", route

    yield from walk(get_resolver().url_patterns, "", "")


def address_of(page: Page, cast: ClientCast, *, pk: int | None = None, slug: str = "") -> str:
    """The page's address; `pk` and `slug` replace those of the cast."""
    route = dict(addresses())[page.name]
    arguments: dict[str, object] = dict(OTHER_ARGUMENTS.get(page.name, {}))
    if "slug" in route:
        arguments["slug"] = slug or cast.client.slug
    if page.row:
        arguments["pk"] = getattr(cast, page.row).pk if pk is None else pk
    return reverse(page.name, kwargs=arguments)


def asked(browser: Browser, page: Page, address: str) -> tuple[int, bytes]:
    """Status and body; whatever the request wrote is taken back."""
    with transaction.atomic():
        kind = "application/json" if page.name.startswith("api:") else MULTIPART_CONTENT
        answer = browser.get(address) if page.method == GET else browser.post(address, None, kind)
        body = answer.getvalue()
        transaction.set_rollback(True)
    return answer.status_code, body


def browser_of(world: World, name: str) -> Browser:
    browser = Browser()
    people = {**world.ours.people(), "their_admin": world.theirs.admin}
    if name in people:
        browser.force_login(people[name])
    return browser


def test_matrix_has_a_line_for_every_address() -> None:
    assert {name for name, _ in addresses()} == {page.name for page in PAGES}


def test_matrix_names_a_row_wherever_an_address_has_a_number() -> None:
    numbered = {name for name, route in addresses() if "<int:pk>" in route}
    assert numbered == {page.name for page in PAGES if page.row}


def test_addresses_of_a_client_carry_its_slug_and_nothing_else_names_one() -> None:
    """The scope comes from `slug`; a number alone must never lead to a client's row."""
    assert [
        name for name, route in addresses() if "<int:" in route and "slug:slug" not in route
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.name}-{page.method}")
def test_address_answers_each_person_as_the_matrix_says(world: World, page: Page) -> None:
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=page.job)
    found = {
        name: asked(browser_of(world, name), page, address_of(page, world.here))[0]
        for name in PEOPLE
    }
    assert found == page.expected


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.row],
    ids=lambda page: f"{page.name}-{page.method}",
)
def test_address_of_a_foreign_row_answers_like_an_absent_one(world: World, page: Page) -> None:
    """Another client's row under the own address, and another client's own address."""
    browser = browser_of(world, "technician_of_first")
    absent = asked(browser, page, address_of(page, world.here, pk=10**9))
    nowhere = asked(browser, page, address_of(page, world.here, slug="nowhere-0000"))
    assert (absent[0], nowhere[0]) == (404, 404)
    for foreign in (world.sibling, world.stranger):
        row = getattr(foreign, page.row)
        with foreign.scope():
            assert type(row).objects.filter(pk=row.pk).exists()
        assert asked(browser, page, address_of(page, world.here, pk=row.pk)) == absent
        assert asked(browser, page, address_of(page, foreign)) == nowhere
