"""Rows that occur several times on one side: tables are balanced by repeating them."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from audits.engine import AuditPlan, AuditResult, audit
from audits.engine.assembly import assemble
from audits.engine.splits import fold_numbers
from audits.engine.types import ModelInputs
from tests.engine.cast import inputs, records

PLAN = AuditPlan(target="label", split="random", preset="quick", threads=1)
N = 600


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(3 * N, 5))
    labels = (features[:, 0] + rng.normal(size=3 * N) > 0).astype(int)
    return features, labels


def given(copies: int, *, persons: np.ndarray | None = None) -> ModelInputs:
    """Return a model that saw neither side; members stand in the table `copies` times."""
    features, labels = drawn(0)
    target = RandomForestClassifier(20, min_samples_leaf=5, random_state=0)
    target.fit(features[2 * N :], labels[2 * N :])
    members, others = np.repeat(np.arange(N), copies), np.arange(N, 2 * N)
    strangers = None if persons is None else others + 10**6
    return inputs(
        target,
        records(features[members], labels[members], persons),
        records(features[others], labels[others], strangers),
    )


def audited(copies: int) -> AuditResult:
    return audit(given(copies), PLAN)


def check(result: AuditResult, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = result.document["validity"]
    return next(one for one in found if one["check"] == name)


@pytest.mark.parametrize("copies", [2, 4])
def test_copies_narrow_no_interval_and_void_no_audit(copies: int) -> None:
    once, often = audited(1), audited(copies)
    assert often.document["attacks"]["loss"] == once.document["attacks"]["loss"]
    assert often.document["records"]["members"] == N
    assert check(often, "blind_baseline")["passed"] is True
    assert f"{N * (copies - 1):,} records repeat" in check(often, "duplicates")["detail"]
    assert "repeat" not in check(once, "duplicates")["detail"]


def test_copies_of_a_row_go_into_one_half_and_one_fold() -> None:
    whole = assemble(given(3))
    assert whole.repeated == 2 * N
    assert whole.units.tolist() == [*np.repeat(np.arange(N), 3), *range(N, 2 * N)]
    folds = fold_numbers(whole.is_member, whole.units, 4, seed=[1])
    assert (folds[: 3 * N].reshape(N, 3) == folds[: 3 * N : 3, None]).all()


def test_records_of_a_person_are_counted_by_the_person() -> None:
    """Who has a column of persons has said what counts once: equal rows of two persons are two."""
    whole = assemble(given(2, persons=np.arange(2 * N)))
    assert whole.repeated == 0
    assert len(np.unique(whole.units)) == 3 * N
