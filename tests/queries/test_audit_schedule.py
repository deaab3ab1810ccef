"""Days of audits, and what a client's page says of them."""

from datetime import date, timedelta

from django.utils import timezone

from audits.enums import AuditRhythm, Expiry
from audits.models import AuditSchedule
from audits.queries import audit_schedule as schedules
from audits.queries import client
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
