"""Planted leaks are found, and a differentially private model never exceeds what it promises.

`make proof NAME=sensitivity` runs every case many times; the ordinary run takes each once.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit, in_memory
from audits.engine.policy import PRINTED_SIDE_ERROR
from audits.engine.types import Predictions

SIDE: Final = 1_200
EPSILON: Final = 1.0
COUNTED_EPSILON: Final = 4.0
CELLS: Final = 2 * SIDE
SERIOUS: Final = {"L3", "L4"}

Record = Callable[[str, Mapping[str, Any]], Path | None]
Floats = NDArray[np.float64]

LEAKS: Final[Mapping[str, Callable[[int], BaseEstimator]]] = {
    "one nearest neighbour": lambda _: KNeighborsClassifier(1),
    "unpruned tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "forest of unpruned trees": lambda seed: RandomForestClassifier(30, random_state=seed),
    "overfitted perceptron": lambda seed: make_pipeline(
        StandardScaler(),
        MLPClassifier((128,), alpha=0.0, max_iter=400, random_state=seed),
    ),
    "boosting of two classes": lambda seed: HistGradientBoostingClassifier(
        max_iter=200, random_state=seed
    ),
}
FEW_CLASSES: Final = {"boosting of two classes": 2}
MANY_CLASSES: Final = 5


def _problem(n: int, seed: int, *, classes: int) -> tuple[Any, Any]:
    found: tuple[Any, Any] = make_classification(
        n, 20, n_informative=8, n_classes=classes, flip_y=0.4, random_state=seed
    )
    return found


def _audited(model: BaseEstimator, features: Floats, labels: Any, seed: int) -> dict[str, Any]:  # noqa: ANN401
    half = len(labels) // 2
    inputs = in_memory(
        model,
        members=(features[:half], labels[:half]),
        nonmembers=(features[half:], labels[half:]),
    )
    return audit(inputs, AuditPlan(split="random", seed=seed, threads=2)).document


def _planted(name: str, seed: int) -> dict[str, Any]:
    features, labels = _problem(2 * SIDE, seed, classes=FEW_CLASSES.get(name, MANY_CLASSES))
    model = LEAKS[name](seed).fit(features[:SIDE], labels[:SIDE])
    return _audited(model, features, labels, seed)


def private_regression(
    features: Floats, labels: NDArray[Any], rng: np.random.Generator, *, c: float
) -> LogisticRegression:
    """Return an epsilon-private logistic regression by output perturbation.

    Chaudhuri & Monteleoni 2008: records of norm at most 1, no intercept; the minimiser moves by at
    most 2 / (n lambda) = 2 C when one record is replaced, so noise of density ~ exp(-epsilon |b| /
    (2 C)) suffices.
    """
    model = LogisticRegression(C=c, fit_intercept=False, tol=1e-10, max_iter=1_000)
    model.fit(features, labels)
    direction = rng.normal(size=features.shape[1])
    length = rng.gamma(features.shape[1], 2 * c / EPSILON)
    model.coef_ = model.coef_ + length * direction / np.linalg.norm(direction)
    return model


def _private(seed: int) -> dict[str, Any]:
    """Audit a private regression. So much noise on so few records leaves little to be found."""
    rng = np.random.default_rng(seed)
    features, labels = _problem(2 * SIDE, 500 + seed, classes=2)
    features = features / np.linalg.norm(features, axis=1).max()
    model = private_regression(features[:SIDE], labels[:SIDE], rng, c=1.0)
    return _audited(model, features, labels, seed)


def _responded(seed: int) -> dict[str, Any]:
    """Audit answers that give membership away exactly as far as epsilon allows.

    Every record is flagged with chance e^eps / (1 + e^eps) if it is a member and 1 / (1 + e^eps)
    if not: randomised response, epsilon-private record by record and not less than that.
    """
    rng = np.random.default_rng([seed, 11])
    member = np.arange(2 * SIDE) < SIDE
    chance = np.exp(EPSILON) / (1 + np.exp(EPSILON))
    flagged = rng.random(2 * SIDE) < np.where(member, chance, 1 - chance)
    p = np.where(flagged, 0.9, 0.6) + 1e-3 * rng.random(2 * SIDE)
    given = Predictions(
        probabilities=np.column_stack([p, 1 - p]),
        labels=np.zeros(2 * SIDE, dtype=np.int64),
        is_member=member,
        classes=("yes", "no"),
    )
    return audit(given, AuditPlan(split="random", seed=seed)).document


def _counted(seed: int) -> dict[str, Any]:
    """Audit a private table of counts that leaks as far as one can.

    A model that answers with the noisy number of training records in a record's own cell, each
    record alone in its cell. Replacing one record moves two counts by one, so Laplace noise of
    scale 2 / epsilon makes the whole table epsilon-private (Dwork et al. 2006), and every record
    shows half of it.
    """
    rng = np.random.default_rng([seed, 13])
    member = np.arange(2 * SIDE) < SIDE
    counts = member + rng.laplace(scale=2 / COUNTED_EPSILON, size=2 * SIDE)
    p = 1 / (1 + np.exp(-counts))
    given = Predictions(
        probabilities=np.column_stack([p, 1 - p]),
        labels=np.zeros(2 * SIDE, dtype=np.int64),
        is_member=member,
        classes=("yes", "no"),
    )
    return audit(given, AuditPlan(split="random", seed=seed)).document


class PrivateCells(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The private table of counts as a model that can be asked and trained anew.

    The first feature is the number of the record's cell, whose parity is the class: what is known
    of a record without the model. Its own class gets the sigmoid of the noisy count.
    """

    def __init__(self, epsilon: float = COUNTED_EPSILON, random_state: int = 0) -> None:
        self.epsilon = epsilon
        self.random_state = random_state

    def fit(self, features: Floats, labels: NDArray[Any]) -> "PrivateCells":
        self.classes_ = np.unique(labels)
        noise = np.random.default_rng(self.random_state).laplace(scale=2 / self.epsilon, size=CELLS)
        self.counts_ = np.bincount(_cells_of(features), minlength=CELLS) + noise
        return self

    def predict_proba(self, features: Floats) -> Floats:
        cells = _cells_of(features)
        p = 1 / (1 + np.exp(-self.counts_[cells]))
        return np.where((cells % 2 == 1)[:, None], np.column_stack([1 - p, p]),
                        np.column_stack([p, 1 - p]))  # fmt: skip


