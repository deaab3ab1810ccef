"""Schedules and their days as files: what is in them, for whom, and what they cost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.enums import AuditRhythm, JobState, ReportKind, ReportRunState
from audits.models import AIModel, AuditRun, AuditSchedule, Report, ReportRun, ReportSchedule
from audits.queries.audit_schedule import SHOWN_RUNS
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of
from tests.web.test_files_to_take import rows_of
from tests.web.test_house_files import FORMULA, both
from tests.web.test_page_queries import add_rows

FILES = {
    "audit_schedules_file": "audit_schedules",
    "audit_schedule_days_file": "audit_schedules",
    "report_schedules_file": "report_schedules",
    "report_schedule_days_file": "report_schedules",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def taken(world: World, name: str) -> list[dict[str, Any]]:
    return both(world, "technician", name, slug=world.here.client.slug)


def link(world: World, name: str, ending: str) -> str:
    return reverse(name, kwargs={"slug": world.here.client.slug, "ending": ending})


@pytest.mark.parametrize("name", FILES)
def test_page_leads_to_its_files_and_owners_have_neither(world: World, name: str) -> None:
    page = html_of(world, "technician", address(world, FILES[name]))
    for ending in ("csv", "json"):
        assert f'href="{link(world, name, ending)}"' in page
        assert browser_of(world, "technician").get(link(world, name, ending)).status_code == 200
        assert browser_of(world, "owner").get(link(world, name, ending)).status_code == 404


@pytest.mark.parametrize("name", FILES)
def test_page_without_rows_offers_no_file_of_them(world: World, name: str) -> None:
    with world.here.scope():
        for model in (AuditRun, AuditSchedule, ReportRun, ReportSchedule):
            model.objects.all().delete()
    page = html_of(world, "technician", address(world, FILES[name]))
    assert link(world, name, "csv") not in page
    assert taken(world, name) == []


def test_file_of_audit_schedules_says_when_and_what_came_of_the_last_day(world: World) -> None:
    with world.sibling.scope():
        AIModel.objects.update(name="Foreign")
        assert AuditSchedule.objects.filter(model__name="Foreign").exists()
    here = world.here.audit_schedule
    with world.here.scope():
        AIModel.objects.filter(pk=here.model_id).update(name=FORMULA)
        AuditSchedule.objects.filter(pk=here.pk).update(created_by=world.ours.technician)
    (row,) = taken(world, "audit_schedules_file")
    assert row == {
        "model": FORMULA,
        "how_often": str(AuditRhythm.QUARTERLY.label),
        "next_on": here.next_on.isoformat(),
        "paused_since": None,
        "last_day": world.here.audit_run.due_on.isoformat(),
        "how_it_went": str(JobState.SUCCEEDED.label),
        "why_not_started": None,
        "planned": timezone.localdate(here.created_at).isoformat(),
        "planned_by": str(world.ours.technician),
    }
    with world.here.scope():
        AuditRun.objects.update(audit=None, problem="Nobody has allowed an audit.")
        AuditSchedule.objects.update(paused_at=timezone.now())
    (row,) = taken(world, "audit_schedules_file")
    assert (row["next_on"], row["paused_since"]) == (None, timezone.localdate().isoformat())
    assert (row["how_it_went"], row["why_not_started"]) == (
        "Not started",
        "Nobody has allowed an audit.",
    )
    url = link(world, "audit_schedules_file", "csv")
    (line,) = rows_of(browser_of(world, "technician").get(url).content)
    assert line["model"] == f"'{FORMULA}"
    with world.here.scope():
        AuditRun.objects.all().delete()
    (row,) = taken(world, "audit_schedules_file")
    assert (row["last_day"], row["how_it_went"], row["why_not_started"]) == (None, None, None)


def test_file_of_days_of_audits_has_those_that_the_page_has_no_room_for(world: World) -> None:
    schedule, first = world.here.audit_schedule, world.here.audit_run
    own = {"provider_id": schedule.provider_id, "client": schedule.client, "schedule": schedule}
    with world.here.scope():
        AuditRun.objects.bulk_create(
            AuditRun(**own, due_on=first.due_on - timedelta(days=n), missed=n, problem="It rained.")
            for n in range(1, SHOWN_RUNS + 2)
        )
        AuditSchedule.objects.update(deleted_at=timezone.now())
    rows = taken(world, "audit_schedule_days_file")
    assert len(rows) == SHOWN_RUNS + 2
    assert rows[0] == {
        "due_on": first.due_on.isoformat(),
        "earlier_days_missed": 0,
        "model": world.here.model.name,
        "audit": world.here.audit.pk,
        "how_it_went": str(JobState.SUCCEEDED.label),
        "why_not_started": None,
    }
    assert rows[-1] == {
        "due_on": (first.due_on - timedelta(days=SHOWN_RUNS + 1)).isoformat(),
        "earlier_days_missed": SHOWN_RUNS + 1,
        "model": world.here.model.name,
        "audit": None,
        "how_it_went": "Not started",
        "why_not_started": "It rained.",
    }


def test_file_of_report_schedules_says_who_gets_them_and_who_a_hidden_copy(world: World) -> None:
    planned = world.here.report_schedule
    with world.here.scope():
        planned.readers.all().delete()
        for user, is_hidden in ((world.ours.owner, False), (world.ours.viewer, True)):
            planned.readers.create(
                provider_id=planned.provider_id,
                client=planned.client,
                user=user,
                is_hidden=is_hidden,
            )
    (row,) = taken(world, "report_schedules_file")
    assert row == {
        "kind": str(ReportKind.OWNER_SUMMARY.label),
        "how_often": "Every month",
        "next_on": planned.next_on.isoformat(),
        "paused_since": None,
        "held_for_review": "yes",
        "sent_to": str(world.ours.owner),
        "hidden_copies_to": str(world.ours.viewer),
        "planned": timezone.localdate(planned.created_at).isoformat(),
        "planned_by": None,
    }
    with world.here.scope():
        planned.readers.all().delete()
        ReportSchedule.objects.update(held=False, paused_at=timezone.now())
    (row,) = taken(world, "report_schedules_file")
    assert (row["sent_to"], row["hidden_copies_to"], row["held_for_review"]) == (None, None, "no")
    assert (row["next_on"], row["paused_since"]) == (None, timezone.localdate().isoformat())


def test_file_of_days_of_reports_names_each_report_as_the_archive_does(world: World) -> None:
    run = world.here.report_run
    (row,) = taken(world, "report_schedule_days_file")
    with world.here.scope():
        report = Report.objects.get(run=run)
    assert row == {
        "due_on": run.due_on.isoformat(),
        "earlier_days_missed": 0,
        "kind": str(ReportKind.OWNER_SUMMARY.label),
        "report": report.data["report_number"],
        "how_it_went": str(ReportRunState.READY.label),
        "what_went_wrong": None,
        "finished": None,
    }
    with world.here.scope():
        ReportRun.objects.update(
            report=None,
            state=ReportRunState.FAILED,
            problem="No audit is finished.",
            finished_at=timezone.now(),
        )
    (row,) = taken(world, "report_schedule_days_file")
    assert (row["report"], row["how_it_went"], row["what_went_wrong"], row["finished"]) == (
        None,
        str(ReportRunState.FAILED.label),
        "No audit is finished.",
        timezone.localdate().isoformat(),
    )


@pytest.mark.parametrize("name", FILES)
def test_file_costs_the_same_with_one_and_with_three_rows(world: World, name: str) -> None:
    browser, url = browser_of(world, "technician"), link(world, name, "json")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    cost()  # what is made once for a process is not the file's
    before, rows = cost(), len(taken(world, name))
    add_rows(world, ("Second", "Third"))
    assert len(taken(world, name)) == rows + 2
    assert cost() == before
