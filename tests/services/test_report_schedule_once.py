"""A planned report goes out once, and not at all once its schedule was stopped."""

from collections.abc import Iterator

import pytest

from audits import tenancy
from audits.enums import ReportRunState
from audits.models import ReportRun, ReportSchedule, ReportSending
from audits.services import report_schedule as service
from audits.services import report_sending
from audits.services.errors import InvalidInput, NotPossible
from tests import casts
from tests.factories import World
from tests.planned import begin, day_of, go_on, owner_of, planned
from tests.schedules import drawn


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            ReportRun.objects.all().delete()
            ReportSchedule.objects.all().delete()
            yield lent


def test_schedule_that_is_paused_meanwhile_sends_nothing(world: World) -> None:
    schedule = planned(world, held=False)
    begin(schedule)
    run = day_of(schedule)
    report = drawn(run)
    service.pause(schedule=schedule, actor=world.ours.technician)
    assert go_on(run) is True
    run.refresh_from_db()
    assert (run.state, "stopped" in run.problem) == (ReportRunState.FAILED, True)
    assert not ReportSending.objects.filter(report=report).exists()


def test_report_goes_out_once_whoever_sends_it_first(world: World) -> None:
    schedule = planned(world, held=False)
    begin(schedule)
    report = drawn(day_of(schedule))

    def send() -> None:
        report_sending.send(
            report=report,
            actor=None,
            readers=[owner_of(world)],
            link=lambda _sending: "",
            only_first=True,
        )

    send()
    with pytest.raises(NotPossible, match="sent already"):
        send()
    assert ReportSending.objects.filter(report=report).count() == 1


def test_hidden_copy_alone_does_not_open_a_report(world: World) -> None:
    schedule = planned(world)
    begin(schedule)
    run = day_of(schedule)
    report = drawn(run)
    go_on(run)
    with pytest.raises(InvalidInput, match="at least one person"):
        report_sending.send(
            report=report,
            actor=world.ours.technician,
            readers=[],
            hidden=[owner_of(world)],
            link=lambda _sending: "",
        )
    report.refresh_from_db()
    assert report.sent_at is None
