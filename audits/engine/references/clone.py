"""References cloned from a scikit-learn target: same pipeline, same settings, other halves."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import log_likelihood, quality
from audits.engine.errors import InputError
from audits.engine.estimator_parts import every_part, named_parts
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.target import Features, Target, first_step, take
from audits.engine.types import SMALLEST_BLOCK

if TYPE_CHECKING:
    from numpy.random import SeedSequence

    from audits.engine.splits import Draw


_ACROSS: Final = frozenset({"TargetEncoder"})
_OTHER_WAYS: Final = "choose the preset quick, or give a predictions file instead"


def fits(target: Target) -> bool:
    """Say whether the target is a scikit-learn estimator."""
    return hasattr(target.estimator, "get_params")


def template_of(target: Target) -> Any:  # noqa: ANN401 - any scikit-learn estimator
    """Return an unfitted copy of the target that can be fitted on any half of the records.

    A search is replaced by the settings it found. What refuses unknown categories is told those
    the target knows, wherever it lies, else a half without one of them could not score it.

    Raises
    ------
    InputError
        Subject "model": a part of it is frozen.
    """
    from sklearn.base import clone  # noqa: PLC0415 - heavy

    found = getattr(target.estimator, "best_estimator_", target.estimator)
    with explained():
        template = clone(found)
    if any(type(part).__name__ == "FrozenEstimator" for part in every_part(template)):
        raise InputError(
            "model",
            "a part of it is frozen (FrozenEstimator) and would be the same in every reference",
            _OTHER_WAYS,
        )
    _keep_categories(template, [found])
    if any(target.category_mask):
        first_step(template).set_params(categorical_features=list(target.category_mask))
    return template


def classifier_of(estimator: Any) -> Any:  # noqa: ANN401
    """Return the last step of a pipeline, or the estimator itself."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def fits_across(estimator: Any) -> bool:  # noqa: ANN401
    """Say whether a step prepares the records it is fitted on otherwise than those it meets later.

    What `transform` makes of its own training records would then give their labels away, so that
    steps and classifier have to be fitted in one go.
    """
    parts = estimator.get_params(deep=True).values()
    return any(type(part).__name__ in _ACROSS for part in parts)


def train(training: Training) -> Trained:
    """Train references and return what they say about the audited records.

    References are fitted `training.threads` at once, one thread each, so that sums stay in one
    order. A class that is missing from a half has log-probability -708.4.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records, or not asked then.
    """
    target, n = training.target, training.n_audited
    template, draw = template_of(target), training.draw(SMALLEST_BLOCK)
    seeds = training.fit_seed.spawn(len(draw.inside))
    audited, own = take(training.features, np.arange(n)), training.labels[:n]

    def one(k: int) -> tuple[NDArray[np.float32], float]:
        model = fitted(template, training, training.rows(draw, k), seeds[k])
        answers = answers_of(model, audited, target)
        log_p = log_likelihood(answers, own, training.scale).astype(np.float32)
        outside = ~draw.inside[k]
        return log_p, quality(answers[outside], own[outside], training.scale)

    with workers(training.threads) as pool:
        results = list(pool.map(one, range(len(draw.inside))))
    log_p = np.stack([log_p for log_p, _ in results])
    return Trained(log_p, draw.inside, tuple(right for _, right in results), len(draw.inside))


def calibration(training: Training) -> Calibration:
    """Return one reference, fitted on one half, that can be asked about new records."""
    return calibrated(template_of(training.target), training)


def calibrated(template: Any, training: Training) -> Calibration:  # noqa: ANN401
    """Return a copy of this template, fitted on one half, that can be asked about new records."""
    draw = training.draw(2)
    rows = training.rows(draw, 0)
    with workers(1) as pool:
        model = pool.submit(fitted, template, training, rows, training.fit_seed).result()
    return calibration_by(model, training, draw)


def calibration_by(model: Any, training: Training, draw: "Draw") -> Calibration:  # noqa: ANN401
    """Return what asks this model, fitted on the first training set of the draw."""
    return Calibration(partial(_answers, model, training.target), draw.inside[0])


def _answers(model: Any, target: Target, features: Features) -> NDArray[np.float64]:  # noqa: ANN401
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return answers_of(model, features, target)


