"""What went wrong at others when somebody only looked: a test for each shape.

What one request to each page shows is asked in tests/web/test_matrix_answers.py: words of
neighbours in pages and files, one cache for two people, a scope taken from the row, secrets.
"""

import json
import logging
import re
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse

from audits import tenancy
from audits.enums import FilePurpose, RatingBadge
from audits.models import Audit, Client, Report
from audits.queries import fleet
from audits.services import files
from tests.factories import PASSWORD, ClientCast, World
from tests.summaries import posted
from tests.web import marked
from tests.web.test_matrix import GET, PAGES, Page, address_of, asked, browser_of, cast_of

HERE, SIBLING, STRANGER, SECOND = marked.CLIENTS.values()
LOOKS = [page for page in PAGES if page.method == GET]
NEIGHBOURS = {"sibling", "stranger"}


def clients_in(body: bytes) -> set[str]:
    """Whose words there are in a page or a file."""
    return marked.marks_in(body) & set(marked.CLIENTS.values())


def body_of(browser: Browser, page: Page, cast: ClientCast) -> bytes:
    return asked(browser, page, address_of(page, cast))[1]


# --- a report or metric query skips the scope


def test_report_is_made_of_its_own_client_alone(world: World) -> None:
    """Figures of both clients of a provider lie in one table; a report reads one client's."""
    with world.sibling.scope():
        Audit.objects.filter(pk=world.sibling.audit.pk).update(badge=RatingBadge.CRITICAL)
        assert Report.objects.count() == 1
    browser = browser_of(world, "technician")
    answer = browser.post(
        reverse("report_make", kwargs={"slug": world.here.client.slug}), posted(world.here.audit)
    )
    assert answer.status_code == 302
    with world.here.scope():
        made = Report.objects.order_by("-pk")[0]
    assert clients_in(json.dumps(made.data).encode()) == {HERE}
    assert made.number == 2


def test_figures_of_the_fleet_count_granted_clients_alone(world: World) -> None:
    with tenancy.system_scope("all the clients that there are"):
        assert Client.objects.count() == 4
    html = {
        person: browser_of(world, person).get(reverse("fleet")).content
        for person in ("technician_of_none", "technician_of_first", "technician", "their_admin")
    }
    assert {person: clients_in(body) for person, body in html.items()} == {
        "technician_of_none": set(),
        "technician_of_first": {HERE},
        "technician": {HERE, SIBLING},
        "their_admin": {STRANGER, SECOND},
    }
    with tenancy.scope(
        provider_id=world.ours.provider.pk, client_ids=[world.here.client.pk], provider_rows=True
    ):
        assert [row.client.pk for row in fleet.fleet().rows] == [world.here.client.pk]


# --- a file by an id that cannot be guessed


def test_name_in_the_storage_opens_nothing(world: World) -> None:
    with world.here.scope():
        stored = Report.objects.get(pk=world.here.report.pk).file
        assert stored is not None
        name = stored.name
        with files.open_plain(stored) as plain:
            assert plain.read() == b"%PDF-1.7 zqhere"
    browser = browser_of(world, "admin")
    for folder in ("/", "/media/", "/files/", "/static/", "/static/../files/", "/storage/"):
        answer = browser.get(folder + name)
        assert (answer.status_code, name.encode() in answer.getvalue()) == (404, False)


def test_file_of_another_purpose_is_no_report(world: World) -> None:
    """A row that points at the wrong file opens nothing: purpose counts beside the client."""
    page = next(page for page in PAGES if page.name == "report_download")
    owner = browser_of(world, "owner")
    assert body_of(owner, page, world.here) == b"%PDF-1.7 zqhere"
    with world.here.scope():
        records = files.store_bytes(
            client=world.here.client, purpose=FilePurpose.MEMBERS, data=b"name,sick\nAda,1\n"
        )
        Report.objects.filter(pk=world.here.report.pk).update(file=records)
        with files.open_plain(records) as plain:
            assert plain.read() == b"name,sick\nAda,1\n"
    status, body = asked(owner, page, address_of(page, world.here))
    assert (status, b"Ada" in body) == (404, False)


@pytest.mark.parametrize("neighbour", sorted(NEIGHBOURS))
def test_report_of_a_neighbour_is_not_opened_by_its_number(world: World, neighbour: str) -> None:
    foreign = getattr(world, neighbour)
    page = next(page for page in PAGES if page.name == "report_download")
    with foreign.scope():
        kept = Report.objects.get(pk=foreign.report.pk).file
        assert kept is not None
        with files.open_plain(kept) as pdf:
            assert pdf.read() == f"%PDF-1.7 {marked.CLIENTS[neighbour]}".encode()
    for person in ("technician_of_first", "owner", "viewer"):
        address = address_of(page, world.here, pk=foreign.report.pk)
        assert asked(browser_of(world, person), page, address)[0] == 404


