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

HELD_OUT: Final = 1 / 3
"""Share of the non-members and the population on which candidates are judged."""

MOST_RECORDS: Final = 20_000
"""Records candidates learn from and are judged on; more would not change the choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """The candidate that was chosen.

    Attributes
    ----------
    name
        "gradient_boosting", "logistic_regression", "mlp" or "random_forest".
    agreement
        Share of held-out records that it answers as the model does, in [0, 1].
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
        Fit this candidate only: it was chosen before from the same inputs.
    """
    features = _matrix(whole.features)
    rows = np.flatnonzero(np.concatenate([~whole.is_member, np.ones(whole.n_population, bool)]))
    rng = np.random.default_rng(seed)
    rows = rng.permutation(rows)[:MOST_RECORDS]
    judged = max(1, round(HELD_OUT * len(rows)))
    asked = take(whole.features, rows)
    answers = np.argmax(target.probabilities(asked, subject="nonmembers"), axis=1)
    learn, test = rows[judged:], rows[:judged]
    number = int(rng.integers(2**31))
    chosen = [key for key in _CANDIDATES if name in {None, key}]

    def one(key: str) -> tuple[float, str, Any]:
        made = _CANDIDATES[key](number)
        model = _fitted(made, features[learn], answers[judged:])
        said = answers[judged:][:1] if model is None else model.predict(features[test])
        return float(np.mean(said == answers[:judged])), key, made if model is None else model

    with workers(threads) as pool:  # a candidate that does not converge simply agrees less
        tried = list(pool.map(one, chosen))
    best = max(tried, key=lambda found: found[0])
    agreement, key, model = best
    return Surrogate(key, agreement, _wrapped(model, target), features)


def _fitted(model: Any, features: NDArray[np.float64], answers: NDArray[np.int64]) -> Any:  # noqa: ANN401
    """Return the model fitted on the target's answers; None where all of them are the same."""
    return model.fit(features, answers) if len(np.unique(answers)) > 1 else None


def _wrapped(model: Any, target: Target) -> Target:  # noqa: ANN401
    """Return the candidate as a target with the model's own classes: its references learn those."""
    if not hasattr(model, "classes_"):
        model = model.fit(np.zeros((2, 1)), np.array([0, 1]))
    return replace(wrap(model), classes=target.classes, n_features=None)


def _matrix(features: Features) -> NDArray[np.float64]:
    """Return (N + M, d) numbers, whatever the model takes."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if isinstance(features, np.ndarray) and features.dtype != object:
        return features.astype(np.float64)
    if isinstance(features, np.ndarray):
        columns = {f"c{j}": _column(features[:, j]) for j in range(features.shape[1])}
        features = pa.table(columns)
    return baseline_matrix(features, np.zeros(len(features)))[:, :-1]


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
