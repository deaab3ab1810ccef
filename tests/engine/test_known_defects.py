"""Defects found in published tools, each with a test that ours has none of it."""

import io
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from audits.engine import ATTACKS, AuditPlan, audit, metrics
from audits.engine.assembly import assemble
from audits.engine.blocks import reference_block, trainer_for, training_of
from audits.engine.epsilon import epsilon
from audits.engine.errors import InputError
from audits.engine.loaders.models import read_model
from audits.engine.pipeline import prepare
from audits.engine.policy import FPR_LEVELS
from audits.engine.registry import AttackView, Calibration
from audits.engine.signals import REFERENCE_FLOOR
from audits.engine.types import ModelInputs, Predictions, Provenance
from tests.engine.cast import halves, inputs, problem, records

PLAN = AuditPlan(target="y", most_references=8)
RNG = np.random.default_rng


def tree(n: int = 300) -> ModelInputs:
    return halves(DecisionTreeClassifier(max_depth=4, random_state=0), n)


def test_epsilon_by_uncorrected_maximum() -> None:
    """TF Privacy, Privacy Meter, TAPAS: the best of all thresholds, as if it were the only one."""
    rng, naive, ours, n = RNG(1), 0, 0, 400
    for run in range(120):
        ranked = metrics.rank(rng.random(n), rng.random(n), seed=run)
        hits = ranked.members_above[:-1] / n
        alarms = (np.arange(n) + 1) / n
        naive += bool(np.log(np.maximum(hits, 1e-9) / alarms)[10:].max() > 0.3)
        found = epsilon({"rmia": ranked}, split="random")
        ours += found.low is not None and found.low > 0
    assert naive > 20
    assert ours <= 8  # 2.5 % of 120, and three standard errors


def test_quantile_attack_fitted_on_the_rows_it_scores() -> None:
    """SACRO-ML: a non-member whose answer changes must not change what it is compared with."""
    features, labels = problem(200)
    log_p = -RNG(2).exponential(size=200)
    view = AttackView(
        labels=labels,
        log_p=log_p,
        is_nonmember=np.arange(200) >= 100,
        matrix=np.column_stack([features, labels]),
    )
    before = ATTACKS["quantile"].score(view)
    changed = log_p.copy()
    changed[150] = -12.0
    after = ATTACKS["quantile"].score(replace(view, log_p=changed))
    same = np.flatnonzero(before == after)
    assert 150 not in same
    assert len(same) >= 45  # its whole fold: a quarter of the records never meets its answer


def test_rates_far_below_what_the_records_can_resolve() -> None:
    """SACRO-ML: a TPR at 0.00001 % FPR, printed from 200 non-members."""
    rng = RNG(3)
    stats = metrics.summarise(rng.random(200), rng.random(200), seed=0, family_size=1)
    told = stats.as_json()["tpr"]
    assert min(FPR_LEVELS.values()) == 0.001
    assert [told[key]["value"] for key in ("0.001", "0.01")] == [None, None]
    assert told["0.1"]["value"] is not None


@pytest.mark.parametrize("key", ["loss", "entropy", "rmia", "rmia_offline", "lira"])
def test_strongest_members_scored_zero(key: str) -> None:
    """EZ-MIA: an answer of exactly 1 fell out of the ratio and ranked as no member at all."""
    n, k = 60, 8
    inside = np.stack([np.arange(n) % 2 == i % 2 for i in range(k)])
    p = np.full(n, 0.6)
    p[7] = 1.0
    view = AttackView(
        labels=np.zeros(n, dtype=np.int64),
        log_p=np.log(p),
        probabilities=np.column_stack([p, 1 - p]),
        reference_log_p=np.log(RNG(4).uniform(0.5, 0.7, (k, n))).astype(np.float32),
        reference_in=inside,
    )
    score = np.asarray(ATTACKS[key].score(view))
    assert np.isfinite(score).all()
    assert score.argmax() == 7


