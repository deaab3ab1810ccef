"""Choosing, looking at, making and sending reports: what staff does, what the owner sees of it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from audits.enums import (
    CLIENT_KINDS,
    SECTIONS_OF,
    JobState,
    ReportKind,
    ReportSection,
    ReportState,
)
from audits.models import (
    AITool,
    Audit,
    ChecklistItem,
    OutgoingMail,
    Report,
    ReportSending,
    VendorSheet,
)
from audits.queries import report_content, report_pictures
from audits.reports import owner_summary
from audits.reports.owner_summary import OwnerSummary
from tests import casts
from tests.builders import finished, make_audit, make_job, result_document
from tests.datasets import keep_files
from tests.factories import World
from tests.summaries import posted
from tests.web.reading import address, browser_of, html_of, page, words

STAFF_ONLY = [kind for kind in CLIENT_KINDS if kind != ReportKind.OWNER_SUMMARY]


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            keep_files(lent.here)
        yield lent


def preview(world: World, person: str, query: str) -> tuple[int, str]:
    answer = browser_of(world, person).get(f"{address(world, 'report_preview')}?{query}")
    html = answer.content.decode()
    return answer.status_code, words(html) if answer.status_code == 200 else html


def count(world: World) -> int:
    with world.here.scope():
        return Report.objects.count()


def test_staff_chooses_among_all_kinds_and_the_owner_has_the_two_pages(world: World) -> None:
    told = page(world, "technician", "report_start")
    assert all(str(kind.label) in told for kind in CLIENT_KINDS)
    told = page(world, "owner", "report_start")
    assert [kind for kind in ReportKind if str(kind.label) in told] == [ReportKind.OWNER_SUMMARY]
    for kind in STAFF_ONLY:
        url = f"{address(world, 'report_start')}?kind={kind.value}"
        assert browser_of(world, "owner").get(url).status_code == 404
        assert browser_of(world, "technician").get(url).status_code == 200
        made = browser_of(world, "owner").post(
            address(world, "report_make"), {"kind": kind.value, "audit": world.here.audit.pk}
        )
        assert made.status_code == 404
    assert browser_of(world, "technician").get(f"{url}x").status_code == 404


def test_preview_says_what_the_report_will_say_and_writes_nothing(world: World) -> None:
    before = count(world)
    asked = f"kind=owner_summary&audit={world.here.audit.pk}&sections=words"
    status, told = preview(world, "owner", asked)
    assert status == 200
    assert "Preview: Owner summary" in told
    assert "AI tools in use" not in told
    assert "Owner:" not in told
    assert count(world) == before
    chosen = {"kind": "owner_summary", "audit": world.here.audit.pk, "sections": ["words"]}
    assert browser_of(world, "owner").post(address(world, "report_make"), chosen).status_code == 302
    with world.here.scope():
        made = Report.objects.latest("number")
    assert made.data["verdict"].split(". ")[0] in told
    assert made.data["left_out"] == ["care", "decisions", "readiness", "tools"]
    assert (made.held, made.kind) == (False, ReportKind.OWNER_SUMMARY)


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_result_of_an_audit_leads_to_its_report_before_it_is_made(
    world: World, person: str
) -> None:
    before, browser = count(world), browser_of(world, person)
    result = browser.get(address(world, "audit", "audit")).content.decode()
    (link,) = re.findall(r'<a class="button button-primary"\s+href="([^"]+)"', result)
    shown = browser.get(unescape(link)).content.decode()
    assert count(world) == before
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)">', shown)
    given: dict[str, list[str]] = {}
    for name, value in hidden:
        given.setdefault(name, []).append(value)
    assert {key: given[key] for key in ("kind", "audit", "sections")} == {
        key: value if isinstance(value, list) else [str(value)]
        for key, value in posted(world.here.audit).items()
    }
    assert browser.post(address(world, "report_make"), given).status_code == 302
    with world.here.scope():
        made = Report.objects.latest("number")
    assert (made.audit_id, made.data["left_out"]) == (world.here.audit.pk, [])


def test_another_kind_of_report_is_about_the_audit_that_was_chosen(world: World) -> None:
    with world.here.scope():
        older = Audit.objects.get(pk=world.here.audit.pk)
        newer = make_audit(
            older.model_version,
            older.dataset_version,
            job=make_job(world.here.client, key="newer", state=JobState.SUCCEEDED),
            **finished(result_document()),
        )
    start = address(world, "report_start")
    for audit in (older, newer):
        html = html_of(world, "technician", f"{start}?kind=owner_summary&of={audit.pk}")
        assert f'<option value="{audit.pk}" selected>' in html
        assert f'href="?kind=technical_appendix&amp;of={audit.pk}"' in html
        html = html_of(world, "technician", f"{start}?kind=technical_appendix&of={audit.pk}")
        assert f'<option value="{audit.pk}" selected>' in html
        boxes = re.findall(r'<input type="checkbox" name="sections"[^>]*>', html)
        assert [" checked" in box for box in boxes] == [True] * len(
            SECTIONS_OF[ReportKind.TECHNICAL]
        )
        quarter = html_of(world, "technician", f"{start}?kind=quarterly_review&of={audit.pk}")
        assert "This field is required." not in quarter


def owner_summary_of(world: World) -> OwnerSummary:
    """What the PDF about the cast's audit would say now."""
    audit = Audit.objects.get(pk=world.here.audit.pk)
    wish = report_content.Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit)
    frame = report_content.frame_of(world.here.client, wish, now=timezone.now())
    said = report_content.worded(wish, frame)
    assert isinstance(said, OwnerSummary)
    return said


