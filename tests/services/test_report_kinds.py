"""What each kind of report freezes: what the portal knows on that day, and nothing of others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audits import tenancy
from audits.charts import dots, values
from audits.enums import (
    SECTIONS_OF,
    Answer,
    DataClass,
    RatingBadge,
    ReportKind,
    ReportSection,
    ToolDecision,
)
from audits.guidance import catalogue, explain, rating
from audits.models import (
    AITool,
    Audit,
    AuditSchedule,
    ChecklistItem,
    Client,
    Report,
    ReportSchedule,
    RiskDecision,
    ToolRuling,
    VendorSheet,
)
from audits.queries import (
    checklist,
    rating_policy,
    report_content,
    report_periods,
    review,
    risk,
    risk_order,
)
from audits.queries.report_content import Wish
from audits.reports.document import Document, Section
from audits.services import report
from audits.services.errors import NotPossible
from tests import casts
from tests.factories import World
from tests.queries.rows import audited, measured
from tests.sheets import best_answers, completed

NOTE = "told at the golf course"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            lent.here.audit.refresh_from_db()
            yield lent


def made(world: World, wish: Wish) -> Document:
    stored = report.make(client=world.here.client, wish=wish, actor=world.ours.technician)
    return Document.from_json(json.dumps(stored.data))


def section(document: Document, key: str) -> Section:
    (found,) = [one for one in document.sections if one.key == key]
    return found


def said(document: Document) -> str:
    return document.to_json()


def test_appendix_holds_every_figure_of_the_audit(world: World) -> None:
    audit = world.here.audit
    stored = audit.document
    assert stored is not None
    document = made(world, Wish(kind=ReportKind.TECHNICAL, audit=audit))
    (table,) = section(document, "attacks").tables
    assert {row[0] for row in table.rows} == {values.attack_label(key) for key in stored["attacks"]}
    for key, found in stored["attacks"].items():
        (row,) = [one for one in table.rows if one[0] == values.attack_label(key)]
        told = [values.reading_text(values.reading_of(found["tpr"][rate])) for rate in found["tpr"]]
        assert set(told) <= set(row)
    assert f"n = {stored['records']['members']:,} members" in table.caption
    assert len(section(document, "checks").tables[0].rows) == len(stored["validity"])
    facts = {fact.value for fact in section(document, "reproduction").facts}
    provenance = stored["provenance"]
    assert {provenance["plan_sha256"], str(provenance["seed"])} <= facts
    assert provenance["engine_version"] in facts
    assert section(document, "rating").points
    assert section(document, "limits").points
    (actions,) = section(document, "findings").tables
    plain = {key: control.words(plain=True).title for key, control in catalogue.by_id().items()}
    assert actions.rows
    assert all(row[1] == plain[row[0]] for row in actions.rows)
    assert (document.curves is not None, document.place is not None) == (True, True)
    assert document.template == "Technical appendix, version 7"
    assert document.policies


def test_same_moment_freezes_the_same_document(world: World) -> None:
    wish = Wish(kind=ReportKind.TECHNICAL, audit=world.here.audit)
    frame = report_content.frame_of(world.here.client, wish, now=timezone.now(), code="x")
    first, second = (report_content.worded(wish, frame) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.to_json() == second.to_json()


def test_sections_are_left_out_when_asked_and_those_that_matter_never(world: World) -> None:
    every = frozenset(one.value for one in SECTIONS_OF[ReportKind.TECHNICAL])
    wish = Wish(kind=ReportKind.TECHNICAL, audit=world.here.audit)
    whole = made(world, wish)
    short = made(world, replace(wish, left_out=every | {"verdict", "limits"}))
    assert {one.key for one in whole.sections} >= {"verdict", "limits", "attacks", "reproduction"}
    assert [one.key for one in short.sections] == ["verdict", "limits"]


def test_tool_sheet_gives_answers_and_proof_and_keeps_the_providers_notes(world: World) -> None:
    answers = best_answers(V_08="no")
    answers["V-01"]["note"] = NOTE
    completed(world.ours.sheet, answers=answers)
    VendorSheet.objects.filter(pk=world.ours.sheet.pk).update(notes=NOTE)
    AITool.objects.filter(pk=world.here.tool.pk).update(
        decision=ToolDecision.RESTRICT, conditions="Public data only.", data_class=DataClass.HEALTH
    )
    ToolRuling.objects.create(
        provider_id=world.ours.provider.pk,
        client=world.here.client,
        tool=world.here.tool,
        decision=ToolDecision.REJECT,
        review_on=timezone.localdate(),
        decided_by=world.ours.technician,
        impact=5,
    )
    document = made(world, Wish(kind=ReportKind.TOOL, tool=AITool.objects.get()))
    assert document.lead == f"Decision: {ToolDecision.RESTRICT.done}."
    facts = {fact.name: fact.value for fact in section(document, "decision").facts}
    assert facts["Conditions"] == "Public data only."
    assert facts["Decided by"] == str(world.ours.technician)
    rows = [row for table in section(document, "answers").tables for row in table.rows]
    assert {row[3] for row in rows} == {"Contract or audit report"}
    assert len(rows) > 20
    knocked_out = review.knock_out_words(["V-08"])
    assert set(knocked_out) <= set(section(document, "standing").points)
    assert [fact.value for fact in section(document, "terms").facts if fact.is_code] == [
        "https://vendor.example/terms",
        "0" * 64,
    ]
    (earlier,) = section(document, "history").tables[0].rows
    assert earlier[1] == str(ToolDecision.RESTRICT.done)
    assert NOTE not in said(document)


def test_tool_without_a_review_says_so(world: World) -> None:
    AITool.objects.filter(pk=world.here.tool.pk).update(sheet=None)
    document = made(world, Wish(kind=ReportKind.TOOL, tool=AITool.objects.get()))
    (text,) = section(document, "standing").paragraphs
    assert text.startswith("No review of this tool is completed")
    assert "answers" not in {one.key for one in document.sections}


def test_sheet_of_an_undecided_tool_speaks_of_no_decision_before_this_one(world: World) -> None:
    ruled = made(world, Wish(kind=ReportKind.TOOL, tool=AITool.objects.get()))
    assert ToolRuling.objects.filter(tool=world.here.tool).count() == 1
    assert section(ruled, "history").tables[0].empty == "There was no decision before this one."
    new = AITool.objects.create(
        provider_id=world.ours.provider.pk, client=world.here.client, name="New"
    )
    undecided = made(world, Wish(kind=ReportKind.TOOL, tool=new))
    assert section(undecided, "history").tables[0] == replace(
        section(ruled, "history").tables[0], empty="Nothing has been decided about this tool yet."
    )


def test_appendix_says_why_ranges_of_one_figure_differ(world: World) -> None:
    document = made(world, Wish(kind=ReportKind.TECHNICAL, audit=world.here.audit))
    (table,) = section(document, "attacks").tables
    counted = (dots.what_limits_count(), dots.what_at_least_counts())
    assert [text in table.note for text in counted] == [True, True]


def test_reports_name_the_two_policies_by_the_same_two_names(world: World) -> None:
    audit = world.here.audit
    assert audit.document is not None
    verdicts = str(audit.document["provenance"]["rating_policy"])
    appendix = made(world, Wish(kind=ReportKind.TECHNICAL, audit=audit))
    facts = {fact.name: fact.value for fact in section(appendix, "reproduction").facts}
    assert facts["Verdict policy"] == verdicts
    assert f"Rating policy {rating.POLICY} applies." in section(appendix, "rating").points
    stored = report.make(
        client=world.here.client,
        wish=Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit),
        actor=world.ours.technician,
    )
    method = {fact["name"]: fact["value"] for fact in stored.data["method"]}
    assert method["Verdict policy"] == verdicts
    assert method["Rating policy"].startswith(f"Rating policy {rating.POLICY} applies.")
    assert "House policy" not in said(appendix) + json.dumps(stored.data)


def _of_long_ago(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(created_at=timezone.now() - timedelta(days=800))
    client.refresh_from_db()


def test_quarter_tells_what_moved_and_why(world: World) -> None:
    client = world.here.client
    _of_long_ago(client)
    now = timezone.now()
    period = report_periods.of_day(now.astimezone(ZoneInfo(client.time_zone)).date())
    before = datetime.combine(period.first, datetime.min.time(), ZoneInfo("UTC")) - timedelta(9)
    model = audited(client, 1, name="Churn")
    version = model.versions.get()
    type(model).objects.filter(pk=model.pk).update(created_at=before - timedelta(1))
    type(version).objects.filter(pk=version.pk).update(created_at=before - timedelta(1))
    Audit.objects.filter(model_version=version).update(completed_at=before)
    measured(version, 4)
    document = made(world, Wish(kind=ReportKind.QUARTER, period=period))
    rows = {row[0]: row for row in section(document, "risk").tables[0].rows}
    assert rows["Churn"][2] == str(RatingBadge.HIGH.label)
    assert rows["Churn"][1] != rows["Churn"][2]
    assert rows["Churn"][3].startswith("Audited on ")
    assert rows[world.here.model.name][1] == "Not listed yet"
    assert document.badge_word == section(document, "risk").tables[0].rows[0][2]
    assert "Worse than at the start: 1 of " in document.lead
    assert "The quarter is not over" in document.lead
    names = {row[1] for row in section(document, "audits").tables[0].rows}
    assert names == {"Churn", world.here.model.name}


def test_quarter_counts_actions_done_and_open(world: World) -> None:
    item = world.here.checklist_item
    zone = ZoneInfo(world.here.client.time_zone)
    period = report_periods.of_day(timezone.now().astimezone(zone).date())
    ChecklistItem.objects.filter(pk=item.pk).update(
        answer=Answer.YES, answered_at=timezone.now(), answered_by=world.ours.owner, note=NOTE
    )
    document = made(world, Wish(kind=ReportKind.QUARTER, period=period))
    done, _open = section(document, "actions").tables
    assert [row[2] for row in done.rows] == [str(world.ours.owner)]
    assert NOTE not in said(document)
    quiet = report_periods.of_day(period.first - timedelta(days=200))
    empty = made(world, Wish(kind=ReportKind.QUARTER, period=quiet))
    assert section(empty, "actions").tables[0].rows == ()
    assert section(empty, "done").paragraphs


def _this_quarter(client: Client) -> report_periods.Period:
    return report_periods.of_day(timezone.now().astimezone(ZoneInfo(client.time_zone)).date())


def test_quarter_lists_every_decision_that_it_counts(world: World) -> None:
    client = world.here.client
    wish = Wish(kind=ReportKind.QUARTER, period=_this_quarter(client))
    ToolRuling.objects.create(
        provider_id=world.ours.provider.pk,
        client=client,
        tool=world.here.tool,
        decision=ToolDecision.REJECT,
        review_on=timezone.localdate(),
        decided_by=world.ours.technician,
        impact=5,
    )
    document = made(world, wish)
    decided = section(document, "decisions").tables[1]
    rulings = ToolRuling.objects.filter(client=client).count()
    told = [row for row in decided.rows if row[0] == f"May {world.here.tool.name} be used?"]
    assert f"{rulings} decisions about AI tools were taken." in section(document, "done").points
    assert (len(told), told[-1][1]) == (rulings, str(ToolDecision.REJECT.done))
    assert told[-1][2] == str(world.ours.technician)
    risks = RiskDecision.objects.filter(client=client).count()
    assert (risks > 0, len(decided.rows)) == (True, rulings + risks)


def test_quarter_says_what_is_planned_next_and_not_what_is_paused(world: World) -> None:
    client = world.here.client
    wish = Wish(kind=ReportKind.QUARTER, period=_this_quarter(client))
    day = timezone.now().astimezone(ZoneInfo(client.time_zone)).date()
    AuditSchedule.objects.filter(client=client).update(next_on=day, paused_at=None)
    ReportSchedule.objects.filter(client=client).update(next_on=day, paused_at=None)
    planned = [
        f"Planned audit of {world.here.audit_schedule.model.name}",
        f"Planned report: {world.here.report_schedule.get_kind_display()}",
    ]
    (table,) = section(made(world, wish), "next").tables
    assert [row[1] for row in table.rows if row[1].startswith("Planned ")] == planned
    AuditSchedule.objects.filter(client=client).update(paused_at=timezone.now())
    ReportSchedule.objects.filter(client=client).update(deleted_at=timezone.now())
    (table,) = section(made(world, wish), "next").tables
    assert [row[1] for row in table.rows if row[1].startswith("Planned ")] == []


def test_quarter_counts_answers_as_the_checklist_does(world: World) -> None:
    client = world.here.client
    items = ChecklistItem.objects.filter(client=client)
    now, version = timezone.now(), world.here.checklist_item.catalogue_version
    unused = sorted(set(catalogue.by_id()) - set(items.values_list("control", flat=True)))
    for control in unused[:2]:
        ChecklistItem.objects.create(
            provider_id=client.provider_id,
            client=client,
            control=control,
            catalogue_version=version,
        )
    items.update(answer=Answer.UNANSWERED, answered_at=None, confirmed_at=None, confirmed_by=None)
    first, second, third = items.order_by("pk")[:3]
    for item, answer in (
        (first, Answer.YES),
        (second, Answer.NOT_APPLICABLE),
        (third, Answer.UNANSWERED),
    ):
        items.filter(pk=item.pk).update(answer=answer, answered_at=now, reason="No such thing")
    assert checklist.score(checklist.rows(client)).answered == 1
    document = made(world, Wish(kind=ReportKind.QUARTER, period=_this_quarter(client)))
    assert "One question of the checklist was answered." in section(document, "done").points


def test_quarter_says_what_its_rating_means(world: World) -> None:
    client = world.here.client
    measured(audited(client, 4, name="Worst").versions.get(), 4)
    document = made(world, Wish(kind=ReportKind.QUARTER, period=_this_quarter(client)))
    worst = risk_order.placed(risk.in_use(), rating_policy.of_client(client))[0]
    assert document.badge_word == str(worst.badge.label)
    assert document.lead.startswith(f"{explain.badge_words(worst.rating)} ")


def test_quarter_reads_one_client_alone(world: World) -> None:
    client = world.here.client
    both = [client.pk, world.sibling.client.pk]
    with tenancy.scope(provider_id=client.provider_id, client_ids=both, provider_rows=True):
        type(world.sibling.model).objects.filter(pk=world.sibling.model.pk).update(name="Foreign")
        AITool.objects.filter(pk=world.sibling.tool.pk).update(name="Foreign")
        period = report_periods.of_day(timezone.localdate())
        document = made(world, Wish(kind=ReportKind.QUARTER, period=period))
    assert "Foreign" not in said(document)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 11, 27), date(2026, 10, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 3, 31)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 31)),
    ],
)
def test_quarter_of_a_day_is_three_whole_months(day: date, first: date, last: date) -> None:
    found = report_periods.of_day(day)
    assert (found.first, found.last) == (first, last)
    assert found.following().first == last + timedelta(days=1)


def test_quarters_are_offered_back_to_the_first_one_of_the_client(world: World) -> None:
    client = world.here.client
    now = timezone.now()
    assert len(report_periods.offered(client, now)) == 1
    _of_long_ago(client)
    offered = report_periods.offered(client, now)
    assert len(offered) == report_periods.MOST_OFFERED
    assert report_periods.by_key(offered[3].key, client, now) == offered[3]
    assert report_periods.by_key("1999-1", client, now) is None


def test_kinds_with_what_the_provider_knows_are_held_whatever_is_asked(world: World) -> None:
    audit = world.here.audit
    for kind, held in ((ReportKind.OWNER_SUMMARY, False), (ReportKind.TECHNICAL, True)):
        report.make(
            client=world.here.client, wish=Wish(kind=kind, audit=audit), actor=world.ours.technician
        )
        assert Report.objects.latest("number").held == held


def test_report_about_nothing_is_refused(world: World) -> None:
    before = Report.objects.count()
    with pytest.raises(NotPossible, match="Choose what the report is about"):
        made(world, Wish(kind=ReportKind.TOOL))
    assert Report.objects.count() == before


def test_owner_summary_leaves_out_what_was_asked(world: World) -> None:
    wish = Wish(
        kind=ReportKind.OWNER_SUMMARY,
        audit=world.here.audit,
        left_out=frozenset({ReportSection.TOOLS.value, "rating"}),
    )
    stored = report.make(client=world.here.client, wish=wish, actor=world.ours.owner)
    assert stored.data["left_out"] == ["tools"]
