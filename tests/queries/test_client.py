from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits import tenancy
from audits.enums import (
    Answer,
    ClientState,
    Exposure,
    JobKind,
    JobState,
    ProviderJobKind,
    RatingBadge,
    ToolDecision,
    Treatment,
)
from audits.models import (
    AITool,
    Audit,
    ChecklistItem,
    Client,
    Finding,
    Job,
    JobUnit,
    Provider,
    ProviderJob,
    Report,
)
from audits.queries import (
    ai_model,
    client,
    dataset,
    fleet,
    next_actions,
    on_their_way,
    report,
    report_frame,
    tool,
)
from audits.queries import audit as audits
from audits.queries import checklist as checklists
from audits.services import checklist, client_figures
from tests import builders, factories
from tests.queries.rows import audited, measured


def _named(provider_id: int, *names: str) -> list[Client]:
    return [factories.make_client(provider_id, name) for name in names]


def _item(row: Client, control: str, **values: Any) -> ChecklistItem:  # noqa: ANN401 - model fields
    usual = {"provider_id": row.provider_id, "client": row, "catalogue_version": "2026.1"}
    return ChecklistItem.objects.create(**usual | {"control": control} | values)


def test_the_fleet_stands_worst_first_in_its_buckets(provider_id: int) -> None:
    fine, _, leaking, sensitive, late, prospect, gone = _named(
        provider_id, "Fine", "Bare", "Leaking", "Sensitive", "Late", "Prospect", "Gone"
    )
    audited(fine, 0)
    audited(leaking, 4, impact=5)
    audited(leaking, 0, name="Other")
    factories.make_model(sensitive, impact=4)
    audited(late, 0)
    _item(late, "AI-01", due=timezone.localdate() - timedelta(days=1))
    Client.objects.filter(pk=prospect.pk).update(state=ClientState.PROSPECT)
    Client.objects.filter(pk=gone.pk).update(state=ClientState.ARCHIVED)
    found = fleet.fleet()
    shown = [(row.client.name, row.badge, row.bucket) for row in found.rows]
    assert shown == [
        ("Leaking", RatingBadge.CRITICAL, "attention"),
        ("Sensitive", RatingBadge.UNTESTED, "attention"),
        ("Late", RatingBadge.LOW, "attention"),
        ("Fine", RatingBadge.LOW, "ok"),
        ("Bare", None, "unknown"),
        ("Prospect", None, "unknown"),
    ]
    assert found.buckets == {"attention": 3, "ok": 1, "unknown": 1}
    assert (found.clients, found.prospects, found.overdue) == (5, 1, 1)
    assert [row.client.name for row in found.rows if row.shown_by("unknown")] == ["Bare"]
    assert [row.client.name for row in found.rows if row.shown_by("overdue")] == ["Late"]


