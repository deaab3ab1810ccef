"""Rows that occur several times on one side: tables are balanced by repeating them."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, AuditResult, audit
from audits.engine.assembly import assemble
from audits.engine.splits import fold_numbers
from audits.engine.types import ModelInputs
from audits.engine.validity import duplicates_check
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


def test_people_with_a_record_in_common_are_one() -> None:
    """Such a record is kept only where all who have it are on one side, so they say one thing."""
    whole = assemble(given(2, persons=np.arange(2 * N)))
    assert (whole.repeated, whole.alike) == (0, N)
    assert whole.units.tolist() == [*np.repeat(np.arange(N), 2), *range(N, 2 * N)]


def test_people_are_linked_by_whoever_is_like_both() -> None:
    """Of three people the first and the third share no record, but each shares one with the second.

    The fourth has two records of their own.
    """
    features, labels = drawn(0)
    target = RandomForestClassifier(5, random_state=0).fit(features[2 * N :], labels[2 * N :])
    rows, persons = [0, 1, 0, 2, 2, 3, 4, 5], [1, 1, 2, 2, 3, 3, 4, 4]
    sides = [(rows, persons), (list(range(10, 18)), list(range(10, 18)))]
    whole = assemble(
        inputs(target, *(records(features[at], labels[at], np.array(who)) for at, who in sides))
    )
    assert whole.units.tolist() == [0, 0, 0, 0, 0, 0, 1, 1, *range(2, 10)]
    assert whole.alike == 2
    detail = duplicates_check(whole, 16).detail
    assert "2 people have a record in common with another of their own side" in detail


def test_people_of_one_record_each_are_audited_as_records_are() -> None:
    """Six hundred kinds of record among many people: every figure is that of the rows alone."""
    features, labels = drawn(1)
    target = DecisionTreeClassifier(random_state=0).fit(features[:N], labels[:N])
    kind = np.random.default_rng(1).integers(0, 2 * N, size=(2, 4 * N))
    told = []
    for with_people in (False, True):
        sides = [
            records(
                features[kind[side]],
                labels[kind[side]],
                np.arange(4 * N) + side * 10**6 if with_people else None,
            )
            for side in (0, 1)
        ]
        told.append(audit(inputs(target, *sides), PLAN).document)
    rows, people = told
    assert people["attacks"] == rows["attacks"]
    assert people["epsilon"] == rows["epsilon"]
    assert (rows["records"]["unit"], people["records"]["unit"]) == ("record", "person")
    kept = len(kind[0]) - np.isin(kind[0], kind[1]).sum()
    assert 50 < people["records"]["members"] < kept