def test_preview_of_the_two_pages_shows_all_that_the_pdf_has(world: World) -> None:
    asked = f"kind=owner_summary&audit={world.here.audit.pk}"
    parts = "".join(f"&sections={one.value}" for one in SECTIONS_OF[ReportKind.OWNER_SUMMARY])
    _status, told = preview(world, "owner", asked + parts)
    with world.here.scope():
        said = owner_summary_of(world)
    pictures = report_pictures.of_summary(said)
    assert pictures.trend is None  # one audit is no line yet
    charts = (pictures.dots, pictures.matrix)
    figures = [cell for chart in charts for row in chart.table.rows for cell in row]
    expected = [
        *(chart.title for chart in charts),
        *figures,
        *said.meaning,
        said.authorised_by,
        said.scope,
        said.basis,
        said.rating.grade_meaning,
        *(part for entry in said.glossary for part in (entry.term, entry.meaning)),
        *(part for tool in said.tools for part in (tool.name, tool.vendor, tool.trains)),
        *(fact.value for fact in said.method),
    ]
    assert len(figures) > 5
    assert [text for text in expected if " ".join(text.split()) not in told] == []


def test_preview_and_paper_have_their_parts_in_one_order(world: World) -> None:
    """As an owner is told it: what the provider did before what is to be decided."""
    with world.here.scope():
        AITool.objects.update(name="Exposure checker")  # a word that is explained
    asked = f"kind=owner_summary&audit={world.here.audit.pk}"
    parts = "".join(f"&sections={one.value}" for one in SECTIONS_OF[ReportKind.OWNER_SUMMARY])
    _status, told = preview(world, "owner", asked + parts)
    with world.here.scope():
        pdf = owner_summary.render(owner_summary_of(world))
    paper = " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split()
    )
    order = (
        "How the rating has moved",
        "What this means",
        "What to do next",
        "What could not be tested",
        "Checklist readiness",
        "What your provider did",
        "Decisions requested",
        "AI tools in use",
        "Words used",
        "How it was measured",
    )
    for text in (told, paper):
        places = [text.index(heading) for heading in order]
        assert places == sorted(places)