def test_references_of_an_earlier_run_re_used_from_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SACRO-ML: nothing is kept in a folder, so nothing can be found there."""
    monkeypatch.chdir(tmp_path)
    first, second = tree(300), tree(301)
    blocks = []
    for given in (first, second):
        prepared = prepare(given, PLAN, Provenance())
        blocks.append(reference_block(given, PLAN, prepared, 0))
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough
    assert blocks[0].log_p.shape != blocks[1].log_p.shape


def test_spread_of_members_used_for_non_members() -> None:
    """LiRA's reference plot script: OUT has a spread of its own."""
    rng, n, k = RNG(5), 200, 16
    inside = np.stack([rng.permutation(n) < n // 2 for _ in range(k // 2)])
    inside = np.concatenate([inside, ~inside])
    p = 1 / (1 + np.exp(-rng.normal(0, np.where(inside, 0.1, 1.0))))
    base = AttackView(
        labels=np.zeros(n, dtype=np.int64),
        log_p=np.full(n, np.log(0.95)),
        reference_log_p=np.log(p).astype(np.float32),
        reference_in=inside,
    )
    assert (ATTACKS["lira"].score(base) < 0).all()
    assert (ATTACKS["lira"].score(replace(base, reference_in=~inside)) > 0).all()


@pytest.mark.parametrize(
    "key", ["rmia_offline", "label_noise", "lira", "learned", "rmia", "entropy"]
)
def test_parameters_tuned_on_the_audited_membership(key: str) -> None:
    """LeakPro: whoever is called a member, the scores stay what they were."""
    rng, n = RNG(6), 120
    features = rng.normal(size=(n, 3))
    p = rng.uniform(0.2, 0.95, n)
    inside = np.stack([rng.permutation(n) < n // 2 for _ in range(4)])
    inside = np.concatenate([inside, ~inside])

    def query(asked: Any) -> Any:  # noqa: ANN401 - features
        second = 1 / (1 + np.exp(-asked[:, 0]))
        return np.column_stack([1 - second, second])

    view = AttackView(
        labels=np.zeros(n, dtype=np.int64),
        log_p=np.log(p),
        probabilities=np.column_stack([p, 1 - p]),
        is_nonmember=np.arange(n) >= n // 2,
        reference_log_p=np.log(rng.uniform(0.2, 0.9, (8, n))).astype(np.float32),
        reference_in=inside,
        features=features,
        query=query,
        calibration=Calibration(query, inside[0]),
    )
    flipped = replace(view, is_nonmember=rng.permutation(n) >= n // 2)
    assert np.array_equal(ATTACKS[key].score(view), ATTACKS[key].score(flipped))


def test_signals_of_other_records_re_used_because_their_number_matched() -> None:
    """Privacy Meter, LeakPro: what a block is trained from is in the hash of the plan."""
    given = tree()
    told = []
    for content in ("a" * 64, "b" * 64):
        prepared = prepare(given, PLAN, Provenance({"members": content}))
        told.append((prepared.facts["plan_sha256"], reference_block(given, PLAN, prepared, 0)))
    assert told[0][0] != told[1][0]
    assert not np.array_equal(told[0][1].inside, told[1][1].inside)


@pytest.mark.parametrize("key", ["rmia", "rmia_offline", "lira", "learned"])
def test_odd_number_of_references(key: str) -> None:
    """LeakPro's BASE stopped there; a record may also be IN all of them, or in none."""
    rng = RNG(7)
    inside = rng.random((5, 40)) < 0.5
    inside[:, 0], inside[:, 1] = True, False
    view = AttackView(
        labels=np.zeros(40, dtype=np.int64),
        log_p=np.log(rng.uniform(0.1, 0.9, 40)),
        reference_log_p=np.log(rng.uniform(0.1, 0.9, (5, 40))).astype(np.float32),
        reference_in=inside,
    )
    assert np.isfinite(ATTACKS[key].score(view)).all()


def test_results_that_no_longer_map_to_rows() -> None:
    """ART #1165: the member that stands out is named by its row in its own file."""
    rng, n = RNG(8), 900
    features, labels = rng.normal(size=(2 * n, 4)), rng.integers(2, size=2 * n)
    features[:n][[17, 404, 888]] += 40.0  # far from all others: the tree remembers them
    labels[:n][[17, 404, 888]] = [0, 1, 0]
    model = RandomForestClassifier(30, random_state=0).fit(features[:n], labels[:n])
    given = inputs(model, records(features[:n], labels[:n]), records(features[n:], labels[n:]))
    told = audit(given, PLAN).document["exposed"]
    listed = {one["rows"][0] for one in told["members"]}
    assert len(listed) == told["count"]
    assert {18, 405, 889} <= listed <= set(range(1, n + 1))
    answers = model.predict_proba(features[:n])[np.arange(n), labels[:n]]
    outside = model.predict_proba(features[n:])[np.arange(n), labels[n:]]
    sure = np.array(sorted(listed)) - 1
    assert answers[sure].mean() > answers.mean() > outside.mean()


def test_results_of_a_shuffled_file_map_to_its_rows() -> None:
    """ART #1165 once more, with members and others mixed: three records stand out and no other."""
    rng, n = RNG(9), 21_000
    is_member = rng.permutation(n) < 900
    planted = rng.choice(np.flatnonzero(is_member), 3, replace=False)
    sure = rng.uniform(0.3, 0.7, n)
    sure[planted] = 0.999
    given = Predictions(
        is_member, np.zeros(n, dtype=int), np.column_stack([sure, 1 - sure]), ("no", "yes")
    )
    told = audit(given, AuditPlan(split="random")).document["exposed"]
    assert {one["rows"][0] for one in told["members"]} == set((planted + 1).tolist())


def test_class_missing_from_the_half_of_a_reference() -> None:
    """SACRO-ML stopped: a half without the class gives it probability 0 and goes on."""
    features, labels = problem(240)
    labels = labels.copy()
    labels[3] = 2
    model = DecisionTreeClassifier(random_state=0).fit(features[:120], labels[:120])
    given = inputs(
        model, records(features[:120], labels[:120]), records(features[120:], labels[120:])
    )
    whole = assemble(given)
    training = training_of(
        trainer_for(given, whole, PLAN, "0"), whole, PLAN, "0", purpose="block", index=0
    )
    trained = trainer_for(given, whole, PLAN, "0").recipe.train(training)
    assert np.isfinite(trained.log_p).all()
    assert (trained.log_p[~trained.inside[:, 3], 3] < np.log(REFERENCE_FLOOR)).all()


class _Marker:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:  # noqa: ANN401 - pickle's own protocol
        return (open, (str(self.path), "w"))


def test_uploaded_code_executed(tmp_path: Path) -> None:
    """LeakPro, SACRO-ML, Privacy Meter unpickle what they are given."""
    marker = tmp_path / "executed"
    data = pickle.dumps(_Marker(marker))
    pickle.loads(data).close()  # noqa: S301 - the bytes do what a pickle does
    assert marker.exists()
    marker.unlink()
    with pytest.raises(InputError, match="pickle"):
        read_model(io.BytesIO(data))
    assert not marker.exists()