def test_the_fleet_counts_what_a_client_has(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    model = audited(row, 1)
    newest = measured(model.versions.get(), None)
    factories.make_model(row, "Planned")
    for number, decision in enumerate((ToolDecision.UNDECIDED, ToolDecision.APPROVE)):
        AITool.objects.create(
            provider_id=provider_id,
            client=row,
            name=f"Tool {number}",
            data_class="internal",
            decision=decision,
        )
    finding = Finding.objects.create(
        provider_id=provider_id, client=row, audit=newest, key="leak_L2"
    )
    _item(row, "AI-20", finding=finding)
    _item(row, "AI-01", answer=Answer.NO)
    _item(row, "AI-02")
    _item(row, "AI-03", answer=Answer.YES)
    found = fleet.fleet().rows[0]
    assert (found.models, found.tools, found.tools_unreviewed) == (2, 2, 1)
    assert (found.open_actions, found.overdue_actions) == (2, 0)
    assert client.overview(row).actions_open == 2
    # The newest audit was not valid: it is the last one, but it does not decide the badge.
    assert (found.last_audit, found.badge) == (newest.completed_at, RatingBadge.UNTESTED)


def _with_job(audit: Audit, state: str) -> Audit:
    audit.job = factories.make_job(
        audit.client, object_id=audit.pk, key=f"audit-{audit.pk}", state=state
    )
    audit.save(update_fields=["job"])
    return audit


def test_a_failure_counts_until_somebody_asks_again(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    version = factories.make_model_version(factories.make_model(row))
    other = factories.make_model_version(factories.make_model(row, "Other"))
    failed = _with_job(factories.make_audit(version, None), JobState.FAILED)
    _with_job(factories.make_audit(other, None), JobState.RUNNING)
    found = fleet.fleet()
    assert (found.failed, found.running, on_their_way.of_client(row, with_reports=True).audits) == (
        1,
        1,
        1,
    )
    assert client.overview(row).failed == [failed]
    _with_job(factories.make_audit(version, None), JobState.QUEUED)
    found = fleet.fleet()
    assert (found.failed, found.running) == (0, 2)
    assert audits.attention(row) == []
    assert len(audits.running(row)) == 2


def test_switcher_tells_how_far_a_checklist_is_and_what_is_measured(provider_id: int) -> None:
    begun, bare = _named(provider_id, "Begun", "No checklist")
    _item(begun, "AI-01", answer=Answer.YES, answered_at=timezone.now())
    factories.make_job(begun, kind=JobKind.AUDIT, key="next", state=JobState.RUNNING)
    found = client.choices(client_figures.refresh())
    assert [(one.client, one.is_running, one.checklist) for one in found] == [
        (begun, True, 100),
        (bare, False, None),
    ]


def test_progress_says_what_the_row_says(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    first = factories.make_job(row, key="first", state=JobState.RUNNING, steps=4, step=1)
    builders.make_unit(first)
    second = factories.make_job(row, key="second", steps=4)
    waiting = audits.progress(second)
    assert (waiting.ahead, waiting.elapsed, waiting.is_active) == (1, None, True)
    now = timezone.now()
    Job.objects.filter(pk=first.pk).update(
        started_at=now - timedelta(seconds=90), heartbeat_at=now - timedelta(seconds=100)
    )
    running = audits.progress(Job.objects.get(pk=first.pk))
    assert (running.current_step, running.is_silent, running.poll_seconds) == (2, True, 5)
    Job.objects.filter(pk=first.pk).update(
        state=JobState.SUCCEEDED, step=4, finished_at=now, cancel_requested_at=now
    )
    ended = audits.progress(Job.objects.get(pk=first.pk))
    assert ended.elapsed == timedelta(seconds=90)
    assert (ended.is_active, ended.is_silent, ended.is_stopping) == (False, False, False)
    assert ended.current_step == 4


def test_the_place_in_the_queue_counts_the_work_of_everybody(provider_id: int) -> None:
    """Workers serve all clients: what waits elsewhere is before it, and not a row of it is seen."""
    row, other = _named(provider_id, "Harbour", "Other")
    with tenancy.new_provider_scope() as elsewhere:
        Provider.objects.create(pk=elsewhere, name="Another")
        stranger = factories.make_client(elsewhere, "Stranger")
        with tenancy.scope(provider_id=elsewhere, client_ids=[stranger.pk]):
            builders.make_unit(factories.make_job(stranger, key="theirs"))
    builders.make_unit(factories.make_job(other, key="neighbour"))
    with tenancy.scope(provider_id=provider_id, client_ids=(), provider_rows=True):
        made = ProviderJob.objects.create(
            provider_id=provider_id, kind=ProviderJobKind.PORTFOLIO, object_id=0, key="all", steps=1
        )
        builders.make_unit(made)
    ended = factories.make_job(other, key="ended", state=JobState.SUCCEEDED)
    builders.make_unit(ended)
    mine = factories.make_job(row, key="mine")
    builders.make_unit(mine)
    builders.make_unit(factories.make_job(row, key="later"))
    with tenancy.scope(provider_id=provider_id, client_ids=[row.pk]):
        assert Job.objects.count() == 2
        assert audits.progress(mine).ahead == 3
        assert Job.objects.count() == 2


def test_work_that_goes_on_waits_where_its_next_step_stands(provider_id: int) -> None:
    """A job between two steps went to the end of the queue with the second one."""
    (row,) = _named(provider_id, "Harbour")
    between = factories.make_job(row, key="between", state=JobState.RUNNING, steps=4, step=1)
    mine = factories.make_job(row, key="mine")
    builders.make_unit(mine)
    after, before = mine.created_at + timedelta(seconds=1), mine.created_at - timedelta(seconds=1)
    builders.make_unit(between, state=JobState.QUEUED, index=1, queued_at=after)
    assert audits.progress(mine).ahead == 0
    JobUnit.objects.filter(job=between).update(queued_at=before)
    assert audits.progress(mine).ahead == 1


def test_actions_of_a_finding_come_before_heavier_ones(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    audit = measured(factories.make_model_version(factories.make_model(row)), 3)
    own = {"provider_id": provider_id, "client": row, "audit": audit}
    leak = Finding.objects.create(**own, key="leak_L3plus")
    gap = Finding.objects.create(**own, key="overfit_gap", params={"gap": "12"})
    _item(row, "AI-01", priority=25)
    for control, finding in (("AI-19", gap), ("AI-20", leak), ("AI-25", leak), ("AI-26", leak)):
        _item(row, control, priority=9, finding=finding)
    listed = checklists.rows(row)
    shown = [item.control.id for item in next_actions.first(listed)]
    assert shown == ["AI-25", "AI-26", "AI-20"]
    only_gap = [item.control.id for item in next_actions.for_audit(listed, audit, [gap])]
    assert only_gap == ["AI-20", "AI-19", "AI-25"]
    ChecklistItem.objects.filter(control="AI-25").update(answer=Answer.YES)
    shown = [item.control.id for item in next_actions.first(checklists.rows(row))]
    assert shown == ["AI-26", "AI-20", "AI-19"]
    assert all(item.because for item in next_actions.first(checklists.rows(row)))


def test_what_is_to_do_is_what_is_open_of_the_whole_list(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    not_here = {"answer": Answer.NOT_APPLICABLE, "reason": "No such model."}
    _item(row, "AI-01")
    _item(row, "AI-02", answer=Answer.PARTLY)
    _item(row, "AI-03", **not_here)
    _item(row, "AI-04", answer=Answer.YES)
    _item(row, "AI-05", **not_here, confirmed_at=timezone.now())
    _item(row, "AI-06", decided=Treatment.ACCEPT)
    _item(row, "AI-07", decided=Treatment.FIX)
    whole = checklists.rows(row)
    assert len(whole) == len(checklists.standing(row)) == 7
    expected = {found.control.id for found in whole if found.is_open and not found.is_left}
    assert expected == {"AI-01", "AI-02", "AI-03", "AI-07"}
    assert {found.control.id for found in checklists.to_do(row)} == expected
    assert checklists.score(checklists.standing(row)) == checklists.score(whole)


def test_result_that_expired_says_so_before_its_verdict(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    version = factories.make_model_version(factories.make_model(row, "Scores", impact=4))
    old = measured(version, 3, days_ago=400)
    found = client.overview(row)
    day = report_frame.day_at(row, old.completed_at or timezone.now())
    assert found.badge == RatingBadge.EXPIRED
    assert found.outdated == (
        f"The last result of Scores is of {day} and no longer counts: treat it as High until it is"
        " tested again."
    )
    measured(version, 3)
    assert client.overview(row).outdated == ""


def test_first_action_begins_with_what_the_model_is(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    model = factories.make_model(row, "Scores", impact=4, exposure=Exposure.CUSTOMERS)
    audit = measured(factories.make_model_version(model), 4)
    Finding.objects.create(provider_id=provider_id, client=row, audit=audit, key="leak_L3plus")
    checklist.refresh(client=row)
    told = {one.control.id: one for one in client.overview(row).top_actions}
    assert told["AI-25"].begin_plain == "Set a limit for each customer of “Scores”."
    shown = audits.result(audit)
    assert shown is not None
    assert [one.begin_plain for one in shown.actions if one.control.id == "AI-25"] == [
        told["AI-25"].begin_plain
    ]


def test_answers_older_than_a_year_count_half(provider_id: int) -> None:
    (row,) = _named(provider_id, "Harbour")
    for control in ("AI-01", "AI-02"):
        _item(row, control, answer=Answer.YES, answered_at=timezone.now())
    assert checklists.score(checklists.rows(row)).percent == 100
    ChecklistItem.objects.update(answered_at=timezone.now() - timedelta(days=366))
    assert checklists.score(checklists.rows(row)).percent == 50


LISTS: dict[str, tuple[Callable[[Client], object], int]] = {
    "fleet": (lambda _: fleet.fleet().rows, 28),
    "switcher": (lambda _: client.choices(client_figures.refresh()), 39),
    "overview": (client.overview, 30),
    "models": (ai_model.register, 4),
    "datasets": (lambda row: list(dataset.register(row)), 2),
    "audits": (lambda row: list(audits.register(row)), 1),
    "tools": (lambda row: list(tool.of_client(row)), 1),
    "reports": (lambda row: list(report.of_client(row)), 1),
    "checklist": (checklists.rows, 2),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_same_number_of_questions_for_one_row_and_for_three(
    provider_id: int,
    name: str,
    django_assert_num_queries: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    ask, queries = LISTS[name]
    (first,) = _named(provider_id, "First")
    factories.fill(first)
    with django_assert_num_queries(queries):
        ask(first)
    for row in _named(provider_id, "Second", "Third"):
        factories.fill(row)
    for number in (2, 3):
        model = audited(first, 2, name=f"Model {number}")
        audit = Audit.objects.filter(model_version__model=model).get()
        data = factories.make_dataset(first, f"Data {number}")
        factories.make_dataset_version(data)
        own = {"provider_id": provider_id, "client": first}
        finding = Finding.objects.create(**own, audit=audit, key="leak_L2")
        _item(first, f"AI-0{number}", finding=finding)
        AITool.objects.create(**own, name=f"Tool {number}", data_class="internal")
        Audit.objects.filter(pk=audit.pk).update(
            job=factories.make_job(first, key=f"j{number}", state=JobState.FAILED)
        )
        Report.objects.create(**own, number=number, audit=audit, data={})
    with django_assert_num_queries(queries):
        ask(first)