def test_a_page_of_an_owner_says_once_that_it_is_a_measurement(world: World) -> None:
    with world.here.scope():
        said = owner_summary_of(world)
        Report.objects.filter(pk=world.here.report.pk).update(data=json.loads(said.to_json()))
    for name, row in (("report", "report"), ("audit", "audit"), ("client", "")):
        html = html_of(world, "owner", address(world, name, row))
        assert html.count(owner_summary.footer()) == 1, name
        parts = ("Not legal advice", "Not proof of", "known attacks", "attacks known")
        assert sum(html.count(part) for part in parts) == 3, name


@pytest.mark.parametrize("section", SECTIONS_OF[ReportKind.OWNER_SUMMARY])
def test_every_section_that_is_ticked_changes_the_preview(
    world: World, section: ReportSection
) -> None:
    with world.here.scope():
        AITool.objects.update(name="Exposure checker")  # a word that is explained
    asked = f"kind=owner_summary&audit={world.here.audit.pk}"
    ticked = {one.value for one in SECTIONS_OF[ReportKind.OWNER_SUMMARY]}
    without = "".join(f"&sections={one}" for one in sorted(ticked - {section.value}))
    _status, whole = preview(world, "owner", f"{asked}{without}&sections={section.value}")
    _status, less = preview(world, "owner", asked + without)
    assert (str(section.label) in whole, str(section.label) in less) == (True, False)


def test_a_finished_report_shows_the_pictures_of_its_pdf(world: World) -> None:
    with world.here.scope():
        said = owner_summary_of(world)
        Report.objects.filter(pk=world.here.report.pk).update(data=json.loads(said.to_json()))
    pictures = report_pictures.of_summary(said)
    told = page(world, "owner", "report", "report")
    for chart in (pictures.dots, pictures.matrix):
        assert chart.title in told
    assert said.rating.grade_meaning in told


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("kind=technical_appendix&audit={audit}&sections=attacks", "In the verdict", "Libraries"),
        ("kind=technical_appendix&audit={audit}&sections=scores", "member scores above", "Passage"),
        ("kind=technical_appendix&audit={audit}&sections=crosswalk", "Passage", "What it gives"),
        ("kind=tool_review&tool={tool}&sections=terms", "What the review comes to", "Earlier"),
        ("kind=quarterly_review&period={period}&sections=done", "How the risk moved", "Put in"),
        (
            "kind=quarterly_review&period={period}&sections=incidents",
            "near misses",
            "Due and closed",
        ),
    ],
    ids=["attacks", "scores", "crosswalk", "tool", "quarter", "incidents"],
)
def test_preview_shows_the_sections_that_were_ticked(
    world: World, query: str, shown: str, hidden: str
) -> None:
    today = timezone.localdate()
    filled = query.format(
        audit=world.here.audit.pk,
        tool=world.here.tool.pk,
        period=f"{today.year}-{(today.month - 1) // 3 + 1}",
    )
    status, told = preview(world, "technician", filled)
    assert status == 200
    assert shown in told
    assert hidden not in told


