"""A stand-in for a model that cannot be trained again: whichever recipe agrees with it best.

Candidates learn the target's own answers on records it was never trained on. The best one lends
its recipe: references are then trained with it, on the true labels, as those of any other model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.assembly import Assembly
from audits.engine.baseline import baseline_matrix
from audits.engine.side_by_side import workers
from audits.engine.target import Features, Target, take, wrap

if TYPE_CHECKING:
    from numpy.random import SeedSequence

FOLDS: Final = 3
"""Parts the non-members and the population are cut into; candidates are judged on one."""

FEW_RECORDS: Final = 1_500
"""Below this candidates are judged on every part, each time learning from the others."""

MOST_RECORDS: Final = 20_000
"""Records candidates learn from and are judged on; more would not change the choice."""

_LARGEST: Final = 1e30
"""Forests work in single precision, where larger numbers are infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """The candidate that was chosen.

    Attributes
    ----------
    name
        "gradient_boosting", "logistic_regression", "mlp" or "random_forest".
    agreement
        Share of held-out records that it answers as the model does, in [0, 1]; where there was a
        choice, on records that did not make it.
    target
        The candidate around the model's classes; takes `features`.
    features
        (N + M, d) float64: numbers as they are, text by how frequent it is, NaN for missing.
    """

    name: str
    agreement: float
    target: Target
    features: NDArray[np.float64]


def substitute(
    target: Target,
    whole: Assembly,
    *,
    seed: "SeedSequence",
    threads: int,
    name: str | None = None,
) -> Surrogate:
    """Choose the candidate that answers most like the model.

    Parameters
    ----------
    target
        The model, asked for its answers only.
    whole
        Its records; members are not used.
    seed
        Fixes the split and every candidate.
    threads
        Candidates fitted at once, one thread each; changes no number.
    name
        Fit this candidate only, and only once: it was chosen before from the same inputs. Gives
        the same target; the agreement is then that on the first part.
    """
    features = _matrix(whole.features)
    rows = np.flatnonzero(np.concatenate([~whole.is_member, np.ones(whole.n_population, bool)]))
    rng = np.random.default_rng(seed)
    rows = rng.permutation(rows)[:MOST_RECORDS]
    asked = target.probabilities(take(whole.features, rows), subject="nonmembers")
    answers, number = np.argmax(asked, axis=1), int(rng.integers(2**31))
    parts = min(FOLDS, len(rows)) if len(rows) < FEW_RECORDS and name is None else 1
    keys = [key for key in _CANDIDATES if name in {None, key}]

    def one(key: str, part: int) -> tuple[NDArray[np.bool_], Any]:
        test = np.arange(len(rows)) % FOLDS == part
        model = _fitted(_CANDIDATES[key](number), features[rows[~test]], answers[~test])
        if hasattr(model, "classes_"):
            return model.predict(features[rows[test]]) == answers[test], model
        return np.isin(answers[test], answers[~test]), model  # they are of one class at most

    with workers(threads) as pool:  # a candidate that does not converge simply agrees less
        tried = {key: [pool.submit(one, key, part) for part in range(parts)] for key in keys}
        found = {key: [future.result() for future in futures] for key, futures in tried.items()}
    alike = {key: np.concatenate([same for same, _ in found[key]]) for key in keys}
    best = max(keys, key=lambda key: alike[key].mean())
    return Surrogate(best, _unflattered(alike), _wrapped(found[best][0][1], target), features)


def _unflattered(alike: Mapping[str, NDArray[np.bool_]]) -> float:
    """Return the agreement of the best candidate, on records that did not make it the best.

    The largest of several shares of the same records is too high by chance. So each half of the
    records judges what the other half chose.

    Parameters
    ----------
    alike
        For each candidate (n,) whether it answers a held-out record as the model does.
    """
    right = 0
    for half in (0, 1):
        chosen = max(alike, key=lambda key: alike[key][1 - half :: 2].sum())
        right += int(alike[chosen][half::2].sum())
    return right / len(next(iter(alike.values())))


def _fitted(model: Any, features: NDArray[np.float64], answers: NDArray[np.int64]) -> Any:  # noqa: ANN401
    """Return the model fitted on the target's answers; as it was if fewer than two differ."""
    return model.fit(features, answers) if len(np.unique(answers)) > 1 else model


def _wrapped(model: Any, target: Target) -> Target:  # noqa: ANN401
    """Return the candidate as a target with the model's own classes: its references learn those."""
    if not hasattr(model, "classes_"):
        model = model.fit(np.zeros((2, 1)), np.array([0, 1]))
    return replace(wrap(model), classes=target.classes, n_features=None)


def _matrix(features: Features) -> NDArray[np.float64]:
    """Return (N + M, d) numbers, whatever the model takes."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if isinstance(features, np.ndarray) and features.dtype != object:
        matrix = features.astype(np.float64)
    else:
        if isinstance(features, np.ndarray):
            columns = {f"c{j}": _column(features[:, j]) for j in range(features.shape[1])}
            features = pa.table(columns)
        matrix = baseline_matrix(features, np.zeros(len(features)))[:, :-1]
    return np.clip(matrix, -_LARGEST, _LARGEST)


def _column(values: NDArray[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        return pa.array(values.astype(np.float64))
    except (TypeError, ValueError):
        words = [None if v is None or v != v else str(v) for v in values]  # noqa: PLR0124 - NaN
        return pa.array(words, pa.large_string())


def _boosting(seed: int) -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - heavy

    return HistGradientBoostingClassifier(early_stopping=False, random_state=seed)


def _forest(seed: int) -> Any:  # noqa: ANN401
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy

    return RandomForestClassifier(n_estimators=100, random_state=seed)


def _perceptron(seed: int) -> Any:  # noqa: ANN401
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415 - heavy

    return _numeric(MLPClassifier(hidden_layer_sizes=(64,), random_state=seed))


def _logistic(seed: int) -> Any:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    return _numeric(LogisticRegression(max_iter=1000, random_state=seed))


def _numeric(last: Any) -> Any:  # noqa: ANN401
    """Return a pipeline for estimators that want scaled numbers without gaps."""
    from sklearn.impute import SimpleImputer  # noqa: PLC0415 - heavy
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - heavy
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - heavy

    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), last)


_CANDIDATES: Final[Mapping[str, Callable[[int], Any]]] = MappingProxyType(
    {
        "gradient_boosting": _boosting,
        "random_forest": _forest,
        "mlp": _perceptron,
        "logistic_regression": _logistic,
    }
)
