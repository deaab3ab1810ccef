"""Audits of models that leak nothing: how often is a leak claimed, at each depth and size?

`make proof NAME=honesty` runs 200 audits for each condition; the ordinary run takes a few.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from audits.engine import ATTACKS, AuditPlan, in_memory, pipeline
from audits.engine.types import Block, ModelInputs, Prepared, Provenance

DEPTHS: Final = (1, 2, 3, 4)
NOTICEABLE: Final = {"L2", "L3", "L4"}
NOMINAL: Final = 0.05
CERTAIN: Final = 0.999

Record = Callable[[str, Mapping[str, Any]], Path | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """A way to have members that left no trace."""

    name: str
    make: Callable[[int, int], ModelInputs]


def _model(run: int) -> BaseEstimator:
    """Every other model is an unpruned tree: it would leak all it has seen."""
    return DecisionTreeClassifier(random_state=run) if run % 2 else LogisticRegression()


def _records(n: int, run: int) -> tuple[Any, Any]:
    found: tuple[Any, Any] = make_classification(
        n, 10, n_informative=6, flip_y=0.15, n_clusters_per_class=3, random_state=1_000 + run
    )
    return found


def _drawn_after_training(n: int, run: int) -> ModelInputs:
    """All records were used for training; who is called a member is drawn afterwards."""
    features, labels = _records(2 * n, run)
    model = _model(run).fit(features, labels)
    order = np.random.default_rng(run).permutation(2 * n)
    sides = [(features[rows], labels[rows]) for rows in (order[:n], order[n:])]
    return in_memory(model, members=sides[0], nonmembers=sides[1])


def _trained_on_others(n: int, run: int) -> ModelInputs:
    features, labels = _records(3 * n, run)
    model = _model(run).fit(features[:n], labels[:n])
    return in_memory(
        model,
        members=(features[n : 2 * n], labels[n : 2 * n]),
        nonmembers=(features[2 * n :], labels[2 * n :]),
    )


CONDITIONS: Final = (
    Condition("membership drawn after training", _drawn_after_training),
    Condition("target trained on other data", _trained_on_others),
)


def limit(runs: int) -> int:
    """Return what a true 5 % stays within with 99.9 % certainty: 21 of 200."""
    return int(binom.ppf(CERTAIN, runs, NOMINAL))


def _at_depth(plan: AuditPlan, prepared: Prepared, blocks: list[Block], depth: int) -> Any:  # noqa: ANN401
    """Return the result that the same records give where only this much is known."""
    arrays = {
        name: array
        for name, array in prepared.arrays.items()
        if not name.startswith("score:") or ATTACKS[name.removeprefix("score:")].depth <= depth
    }
    shallow = replace(prepared, facts={**prepared.facts, "depth": depth}, arrays=arrays)
    return pipeline.conclude(
        plan,
        shallow,
        blocks if depth == DEPTHS[-1] else [],
        Provenance(),
        stopped_because=None,
        total_seconds=0.0,
    ).document


def _false_claims(condition: Condition, n: int, runs: int) -> dict[str, Counter[str]]:
    """Return per depth how many audits made which claim and how many had which outcome."""
    found = {str(depth): Counter[str]() for depth in DEPTHS}
    for run in range(runs):
        inputs = condition.make(n, run)
        plan = AuditPlan(split="random", seed=run, threads=2)
        prepared = pipeline.prepare(inputs, plan, Provenance({"run": str(run)}))
        blocks: list[Block] = []
        while indices := pipeline.decide_stop(plan, prepared, blocks).next_blocks:
            blocks += [pipeline.reference_block(inputs, plan, prepared, i) for i in indices]
        for depth in DEPTHS:
            document = _at_depth(plan, prepared, blocks, depth)
            told, epsilon = found[str(depth)], document["epsilon"]["low"]
            told["reached L2"] += document["verdict"]["reached"] in NOTICEABLE
            told["epsilon above 0"] += epsilon is not None and epsilon > 0
            told[f"outcome {document['verdict']['outcome']}"] += 1
    return found


def _measured(sizes: tuple[int, ...], runs: int) -> dict[str, Any]:
    return {
        "runs": runs,
        "limit": limit(runs),
        "conditions": {
            f"{condition.name}, n = {n:,}": _false_claims(condition, n, runs)
            for condition in CONDITIONS
            for n in sizes
        },
    }


def _excesses(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}, depth {depth}: {claim} in {told[claim]} of {found['runs']}"
        for name, depths in found["conditions"].items()
        for depth, told in depths.items()
        for claim in ("reached L2", "epsilon above 0")
        if told[claim] > found["limit"]
    ]


def test_limit_is_that_of_a_true_five_percent() -> None:
    assert limit(200) == 21


def test_few_audits_of_clean_models_claim_nothing() -> None:
    found = _measured((200, 1_000), 3)
    assert _excesses(found) == []
    told = found["conditions"]["target trained on other data, n = 1,000"]["4"]
    assert sum(count for name, count in told.items() if name.startswith("outcome")) == 3


@pytest.mark.proof
def test_proof_honesty(record_proof: Record) -> None:
    found = _measured((200, 1_000, 5_000), 200)
    record_proof("honesty", found)
    assert _excesses(found) == []
