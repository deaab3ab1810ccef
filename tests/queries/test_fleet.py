"""What the fleet says of a client is what the client's own pages say."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from audits import tenancy
from audits.enums import Answer, ClientState, JobKind, JobState, RatingBadge, ToolDecision, Trend
from audits.guidance.strictness import HOUSE, Asked
from audits.models import (
    AIModel,
    AITool,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    Dataset,
    ModelVersion,
    Provider,
    RatingPolicy,
    Report,
)
from audits.queries import checklist, fleet, fleet_export, fleet_risk, risk
from audits.queries.fleet import FleetFilters
from audits.queries.fleet_row import FleetRow
from tests import factories
from tests.queries.rows import audited, measured


def _standings(client: Client) -> dict[risk.Standing, int]:
    found: dict[risk.Standing, int] = {}
    for row in risk.risks_of(risk.in_use().filter(client=client)):
        found[row.standing] = found.get(row.standing, 0) + 1
    return found


def test_ratings_of_the_fleet_are_those_of_each_model(provider_id: int) -> None:
    client = factories.make_client(provider_id, "Harbour")
    bare = factories.make_client(provider_id, "Bare")
    for level in range(5):
        for impact in (1, 3, 5):
            audited(client, level, name=f"{level} {impact}", impact=impact)
    audited(client, None, name="Void", impact=5)
    audited(client, 1, name="Unsure", outcome="inconclusive", impact=2)
    factories.make_model(client, "Planned", impact=5)
    factories.make_model(client, "Plain", impact=1)
    aged = audited(client, 4, name="Aged")
    Audit.objects.filter(model_version__model=aged).update(
        completed_at=timezone.now() - timedelta(days=366)
    )
    passed = audited(client, 0, name="Passed by")
    factories.make_model_version(passed, number=2)
    leaking = audited(client, 0, name="Keeps rows", exposure="public", outputs="weights")
    ModelVersion.objects.filter(model=leaking).update(facts={"stores_rows": True})
    graver = audited(client, 3, name="Graver data", impact=1)
    version = factories.make_dataset_version(factories.make_dataset(client, "Records"))
    Dataset.objects.filter(pk=version.dataset_id).update(impact=5)
    Audit.objects.filter(model_version__model=graver).update(dataset_version=version)
    audited(client, 4, name="Retired", impact=5, lifecycle="retired")
    factories.make_model(client, "Retired untested", impact=5, lifecycle="retired")
    repeats = audited(client, 0, name="Repeats", exposure="public", verbatim="yes")
    found = fleet_risk.by_client()
    assert found[client.pk].standings == _standings(client)
    assert len(found[client.pk].standings) > 5
    assert risk.risks_of([repeats])[0].badge == RatingBadge.CRITICAL
    assert found[client.pk].models == AIModel.objects.count() - 2 == 24
    assert bare.pk not in found


def test_day_since_when_a_rating_ran_out_is_that_of_the_first_result(provider_id: int) -> None:
    """By the client's policy; a result of an earlier version did not grow too old."""
    client = factories.make_client(provider_id, "Harbour")
    passed = audited(client, 0, name="Passed by")
    factories.make_model_version(passed, number=2)
    assert fleet_risk.by_client()[client.pk].expired_since is None
    now = timezone.now()
    for days in (10, 380, 700):
        model = audited(client, 2, name=f"{days} days")
        ended = now - timedelta(days=days)
        Audit.objects.filter(model_version__model=model).update(completed_at=ended)
    found = fleet_risk.by_client()[client.pk].expired_since
    assert found == now - timedelta(days=700 - 365)


@pytest.mark.parametrize("of_client", [False, True], ids=["provider's", "client's"])
@pytest.mark.parametrize("months", [3, 6, 12])
def test_fleet_rates_by_the_policy_of_each_client(
    provider_id: int, months: int, *, of_client: bool
) -> None:
    client = factories.make_client(provider_id, "Harbour")
    for days in (10, 100, 200, 300):
        audited(client, 1, name=f"{days} days old", impact=3)
        Audit.objects.filter(model_version__model__name=f"{days} days old").update(
            completed_at=timezone.now() - timedelta(days=days)
        )
    factories.make_model(client, "Never audited", impact=3)
    before = fleet_risk.by_client()[client.pk].standings
    asks = Asked(months=months, raised=frozenset({3}), unproven=True)
    with tenancy.scope(provider_id=provider_id, client_ids=[client.pk], provider_rows=True):
        RatingPolicy.objects.create(
            provider_id=provider_id,
            client=client if of_client else None,
            number=1,
            asks=asks.stored(),
            reason="Asked by the insurer.",
        )
    found = fleet_risk.by_client()[client.pk].standings
    assert found == _standings(client) != before
    expired = sum(n for one, n in found.items() if one.badge == RatingBadge.EXPIRED)
    assert expired == {3: 3, 6: 2, 12: 0}[months]


