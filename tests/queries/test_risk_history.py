"""What the past of a client's models was, by the audits that are stored."""

from datetime import datetime, timedelta

from django.utils import timezone

from audits.enums import Preset, RatingBadge
from audits.models import AIModel, Client, ModelVersion
from audits.queries import charts, client, fleet_risk, risk_history
from audits.queries.risk_history import History
from tests import factories
from tests.policies import make_policy
from tests.queries.rows import measured

LOW, HIGH = RatingBadge.LOW, RatingBadge.HIGH
UNTESTED, EXPIRED = RatingBadge.UNTESTED, RatingBadge.EXPIRED


def _ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _model(row: Client, days: int, name: str = "Forecast") -> ModelVersion:
    """A model that was entered so many days ago, with its first version."""
    version = factories.make_model_version(factories.make_model(row, name))
    AIModel.objects.filter(pk=version.model_id).update(created_at=_ago(days))
    ModelVersion.objects.filter(pk=version.pk).update(created_at=_ago(days))
    return version


def _history(row: Client) -> History:
    return risk_history.of_models(row, AIModel.objects.filter(client=row))


def _steps(history: History) -> list[tuple[int, RatingBadge]]:
    """How many days ago each step was."""
    now = timezone.now()
    return [((now - at).days, badge) for at, badge in history.steps(now)]


def test_badge_at_a_time_is_what_the_audits_said_then(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 700)
    measured(version, 3, days_ago=500, badge=HIGH)
    measured(version, 0, days_ago=100, badge=LOW)
    (past,) = _history(row).models
    found = [past.badge(_ago(days)) for days in (701, 600, 400, 110, 90)]
    assert found == [None, UNTESTED, HIGH, EXPIRED, LOW]


def test_newer_version_makes_the_result_expire_from_its_day_on(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 300)
    measured(version, 0, days_ago=200, badge=LOW)
    second = factories.make_model_version(version.model, number=2)
    ModelVersion.objects.filter(pk=second.pk).update(created_at=_ago(50))
    assert _steps(_history(row)) == [(200, LOW), (50, EXPIRED)]
    measured(second, 3, days_ago=10, badge=HIGH)
    assert _steps(_history(row)) == [(200, LOW), (50, EXPIRED), (10, HIGH)]


def test_inconclusive_and_invalid_results_hide_no_measurement(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 300)
    measured(version, 3, days_ago=200, badge=HIGH)
    measured(version, 1, outcome="inconclusive", days_ago=100, badge=RatingBadge.INCONCLUSIVE)
    measured(version, None, days_ago=50, badge=UNTESTED)
    assert _steps(_history(row)) == [(200, HIGH)]


def test_a_quick_result_hides_no_thorough_one_while_that_stands(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 600)
    measured(version, 3, days_ago=500, badge=HIGH, preset=Preset.DEEP)
    measured(version, 0, days_ago=300, badge=LOW, preset=Preset.QUICK)
    steps = _steps(_history(row))
    assert [badge for _days, badge in steps] == [HIGH, LOW]
    assert 133 <= steps[1][0] <= 135  # a year after the deep one
    measured(version, 4, days_ago=100, badge=RatingBadge.CRITICAL, preset=Preset.QUICK)
    assert [badge for _days, badge in _steps(_history(row))] == [HIGH, LOW, RatingBadge.CRITICAL]


def test_the_worst_of_all_models_counts_from_the_first_audit_on(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    measured(_model(row, 400), 0, days_ago=300, badge=LOW)
    other = _model(row, 200, "Other")
    assert _steps(_history(row)) == [(300, LOW), (200, UNTESTED)]
    measured(other, 3, days_ago=100, badge=HIGH)
    assert _steps(_history(row)) == [(300, LOW), (200, UNTESTED), (100, HIGH)]
    now = fleet_risk.worst_at(_ago(0))[row.pk]
    assert _history(row).steps(timezone.now())[-1][1] == now


def test_nothing_is_drawn_before_anything_was_measured(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    _model(row, 100)
    assert _steps(_history(row)) == []
    assert charts.rating_over_time(_history(row), UNTESTED) is None


def test_marks_tell_other_attacks_and_other_policies(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 400)
    for days, engine, house in ((300, "1", "a"), (200, "1", "a"), (100, "2", "a"), (50, "2", "b")):
        measured(version, 0, days_ago=days, badge=LOW, engine_version=engine, house_policy=house)
    make_policy(provider_id, client=row)
    chart = charts.rating_over_time(_history(row), LOW)
    assert chart is not None
    assert [told[2] for told in chart.table.rows if told[2]] == [
        "Attacks of version 2",
        "Verdict policy b",
        "Rating policy of this client, revision 1",
    ]


def test_line_ends_with_the_rating_of_today_and_begins_within_two_years(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _model(row, 1500)
    measured(version, 0, days_ago=1400, badge=LOW)
    measured(version, 3, days_ago=800, badge=HIGH)
    measured(version, 0, days_ago=100, badge=LOW)
    chart = charts.rating_over_time(_history(row), RatingBadge.ELEVATED)
    assert chart is not None
    shown = [told[1] for told in chart.table.rows if told[1]]
    assert shown == ["High", "Expired", "Low", "Elevated"]


def test_overview_carries_the_history_of_its_models(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    measured(_model(row, 400), 0, days_ago=300, badge=LOW)
    found = client.overview(row)
    assert [past.model for past in found.history.models] == [found.risks[0].model]