# --- the scope is derived from the id that was asked for


def test_wish_for_another_client_beside_the_address_is_not_heard(world: World) -> None:
    """In the query, in headers, in cookies: the scope has one source."""
    browser = browser_of(world, "technician_of_first")
    pk, slug = world.sibling.client.pk, world.sibling.client.slug
    wish = {"client": pk, "client_id": pk, "slug": slug, "provider": world.theirs.provider.pk}
    browser.cookies.load({"client": str(pk), "acting_provider": str(world.theirs.provider.pk)})
    headers = {"x-client": slug, "x-tenant": slug, "x-original-url": f"/c/{slug}/"}
    for page in LOOKS:
        address = f"{address_of(page, cast_of(page, world))}?{urlencode(wish)}"
        with tenancy.system_scope("the row that is wished for"):
            assert Client.objects.filter(pk=pk, slug=slug).exists()
        body = browser.get(address, headers=headers).getvalue()
        told = body.replace(slug.encode(), b"")  # a page may repeat its own address
        assert clients_in(told) <= {HERE}, page.name


# --- search, switcher, autocomplete


def test_switcher_lists_what_the_person_may_open_and_no_more(world: World) -> None:
    expected = {
        "technician_of_none": set(),
        "technician_of_first": {HERE},
        "owner": {HERE},
        "viewer": {HERE},
        "admin": {HERE, SIBLING},
        "their_admin": {STRANGER, SECOND},
    }
    for name in ("switcher", "api:clients"):
        for wish in ("", f"?q={SIBLING}&search={SIBLING}&name={SIBLING}"):
            found = {
                person: clients_in(browser_of(world, person).get(reverse(name) + wish).content)
                for person in expected
            }
            assert found == expected


def test_choices_of_a_form_are_the_clients_own(world: World) -> None:
    slug = {"slug": world.here.client.slug}
    answer = browser_of(world, "admin").get(reverse("audit_new", kwargs=slug))
    html = answer.content.decode()
    assert clients_in(html[html.index("<main") :].encode()) == {HERE}
    for name in ("model_version", "dataset_version"):
        for foreign in (world.sibling, world.stranger):
            row = getattr(foreign, name)
            with foreign.scope():
                assert type(row).objects.filter(pk=row.pk).exists()
        (field,) = re.findall(rf'<select name="{name}".*?</select>', html, flags=re.DOTALL)
        offered = set(re.findall(r'<option value="(\d+)"', field))
        assert offered == {str(getattr(world.here, name).pk)}


# --- secrets in answers and logs


def test_log_has_no_password_and_no_session(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Wrong and right, by form and by API: what was typed stays out of the log."""
    caplog.set_level(logging.DEBUG)
    login = reverse("account_login")
    browser = Browser()
    browser.post(login, {"login": world.ours.owner.email, "password": "wrong-Typed-4711"})
    browser.post(login, {"login": world.ours.owner.email, "password": PASSWORD})
    assert browser.get(reverse("api:clients")).status_code == 200
    assert browser.get("/nothing/?token=query-Typed-4711").status_code == 404
    (session,) = Session.objects.filter(session_key=browser.session.session_key)
    assert caplog.records
    told = "\n".join(record.getMessage() for record in caplog.records if "SQL" not in record.name)
    told = re.sub(r"^\(\d+\.\d+\).*$", "", told, flags=re.MULTILINE)  # queries, logged for DEBUG
    for secret in ("wrong-Typed-4711", PASSWORD, session.session_key):
        assert secret not in told


def test_error_page_and_log_have_no_body_of_the_request(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_of(world, "technician")
    browser.raise_request_exception = False
    # An installation whose storage has gone: the upload breaks in the middle.
    monkeypatch.setattr(configured, "MIA_STORAGE_ROOT", None)
    page = next(page for page in PAGES if page.name == "report_download")
    answer = browser.get(address_of(page, world.here) + "?secret=query-Typed-4711")
    assert answer.status_code == 500
    assert b"query-Typed-4711" not in answer.getvalue()
    assert b"Traceback" not in answer.getvalue()
    assert "query-Typed-4711" not in "\n".join(record.getMessage() for record in caplog.records)