def _before(client: Client, level: int, days: int) -> AIModel:
    model = factories.make_model(client)
    audit = measured(factories.make_model_version(model), level, days_ago=days)
    # What was said when it was finished, as a job stores it.
    said = risk.rate(model=model, version=audit.model_version, audit=audit, policy=HOUSE)
    Audit.objects.filter(pk=audit.pk).update(
        badge=said.badge.value if days < 365 else RatingBadge.LOW
    )
    return model


@pytest.mark.parametrize(
    ("then", "now", "trend"),
    [(4, 0, Trend.BETTER), (0, 4, Trend.WORSE), (2, 2, Trend.SAME)],
)
def test_trend_compares_the_worst_badge_with_that_of_90_days_ago(
    provider_id: int, then: int, now: int, trend: Trend
) -> None:
    client = factories.make_client(provider_id, "Harbour")
    model = _before(client, then, 100)
    measured(model.versions.get(), now)
    assert fleet.fleet().rows[0].trend == trend


def test_trend_is_not_known_where_nothing_is_old_enough(provider_id: int) -> None:
    client = factories.make_client(provider_id, "Harbour")
    model = _before(client, 4, 80)
    measured(model.versions.get(), 0, badge=RatingBadge.LOW)
    assert fleet.fleet().rows[0].trend == Trend.UNKNOWN
    Audit.objects.update(completed_at=timezone.now() - timedelta(days=91))
    assert fleet.fleet().rows[0].trend == Trend.SAME


def test_a_result_that_had_expired_then_was_not_known_to_be_fine(provider_id: int) -> None:
    client = factories.make_client(provider_id, "Harbour")
    model = _before(client, 0, 90 + 370)
    moment = timezone.now() - fleet_risk.TREND_SPAN
    assert fleet_risk.worst_at(moment) == {client.pk: RatingBadge.EXPIRED}
    measured(model.versions.get(), 0)
    assert fleet.fleet().rows[0].trend == Trend.BETTER


@pytest.mark.parametrize("now", [RatingBadge.EXPIRED, RatingBadge.INCONCLUSIVE])
def test_nothing_gets_better_because_a_result_says_nothing_any_more(now: RatingBadge) -> None:
    assert fleet_risk.trend(now, RatingBadge.HIGH) == Trend.UNKNOWN
    assert fleet_risk.trend(now, RatingBadge.LOW) == Trend.WORSE


def test_checklist_of_the_fleet_is_the_score_of_each_client(provider_id: int) -> None:
    old = timezone.now() - timedelta(days=400)
    answers: list[dict[str, Any]] = [
        {"answer": Answer.YES, "answered_at": timezone.now()},
        {"answer": Answer.YES, "answered_at": old},
        {"answer": Answer.YES, "answered_at": old},
        {"answer": Answer.YES, "answered_at": timezone.now()},
        {"answer": Answer.PARTLY, "answered_at": old},
        {"answer": Answer.NO},
        {"answer": Answer.NOT_APPLICABLE, "reason": "None of it."},
        {"answer": Answer.NOT_APPLICABLE, "reason": "None of it.", "confirmed_at": old},
        {},
    ]
    for name in ("First", "Second"):
        client = factories.make_client(provider_id, name)
        own = {"provider_id": provider_id, "client": client, "catalogue_version": "1"}
        for number, values in enumerate(answers, start=1):
            ChecklistItem.objects.create(**own, control=f"AI-0{number}", **values)
        for control, days in (("AI-03", 3), ("AI-04", 400)):
            ChecklistEvidence.objects.create(
                provider_id=provider_id,
                client=client,
                item=ChecklistItem.objects.get(client=client, control=control),
                kind="note",
                dated=timezone.localdate() - timedelta(days=days),
            )
    ChecklistItem.objects.filter(client__name="Second", control="AI-06").update(answer=Answer.YES)
    expected = {
        client.pk: checklist.score(checklist.rows(client)).percent
        for client in Client.objects.all()
    }
    assert len(set(expected.values())) == 2
    assert checklist.percents(expected) == expected