@pytest.mark.parametrize(
    ("kind", "field", "row"),
    [
        ("technical_appendix", "audit", "audit"),
        ("tool_review", "tool", "tool"),
        ("owner_summary", "of", "audit"),
    ],
)
@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_report_on_somebody_elses_is_refused_like_one_on_nothing(
    world: World, kind: str, field: str, row: str, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    own = getattr(foreign, row)
    with foreign.scope():
        assert type(own).objects.filter(pk=own.pk).exists()
    before = count(world)
    absent = preview(world, "admin", f"kind={kind}&{field}=1000000000")
    told = preview(world, "admin", f"kind={kind}&{field}={own.pk}")
    assert told == absent
    sent = {"kind": kind, field: own.pk}
    assert browser_of(world, "admin").post(address(world, "report_make"), sent).status_code == 200
    assert count(world) == before


def hold(world: World) -> None:
    with world.here.scope():
        Report.objects.filter(pk=world.here.report.pk).update(held=True)


def test_held_report_is_not_there_for_the_client_until_it_is_sent(world: World) -> None:
    pages = [("report", "report"), ("report_download", "report")]
    number = world.here.report.data["report_number"]

    def open_to(person: str) -> list[int]:
        browser = browser_of(world, person)
        answers = [browser.get(address(world, *one)) for one in pages]
        for one in answers:
            one.getvalue()
        return [one.status_code for one in answers]

    assert open_to("owner") == [200, 200]
    assert number in page(world, "viewer", "reports")
    hold(world)
    assert (open_to("owner"), open_to("viewer")) == ([404, 404], [404, 404])
    assert open_to("technician") == [200, 200]
    assert number not in page(world, "viewer", "reports")
    with world.here.scope():
        Report.objects.filter(pk=world.here.report.pk).update(sent_at=timezone.now())
    assert open_to("owner") == [200, 200]


def test_report_is_handed_in_and_sent_to_the_owner(world: World) -> None:
    hold(world)
    browser = browser_of(world, "technician")
    send = address(world, "report_send", "report")
    assert "It cannot go out now" in words(browser.get(send).content.decode())
    browser.post(address(world, "report_hand_in", "report"))
    told = page(world, "technician", "report", "report")
    assert str(ReportState.READY.label) in told
    with world.here.scope():
        (owner,) = [
            held
            for held in world.ours.owner.membership_set.all()
            if held.client_id == world.here.client.pk
        ]
    answer = browser.post(send, {"readers": [owner.pk]})
    assert answer.status_code == 302
    letter = OutgoingMail.objects.latest("pk")
    assert letter.recipient == world.ours.owner.email
    told = page(world, "technician", "report", "report")
    assert world.ours.owner.email in told
    assert str(ReportState.SENT.label) in told
    assert world.ours.owner.email not in page(world, "viewer", "report", "report")


def test_mailed_link_leads_to_its_report_until_it_ends(world: World) -> None:
    link = address(world, "report_link", "report_sending")
    browser = browser_of(world, "owner")
    assert browser.get(link).headers["Location"] == address(world, "report", "report")
    with world.here.scope():
        ReportSending.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser.get(link).headers["Location"] == address(world, "reports")
    browser.logout()
    assert reverse("account_login") in browser.get(link).headers["Location"]


def test_nobody_reads_in_a_report_what_the_provider_keeps_to_itself(world: World) -> None:
    secret = "zzsecret"
    with world.ours.scope():
        VendorSheet.objects.update(notes=secret)
    with world.here.scope():
        AITool.objects.filter(pk=world.here.tool.pk).update(name="Scribe")
        ChecklistItem.objects.update(note=secret)
    today = timezone.localdate()
    for asked in (
        f"kind=owner_summary&audit={world.here.audit.pk}&sections=tools&sections=decisions",
        f"kind=quarterly_review&period={today.year}-{(today.month - 1) // 3 + 1}&sections=tools",
        f"kind=tool_review&tool={world.here.tool.pk}&sections=answers&sections=terms",
    ):
        status, told = preview(world, "technician", asked)
        assert (status, "Scribe" in told, secret in told) == (200, True, False)


def test_form_asks_for_what_its_kind_is_about(world: World) -> None:
    html = html_of(world, "technician", f"{address(world, 'report_start')}?kind=quarterly_review")
    fields = [name for name in ("audit", "tool", "period", "held") if f'name="{name}"' in html]
    assert fields == ["period", "held"]


def test_readers_of_a_report_that_nobody_sent_are_not_told_of_a_draft(world: World) -> None:
    draft = {"state": ReportState.DRAFT, "held": False, "file": world.here.file}
    with world.here.scope():
        Report.objects.filter(pk=world.here.report.pk).update(**draft)
    listed = address(world, "reports")
    for url in (listed, f"{listed}{world.here.report.pk}/"):
        owner, staff = (words(html_of(world, one, url)) for one in ("owner", "technician"))
        assert ("Ready to read" in owner, "Draft" in owner) == (True, False)
        assert ("Ready to read" in staff, "Draft" in staff) == (False, True)
