"""The self-test voids an audit whose attacks, or whose arithmetic, see what is not there."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sklearn.ensemble import RandomForestClassifier

from audits.engine import AuditPlan, audit, self_test
from audits.engine.pipeline import conclude, prepare
from audits.engine.registry import ATTACKS, Attack, AttackView
from audits.engine.types import ModelInputs, Predictions, Provenance
from tests.engine import cast

QUICK = AuditPlan(preset="quick")


@pytest.fixture(scope="module")
def clean() -> ModelInputs:
    """A model that leaks next to nothing."""
    return cast.halves(RandomForestClassifier(20, min_samples_leaf=60, random_state=0), 1_200)


def in_sample(view: AttackView) -> NDArray[np.float64]:
    """Score by the distance from the non-members it was fitted on, these among them."""
    assert view.matrix is not None
    assert view.is_nonmember is not None
    tree = cKDTree(view.matrix[view.is_nonmember])
    return np.asarray(tree.query(view.matrix)[0], dtype=np.float64)


def outcome(document: dict[str, Any]) -> tuple[str, bool | None, str]:
    check = next(one for one in document["validity"] if one["check"] == self_test.CHECK)
    return document["verdict"]["outcome"], check["passed"], check["detail"]


def test_attacks_that_are_right_pass(clean: ModelInputs) -> None:
    verdict, passed, detail = outcome(audit(clean, QUICK).document)
    assert verdict in {"no_sign", "trace", "inconclusive"}
    assert passed is True
    assert detail.startswith("On 1,200 non-members, split at random, the attacks that fit")


def test_an_attack_that_scores_what_it_was_fitted_on_voids_the_audit(
    clean: ModelInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Attack(key="broken", depth=2, source="", score=in_sample, fits_nonmembers=True)
    assert "quantile" in ATTACKS  # all are there before one joins them
    monkeypatch.setitem(ATTACKS._attacks, "broken", broken)
    verdict, passed, detail = outcome(audit(clean, QUICK).document)
    assert verdict == "invalid"
    assert passed is False
    assert detail == ("An attack of this audit finds members among records of which none is one.")


def test_too_few_non_members_are_not_tested() -> None:
    few = cast.halves(RandomForestClassifier(5, random_state=0), 120)
    assert outcome(audit(few, QUICK).document)[1:] == (
        None,
        "Too few non-members to check the attacks on half of them.",
    )


def test_statistics_that_find_dealt_out_membership_void_the_audit() -> None:
    """Scores rigged to equal the very lot that the check draws."""
    n, rng = 2_000, np.random.default_rng(0)
    is_member = np.arange(2 * n) < n
    p = rng.uniform(0.4, 0.6, 2 * n)
    given = Predictions(
        is_member, np.zeros(2 * n, dtype=np.int64), np.stack([p, 1 - p], axis=1), ("no", "yes")
    )
    prepared = prepare(given, AuditPlan(), Provenance())
    honest = conclude(
        AuditPlan(), prepared, [], Provenance(), stopped_because=None, total_seconds=0.0
    )
    assert outcome(honest.document)[:2] == ("inconclusive", True)
    lot = np.random.default_rng([0x9E2B, 0]).permutation(is_member)
    rigged = replace(prepared, arrays={**prepared.arrays, "score:entropy": lot.astype(float)})
    found = conclude(AuditPlan(), rigged, [], Provenance(), stopped_because=None, total_seconds=0.0)
    assert outcome(found.document) == (
        "invalid",
        False,
        "The statistics find members where membership was dealt out at random.",
    )