def test_checklist_without_an_answer_is_not_known_yet_and_never_nothing(provider_id: int) -> None:
    waiting: dict[str, Any] = {"answer": Answer.NOT_APPLICABLE, "reason": "None of it."}
    answers: dict[str, dict[str, Any]] = {
        "Begun": {"answer": Answer.NO},
        "Fresh": {},
        "Waiting": waiting,
    }
    for name, values in answers.items():
        client = factories.make_client(provider_id, name)
        own = {"provider_id": provider_id, "client": client, "catalogue_version": "1"}
        for number, said in enumerate((values, {}), start=1):
            ChecklistItem.objects.create(**own, control=f"AI-0{number}", **said)
    rows = {row.client.name: row for row in fleet.fleet().rows}
    found = {name: row.checklist for name, row in rows.items()}
    assert found == {"Begun": 0, "Fresh": None, "Waiting": None}
    listed = json.loads(fleet_export.as_json(rows.values()))["clients"]
    assert {one["client"]: one["checklist_percent"] for one in listed} == found
    assert _names(sort="-checklist")[0] == "Begun"
    kept = rows["Fresh"].figures
    assert type(kept).of(kept.stored()) == kept


def _names(**chosen: object) -> list[str]:
    found = fleet.fleet(FleetFilters(**chosen))  # type: ignore[arg-type]
    return [row.client.name for row in found.shown]


def test_filters_and_orders_of_the_fleet(provider_id: int) -> None:
    fine, leaking, gone, prospect = (
        factories.make_client(provider_id, name) for name in ("Fine", "Leaking", "Gone", "Prospect")
    )
    audited(fine, 0)
    audited(leaking, 4, impact=5)
    Audit.objects.filter(client=leaking).update(completed_at=timezone.now() - timedelta(days=40))
    Client.objects.filter(pk=fine.pk).update(industry="Dental")
    Client.objects.filter(pk=gone.pk).update(state=ClientState.ARCHIVED)
    Client.objects.filter(pk=prospect.pk).update(state=ClientState.PROSPECT)
    assert _names() == ["Leaking", "Fine", "Prospect"]
    assert _names(sort="-risk") == ["Prospect", "Fine", "Leaking"]
    assert _names(sort="name") == ["Fine", "Leaking", "Prospect"]
    assert _names(sort="-name") == ["Prospect", "Leaking", "Fine"]
    assert _names(sort="audit") == ["Prospect", "Leaking", "Fine"]
    assert _names(q="dent fi") == ["Fine"]
    assert _names(industry="Dental") == ["Fine"]
    assert _names(risk=RatingBadge.LOW.value) == ["Fine"]
    assert _names(risk=fleet.NOBODY) == ["Prospect"]
    assert _names(idle=30) == ["Leaking", "Prospect"]
    for audit in Audit.objects.filter(client__in=[fine, leaking]):
        Report.objects.create(
            provider_id=provider_id,
            client=audit.client,
            number=1,
            audit=audit,
            data=factories.REPORT_DATA,
        )
    # A draft that nobody sent is not a report that the client got.
    assert _names(report=fleet.REPORT_DUE) == ["Leaking", "Fine", "Prospect"]
    Report.objects.update(sent_at=timezone.now())
    assert _names(report=fleet.REPORT_DUE) == ["Prospect"]
    past = timezone.now() - timedelta(days=91)
    Report.objects.filter(client=leaking).update(sent_at=past)
    assert _names(report=fleet.REPORT_DUE) == ["Leaking", "Prospect"]
    assert _names(state=ClientState.ARCHIVED.value) == ["Gone"]
    assert _names(state=fleet.EVERY_STATE) == ["Leaking", "Fine", "Gone", "Prospect"]
    assert _names(show="ok") == ["Fine"]
    assert fleet.fleet(FleetFilters(state=fleet.EVERY_STATE)).clients == 2


