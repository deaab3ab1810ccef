"""Histogram gradient boosting: references grown by LightGBM, which scikit-learn's was made after.

Both sort columns into bins, grow trees leaf by leaf from gradients and hessians and stop at the
same numbers (Ke et al. 2017, LightGBM: A highly efficient gradient boosting decision tree). What
scikit-learn's grower does in Python, holding its lock, LightGBM does outside it, so a reference
costs a fraction and two threads are twice as fast. Settings are translated one by one; a target
with one that has no counterpart is left to `clone`. The trees come out the same but for deep ones
with a penalty, and for how the two count the least records of a leaf: LightGBM by the sum of their
hessians, so of classes, and where records have weights, about right only. A value that is missing
in a column of whose half none is counts as 0.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import log_likelihood, quality
from audits.engine.arrow_bridge import as_array
from audits.engine.errors import InputError
from audits.engine.references import clone
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.target import Features, Target, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

BLOCK: Final = 8
_LOSSES: Final = {
    "HistGradientBoostingClassifier": "log_loss",
    "HistGradientBoostingRegressor": "squared_error",
}
_LEAST_HESSIAN: Final = 1e-3
"""What scikit-learn asks of a node, as a sum over its records."""

_MOST_LEAVES: Final = 131_072
"""LightGBM's limit, for trees whose leaves nobody limits."""

_MOST_MEGABYTES: Final = 256
"""Room for the sums of a tree's leaves; LightGBM asks for all of it before the first tree."""

_MOST_CLASSES: Final = 3
"""LightGBM counts the records of a leaf by their hessians, which differ most where classes are
many: its trees are then no longer those of the target, and references find fewer members."""

_SEEDS: Final = 2**31 - 1

Floats = NDArray[np.float64]


def fits(target: Target) -> bool:
    """Say whether the target is a histogram boosting all of whose settings LightGBM has."""
    found = getattr(target.estimator, "best_estimator_", target.estimator)
    last = clone.classifier_of(found)
    kind = type(last)
    if kind.__name__ not in _LOSSES or not kind.__module__.startswith("sklearn."):
        return False
    return (
        last.loss == _LOSSES[kind.__name__]
        and len(target.classes) <= _MOST_CLASSES
        and last.monotonic_cst is None
        and last.interaction_cst is None
        and getattr(last, "is_categorical_", None) is None
        and not any(target.category_mask)
        and not last.do_early_stopping_
        and not clone.fits_across(found)
        and is_installed()
    )


def train(training: Training) -> Trained:
    """Train references and return what they say about the audited records.

    A class that is missing from a half has log-probability -708.4.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    count = min(BLOCK, training.most)
    target, n = training.target, training.n_audited
    template, draw = _template(target), training.draw(count)
    own, seeds = training.labels[:n], training.fit_seed.spawn(count)
    audited = take(training.features, np.arange(n))

    def one(k: int) -> tuple[NDArray[np.float32], float]:
        model = _fitted(template, training, training.rows(draw, k), seeds[k])
        answers = clone.answers_of(model, audited, target)
        log_p = log_likelihood(answers, own, training.scale).astype(np.float32)
        outside = ~draw.inside[k]
        return log_p, quality(answers[outside], own[outside], training.scale)

    with workers(training.threads) as pool:
        results = list(pool.map(one, range(count)))
    log_p = np.stack([log_p for log_p, _ in results])
    return Trained(log_p, draw.inside, tuple(right for _, right in results), count)


def calibration(training: Training) -> Calibration:
    """Return one reference, fitted on one half, that can be asked about new records."""
    draw, template = training.draw(2), _template(training.target)
    rows = training.rows(draw, 0)
    with workers(1) as pool:
        model = pool.submit(_fitted, template, training, rows, training.fit_seed).result()
    return clone.calibration_by(model, training, draw)


def _template(target: Target) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    """Return the unfitted target, whose settings scikit-learn has checked: LightGBM takes any.

    Raises
    ------
    InputError
        Subject "model": a setting is out of its range.
    """
    template = clone.template_of(target)
    with clone.explained():
        clone.classifier_of(template)._validate_params()  # noqa: SLF001 - as fit does
    return template


class _Booster:
    """A fitted booster behind the steps before it; answers as scikit-learn's would."""

    def __init__(
        self,
        steps: Any | None,  # noqa: ANN401
        booster: Any,  # noqa: ANN401
        classes: NDArray[Any],
        middle: float,
        spread: float,
    ) -> None:
        self._steps, self._booster = steps, booster
        self._middle, self._spread = middle, spread
        self.classes_ = classes

    def predict(self, features: Features) -> Floats:
        """Return (n,) raw answers: numbers, or the probability of the second of two classes."""
        found = as_array(features) if self._steps is None else self._steps.transform(features)
        asked = np.asarray(found, dtype=np.float64)
        said = np.asarray(self._booster.predict(asked, num_threads=1), dtype=np.float64)
        return self._middle + self._spread * said

    def predict_proba(self, features: Features) -> Floats:
        """Return (n, classes) probabilities."""
        answers = self.predict(features)
        return answers if answers.ndim > 1 else np.column_stack([1.0 - answers, answers])


