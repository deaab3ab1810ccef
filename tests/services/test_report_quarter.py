"""The quarterly review: vendors and their terms, incidents, promises kept, and dates of laws."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audits import tenancy
from audits.enums import Answer, RatingBadge, ReportKind, Treatment
from audits.models import (
    AITool,
    Audit,
    ChecklistItem,
    Finding,
    RiskDecision,
    VendorReview,
    VendorTerms,
)
from audits.queries import report_periods
from audits.queries.report_content import Wish
from audits.queries.report_periods import Period
from audits.reports.document import Document
from tests import casts
from tests.factories import World
from tests.queries.rows import audited
from tests.services.test_report_kinds import made, section


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            yield lent


def period_of(world: World) -> Period:
    zone = ZoneInfo(world.here.client.time_zone)
    return report_periods.of_day(timezone.now().astimezone(zone).date())


def review(world: World, period: Period | None = None) -> Document:
    return made(world, Wish(kind=ReportKind.QUARTER, period=period or period_of(world)))


def long_ago(world: World) -> datetime:
    return datetime.combine(period_of(world).first, time.min, ZoneInfo("UTC")) - timedelta(days=9)


def test_quarter_names_the_vendors_whose_terms_changed(world: World) -> None:
    sheet, tool = world.ours.sheet, world.here.tool
    AITool.objects.filter(pk=tool.pk).update(sheet=sheet)
    VendorTerms.objects.filter(sheet=sheet).exclude(
        pk=VendorTerms.objects.filter(sheet=sheet).order_by("pk")[0].pk
    ).delete()
    VendorTerms.objects.filter(sheet=sheet).update(saved_at=long_ago(world))
    (terms, _new) = section(review(world), "vendors").tables
    assert (terms.rows, terms.note) == ((), "")
    VendorTerms.objects.create(provider_id=sheet.provider_id, sheet=sheet, text="They train now.")
    VendorReview.objects.filter(sheet=sheet).update(terms=None)
    (terms, _new) = section(review(world), "vendors").tables
    (row,) = terms.rows
    assert (row[0], row[1]) == (tool.name, str(sheet))
    assert "They train now." not in review(world).to_json()
    earlier = report_periods.of_day(period_of(world).first - timedelta(days=1))
    assert section(review(world, earlier), "vendors").tables[0].rows == ()


def test_first_copy_of_terms_is_no_change(world: World) -> None:
    sheet = world.ours.sheet
    AITool.objects.filter(pk=world.here.tool.pk).update(sheet=sheet)
    first = VendorTerms.objects.filter(sheet=sheet).order_by("pk")[0]
    VendorTerms.objects.filter(sheet=sheet).exclude(pk=first.pk).delete()
    assert first.saved_at.date() >= period_of(world).first
    assert section(review(world), "vendors").tables[0].rows == ()


def test_quarter_lists_tools_that_were_found_in_it(world: World) -> None:
    tool = AITool.objects.get(pk=world.here.tool.pk)
    assert [row[0] for row in section(review(world), "vendors").tables[1].rows] == [tool.name]
    AITool.objects.update(created_at=long_ago(world))
    assert section(review(world), "vendors").tables[1].rows == ()


def test_quarter_says_openly_that_no_incidents_are_kept(world: World) -> None:
    part = section(review(world), "incidents")
    assert part.paragraphs[0] == "No audit found that a model gives away more than before."
    assert "keeps no record of incidents" in part.paragraphs[1]
    audit = Audit.objects.get(pk=world.here.audit.pk)
    Finding.objects.create(
        provider_id=audit.provider_id, client=audit.client, audit=audit, key="regression"
    )
    told = section(review(world), "incidents").paragraphs[0]
    assert told == f"One model gives away more than at the audit before: {world.here.model.name}."


def _due(world: World, **values: object) -> ChecklistItem:
    ChecklistItem.objects.filter(pk=world.here.checklist_item.pk).update(**values)
    return ChecklistItem.objects.get(pk=world.here.checklist_item.pk)


def test_quarter_holds_what_fell_due_against_what_was_closed(world: World) -> None:
    period, today = period_of(world), timezone.localdate()
    _due(world, due=period.last + timedelta(days=400))
    none = section(review(world), "promises")
    assert none.paragraphs[0] == "Due in this quarter: no action."
    assert none.tables[0].rows == ()
    _due(world, due=period.first, answer=Answer.NO)
    (row,) = section(review(world), "promises").tables[0].rows
    expected = "Open, overdue" if period.first < today else "Open"
    assert (row[1], row[3]) == ("Nobody yet", expected)
    _due(world, answer=Answer.YES, answered_at=timezone.now())
    part = section(review(world), "promises")
    in_time = int(period.first >= today)
    assert part.paragraphs[0] == (
        f"Due in this quarter: one action. Closed: 1, in time: {in_time}."
    )
    assert part.tables[0].rows[0][3].endswith("" if in_time else ", late")


def test_quarter_counts_decisions_to_fix_and_which_of_them_are_closed(world: World) -> None:
    item = _due(world, answer=Answer.NO)
    before = section(review(world), "promises").paragraphs[1]
    RiskDecision.objects.create(
        provider_id=item.provider_id,
        client=item.client,
        item=item,
        treatment=Treatment.FIX,
        reason="It leaks.",
        signature="Dr Okafor",
        decided_on=timezone.localdate(),
        priority=1.0,
    )
    told = section(review(world), "promises").paragraphs[1]
    assert told == "Decided in this quarter to fix: 1; closed of these: 0."
    assert before in (told, "Decided in this quarter to fix: 0; closed of these: 0.")
    _due(world, answer=Answer.YES, answered_at=timezone.now())
    assert section(review(world), "promises").paragraphs[1].endswith("closed of these: 1.")


def test_quarter_lists_no_date_of_a_law_that_nobody_verified(world: World) -> None:
    (table,) = section(review(world), "next").tables
    assert table.note == "Days on which laws begin to hold are not part of this list."


def test_quarter_counts_the_models_of_which_nothing_is_known(world: World) -> None:
    audited(world.here.client, None, name="Void")
    part = section(review(world), "risk")
    (told,) = part.paragraphs
    counts = {
        badge: sum(row[2] == str(badge.label) for row in part.tables[0].rows)
        for badge in (RatingBadge.EXPIRED, RatingBadge.INCONCLUSIVE, RatingBadge.UNTESTED)
    }
    assert counts[RatingBadge.UNTESTED] > 0
    assert told == " ".join(f"{badge.label}: {count}." for badge, count in counts.items())
