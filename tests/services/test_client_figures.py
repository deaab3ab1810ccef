"""Kept figures are those that counting gives: whatever is written, and whatever time does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits import tasks, tenancy
from audits.enums import Answer, JobKind, JobState, ToolDecision
from audits.guidance.strictness import Asked
from audits.models import (
    AIModel,
    AITool,
    Audit,
    AuditRun,
    AuditSchedule,
    ChecklistEvidence,
    ChecklistItem,
    ChecklistPin,
    Client,
    ClientChange,
    ClientFigures,
    Dataset,
    Job,
    ModelVersion,
    RatingPolicy,
    Report,
)
from audits.queries import client_figures as queries
from audits.queries import fleet
from audits.services import client_figures
from tests import factories
from tests.factories import ClientCast, World


def _kept() -> dict[int, queries.Figures]:
    return queries.kept(queries.bases())


def _refreshed(here: ClientCast) -> queries.Figures:
    """What is kept after a refresh, and must be what counting gives."""
    client_figures.refresh()
    found = _kept()[here.client.pk]
    assert found == queries.counted([here.client.pk])[here.client.pk]
    return found


def test_figures_are_kept_as_they_are_counted(world: World) -> None:
    with world.here.scope():
        assert _kept() == {}
        found = _refreshed(world.here)
        assert found.risk.models == AIModel.objects.count() == 1
        assert found.tools == 1
        assert found.last_audit == world.here.audit.completed_at
        assert ClientChange.objects.count() == 0
        before = ClientFigures.objects.get()
        client_figures.refresh()  # nothing changed, so nothing is written
        assert ClientFigures.objects.get().until == before.until


def test_a_fleet_of_kept_figures_takes_few_questions(
    world: World,
    django_assert_num_queries: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    with world.here.scope():
        client_figures.refresh()
        with django_assert_num_queries(8):
            rows = fleet.fleet().rows
        assert [row.figures for row in rows] == [
            queries.counted([rows[0].client.pk])[rows[0].client.pk]
        ]


def _own(here: ClientCast) -> dict[str, object]:
    return {"provider_id": here.client.provider_id, "client": here.client}


def _job(here: ClientCast) -> None:
    factories.make_job(here.client, kind=JobKind.AUDIT, key="next", state=JobState.RUNNING)


# One change at each table that figures are counted from, and of each verb once.
CHANGES: dict[str, Callable[[ClientCast], object]] = {
    "a model is added": lambda here: factories.make_model(here.client, "Another"),
    "a model is edited": lambda _: AIModel.objects.update(impact=5, exposure="public"),
    "a model has a new version": lambda here: factories.make_model_version(here.model, number=9),
    "what the file says": lambda _: ModelVersion.objects.update(facts={"stores_rows": True}),
    "an audit ends otherwise": lambda _: Audit.objects.update(outcome="inconclusive"),
    "a dataset is graver": lambda _: Dataset.objects.update(impact=5),
    "a tool is undecided": lambda _: AITool.objects.update(decision="undecided"),
    "a control is answered": lambda _: ChecklistItem.objects.update(answer=Answer.YES),
    "a due date passed": lambda _: ChecklistItem.objects.update(
        answer=Answer.NO, due=timezone.localdate() - timedelta(days=1)
    ),
    "evidence is old": lambda _: ChecklistEvidence.objects.update(
        dated=timezone.localdate() - timedelta(days=400)
    ),
    "evidence is gone": lambda here: here.checklist_evidence.delete(),
    "another edition": lambda here: ChecklistPin.objects.update(edition=here.checklist_pin.edition),
    "an audit is asked for": _job,
    "a job failed": lambda _: Job.objects.update(state=JobState.FAILED),
    "a report is made": lambda here: Report.objects.create(
        **_own(here), number=2, audit=here.audit, data=factories.REPORT_DATA
    ),
    "a report is sent": lambda _: Report.objects.update(sent_at=timezone.now()),
    "a planned audit was not started": lambda _: AuditRun.objects.update(
        audit=None, problem="Why."
    ),
    "a planned day comes": lambda here: AuditRun.objects.create(
        **_own(here), schedule=here.audit_schedule, due_on=timezone.localdate(), problem="Why."
    ),
    "a planned day is gone": lambda here: here.audit_run.delete(),
    "a schedule is paused": lambda _: AuditSchedule.objects.update(paused_at=timezone.now()),
    "a stricter policy": lambda here: RatingPolicy.objects.create(
        **_own(here), number=9, asks=Asked(raised=frozenset({3})).stored(), reason="Asked."
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_kept_figures_stale(world: World, change: str) -> None:
    here = world.here
    with here.scope():
        client_figures.refresh()
        assert here.client.pk in _kept()
        CHANGES[change](here)
        assert here.client.pk not in _kept()
        assert queries.of_everyone() == {here.client.pk: _refreshed(here)}


def test_progress_of_a_job_changes_no_figure(world: World) -> None:
    with world.here.scope():
        client_figures.refresh()
        Job.objects.update(step=3)
        assert set(_kept()) == {world.here.client.pk}


@pytest.mark.parametrize("days", [90, 182, 365, 455])
def test_time_alone_makes_figures_stale(world: World, days: int) -> None:
    with world.here.scope():
        passes = timezone.now() - timedelta(days=days) + timedelta(hours=1)
        Audit.objects.update(completed_at=passes)
        client_figures.refresh()
        until = ClientFigures.objects.get().until
        assert until == passes + timedelta(days=days)
        ClientFigures.objects.update(until=timezone.now())
        assert _kept() == {}


def test_figures_hold_a_day_at_most_and_to_the_end_of_a_due_date(world: World) -> None:
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now())
        ChecklistItem.objects.update(due=None, answered_at=None)
        ChecklistEvidence.objects.update(dated=timezone.localdate())
        client_figures.refresh()
        assert ClientFigures.objects.get().until <= timezone.now() + timedelta(days=1)
        ChecklistItem.objects.update(due=timezone.localdate())
        client_figures.refresh()
        tomorrow = timezone.localdate() + timedelta(days=1)
        assert timezone.localdate(ClientFigures.objects.get().until) == tomorrow
        assert timezone.localtime(ClientFigures.objects.get().until).hour == 0


@pytest.mark.parametrize("reviewed", [AIModel, AITool])
def test_figures_hold_to_the_end_of_the_day_of_a_review(
    world: World, reviewed: type[AIModel | AITool]
) -> None:
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now())
        ChecklistItem.objects.update(due=None, answered_at=None)
        ChecklistEvidence.objects.update(dated=timezone.localdate())
        AITool.objects.update(decision=ToolDecision.APPROVE)
        today = timezone.localdate()
        reviewed.objects.update(next_review=today)
        found = _refreshed(world.here)
        assert found.overdue_models + found.overdue_tools == 0
        until = timezone.localtime(ClientFigures.objects.get().until)
        assert (until.date(), until.hour) == (today + timedelta(days=1), 0)
        reviewed.objects.update(next_review=today - timedelta(days=1))
        found = _refreshed(world.here)
        assert found.overdue_models + found.overdue_tools == 1


def test_one_refresh_speaks_of_the_clients_in_scope_alone(world: World) -> None:
    with world.sibling.scope():
        before = list(ClientFigures.objects.values())
        assert before != []
        changes = ClientChange.objects.count()
    with world.here.scope():
        client_figures.refresh()
        assert set(queries.of_everyone()) == {world.here.client.pk}
    with world.sibling.scope():
        assert list(ClientFigures.objects.values()) == before
        assert ClientChange.objects.count() == changes > 0


def test_the_beat_job_counts_at_every_provider(world: World) -> None:
    tasks.refresh_figures()
    with tenancy.system_scope("the test looks at every client"):
        every = set(Client.objects.values_list("pk", flat=True))
        assert len(every) == 4
        assert set(_kept()) == every
        assert ClientChange.objects.count() == 0


def test_a_page_counts_some_and_shows_the_others_as_they_were_last_counted(world: World) -> None:
    ours = [world.here.client.pk, world.sibling.client.pk]
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=ours, provider_rows=True):
        client_figures.refresh()
        AIModel.objects.update(impact=5)
        for cast in (world.here, world.sibling):
            factories.make_model(cast.client, "Another")
        known = client_figures.refresh(at_most=1)
        assert known.behind == {ours[1]}
        assert [known.figures[pk].risk.models for pk in ours] == [2, 1]
        assert fleet.fleet(known=known).behind == 1
        assert client_figures.refresh(at_most=1).behind == frozenset()


def test_a_client_that_nobody_has_counted_is_not_said_to_have_nothing(world: World) -> None:
    ours = [world.here.client.pk, world.sibling.client.pk]
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=ours, provider_rows=True):
        known = client_figures.refresh(at_most=1)
        found = {row.client.pk: row for row in fleet.fleet(known=known).rows}
        assert [found[pk].is_uncounted for pk in ours] == [False, True]
        assert found[ours[1]].bucket == "unknown"
        # What an older way of counting left behind is not read as if it were of today.
        ClientFigures.objects.filter(client=ours[0]).update(basis="0 old:", figures={})
        assert queries.known(queries.bases()).figures == {}