def _fitted(
    template: Any,  # noqa: ANN401 - a scikit-learn estimator
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> Any:  # noqa: ANN401
    """Return a reference fitted on some rows; one by `clone` where they are not plain numbers.

    Raises
    ------
    InputError
        Subject "model": it cannot be fitted on them.
    """
    labels, numbers = training.labels[rows], training.target.predicts_numbers
    known = np.zeros(0, dtype=np.int64) if numbers else np.unique(labels)
    if len(known) == 1:
        return clone.fitted(template, training, rows, seed)
    steps = clone.fitted_steps(template, training, rows, seed)
    with clone.explained():
        half = take(training.features, rows)
        matrix = as_array(half) if steps is None else steps.transform(half)
    if not isinstance(matrix, np.ndarray) or matrix.dtype == object:
        return clone.fitted(template, training, rows, seed)
    last = clone.classifier_of(template)
    given = labels if numbers else np.searchsorted(known, labels)
    weights = _weights(last, training, rows)
    # Whole numbers would be made single-precision ones, and long keys of records alike.
    exact = np.asarray(matrix, dtype=np.float64)
    number = int(np.random.default_rng(seed).integers(_SEEDS))
    settings = _settings(last, len(known), exact, number)
    # LightGBM keeps what is predicted in single precision, to which large numbers are alike.
    middle, spread = (float(labels.mean()), float(labels.std()) or 1.0) if numbers else (0.0, 1.0)
    if numbers:
        given = (labels - middle) / spread
    booster = _grown(exact, given, weights, settings, last.max_iter)
    classes = labels[:0] if numbers else training.target.classes[known]
    return _Booster(steps, booster, classes, middle, spread)


def _settings(last: Any, classes: int, half: Floats, seed: int) -> dict[str, Any]:  # noqa: ANN401
    """Return LightGBM's names and values for scikit-learn's settings, for (n, d) records.

    For more than two classes LightGBM multiplies hessians by classes / (classes - 1); the
    learning rate and what is compared with hessians are multiplied too, which takes it out again.
    Its bins are one more, since it counts one for 0, and two more where values are missing. A tree
    has no more leaves than records.
    """
    bins = last.max_bins + 1 + np.isnan(half).any(axis=0).astype(int)
    objective = "regression" if classes == 0 else "binary" if classes == 2 else "multiclass"  # noqa: PLR2004
    factor = classes / (classes - 1) if objective == "multiclass" else 1.0
    leaves = last.max_leaf_nodes or _MOST_LEAVES
    if last.max_depth is not None:
        leaves = min(leaves, 2 ** min(last.max_depth, 17))
    return {
        "objective": objective,
        **({"num_class": classes} if objective == "multiclass" else {}),
        "learning_rate": last.learning_rate * factor,
        "num_leaves": max(2, min(leaves, len(half), _MOST_LEAVES)),
        "histogram_pool_size": _MOST_MEGABYTES,
        "max_depth": -1 if last.max_depth is None else last.max_depth,
        "min_data_in_leaf": last.min_samples_leaf,
        "min_sum_hessian_in_leaf": _LEAST_HESSIAN * factor,
        "lambda_l2": last.l2_regularization * factor,
        "feature_fraction_bynode": getattr(last, "max_features", 1.0),
        "max_bin": int(bins.max(initial=2)),
        "max_bin_by_feature": bins.tolist(),
        "min_data_in_bin": 1,
        "feature_pre_filter": False,
        "num_threads": 1,
        "force_col_wise": True,
        "deterministic": True,
        "seed": seed,
        "verbosity": -1,
    }


def _weights(
    last: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
) -> Floats | None:
    """Return (n,) weights of the records, times those of their classes; None where all are 1."""
    weights = None if training.weights is None else training.weights[rows]
    if getattr(last, "class_weight", None) is None:
        return weights
    from sklearn.utils.class_weight import compute_sample_weight  # noqa: PLC0415 - heavy

    labels = training.target.classes[training.labels[rows]]
    of_classes = np.asarray(compute_sample_weight(last.class_weight, labels))
    return of_classes if weights is None else weights * of_classes


def _grown(
    matrix: Floats,
    labels: NDArray[Any],
    weights: Floats | None,
    settings: dict[str, Any],
    rounds: int,
) -> Any:  # noqa: ANN401 - LightGBM is untyped here
    import lightgbm  # noqa: PLC0415 - heavy

    try:
        records = lightgbm.Dataset(matrix, labels, weight=weights, params=settings)
        return lightgbm.train(settings, records, rounds)
    except lightgbm.basic.LightGBMError as error:
        detail = " ".join(str(error).split())[:160]
        raise InputError(
            "model",
            f"it cannot be trained again on half of the records ({detail})",
            "choose the preset quick, or give a predictions file instead",
        ) from error


def is_installed() -> bool:
    """Say whether LightGBM can be loaded: it needs the system's libgomp, which may be missing."""
    if find_spec("lightgbm") is None:
        return False
    try:
        import lightgbm  # noqa: F401, PLC0415 - heavy
    except OSError:
        return False
    return True


RECIPE = Recipe(
    key="boosting", block=BLOCK, single=True, fits=fits, train=train, calibration=calibration
)