def fitted(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
    *,
    classifier: bool = True,
) -> Any:  # noqa: ANN401
    """Return a copy of the template fitted on some rows, all its random states set from the seed.

    A classifier that meets one class only is replaced by that answer; steps before one are not.

    Raises
    ------
    InputError
        Subject "model": it cannot be fitted on them.
    """
    from sklearn.base import clone  # noqa: PLC0415 - heavy

    features = take(training.features, rows)
    numbers = training.target.predicts_numbers
    labels = training.labels[rows] if numbers else training.target.classes[training.labels[rows]]
    weights = {} if training.weights is None else _weight_argument(template, training.weights[rows])
    if classifier and not numbers and len(np.unique(labels)) == 1:
        return _Constant(labels[:1])
    model = clone(template)
    names = _random_states(template)
    draws = np.random.default_rng(seed).integers(2**31, size=len(names)).tolist()
    model.set_params(**dict(zip(names, draws, strict=True)))
    with explained():
        return model.fit(features, labels, **weights)


@lru_cache(maxsize=4)
def _random_states(template: Any) -> list[str]:  # noqa: ANN401
    """Return the names of all random states, in order; asking a pipeline takes a millisecond."""
    params = template.get_params(deep=True)
    return sorted(n for n in params if n == "random_state" or n.endswith("__random_state"))


_HINDERED: Final = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a reference raises that cannot be fitted or asked into a person's words."""
    try:
        yield
    except _HINDERED as error:
        detail = " ".join(str(error).split())[:160]
        raise InputError(
            "model",
            f"it cannot be trained again on half of the records ({detail})",
            _OTHER_WAYS,
        ) from error


def fitted_steps(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> Any | None:  # noqa: ANN401
    """Return the steps before the classifier, fitted on some rows; None where there are none.

    Sample weights are the classifier's alone, as in a pipeline.

    Raises
    ------
    InputError
        Subject "model": they cannot be fitted.
    """
    steps = _steps_of(template)
    if steps is None:
        return None
    return fitted(steps, replace(training, weights=None), rows, seed, classifier=False)


@lru_cache(maxsize=4)
def _steps_of(template: Any) -> Any | None:  # noqa: ANN401
    """Return the unfitted steps before the classifier; None where there are none."""
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - heavy

    steps = template.steps[:-1] if hasattr(template, "steps") else []
    return Pipeline(steps) if steps else None


def _weight_argument(template: Any, weights: NDArray[np.float64]) -> dict[str, Any]:  # noqa: ANN401
    """Return sample weights as the estimator takes them; a pipeline hands them to its last step."""
    path = ""
    while hasattr(template, "steps"):
        name, template = template.steps[-1]
        path += f"{name}__"
    return {f"{path}sample_weight": weights}


class _Constant:
    """Stands in where a half holds a single class, which most classifiers refuse to fit."""

    def __init__(self, classes: NDArray[Any]) -> None:
        self.classes_ = classes

    def predict_proba(self, features: Features) -> NDArray[np.float64]:
        """Return (n, 1) ones."""
        return np.ones((len(features), 1))


def answers_of(model: Any, features: Features, target: Target) -> NDArray[np.float64]:  # noqa: ANN401
    """Return a reference's (n, C) probabilities in the target's order of classes, or (n,) numbers.

    Raises
    ------
    InputError
        Subject "model": it cannot score these records.
    """
    with explained():
        if target.predicts_numbers:
            return np.asarray(model.predict(features), dtype=np.float64)
        return aligned(model, features, target.classes)


def aligned(model: Any, features: Features, classes: NDArray[Any]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return (n, C) probabilities in the target's order of classes, 0 for one never seen."""
    known = np.asarray(model.predict_proba(features), dtype=np.float64)
    whole = np.zeros((len(known), len(classes)))
    whole[:, np.searchsorted(classes, model.classes_)] = np.nan_to_num(known)
    return whole


def _keep_categories(template: Any, copies: list[Any]) -> None:  # noqa: ANN401
    """Tell the template the categories that fitted copies of it know; any copy knows them all.

    The target was asked about every record, and with it every copy. Members of random subspaces
    are left alone: the columns of one are not those of another.
    """
    inside = [named_parts(copy) for copy in copies if not _in_subspaces(copy)]
    for name, (part, *_) in named_parts(template).items():
        _keep_categories(part, [one for parts in inside for one in parts.get(name, [])])
    strict = getattr(template, "handle_unknown", None) == "error"
    known = next((copy.categories_ for copy in copies if hasattr(copy, "categories_")), None)
    if strict and isinstance(getattr(template, "categories", None), str) and known is not None:
        template.set_params(categories=list(known))
    counts = next((copy.n_categories_ for copy in copies if hasattr(copy, "n_categories_")), None)
    if counts is not None and getattr(template, "min_categories", counts) is None:
        template.set_params(min_categories=counts)


def _in_subspaces(bagging: Any) -> bool:  # noqa: ANN401
    columns = getattr(bagging, "estimators_features_", [])
    return any(not np.array_equal(some, columns[0]) for some in columns)


RECIPE = Recipe(
    key="clone", block=SMALLEST_BLOCK, single=True, fits=fits, train=train, calibration=calibration
)
