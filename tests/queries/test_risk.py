from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.enums import Exposure, Impact, Lifecycle, Outputs, Preset, RatingBadge, Reveals
from audits.guidance.strictness import Asked
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import rating_policy, risk, risk_order
from audits.queries.risk import Deadline, ModelRisk
from audits.queries.risk_order import Placed
from tests import factories
from tests.policies import make_policy
from tests.queries.rows import audited, measured

OLD = timezone.now() - timedelta(days=366)


def _risk(model: AIModel) -> ModelRisk:
    return risk.risks_of([AIModel.objects.get(pk=model.pk)])[0]


def test_level_exposure_and_impact_give_the_badge_of_the_policy(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    staff = audited(client, 2, name="A", impact=4, exposure=Exposure.NAMED)
    public = audited(client, 2, name="B", impact=4, exposure=Exposure.PUBLIC)
    clinic = audited(client, 0, name="C", impact=5, exposure=Exposure.INTERNAL)
    found = [(_risk(row).badge, _risk(row).rating.likelihood) for row in (staff, public, clinic)]
    assert found == [
        (RatingBadge.GUARDED, 2),
        (RatingBadge.HIGH, 4),
        (RatingBadge.GUARDED, 1),
    ]


def test_a_result_expires_after_twelve_months(provider_id: int) -> None:
    model = audited(factories.make_client(provider_id), 3, impact=4)
    assert _risk(model).badge == RatingBadge.HIGH
    Audit.objects.update(completed_at=timezone.now() - timedelta(days=364))
    assert _risk(model).badge == RatingBadge.HIGH
    Audit.objects.update(completed_at=OLD)
    found = _risk(model)
    assert (found.badge, found.rating.struck_through) == (RatingBadge.EXPIRED, True)
    assert found.needs_attention


def test_a_new_version_makes_the_last_result_stale(provider_id: int) -> None:
    model = audited(factories.make_client(provider_id), 1)
    assert _risk(model).badge == RatingBadge.GUARDED
    second = factories.make_model_version(model, number=2)
    assert _risk(model).badge == RatingBadge.EXPIRED
    measured(second, 0)
    assert _risk(model).badge == RatingBadge.LOW


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ((0, None), RatingBadge.LOW),
        ((4, None), RatingBadge.HIGH),
        ((None, None), RatingBadge.ELEVATED),
        ((1, "inconclusive"), RatingBadge.ELEVATED),
    ],
    ids=["better", "worse", "invalid", "inconclusive"],
)
def test_only_a_measurement_replaces_a_measurement(
    provider_id: int, later: tuple[int | None, str | None], expected: RatingBadge
) -> None:
    model = audited(factories.make_client(provider_id), 3)
    assert _risk(model).badge == RatingBadge.ELEVATED
    level, outcome = later
    measured(model.versions.get(), level, outcome=outcome)
    assert _risk(model).badge == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((3, Preset.STANDARD), (2, Preset.QUICK), 3),
        ((3, Preset.DEEP), (3, Preset.QUICK), 3),
        ((3, Preset.STANDARD), (4, Preset.QUICK), 4),
        ((3, Preset.QUICK), (2, Preset.QUICK), 2),
        ((3, Preset.DEEP), (2, Preset.STANDARD), 2),
        ((3, Preset.QUICK), (2, Preset.STANDARD), 2),
    ],
)
def test_a_quick_audit_hides_no_thorough_one_that_found_as_much(
    provider_id: int, first: tuple[int, Preset], second: tuple[int, Preset], expected: int
) -> None:
    model = factories.make_model(factories.make_client(provider_id))
    version = factories.make_model_version(model)
    for days, (level, preset) in zip((20, 10), (first, second), strict=True):
        measured(version, level, days_ago=days, preset=preset)
    speaks = _risk(model).audit
    assert speaks is not None
    assert speaks.reached == f"L{expected}"
    assert speaks.preset == (first if expected == first[0] else second)[1]


