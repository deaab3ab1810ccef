"""Archives, team, tokens and frameworks as files: what is in them, whose they are, for whom."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits.models import ApiToken, Report, User
from audits.services import checklist
from tests import casts
from tests.factories import World
from tests.web.reading import browser_of, html_of
from tests.web.test_files_to_take import rows_of

FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def both(world: World, person: str, page: str, /, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Django's own
    """The rows of a file; the same as CSV and as JSON, and no other ending."""
    browser = browser_of(world, person)
    table, told = (
        browser.get(reverse(page, kwargs={"ending": ending, **arguments}))
        for ending in ("csv", "json")
    )
    assert (table.status_code, told.status_code) == (200, 200)
    assert table["Content-Disposition"].startswith("attachment; filename=")
    (_name, objects), *others = json.loads(told.content).items()
    assert others == []
    assert len(rows_of(table.content)) == len(objects)
    wrong = reverse(page, kwargs={"ending": "xlsx", **arguments})
    assert browser.get(wrong).status_code == 404
    return list(objects)


def test_archive_of_a_client_is_a_file_without_what_its_reader_may_not_know(world: World) -> None:
    slug = world.here.client.slug
    with world.here.scope():
        Report.objects.filter(pk=world.here.report.pk).update(held=False)
        held = Report.objects.get(pk=world.here.report.pk)
        held.pk, held.number, held.job, held.held = None, 7, None, True
        held.data = {**held.data, "report_number": "HELD-0007"}
        held.save()
    staff = both(world, "technician", "reports_file", slug=slug)
    assert {row["report"] for row in staff} >= {
        world.here.report.data["report_number"],
        "HELD-0007",
    }
    assert {row["held_for_review"] for row in staff} == {"yes", "no"}
    owner = both(world, "owner", "reports_file", slug=slug)
    assert "HELD-0007" not in {row["report"] for row in owner}
    assert owner
    assert all("held_for_review" not in row for row in owner)
    assert reverse("reports_file", kwargs={"slug": slug, "ending": "csv"}) in html_of(
        world, "owner", reverse("reports", kwargs={"slug": slug})
    )


def test_archive_of_the_house_holds_what_its_reader_may_open(world: World) -> None:
    rows = both(world, "technician", "portfolios_file")
    assert [row["report"] for row in rows]
    answer = browser_of(world, "owner").get(reverse("portfolios_file", kwargs={"ending": "csv"}))
    assert answer.status_code == 404
    page = html_of(world, "technician", reverse("portfolios"))
    assert reverse("portfolios_file", kwargs={"ending": "csv"}) in page


def test_team_file_names_everybody_and_runs_no_formula(world: World) -> None:
    with world.ours.scope():
        User.objects.filter(pk=world.ours.technician.pk).update(name=FORMULA)
    rows = {row["email"]: row for row in both(world, "admin", "team_file")}
    assert set(rows) >= {world.ours.admin.email, world.ours.technician.email}
    assert world.theirs.admin.email not in rows
    assert rows[world.ours.admin.email]["every_client"] == "yes"
    table = browser_of(world, "admin").get(reverse("team_file", kwargs={"ending": "csv"}))
    assert f"'{FORMULA}" in {row["name"] for row in rows_of(table.content)}


def test_files_of_tokens_hold_no_secret(world: World) -> None:
    token = world.ours.owner_token
    with world.ours.scope():
        stored = ApiToken.objects.filter(pk=token.pk).values().get()
    kept = [value for name, value in stored.items() if "hash" in name or "digest" in name]
    assert kept
    (own,) = both(world, "owner", "tokens_file")
    assert (own["name"], own["begins_with"]) == (token.name, token.prefix)
    for person, page in (("owner", "tokens_file"), ("admin", "tokens_people_file")):
        told = json.dumps(both(world, person, page))
        assert token.prefix in told
        assert not any(str(value) in told for value in kept)


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_framework_is_a_file_in_the_words_of_its_reader(world: World, person: str) -> None:
    here = {"slug": world.here.client.slug, "key": "nist-ai-rmf"}
    with world.here.scope():
        checklist.refresh(client=world.here.client)
    rows = both(world, person, "framework_file", **here)
    assert {row["control"] for row in rows}
    assert all(row["passage"] for row in rows)
    page = html_of(world, person, reverse("framework", kwargs=here))
    assert reverse("framework_file", kwargs={**here, "ending": "json"}) in page
    assert rows[0]["passage"] in page
    absent = reverse("framework_file", kwargs={**here, "key": "no-such", "ending": "csv"})
    assert browser_of(world, person).get(absent).status_code == 404


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_frameworks_are_a_file_as_the_page_lists_them(world: World, person: str) -> None:
    here = {"slug": world.here.client.slug}
    rows = both(world, person, "frameworks_file", **here)
    page = html_of(world, person, reverse("frameworks", kwargs=here))
    assert rows
    assert [row["framework"] for row in rows] == re.findall(
        r'<p class="rows-title">\s*<a [^>]*>([^<]+)</a>', page
    )
    for ending in ("csv", "json"):
        assert f'href="{reverse("frameworks_file", kwargs={**here, "ending": ending})}' in page


def test_page_of_other_peoples_tokens_leads_to_its_files(world: World) -> None:
    page = html_of(world, "admin", reverse("tokens_people"))
    for ending in ("csv", "json"):
        assert f'href="{reverse("tokens_people_file", kwargs={"ending": ending})}' in page


@pytest.mark.parametrize(
    "listing", ["models", "audits", "tools", "datasets", "reports", "checklist", "plan", "people"]
)
def test_list_of_a_client_is_printed_for_staff_to_hand_on(world: World, listing: str) -> None:
    with world.here.scope():
        checklist.refresh(client=world.here.client)
    slug = world.here.client.slug
    url = reverse("list_pdf", kwargs={"slug": slug, "listing": listing})
    answer = browser_of(world, "technician").post(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{listing}-{slug}.pdf"'
    reader = PdfReader(io.BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert world.here.client.name in text
    said = {
        "models": world.here.model.name,
        "audits": world.here.model.name,
        "tools": world.here.tool.name,
        "datasets": world.here.dataset.name,
        "reports": str(world.here.report.data["report_number"]),
        "checklist": "Question",
        "plan": "Decision",
        "people": world.ours.owner.email,
    }
    assert said[listing] in text
    assert bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])  # type: ignore[index]
    assert browser_of(world, "owner").post(url).status_code == 404
    assert browser_of(world, "technician").get(url).status_code == 405
    page = html_of(world, "technician", reverse(listing, kwargs={"slug": slug}))
    assert f'action="{url}"' in page
    assert url not in html_of(world, "owner", reverse(listing, kwargs={"slug": slug}))


def test_no_other_list_is_printed_and_each_counts_as_a_pdf(
    world: World, settings: Settings
) -> None:
    here = {"slug": world.here.client.slug}
    other = reverse("list_pdf", kwargs={**here, "listing": "team"})
    assert browser_of(world, "technician").post(other).status_code == 404
    settings.MIA_PDF_REQUESTS_PER_HOUR = 0
    url = reverse("list_pdf", kwargs={**here, "listing": "models"})
    assert browser_of(world, "technician").post(url).status_code == 429
