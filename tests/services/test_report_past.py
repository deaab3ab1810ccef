"""What the owner's two pages say of earlier audits and of the work done: stored rows alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from audits.enums import Answer, DataClass, Outcome, ReportKind, Role, ToolDecision
from audits.models import AITool, Audit, ChecklistItem, Client, Membership, ToolRuling, User
from audits.queries import checklist as checklists
from audits.queries import report_care, report_content, report_periods, report_trend
from audits.queries.report_content import Wish
from audits.queries.report_frame import Frame
from audits.reports.owner_summary import Care
from audits.reports.owner_trend import Trend
from audits.services import checklist, report
from tests import factories
from tests.guidance.audit_documents import make_document
from tests.queries.rows import measured
from tests.summaries import owner_summary

NOTE = "said in the car park"


def _frame(client: Client, audit: Audit) -> Frame:
    wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit)
    return report_content.frame_of(client, wish, now=timezone.now())


def _trend(audit: Audit) -> Trend:
    return report_trend.trend(audit.model_version.model, _frame(audit.client, audit))


def _care(audit: Audit) -> Care:
    return report_care.care(None, _frame(audit.client, audit))


@pytest.fixture
def audit(tenant: Client) -> Audit:
    drawn = factories.result_document()
    parts = {name: drawn[name] for name in ("attacks", "curves", "provenance")}
    version = factories.make_model_version(factories.make_model(tenant, impact=5))
    found = measured(version, 2, days_ago=3, document=make_document(2) | parts)
    checklist.refresh(client=tenant)
    return found


UNKNOWN = "Not known yet: that takes audits on at least two days."


@pytest.mark.django_db
def test_trend_is_not_known_while_there_is_one_audit_that_counts(audit: Audit) -> None:
    measured(audit.model_version, None, days_ago=200)
    other = factories.make_model_version(factories.make_model(audit.client, name="Another"))
    measured(other, 4, days_ago=100)
    assert Audit.objects.filter(completed_at__isnull=False).count() == 3
    assert _trend(audit) == Trend(said=UNKNOWN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "days"),
    [
        # 22:30 and 23:30 in Greenwich lie on one day there, and on two in Kolkata.
        ("UTC", ["8 March 2031 Critical", "9 March 2031 Low"]),
        ("Asia/Kolkata", ["8 March 2031 High", "9 March 2031 Critical", "10 March 2031 Low"]),
    ],
)
def test_trend_has_one_line_for_a_day_with_its_last_rating(
    audit: Audit, zone: str, days: list[str]
) -> None:
    client = audit.client
    client.time_zone = zone
    client.save()
    Audit.objects.filter(pk=audit.pk).update(outcome=Outcome.INVALID)
    for at, badge in (
        (datetime(2031, 3, 8, 9, tzinfo=UTC), "elevated"),
        (datetime(2031, 3, 8, 10, tzinfo=UTC), "high"),
        (datetime(2031, 3, 8, 22, 30, tzinfo=UTC), "critical"),
        (datetime(2031, 3, 9, 12, tzinfo=UTC), "critical"),
        (datetime(2031, 3, 9, 22, 30, tzinfo=UTC), "guarded"),
        (datetime(2031, 3, 9, 23, 30, tzinfo=UTC), "low"),
    ):
        made = measured(audit.model_version, 2, completed_at=at)
        Audit.objects.filter(pk=made.pk).update(badge=badge)
    wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit)
    now = datetime(2031, 3, 12, tzinfo=UTC)
    frame = report_content.frame_of(client, wish, now=now)
    found = report_trend.trend(audit.model_version.model, frame)
    assert [f"{one.day} {one.word}" for one in found.points] == days
    assert found.said == "Better than on {}: Critical then, Low now.".format(
        days[-2].removesuffix(" Critical")
    )


@pytest.mark.django_db
def test_two_audits_of_one_day_are_no_movement(audit: Audit) -> None:
    at = datetime(2031, 3, 8, 9, tzinfo=UTC)
    Audit.objects.filter(pk=audit.pk).update(completed_at=at)
    measured(audit.model_version, 4, completed_at=at + timedelta(hours=1))
    wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit)
    frame = report_content.frame_of(audit.client, wish, now=at + timedelta(days=1))
    assert report_trend.trend(audit.model_version.model, frame) == Trend(said=UNKNOWN)


@pytest.mark.django_db
def test_trend_is_what_was_stored_at_each_audit_the_oldest_first(audit: Audit) -> None:
    earlier = [measured(audit.model_version, level, days_ago=10 * level) for level in (1, 3, 4)]
    # Said then, whatever the same figures would be rated today.
    stored = ["low", "critical", "inconclusive", "high"]
    for one, badge in zip((*earlier[::-1], audit), stored, strict=True):
        Audit.objects.filter(pk=one.pk).update(badge=badge)
    found = _trend(audit)
    assert [one.badge for one in found.points] == stored
    assert found.points[-1].word in found.said
    assert (found.note, found.marks) == ("", ())
    assert [one.on for one in found.points] == sorted(one.on for one in found.points)
    assert found.until >= found.points[-1].on
    Audit.objects.filter(pk=audit.pk).update(engine_version="another")
    changed = _trend(audit)
    assert changed.note.startswith("Not all of them were measured with the same version")
    (mark,) = changed.marks
    assert mark.words == "Attacks of version another"
    assert (mark.on, mark.day) == (changed.points[-1].on, changed.points[-1].day)


@pytest.mark.django_db
def test_better_and_worse_are_said_of_ratings_of_a_risk_alone(audit: Audit) -> None:
    before = measured(audit.model_version, 0, days_ago=40)
    words = {"low": "Low", "critical": "Critical", "inconclusive": "Inconclusive"}
    day = _frame(audit.client, audit).day(before.completed_at)
    for then, now, said in (
        ("low", "critical", f"Worse than on {day}: Low then, Critical now."),
        ("critical", "low", f"Better than on {day}: Critical then, Low now."),
        ("low", "low", f"The same as on {day}: Low."),
        ("inconclusive", "low", f"Inconclusive on {day}, Low at the last audit."),
    ):
        Audit.objects.filter(pk=before.pk).update(badge=then)
        Audit.objects.filter(pk=audit.pk).update(badge=now)
        found = _trend(audit)
        assert found.said == said
        assert [one.word for one in found.points] == [words[then], words[now]]


@pytest.mark.django_db
def test_care_counts_what_the_provider_did_and_nothing_of_the_clients_people(
    audit: Audit, technician: User
) -> None:
    client = audit.client
    person = factories.make_user("owner@client.example")
    Membership.objects.create(
        user=person, provider_id=client.provider_id, client=client, role=Role.CLIENT_OWNER
    )
    Audit.objects.filter(pk=audit.pk).update(requested_by=technician)
    first, second, third, *_rest = ChecklistItem.objects.filter(client=client).order_by("pk")
    now = timezone.now()
    for item, actor, at in (
        (first, technician, now),
        (second, person, now),
        (third, technician, now - timedelta(days=120)),
    ):
        ChecklistItem.objects.filter(pk=item.pk).update(
            answer=Answer.YES, answered_by=actor, answered_at=at, note=NOTE
        )
    tool = AITool.objects.create(
        provider_id=client.provider_id, client=client, name="Writer", data_class=DataClass.INTERNAL
    )
    ToolRuling.objects.create(
        provider_id=client.provider_id,
        client=client,
        tool=tool,
        decision=ToolDecision.APPROVE,
        conditions=NOTE,
        review_on=timezone.localdate(),
        decided_by=technician,
        impact=1,
    )
    found = _care(audit)
    title = checklists.row_of(first).control.words(plain=True).title
    assert found.points == (
        f"One step put in place: {title}.",
        "One audit run.",
        "One AI tool reviewed and decided about.",
    )
    Audit.objects.filter(pk=audit.pk).update(requested_by=person)
    assert "One audit run." not in _care(audit).points
    assert NOTE not in str(owner_summary(audit, technician).data)


@pytest.mark.django_db
def test_period_of_a_summary_is_the_one_chosen_else_three_months(
    audit: Audit, technician: User
) -> None:
    period = report_periods.of_day(timezone.localdate() - timedelta(days=200))
    usual = owner_summary(audit, technician)
    wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit, period=period)
    chosen = report.make(client=audit.client, wish=wish, actor=technician)
    assert (usual.period_start, chosen.period_start) == (None, period.first)
    assert usual.data["care"]["points"] == ["One audit run."]
    assert chosen.data["care"]["points"] == []
    assert chosen.data["care"]["period"].startswith(f"{period.first.day} ")
