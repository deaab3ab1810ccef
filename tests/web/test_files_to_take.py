"""Lists, charts and evidence as files: whose they are, what is in them, and for whom."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html import escape, unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.models import Activity, AIModel, Audit, ModelVersion, Report
from audits.queries.charts import FOR_EVERYBODY, TECHNICAL
from tests import casts
from tests.datasets import keep_files
from tests.factories import World
from tests.sheets import completed
from tests.web.doors import browser_of


@pytest.fixture
def world(cast_logged_in: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_logged_in) as lent:
        with lent.here.scope():
            keep_files(lent.here)
        yield lent


def taken(world: World, person: str, page: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - Django's own
    return browser_of(world, person).get(
        reverse(page, kwargs={"slug": world.here.client.slug, **arguments})
    )


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "listing", ["models", "datasets", "tools", "audits", "checklist", "people"]
)
def test_list_is_the_same_as_csv_and_as_json_and_of_this_client_alone(
    world: World, listing: str
) -> None:
    table, told = (
        taken(world, "technician", f"{listing}_file", ending=ending) for ending in ("csv", "json")
    )
    slug = world.here.client.slug
    assert table["Content-Disposition"] == f'attachment; filename="{listing}-{slug}.csv"'
    assert told["Content-Type"] == "application/json"
    (name, objects), *others = json.loads(told.content).items()
    assert (name, others) == (listing, [])
    rows = rows_of(table.content)
    assert len(rows) == len(objects) > 0
    assert list(rows[0]) == sorted(objects[0], key=list(rows[0]).index)
    assert taken(world, "technician", f"{listing}_file", ending="xlsx").status_code == 404


def test_owner_gets_no_column_that_is_for_staff(world: World) -> None:
    staff = {
        "models": {"kind"},
        "tools": {"review_of_vendor"},
        "audits": {"level_shown", "level_not_ruled_out", "evidence_grade"},
    }
    for listing, hidden in staff.items():
        mine, theirs = (
            set(rows_of(taken(world, who, f"{listing}_file", ending="csv").content)[0])
            for who in ("technician", "owner")
        )
        assert mine - theirs == hidden


def test_name_that_would_run_as_a_formula_is_text_in_the_file(world: World) -> None:
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(name="=cmd|' /C calc'!A0")
    rows = rows_of(taken(world, "technician", "models_file", ending="csv").content)
    assert [row["model"] for row in rows] == ["'=cmd|' /C calc'!A0"]


def test_checklist_file_holds_what_the_address_chooses(world: World) -> None:
    browser = browser_of(world, "technician")
    url = reverse("checklist_file", args=[world.here.client.slug, "csv"])
    every, settled = rows_of(browser.get(url).content), browser.get(url, {"show": "settled"})
    open_ones = browser.get(url, {"show": "open"})
    waiting = browser.get(url, {"show": "review"})
    parts = [rows_of(answer.content) for answer in (settled, open_ones, waiting)]
    assert sum(map(len, parts)) == len(every) > 0
    plain = rows_of(browser.get(url, {"words": "plain"}).content)
    owner = rows_of(taken(world, "owner", "checklist_file", ending="csv").content)
    assert [row["question"] for row in plain] == [row["question"] for row in owner]
    assert plain != every


@pytest.mark.parametrize("name", [*FOR_EVERYBODY, *TECHNICAL])
def test_chart_of_an_audit_is_a_table_and_a_picture(world: World, name: str) -> None:
    pk = world.here.audit.pk
    table, picture = (
        taken(world, "technician", "audit_chart", pk=pk, name=name, ending=ending)
        for ending in ("csv", "svg")
    )
    assert (table.status_code, picture.status_code) == (200, 200)
    assert picture["Content-Disposition"] == f'attachment; filename="audit-{pk}-{name}.svg"'
    ET.fromstring(picture.content)  # noqa: S314 - our own
    assert len(rows_of(table.content)) > 0
    owner = taken(world, "owner", "audit_chart", pk=pk, name=name, ending="csv").status_code
    assert owner == (200 if name in FOR_EVERYBODY else 404)


@pytest.mark.parametrize("name", [*FOR_EVERYBODY, *TECHNICAL])
def test_chart_of_an_audit_has_a_page_that_draws_it(world: World, name: str) -> None:
    """The page has the numbers without scripts, and names where the script finds the figures."""
    of: dict[str, object] = {"pk": world.here.audit.pk, "name": name}
    page = taken(world, "technician", "audit_chart", ending="html", **of).content.decode()
    found = re.search(r'data-chart-src="([^"]+)"', page)
    assert found is not None
    assert found[1] == reverse("audit_chart", args=[world.here.client.slug, of["pk"], name, "json"])
    figures = taken(world, "technician", "audit_chart", ending="json", **of).json()
    assert set(figures) == {"light", "dark"}
    assert all(figures[theme]["data"] for theme in figures)
    rows = rows_of(taken(world, "technician", "audit_chart", ending="csv", **of).content)
    assert page.count('<th scope="row"') == len(rows)
    seen = [
        taken(world, "owner", "audit_chart", ending=ending, **of).status_code
        for ending in ("html", "json")
    ]
    assert seen == [200 if name in FOR_EVERYBODY else 404] * 2


def test_map_of_the_fleet_keeps_its_choice_when_looked_at_closely(world: World) -> None:
    browser = browser_of(world, "technician")
    url, chosen = reverse("fleet_map_file", args=["html"]), {"q": world.here.client.name}
    page = browser.get(url, chosen).content.decode()
    assert world.here.client.name in page
    found = re.search(r'data-chart-src="([^"]+)"', page)
    assert found is not None
    figures = browser.get(unescape(found[1])).json()
    told = figures["light"]["layout"]["yaxis"]["ticktext"]
    assert set(told) == {escape(world.here.client.name)}


def test_address_of_a_chart_that_there_is_not_is_not_found(world: World) -> None:
    pk = world.here.audit.pk
    for name, ending in (("heat_map", "csv"), ("roc", "png"), ("nothing", "svg")):
        answer = taken(world, "technician", "audit_chart", pk=pk, name=name, ending=ending)
        assert answer.status_code == 404
    with world.here.scope():
        columns = {"document": None, "outcome": "", "badge": "", "completed_at": None}
        Audit.objects.filter(pk=pk).update(**columns)
    chart = taken(world, "technician", "audit_chart", pk=pk, name="roc", ending="csv")
    assert (chart.status_code, taken(world, "technician", "audit_evidence", pk=pk).status_code) == (
        404,
        404,
    )


def test_page_of_a_result_leads_to_every_file(world: World) -> None:
    slug, pk = world.here.client.slug, world.here.audit.pk
    html = taken(world, "technician", "audit", pk=pk).content.decode()
    for name in (*FOR_EVERYBODY, *TECHNICAL):
        for ending in ("csv", "svg", "html"):
            assert f'href="{reverse("audit_chart", args=[slug, pk, name, ending])}"' in html
    assert f'href="{reverse("audit_evidence", args=[slug, pk])}"' in html
    owner = taken(world, "owner", "audit", pk=pk).content.decode()
    assert f'href="{reverse("audit_chart", args=[slug, pk, "dots", "svg"])}"' in owner
    assert "evidence.zip" not in owner


def test_rating_over_time_is_a_table_and_a_picture_for_whoever_sees_the_line(world: World) -> None:
    model: dict[str, object] = {"pk": world.here.model.pk}
    places: list[tuple[str, dict[str, object]]] = [("client_chart", {}), ("model_chart", model)]

    def seen(person: str) -> list[int]:
        answers = (
            taken(world, person, name, ending=ending, **of)
            for name, of in places
            for ending in ("csv", "svg")
        )
        return [answer.status_code for answer in answers]

    assert seen("owner") == [404] * 4
    with world.here.scope():
        before = timezone.now() - timedelta(days=10)
        AIModel.objects.filter(pk=world.here.model.pk).update(created_at=before)
        ModelVersion.objects.filter(pk=world.here.model_version.pk).update(created_at=before)
        Audit.objects.filter(pk=world.here.audit.pk).update(completed_at=before)
    found = {person: seen(person) for person in ("owner", "technician", "their_admin")}
    assert found == {"owner": [200] * 4, "technician": [200] * 4, "their_admin": [404] * 4}
    pages: list[tuple[str, str, dict[str, object]]] = [
        ("owner", "client", {}),
        ("technician", "client", {}),
        ("technician", "model", model),
    ]
    for person, page, of in pages:
        html = taken(world, person, page, **of).content.decode()
        slug = world.here.client.slug
        for ending in ("csv", "svg"):
            url = reverse(f"{page}_chart", kwargs={"slug": slug, "ending": ending, **of})
            assert f'href="{url}"' in html
    closer = taken(world, "technician", "client_chart", ending="html").content.decode()
    tabs = re.findall(r'aria-current="page">([^<]+)</a>', closer)
    assert tabs == ["Overview"]
    table = taken(world, "owner", "client_chart", ending="csv")
    assert [row["From"] for row in rows_of(table.content)] != []


def test_chart_of_a_review_is_for_the_house_that_made_it(world: World) -> None:
    with world.ours.scope():
        completed(world.ours.sheet)
    pk = world.here.tool.pk
    shown = {
        person: taken(world, person, "tool_chart", pk=pk, ending="csv").status_code
        for person in ("technician", "technician_of_first", "owner", "viewer", "their_admin")
    }
    assert shown == {
        "technician": 200,
        "technician_of_first": 200,
        "owner": 404,
        "viewer": 404,
        "their_admin": 404,
    }
    url = reverse("vendor_chart", args=[world.ours.sheet.pk, "svg"])
    seen = {
        person: browser_of(world, person).get(url).status_code
        for person in ("technician", "technician_of_none", "owner", "their_admin")
    }
    assert seen == {"technician": 200, "technician_of_none": 404, "owner": 404, "their_admin": 404}


def test_evidence_pack_holds_all_of_it_once_more_with_hashes(world: World) -> None:
    pk = world.here.audit.pk
    first, again = (taken(world, "technician", "audit_evidence", pk=pk) for _ in range(2))
    assert first["Content-Disposition"] == f'attachment; filename="audit-{pk}-evidence.zip"'
    assert first.content == again.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    charts = {
        f"charts/{name}.{end}" for name in (*FOR_EVERYBODY, *TECHNICAL) for end in ("csv", "svg")
    }
    assert set(held) == {
        "SHA256SUMS", "audit-result-1.schema.json", "checklist.csv", "checklist.json",
        "figures.csv", "manifest.json", "members.csv", "report.pdf", "result.json", *charts,
    }  # fmt: skip
    manifest = json.loads(held["manifest.json"])
    assert (manifest["client"], manifest["audit"]) == (world.here.client.name, pk)
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
        path: hashlib.sha256(content).hexdigest()
        for path, content in held.items()
        if path not in ("manifest.json", "SHA256SUMS")
    }
    assert held["report.pdf"].startswith(b"%PDF")
    with world.here.scope():
        line = Activity.objects.filter(verb="downloaded", object_id=pk).latest("pk")
        assert (line.object_type, line.actor_id) == ("audit", world.ours.technician.pk)


@pytest.mark.parametrize("is_held", [True, False])
def test_evidence_pack_holds_a_held_report_for_those_alone_who_prepare_reports(
    world: World, *, is_held: bool
) -> None:
    with world.here.scope():
        Report.objects.filter(audit=world.here.audit).update(held=is_held, sent_at=None)
    held = {}
    for person in ("technician", "operator"):
        answer = taken(world, person, "audit_evidence", pk=world.here.audit.pk)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            held[person] = "report.pdf" in archive.namelist()
    assert held == {"technician": True, "operator": not is_held}


def test_evidence_pack_without_a_report_has_none(world: World) -> None:
    with world.here.scope():
        Report.objects.update(file=None)
    answer = taken(world, "technician", "audit_evidence", pk=world.here.audit.pk)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "report.pdf" not in archive.namelist()
