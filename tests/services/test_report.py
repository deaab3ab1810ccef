"""What a report freezes is what the page shows on that day."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audits.charts import dots
from audits.enums import (
    Answer,
    DataClass,
    Effort,
    Exposure,
    ReportKind,
    ReportSection,
    Treatment,
    WorkStatus,
)
from audits.models import (
    AITool,
    Audit,
    ChecklistItem,
    Client,
    Finding,
    RiskDecision,
    User,
)
from audits.queries import audit as audits
from audits.queries import charts, plan, report_content, report_frame
from audits.queries import checklist as checklists
from audits.queries import client as clients
from audits.queries.report_content import Wish
from audits.reports import owner_summary as owner_words
from audits.reports.owner_summary import OwnerSummary
from audits.services import checklist, risk_decision
from tests import factories
from tests.guidance.audit_documents import make_document
from tests.queries.rows import measured
from tests.summaries import owner_summary

LATE = datetime(2031, 3, 9, 22, 30, tzinfo=UTC)


def _parts() -> dict[str, Any]:
    drawn = factories.result_document()
    return {name: drawn[name] for name in ("attacks", "curves", "provenance")}


def _finished(client: Client) -> Audit:
    document = make_document(2) | _parts()
    version = factories.make_model_version(factories.make_model(client, impact=5))
    audit = measured(version, 2, document=document, completed_at=LATE)
    Finding.objects.create(
        provider_id=client.provider_id, client=client, audit=audit, key="leak_L2"
    )
    checklist.refresh(client=client)
    return audit


@pytest.mark.django_db
def test_report_of_a_void_audit_prints_no_figure(tenant: Client, technician: User) -> None:
    document = make_document(None) | _parts()
    version = factories.make_model_version(factories.make_model(tenant))
    audit = measured(version, None, document=document, completed_at=LATE)
    frozen = OwnerSummary.from_json(json.dumps(owner_summary(audit, technician).data))
    assert document["curves"]
    assert frozen.dots.picked is None


@pytest.mark.django_db
def test_report_explains_the_words_that_it_uses_and_no_other(
    tenant: Client, technician: User
) -> None:
    """A tool is called by one of them, which the same report without tools does not say."""
    audit = _finished(tenant)
    make = partial(Wish, kind=ReportKind.OWNER_SUMMARY, audit=audit)

    def explained(*without: ReportSection) -> set[str]:
        left_out = frozenset(one.value for one in without)
        frame = report_content.frame_of(tenant, make(left_out=left_out), now=LATE)
        said = report_content.worded(make(left_out=left_out), frame)
        assert isinstance(said, OwnerSummary)
        assert owner_words.render(said) == owner_words.render(said)
        text = said.to_json().casefold()
        for entry in said.glossary:
            # Beside its own line, where it is explained.
            assert text.count(entry.term.split(" (")[0].split(" / ")[0].casefold()) > 1
        return {entry.term for entry in said.glossary}

    plain = explained()
    assert "Confidence range" not in plain
    tool = AITool.objects.create(
        provider_id=tenant.provider_id, client=tenant, name="FALSE ALARMS", data_class=DataClass.HR
    )
    named = "False alarm (false-positive rate)"
    assert explained() == plain | {named}
    assert explained(ReportSection.TOOLS) == plain
    tool.delete()
    assert explained() == plain


@pytest.mark.django_db
def test_report_says_what_the_page_says(tenant: Client, technician: User) -> None:
    tenant.time_zone = "Pacific/Auckland"
    tenant.save()
    audit = _finished(tenant)
    shown = audits.result(Audit.objects.get(pk=audit.pk))
    assert shown is not None
    made = owner_summary(shown.audit, technician)
    frozen = OwnerSummary.from_json(json.dumps(made.data))
    assert frozen.verdict == shown.words.headline
    assert frozen.not_tested == shown.words.limits
    assert frozen.rating.badge == shown.badge.value
    assert dots.table(frozen.dots) == charts.of_audit(shown, "dots", plain=True).table
    assert [one.title for one in frozen.actions] == [
        row.control.words(plain=True).title for row in shown.actions
    ]
    assert {one.effort for one in frozen.actions} <= set(map(str, Effort.labels))
    assert len(frozen.actions) == 3
    # Half past ten in the evening in Greenwich is the next morning there.
    assert frozen.audit_date == "10 March 2031"
    deadline = shown.rating.deadline_days
    assert deadline is not None
    due = (LATE + timedelta(days=deadline)).astimezone(ZoneInfo("Pacific/Auckland"))
    assert {one.due for one in frozen.actions} == {f"{due.day} {due:%B %Y}"}
    assert {row.item.due for row in shown.actions} == {due.date()}
    act_by = f"Act by {due.day} {due:%B %Y} ({deadline} days after the audit)."
    assert " ".join(frozen.meaning) == " ".join((*shown.words.meaning, act_by))
    policies = {fact.name: fact.value for fact in frozen.method}["Rating policy"]
    assert policies == "Rating policy 2026.1 applies."


@pytest.mark.django_db
def test_report_home_and_plan_have_the_same_three_actions_in_the_same_order(
    tenant: Client, technician: User
) -> None:
    """Also where the report is about another model than the actions, and one of them is decided."""
    audit = _finished(tenant)
    calm = factories.make_model_version(factories.make_model(tenant, name="Calm"))
    other = measured(calm, 0, document=make_document(0) | _parts())
    # Nobody asked for it, however much it weighs; this one was answered no, and weighs most.
    ChecklistItem.objects.filter(control="AI-02").update(priority=99)
    ChecklistItem.objects.filter(control="AI-06").update(priority=98, answer=Answer.NO)
    _decided(ChecklistItem.objects.get(control="AI-20"), technician, Treatment.FIX)
    asked = [row.row.control for row in plan.open_at(tenant, plain=True)]
    assert len(asked) > 3
    assert [control.id for control in asked][:2] == ["AI-06", "AI-20"]
    first = [control.words(plain=True).title for control in asked[:3]]
    home = clients.overview(tenant).top_actions
    assert [row.control.words(plain=True).title for row in home] == first
    frozen = owner_summary(other, technician).data
    assert [one["title"] for one in frozen["actions"]] == first
    why = f"“{factories.MODEL}” lets a test guess better than chance who was in its data."
    assert [one["because"] for one in frozen["actions"]] == ["", why, why]
    own = owner_summary(audit, technician).data["actions"]
    assert [(one["title"], one["because"]) for one in own] == [(title, "") for title in first]
    assert [one["title"] for one in frozen["decisions"]] == first
    assert [one["chosen"] for one in frozen["decisions"]] == ["", "Fix", ""]
    assert set(frozen["readiness"]) == {"percent", "summary"}


@pytest.mark.django_db
def test_work_of_weeks_that_the_rating_asks_for_in_days_is_to_be_begun_by_its_day(
    tenant: Client, technician: User
) -> None:
    exposed = factories.make_model(tenant, impact=5, exposure=Exposure.PUBLIC)
    version = factories.make_model_version(exposed)
    audit = measured(version, 4, document=make_document(4) | _parts())
    Finding.objects.create(
        provider_id=tenant.provider_id, client=tenant, audit=audit, key="leak_L3plus"
    )
    checklist.refresh(client=tenant)
    rows = [row for row in checklists.rows(tenant) if row.item.due is not None]
    assert {row.item.due for row in rows} == {timezone.localdate() + timedelta(days=7)}
    assert {Effort(row.control.effort) for row in rows if row.is_to_begin} == {Effort.LARGE}
    assert not any(row.is_to_begin for row in rows if row.control.effort != Effort.LARGE)

    def told() -> dict[str, str]:
        listed = owner_summary(audit, technician).data["actions"]
        return {one["effort"]: one["due"] for one in listed}

    weeks = str(Effort.LARGE.label)
    assert told()[weeks].startswith("begin by ")
    ChecklistItem.objects.update(status=WorkStatus.IN_PROGRESS)  # then it is to be done by then
    assert told()[weeks][0].isdigit()


@pytest.mark.django_db
def test_report_of_an_audit_that_does_not_speak_names_the_one_that_does(
    tenant: Client, technician: User
) -> None:
    older = _finished(tenant)
    telling = measured(older.model_version, 4, completed_at=LATE + timedelta(days=1))
    made = owner_summary(older, technician)
    frozen = OwnerSummary.from_json(json.dumps(made.data))
    shown = audits.result(older)
    assert shown is not None
    act_by = "Act by 8 April 2031 (30 days after the audit)."
    assert frozen.meaning[1] == f"{shown.words.meaning[-1]} {act_by} {shown.overruled_by}"
    day = report_frame.day_at(tenant, telling.completed_at or LATE)
    assert frozen.meaning[1].endswith(f"is rated Critical by the audit of {day}.")


@pytest.mark.django_db
def test_report_of_a_lesser_audit_begins_with_the_one_that_found_more(
    tenant: Client, technician: User
) -> None:
    version = factories.make_model_version(factories.make_model(tenant, impact=5))
    lesser = measured(version, 2, document=make_document(2) | _parts())
    alone = OwnerSummary.from_json(json.dumps(owner_summary(lesser, technician).data))
    severe = measured(version, 4, days_ago=2)
    assert severe.completed_at is not None
    frozen = OwnerSummary.from_json(json.dumps(owner_summary(lesser, technician).data))
    day = report_frame.day_at(tenant, severe.completed_at)
    assert frozen.meaning[0] == (
        f"An earlier audit of this version ({severe.get_preset_display()}, {day}) found more:"
        f" Severe leak. {alone.meaning[0]}"
    )


def _decided(item: ChecklistItem, actor: User, treatment: Treatment) -> RiskDecision:
    return risk_decision.decide(
        item=item,
        actor=actor,
        treatment=treatment,
        reason="Cheap enough",
        signature="Anna Berg",
        decided_on=timezone.localdate(),
    )


@pytest.mark.django_db
def test_report_names_who_recorded_a_decision_beside_whose_name_stands_under_it(
    tenant: Client, technician: User
) -> None:
    audit = _finished(tenant)
    item = ChecklistItem.objects.get(control="AI-20")
    leaver = factories.make_user("gone@house.example")
    for actor in (technician, leaver):
        made = _decided(item, actor, Treatment.ACCEPT)
        frozen = owner_summary(audit, technician).data["decisions"]
        (told,) = [one for one in frozen if one["chosen"]]
        assert (told["signature"], told["recorded_by"]) == ("Anna Berg", str(actor))
        assert told["recorded_on"].endswith(str(made.recorded_at.year))
    leaver.delete()
    frozen = owner_summary(audit, technician).data["decisions"]
    assert [one["recorded_by"] for one in frozen if one["chosen"]] == ["somebody who has left"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("decision", "told", "data"),
    [
        ("approve", "Approved", "Staff e-mail"),
        ("approve_listed", "Approved for listed data", "Public, Internal, not about people"),
        ("restrict", "Restricted", "Public only"),
        ("reject", "Rejected", "None"),
        ("undecided", "Not reviewed", "Not decided; in use with: Staff e-mail"),
    ],
)
def test_report_says_what_was_decided_about_a_tool_and_which_data_may_go_in(
    tenant: Client, technician: User, decision: str, told: str, data: str
) -> None:
    audit = _finished(tenant)
    AITool.objects.create(
        provider_id=tenant.provider_id,
        client=tenant,
        name="Writer",
        vendor="Example AI",
        data_class=DataClass.PERSONAL,
        data_note="Staff e-mail",
        decision=decision,
        allowed_data=["public", "internal"] if decision == "approve_listed" else [],
    )
    (tool,) = owner_summary(audit, technician).data["tools"]
    assert (tool["decision"], tool["data"], tool["plan"]) == (told, data, "")