def _cells_of(features: Floats) -> NDArray[np.int64]:
    return np.clip(np.round(features[:, 0]), 0, CELLS - 1).astype(np.int64)


def _asked(seed: int) -> dict[str, Any]:
    """Audit the table of counts with everything there is, references among it."""
    rng = np.random.default_rng([seed, 17])
    features = np.column_stack([rng.permutation(CELLS), rng.normal(size=(CELLS, 3))])
    labels = _cells_of(features) % 2
    model = PrivateCells(random_state=10_000 + seed).fit(features[:SIDE], labels[:SIDE])
    return _audited(model, features, labels, seed)


def _too_many(runs: int) -> int:
    """Return how many of these runs a bound of 2.5 % may exceed, at 99.9 %."""
    return int(binom.ppf(0.999, runs, PRINTED_SIDE_ERROR))


def _beyond(found: list[dict[str, Any]], epsilon: float) -> dict[str, int]:
    """Return how many bounds are above what epsilon allows: itself, or its power of e."""
    allowed = {"epsilon": epsilon, "leak_factor": float(np.exp(epsilon))}
    return {
        name: sum(row[name] is not None and row[name] > most for row in found)
        for name, most in allowed.items()
    }


def _figures(document: Mapping[str, Any]) -> dict[str, Any]:
    best = document["best_attack"]
    return {
        "reached": document["verdict"]["reached"],
        "outcome": document["verdict"]["outcome"],
        "epsilon": document["epsilon"]["low"],
        "leak_factor": document["epsilon"]["leak_factor_low"],
        "attack": best,
        "auc": None if best is None else document["attacks"][best]["auc"]["value"],
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", LEAKS)
def test_planted_leak_is_serious(name: str) -> None:
    assert _planted(name, 0)["verdict"]["reached"] in SERIOUS


def test_private_model_stays_within_its_epsilon() -> None:
    found = _figures(_private(0))
    assert found["epsilon"] is not None
    assert _beyond([found], EPSILON) == {"epsilon": 0, "leak_factor": 0}
    assert found["reached"] in {"L0", "L1"}


def test_answers_that_leak_exactly_epsilon_are_bounded_below_it_and_not_far() -> None:
    found = [_figures(_responded(seed)) for seed in range(8)]
    assert _beyond(found, EPSILON) == {"epsilon": 0, "leak_factor": 0}
    assert float(np.median([row["epsilon"] for row in found])) > EPSILON / 2


def test_private_counts_leak_and_stay_within_their_epsilon() -> None:
    found = [_figures(_counted(seed)) for seed in range(4)]
    assert all(row["epsilon"] > 0 for row in found)
    assert _beyond(found, COUNTED_EPSILON) == {"epsilon": 0, "leak_factor": 0}


def test_private_model_with_references_leaks_and_stays_within_its_epsilon() -> None:
    document = _asked(0)
    assert {"lira", "rmia", "learned"} <= set(document["attacks"])
    found = _figures(document)
    assert found["epsilon"] > 0
    assert _beyond([found], COUNTED_EPSILON) == {"epsilon": 0, "leak_factor": 0}


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_proof_sensitivity(record_proof: Record) -> None:
    planted = {name: [_figures(_planted(name, seed)) for seed in range(10)] for name in LEAKS}
    private = [_figures(_private(seed)) for seed in range(100)]
    responded = [_figures(_responded(seed)) for seed in range(400)]
    counted = [_figures(_counted(seed)) for seed in range(400)]
    asked = [_figures(_asked(seed)) for seed in range(100)]
    record_proof(
        "sensitivity",
        {
            "planted": planted, "private": private, "responded": responded, "counted": counted,
            "asked": asked,
            "epsilon": EPSILON, "counted_epsilon": COUNTED_EPSILON, "members": SIDE,
        },
    )  # fmt: skip
    assert {row["reached"] for rows in planted.values() for row in rows} <= SERIOUS
    assert {row["reached"] for row in private} <= {"L0", "L1"}
    assert _beyond(private, EPSILON) == {"epsilon": 0, "leak_factor": 0}
    assert max(_beyond(responded, EPSILON).values()) <= _too_many(len(responded))
    assert float(np.median([row["epsilon"] for row in responded])) > EPSILON / 2
    for rows in (counted, asked):
        assert min(row["epsilon"] for row in rows) > 0
        assert max(_beyond(rows, COUNTED_EPSILON).values()) <= _too_many(len(rows))