@pytest.mark.parametrize("state", [ClientState.PROSPECT, ClientState.ARCHIVED])
def test_figures_count_the_clients_that_their_links_show(
    provider_id: int, state: ClientState
) -> None:
    harbour = factories.make_client(provider_id, "Harbour")
    other = factories.make_client(provider_id, "Other")
    for client in (harbour, other):
        _overdue(client)
        version = factories.make_model_version(factories.make_model(client))
        job = factories.make_job(client, key="failed", state=JobState.FAILED)
        Audit.objects.filter(pk=factories.make_audit(version, None).pk).update(job=job)
        factories.make_job(client, kind=JobKind.AUDIT, key="next", state=JobState.RUNNING)
    assert _figures() == {"running": 2, "failed": 2, "overdue": 2}
    Client.objects.filter(pk=other.pk).update(state=state)
    assert _figures() == {"running": 1, "failed": 1, "overdue": 1}
    for show in fleet.CHOICES:
        assert "Other" not in _names(show=show, state=fleet.EVERY_STATE)
    assert _names(show="overdue", state=fleet.EVERY_STATE) == ["Harbour"]
    assert len(_names(state=fleet.EVERY_STATE)) == 2


def test_failed_audit_needs_attention_until_somebody_leaves_it(provider_id: int) -> None:
    client = factories.make_client(provider_id, "Harbour")
    version = audited(client, 0).versions.get()
    assert [row.bucket for row in fleet.fleet().rows] == ["ok"]
    job = factories.make_job(client, key="failed", state=JobState.FAILED)
    failed = factories.make_audit(version, None, job=job)
    (row,) = fleet.fleet().rows
    assert (row.failed_audits, row.bucket) == (1, "attention")
    (listed,) = json.loads(fleet_export.as_json([row]))["clients"]
    assert (listed["audits_failed"], listed["why"]) == (1, "1 failed audit")
    assert fleet_export.as_csv([row]).splitlines()[1].endswith(b",0,1,1 failed audit")
    finished = date_format(timezone.localdate(row.last_audit), "j M Y")
    assert f"finished {finished}; 1 failed, not tried again" in _on_paper(row, provider_id)
    Audit.objects.filter(pk=failed.pk).update(acknowledged_at=timezone.now())
    (row,) = fleet.fleet().rows
    assert (row.failed_audits, row.bucket) == (0, "ok")
    assert "failed" not in _on_paper(row, provider_id)


def _on_paper(row: FleetRow, provider_id: int) -> str:
    house = Provider.objects.get(pk=provider_id)
    return " ".join(fleet_export.as_printed([row], house).rows[0])


def _figures() -> dict[str, int]:
    found = fleet.fleet(FleetFilters(state=fleet.EVERY_STATE))
    return {name: getattr(found, name) for name in ("running", "failed", "overdue")}


def _overdue(client: Client) -> None:
    ChecklistItem.objects.create(
        provider_id=client.provider_id,
        client=client,
        catalogue_version="1",
        control="AI-01",
        answer=Answer.NO,
        due=timezone.localdate() - timedelta(days=1),
    )


def test_reviews_are_overdue_from_the_day_after_their_own(provider_id: int) -> None:
    today, past = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    late = factories.make_client(provider_id, "Late")
    for name, day, lifecycle in (
        ("Late", past, "approved"),
        ("Of today", today, "approved"),
        ("Retired", past, "retired"),
        ("Without a day", None, "approved"),
    ):
        factories.make_model(late, name, next_review=day, lifecycle=lifecycle)
    own = {"provider_id": provider_id, "client": late, "data_class": "internal"}
    for name, day, decision in (
        ("Late", past, ToolDecision.APPROVE),
        ("Of today", today, ToolDecision.APPROVE),
        ("Undecided", past, ToolDecision.UNDECIDED),
    ):
        AITool.objects.create(**own, name=name, next_review=day, decision=decision)
    prospect = factories.make_client(provider_id, "Prospect")
    factories.make_model(prospect, next_review=past)
    Client.objects.filter(pk=prospect.pk).update(state=ClientState.PROSPECT)
    fine = factories.make_client(provider_id, "Fine")
    factories.make_model(fine, next_review=today)
    found = fleet.fleet()
    assert found.reviews == 2
    assert {row.client.name: row.overdue_reviews for row in found.rows} == {
        "Late": 2,
        "Prospect": 1,
        "Fine": 0,
    }
    assert _names(show="reviews") == ["Late"]
    listed = json.loads(fleet_export.as_json(found.rows))["clients"]
    assert sum(row["overdue_reviews"] for row in listed) == 3
