"""Days of audits, and what a client's page says of them."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from audits.enums import AuditRhythm, Expiry
from audits.models import Audit, AuditRun, AuditSchedule, Client
from audits.queries import audit_schedule as schedules
from audits.queries import client, fleet, fleet_export
from audits.queries import report_portfolio_words as words
from audits.queries.fleet_row import FleetRow
from tests import factories
from tests.queries.rows import audited


def test_each_rhythm_keeps_its_day_of_the_month() -> None:
    expected = {
        AuditRhythm.MONTHLY: ["2026-08-31", "2026-09-30", "2026-10-31"],
        AuditRhythm.QUARTERLY: ["2026-08-31", "2026-11-30", "2027-02-28"],
        AuditRhythm.HALF_YEARLY: ["2026-08-31", "2027-02-28", "2027-08-31"],
        AuditRhythm.YEARLY: ["2026-08-31", "2027-08-31", "2028-08-31"],
    }
    for rhythm, listed in expected.items():
        days = schedules.days_from(date(2026, 8, 31), rhythm=rhythm, day_of_month=31)
        assert [next(days).isoformat() for _ in range(3)] == listed
    assert set(expected) == set(AuditRhythm)


def test_next_audits_within_45_days_are_among_what_comes(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    own = {"provider_id": provider_id, "client": row, "day_of_month": 1}
    today = timezone.localdate()
    for name, days, more in (
        ("Soon", 45, {}),
        ("Later", 46, {}),
        ("Paused", 5, {"paused_at": timezone.now()}),
        ("Deleted", 5, {"deleted_at": timezone.now()}),
    ):
        model = audited(row, 0, name=name)
        AuditSchedule.objects.create(
            **own, model=model, next_on=today + timedelta(days=days), **more
        )
    items = client.overview(row).expiring.items
    assert [(one.kind, one.name, one.days_left) for one in items] == [(Expiry.PLANNED, "Soon", 45)]


def _day(schedule: AuditSchedule, ago: int, audit: Audit | None = None) -> AuditRun:
    return AuditRun.objects.create(
        provider_id=schedule.provider_id,
        client=schedule.client,
        schedule=schedule,
        due_on=timezone.localdate() - timedelta(days=ago),
        audit=audit,
        problem="" if audit else "Nobody has allowed an audit.",
    )


def _planned(row: Client, name: str) -> AuditSchedule:
    """A model that is fine, measured three days ago, and whose day of yesterday started nothing."""
    model = audited(row, 0, name=name)
    past = timezone.now() - timedelta(days=3)
    Audit.objects.filter(model_version__model=model).update(created_at=past, completed_at=past)
    schedule = AuditSchedule.objects.create(
        provider_id=row.provider_id,
        client=row,
        model=model,
        next_on=timezone.localdate() + timedelta(days=30),
        day_of_month=1,
    )
    _day(schedule, 1)
    return schedule


def _in_fleet(name: str = "Harbour") -> FleetRow:
    return {row.client.name: row for row in fleet.fleet().rows}[name]


def test_client_needs_attention_where_the_last_day_of_a_schedule_started_nothing(
    provider_id: int,
) -> None:
    row, fine = (factories.make_client(provider_id, name) for name in ("Harbour", "Fine"))
    first = _planned(row, "First")
    AuditRun.objects.all().delete()
    audited(fine, 0)
    assert [_in_fleet(name).bucket for name in ("Harbour", "Fine")] == ["ok", "ok"]
    _day(first, 1)
    found = _in_fleet()
    assert (found.bucket, found.unstarted_audits, _in_fleet("Fine").bucket) == (
        "attention",
        1,
        "ok",
    )
    assert words.reasons(found) == "One planned audit could not be started on its day."
    _day(first, 0)  # the same again: it is one schedule that asks
    _planned(row, "Second")
    found = _in_fleet()
    assert found.unstarted_audits == len(schedules.unstarted(row)) == 2
    assert words.reasons(found) == "2 planned audits could not be started on their days."
    listed = json.loads(fleet_export.as_json([found]))["clients"]
    assert [(one["audits_not_started"], one["audits_failed"]) for one in listed] == [(2, 0)]
    headers = fleet_export.as_csv([found]).splitlines()[0]
    assert headers.endswith(b"audits_not_started,audits_failed,why")


def _next_day_starts(schedule: AuditSchedule) -> None:
    audit = factories.make_audit(schedule.model.versions.get(), None)
    # As if asked for before: that another day has come is enough.
    Audit.objects.filter(pk=audit.pk).update(created_at=timezone.now() - timedelta(days=3))
    _day(schedule, 0, audit)


ENDS: dict[str, Callable[[AuditSchedule], object]] = {
    "its next day starts": _next_day_starts,
    "paused": lambda one: AuditSchedule.objects.filter(pk=one.pk).update(paused_at=timezone.now()),
    "deleted": lambda one: AuditSchedule.objects.filter(pk=one.pk).update(
        deleted_at=timezone.now()
    ),
    "measured by hand": lambda one: factories.make_audit(one.model.versions.get(), None),
}


@pytest.mark.parametrize("end", ENDS)
def test_attention_for_a_day_without_an_audit_ends_by_itself(provider_id: int, end: str) -> None:
    row = factories.make_client(provider_id, "Harbour")
    schedule = _planned(row, "First")
    assert (_in_fleet().bucket, len(schedules.unstarted(row))) == ("attention", 1)
    ENDS[end](schedule)
    assert (_in_fleet().bucket, _in_fleet().unstarted_audits) == ("ok", 0)
    assert schedules.unstarted(row) == []