def test_a_quick_audit_speaks_again_once_the_thorough_one_is_out_of_date(provider_id: int) -> None:
    model = factories.make_model(factories.make_client(provider_id))
    version = factories.make_model_version(model)
    measured(version, 3, days_ago=366, preset=Preset.DEEP)
    quick = measured(version, 1, days_ago=5, preset=Preset.QUICK)
    assert _risk(model).audit == quick
    void = measured(version, None, days_ago=4, preset=Preset.DEEP)
    assert void.outcome == "invalid"
    assert _risk(model).audit == quick
    newer = factories.make_model_version(model, number=2)
    of_newer = measured(newer, 1, preset=Preset.QUICK)
    assert _risk(model).audit == of_newer


def test_an_expired_measurement_gives_way_to_an_inconclusive_one(provider_id: int) -> None:
    model = audited(factories.make_client(provider_id), 3)
    Audit.objects.update(completed_at=OLD)
    measured(model.versions.get(), 1, outcome="inconclusive")
    assert _risk(model).badge == RatingBadge.INCONCLUSIVE


def test_a_model_with_only_an_invalid_comparison_is_untested(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    assert _risk(audited(client, None, name="A")).badge == RatingBadge.UNTESTED
    sensitive = _risk(audited(client, None, name="B", impact=4))
    assert (sensitive.badge, sensitive.needs_attention) == (RatingBadge.UNTESTED, True)


def test_the_worst_that_was_said_of_the_data_counts(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    model = factories.make_model(client, impact=Impact.PERSONAL, reveals=Reveals.PUBLIC)
    dataset = factories.make_dataset(client)
    data = factories.make_dataset_version(dataset)
    audit = measured(factories.make_model_version(model), 0)
    Audit.objects.update(dataset_version=data)

    def impact() -> int:
        return _risk(model).rating.impact

    # PERSONAL three times; the dataset's "no" outweighs the model's "everybody knows".
    assert impact() == 3
    type(dataset).objects.update(reveals=Reveals.YES)
    assert impact() == 4
    type(dataset).objects.update(reveals=Reveals.NO, impact=Impact.SPECIAL)
    assert impact() == 5
    type(dataset).objects.update(impact=Impact.PERSONAL)
    Audit.objects.filter(pk=audit.pk).update(impact=Impact.SENSITIVE)
    assert impact() == 4


def test_a_model_file_in_the_hands_of_customers_counts_as_public(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    answers = audited(client, 2, name="A", exposure=Exposure.CUSTOMERS)
    file = audited(client, 2, name="B", exposure=Exposure.CUSTOMERS, outputs=Outputs.WEIGHTS)
    inside = audited(client, 2, name="C", exposure=Exposure.INTERNAL, outputs=Outputs.WEIGHTS)
    assert [_risk(row).rating.likelihood for row in (answers, file, inside)] == [3, 4, 3]


def test_models_are_listed_worst_first(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    audited(client, 0, name="low")
    audited(client, 4, name="critical", impact=5)
    factories.make_model(client, "untested")
    factories.make_model(client, "untested sensitive", impact=4)
    audited(client, 1, name="inconclusive", outcome="inconclusive")
    audited(client, 1, name="guarded")
    audited(client, 3, name="elevated")
    old = audited(client, 0, name="expired")
    Audit.objects.filter(model_version__model=old).update(completed_at=OLD)
    found = [row.model.name for row in risk.risks_of(AIModel.objects.all())]
    assert found == [
        "critical",
        "untested sensitive",
        "elevated",
        "expired",
        "inconclusive",
        "untested",
        "guarded",
        "low",
    ]


def _told(one: ModelRisk | Placed) -> list[Any]:
    """All that lists and files say of a model."""
    version, audit = one.version, one.audit
    return [
        one.model.name,
        one.rating,
        one.badge,
        one.deadline,
        one.is_review_overdue,
        (version.number, version.family) if version else None,
        (audit.pk, audit.completed_at, audit.badge) if audit else None,
    ]


def test_nothing_is_asked_by_a_day_of_a_retired_model(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    model = audited(client, 4, name="Gone", impact=5)
    policy = rating_policy.of_client(client)

    def days() -> list[Deadline | None]:
        placed = risk_order.placed([AIModel.objects.get(pk=model.pk)], policy)[0]
        return [_risk(model).deadline, placed.deadline]

    assert None not in days()
    AIModel.objects.filter(pk=model.pk).update(lifecycle=Lifecycle.RETIRED)
    assert days() == [None, None]


@pytest.mark.parametrize("asked", [Asked(), Asked(months=3)], ids=["house", "stricter"])
def test_lists_rate_by_a_few_values_as_pages_do_by_whole_rows(
    provider_id: int, asked: Asked
) -> None:
    client = factories.make_client(provider_id)
    if asked.is_anything:
        make_policy(provider_id, client=client, asked=asked)
    factories.make_model(client, "bare", next_review=timezone.localdate() - timedelta(days=1))
    factories.make_model_version(factories.make_model(client, "untested", impact=4))
    audited(client, 4, name="open", impact=5, exposure=Exposure.PUBLIC, verbatim="yes")
    audited(client, None, name="invalid")
    audited(client, 1, name="inconclusive", outcome="inconclusive")
    for name, days in (("aged", 200), ("old", 400)):
        audited(client, 3, name=name)
        past = timezone.now() - timedelta(days=days)
        Audit.objects.filter(model_version__model__name=name).update(completed_at=past)
    renewed = audited(client, 2, name="renewed")
    second = factories.make_model_version(renewed, number=2)
    ModelVersion.objects.filter(pk=second.pk).update(facts={"stores_rows": True})
    audited(client, 2, name="by its data")
    data = factories.make_dataset(client)
    type(data).objects.update(impact=Impact.SPECIAL, reveals=Reveals.YES)
    on_it = Audit.objects.filter(model_version__model__name="by its data")
    on_it.update(dataset_version=factories.make_dataset_version(data))
    rated = risk.risks_of(AIModel.objects.all())
    assert len({one.badge for one in rated}) >= 5
    policy = rating_policy.of_client(client)
    placed = risk_order.placed(AIModel.objects.order_by("-pk"), policy)
    assert [_told(one) for one in placed] == [_told(one) for one in rated]


@pytest.mark.parametrize(
    ("verbatim", "exposure", "impact", "badge"),
    [
        ("yes", Exposure.CUSTOMERS, 3, RatingBadge.CRITICAL),
        ("yes", Exposure.INTERNAL, 3, RatingBadge.GUARDED),
        ("yes", Exposure.CUSTOMERS, 2, RatingBadge.LOW),
        ("no", Exposure.CUSTOMERS, 3, RatingBadge.GUARDED),
        ("unknown", Exposure.CUSTOMERS, 3, RatingBadge.GUARDED),
    ],
)
def test_a_model_that_repeats_its_records_is_critical_for_whoever_is_outside(
    provider_id: int, verbatim: str, exposure: str, impact: int, badge: RatingBadge
) -> None:
    client = factories.make_client(provider_id)
    model = audited(client, 1, impact=impact, exposure=exposure, verbatim=verbatim)
    assert _risk(model).badge == badge


def test_a_review_is_overdue_the_day_after_and_never_of_a_retired_model(provider_id: int) -> None:
    client, today = factories.make_client(provider_id), timezone.localdate()
    model = audited(client, 1)
    said = []
    for day, status in ((0, "approved"), (1, "approved"), (1, "retired")):
        due = today - timedelta(days=day)
        AIModel.objects.filter(pk=model.pk).update(next_review=due, lifecycle=status)
        said.append(_risk(model).is_review_overdue)
    assert said == [False, True, False]
