"""Days of a schedule, and who reads reports."""

from datetime import date

from audits.enums import READING_ROLES, ReportRhythm
from audits.queries import report_schedule as schedules
from audits.rights import ACTIONS


def test_roles_that_read_reports_are_those_of_the_door() -> None:
    at_clients = {role for role in ACTIONS["report.view"] if role.is_held_at_a_client}
    assert at_clients == set(READING_ROLES)


def test_last_day_of_a_month_comes_back_after_a_shorter_one() -> None:
    days = schedules.days_from(date(2026, 1, 31), rhythm=ReportRhythm.MONTHLY, day_of_month=31)
    assert [next(days).isoformat() for _ in range(4)] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]
    days = schedules.days_from(date(2026, 11, 30), rhythm=ReportRhythm.QUARTERLY, day_of_month=30)
    assert [next(days).isoformat() for _ in range(3)] == ["2026-11-30", "2027-02-28", "2027-05-30"]
