"""The fleet page: files, columns, views with a name, and what is done to many clients at once."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import ClientState, FleetColumn, JobState, Lifecycle
from audits.models import (
    AIModel,
    Audit,
    Client,
    ClientFigures,
    ClientGroupMember,
    FleetTable,
    FleetView,
    Job,
    Membership,
)
from audits.services import client_figures
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, column_heads, html_of, proven, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def rename(world: World, name: str) -> None:
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(name=name)


def bulk(browser: Browser, do: str, *clients: Client, query: str = "", **given: object) -> str:
    """Do something to these clients and read what is said about it."""
    posted = {"do": do, "clients": [client.pk for client in clients], **given}
    answer = browser.post(reverse("fleet") + query, posted, follow=True)
    assert answer.status_code == 200
    return words(answer.content.decode())


# --- files


def test_files_hold_what_the_address_chooses(world: World) -> None:
    rename(world, "=cmd|' /C calc'!A0")
    browser = browser_of(world, "technician")
    answer = browser.get(reverse("fleet_csv"))
    name = f"clients-{timezone.localdate().isoformat()}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["client"] for row in rows} == {world.here.client.name, "'=cmd|' /C calc'!A0"}
    chosen = browser.get(reverse("fleet_csv"), {"group": world.ours.group.pk})
    rows = list(csv.DictReader(io.StringIO(chosen.content.decode("utf-8-sig"))))
    assert [(row["address"], row["models"]) for row in rows] == [(world.here.client.slug, "1")]
    told = json.loads(browser.get(reverse("fleet_json")).content)
    assert {row["address"] for row in told["clients"]} == {
        world.here.client.slug,
        world.sibling.client.slug,
    }


def test_list_is_printed_for_all_or_for_the_ticked_ones(world: World) -> None:
    rename(world, "Second Harbour")
    with world.sibling.scope():
        late = timezone.localdate() - timedelta(days=3)
        AIModel.objects.filter(pk=world.sibling.model.pk).update(next_review=late)
    browser = browser_of(world, "technician")

    def told(answer: Any) -> str:  # noqa: ANN401 - the test client's answer
        name = f"clients-{timezone.localdate().isoformat()}.pdf"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Content-Type"] == "application/pdf"
        pages = PdfReader(io.BytesIO(answer.getvalue())).pages
        return " ".join(page.extract_text() for page in pages)

    every = told(browser.post(reverse("fleet_pdf")))
    assert "2 clients" in every
    assert "Second Harbour" in every
    assert str(FleetColumn.LEAD.label) in every
    chosen = {"do": "pdf", "clients": [world.sibling.client.pk]}
    one = told(browser.post(reverse("fleet"), chosen))
    assert "1 of 2 clients," in one
    assert "1 review overdue" in " ".join(one.split())
    assert world.here.client.name not in one.replace("Second Harbour", "")


def test_printed_lists_are_counted_as_other_pdfs(world: World, settings: Settings) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    answer = browser_of(world, "technician").post(reverse("fleet_pdf"))
    assert answer.status_code == 429


def test_address_of_a_printed_list_makes_and_counts_nothing_by_itself(
    world: World, settings: Settings
) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    browser = browser_of(world, "technician")
    assert browser.get(reverse("fleet_pdf")).status_code == 405
    page = browser.get(reverse("fleet"), {"group": world.ours.group.pk}).content.decode()
    assert f'action="{reverse("fleet_pdf")}?group={world.ours.group.pk}"' in page


def test_file_of_ticked_clients_holds_these_alone(world: World) -> None:
    browser = browser_of(world, "technician")
    posted = {"do": "json", "clients": [world.sibling.client.pk]}
    answer = browser.post(reverse("fleet"), posted)
    assert answer["Content-Disposition"].startswith("attachment;")
    told = json.loads(answer.content)["clients"]
    assert [row["address"] for row in told] == [world.sibling.client.slug]
    foreign = browser_of(world, "technician_of_first").post(reverse("fleet"), posted)
    assert foreign["Content-Type"].startswith("text/html")


# --- columns and views


def test_columns_and_length_of_a_page_are_kept_for_the_person(world: World) -> None:
    browser = browser_of(world, "admin")
    posted = {"columns": ["risk", "models"], "size": 100, "query": "sort=name&page=2&evil=1"}
    answer = browser.post(reverse("fleet_table"), posted)
    assert answer["Location"] == f"{reverse('fleet')}?sort=name"
    shown = browser.get(reverse("fleet")).context
    assert shown["columns"] == [FleetColumn.RISK, FleetColumn.MODELS]
    assert shown["page"].paginator.per_page == 100
    html = html_of(world, "admin", reverse("fleet"))
    assert column_heads(html) == ["Client", "Rating", "Models"]
    others = browser_of(world, "technician").get(reverse("fleet")).context
    assert others["columns"] == list(FleetColumn)
    browser.post(reverse("fleet_table"), posted | {"columns": [], "size": 200})
    assert browser.get(reverse("fleet")).context["columns"] == []
    with world.ours.scope():
        assert FleetTable.objects.filter(user=world.ours.admin).count() == 1


def test_column_that_does_not_exist_is_refused_by_name(world: World) -> None:
    answer = browser_of(world, "admin").post(
        reverse("fleet_table"), {"columns": ["secrets"], "size": 50}
    )
    assert answer.status_code == 422
    assert "secrets" in words(answer.content.decode())


def test_view_keeps_what_is_shown_under_a_name(world: World) -> None:
    browser = browser_of(world, "admin")
    posted = {"name": "Worst dental", "query": f"group={world.ours.group.pk}&show=attention&x=1"}
    answer = browser.post(reverse("fleet_views"), posted)
    address = answer["Location"]
    assert address == f"{reverse('fleet')}?group={world.ours.group.pk}&show=attention"
    assert address.replace("&", "&amp;") in html_of(world, "admin", reverse("fleet"))
    again = browser.post(reverse("fleet_views"), posted)
    assert "This name is in use already." in words(again.content.decode())
    assert 'value="Worst dental"' in again.content.decode()


def test_view_is_renamed_and_deleted_by_its_person_alone(world: World) -> None:
    view = world.ours.fleet_view
    own, colleague = browser_of(world, "technician"), browser_of(world, "admin")
    change = reverse("fleet_view", kwargs={"pk": view.pk})
    delete = reverse("fleet_view_delete", kwargs={"pk": view.pk})
    assert colleague.post(change, {"name": "Taken"}).status_code == 404
    assert colleague.post(delete).status_code == 404
    assert view.name not in html_of(world, "admin", reverse("fleet_views"))
    assert own.post(change, {"name": "By the alphabet"}).status_code == 302
    assert "By the alphabet" in html_of(world, "technician", reverse("fleet_views"))
    assert own.post(change, {"name": ""}).status_code == 200
    assert own.post(delete).status_code == 302
    with world.ours.scope():
        assert not FleetView.objects.exists()


# --- many at once


def test_technician_is_assigned_and_nothing_is_opened_by_it(world: World) -> None:
    """Who may not open a client cannot look after it: the rest is changed, and that one is told."""
    here, sibling = world.here.client, world.sibling.client
    rename(world, "Second client")
    with world.ours.scope():
        lead = world.ours.technician_of_first.membership_set.get()
    browser = browser_of(world, "technician")
    said = bulk(browser, "assign", here, sibling, by=lead.pk)
    name = str(world.ours.technician_of_first)
    assert f"Changed: 1 of 2. Not changed: Second client: {name} may not open" in said
    with world.here.scope():
        assert Client.objects.get(pk=here.pk).lead_id == lead.pk
    with world.sibling.scope():
        assert Client.objects.get(pk=sibling.pk).lead_id is None
    chosen = browser.get(reverse("fleet"), {"lead": lead.pk}).context["page"]
    assert [row.client.pk for row in chosen] == [here.pk]
    assert "Choose who is to look after them." in bulk(browser, "assign", here)
    with world.here.scope():
        assert Client.objects.get(pk=here.pk).lead_id == lead.pk
    bulk(browser, "release", here)
    with world.here.scope():
        assert Client.objects.get(pk=here.pk).lead_id is None
    log = html_of(world, "technician", reverse("activity", kwargs={"slug": here.slug}))
    assert f"changed who looks after {here.name}" in words(log)


def test_clients_of_a_colleague_who_leaves_are_looked_after_by_nobody(world: World) -> None:
    client, colleague = world.here.client, world.ours.colleague
    with world.here.scope():
        Client.objects.filter(pk=client.pk).update(lead_id=colleague.pk)
    page = browser_of(world, "admin").get(reverse("fleet"), {"lead": colleague.pk}).context["page"]
    assert [row.client.pk for row in page] == [client.pk]
    address = reverse("colleague_remove", kwargs={"pk": colleague.pk})
    assert proven(world, "admin").post(address).status_code == 302
    with world.ours.scope():
        assert not Membership.objects.filter(pk=colleague.pk).exists()
    with world.here.scope():
        assert Client.objects.get(pk=client.pk).lead_id is None


def test_group_is_filled_and_emptied_by_an_administrator_alone(world: World) -> None:
    sibling, group = world.sibling.client, world.ours.group

    def inside() -> bool:
        with world.ours.scope():
            rows = ClientGroupMember.objects.filter(group=group, client_id=sibling.pk)
            return rows.exists()

    posted = {"do": "join", "clients": [sibling.pk], "into": group.pk}
    browser_of(world, "technician").post(reverse("fleet"), posted)
    assert not inside()
    admin = proven(world, "admin")
    assert "1 client is changed." in bulk(admin, "join", sibling, into=group.pk)
    assert inside()
    assert "1 client is changed." in bulk(admin, "leave", sibling, into=group.pk)
    assert not inside()
    assert "Choose the group that you mean." in bulk(admin, "join", sibling)


def test_archive_asks_first_and_tells_what_stays(world: World) -> None:
    here, sibling = world.here.client, world.sibling.client
    rename(world, "Second client")
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=JobState.RUNNING)
    browser = proven(world, "technician")
    assert "Archive 2 clients?" in bulk(browser, "archive", here, sibling)
    with world.sibling.scope():
        assert Client.objects.get(pk=sibling.pk).state == ClientState.ACTIVE
    said = bulk(browser, "archive", here, sibling, confirmed="on")
    assert "Changed: 1 of 2. Not changed:" in said
    assert "Work is still running there." in said
    assert sibling.slug not in html_of(world, "technician", reverse("fleet"))
    archived = f"?state={ClientState.ARCHIVED.value}"
    assert sibling.slug in html_of(world, "technician", reverse("fleet") + archived)
    assert "1 client is changed." in bulk(browser, "restore", sibling, query=archived)
    assert sibling.slug in html_of(world, "technician", f"{reverse('fleet')}?show=")


def test_nothing_ticked_says_what_to_do(world: World) -> None:
    said = bulk(browser_of(world, "technician"), "assign")
    assert "Tick at least one client in the table." in said


def test_cells_of_the_heat_map_lead_to_the_client_and_the_model(world: World) -> None:
    html = html_of(world, "technician", reverse("fleet_map"))
    for cast in (world.here, world.sibling):
        slug = cast.client.slug
        assert f'<a href="{reverse("client", args=(slug,))}">{cast.client.name}</a>' in html
        model = reverse("model", args=(slug, cast.model.pk))
        assert re.search(rf'<td class="num">\s*<a href="{model}">{cast.model.name}: ', html)


def test_heat_map_names_clients_in_full(world: World) -> None:
    long = "Harbour and Riverside Dental Practices of the North Coast"
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(name=long)
    html = html_of(world, "technician", reverse("fleet_map"))
    tiles = html[html.index('<figure class="card chart">') : html.index("chart-data")]
    slug, model = world.here.client.slug, world.here.model
    assert f'<a href="{reverse("client", args=(slug,))}">{long}</a>' in tiles
    tile = re.search(
        rf'<a class="tone-[a-z]+" href="{reverse("model", args=(slug, model.pk))}">(.*?)</a>',
        tiles,
        flags=re.DOTALL,
    )
    assert tile is not None
    assert model.name in tile[1]
    assert 'class="badge ' in tile[1]


def test_rating_that_ran_out_says_since_when(world: World) -> None:
    with world.here.scope():
        ended = timezone.now() - timedelta(days=400)
        Audit.objects.filter(pk=world.here.audit.pk).update(completed_at=ended)
        AIModel.objects.exclude(pk=world.here.model.pk).update(lifecycle=Lifecycle.RETIRED)
    said = words(html_of(world, "technician", f"{reverse('fleet')}?q={world.here.client.name}"))
    day = date_format(timezone.localtime(ended + timedelta(days=365)), "j M Y")
    assert f"Expired since {day}" in said
    assert "without a result that stands" in said
    assert "not reached" not in said


# --- figures that are still being counted


def test_a_fleet_that_is_being_counted_says_so_and_a_file_does_not_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_figures, "AT_ONCE", 1)
    with tenancy.system_scope("nobody has counted anything yet"):
        ClientFigures.objects.all().delete()
    browser = browser_of(world, "technician")
    said = words(browser.get(reverse("fleet")).content.decode())
    assert "1 client is being counted anew." in said
    assert said.count("being counted") == 2  # above the table, and in its row
    with tenancy.system_scope("nobody has counted anything yet"):
        ClientFigures.objects.all().delete()
    rows = csv.DictReader(
        io.StringIO(browser.get(reverse("fleet_csv")).content.decode("utf-8-sig"))
    )
    assert [row["models"] for row in rows] == ["1", "1"]
    assert "being counted" not in words(browser.get(reverse("fleet")).content.decode())
