"""References cloned from a scikit-learn target: same pipeline, same settings, other halves."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.signals import accuracy, true_log_probability
from audits.engine.splits import Draw
from audits.engine.target import Features, Target, first_step, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

Ints = NDArray[np.integer[Any]]


def recipe_of(target: Target) -> Any:  # noqa: ANN401 - any scikit-learn estimator
    """Return an unfitted copy of the target that can be fitted on any half of the records.

    A search is replaced by the settings it found. Encoders that refuse unknown categories are
    told the categories the target knows, else a half without one of them could not score it.
    """
    from sklearn.base import clone  # noqa: PLC0415 - heavy

    fitted = getattr(target.estimator, "best_estimator_", target.estimator)
    template = clone(fitted)
    _keep_categories(template, fitted)
    if any(target.category_mask):
        first_step(template).set_params(categorical_features=list(target.category_mask))
    return template


def fit_references(
    target: Target,
    *,
    features: Features,
    labels: Ints,
    n_audited: int,
    draw: Draw,
    seed: "SeedSequence",
    threads: int,
) -> tuple[NDArray[np.float32], tuple[float, ...]]:
    """Train references and return what they say about the audited records.

    Parameters
    ----------
    target
        The model whose recipe is cloned.
    features, labels
        The audited records, then the population.
    n_audited
        N, how many of them are audited.
    draw
        Training sets of the K references.
    seed
        Fixes every random choice of the estimators; together with the draw it fixes the result.
    threads
        References fitted at once, one thread each, so that sums stay in one order.

    Returns
    -------
    log_p
        (K, N) float32, log-probability of the true class; -708.4 for a class that is missing
        from the half.
    held_out_accuracy
        K numbers in [0, 1], over the audited records that were not trained on.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - heavy

    template, seeds = recipe_of(target), seed.spawn(len(draw.inside))
    audited = take(features, np.arange(n_audited))

    def one(k: int) -> tuple[NDArray[np.float32], float]:
        inside = draw.inside[k]
        rows = np.concatenate([np.flatnonzero(inside), n_audited + draw.extra[k]])
        model = _fit(template, take(features, rows), target.classes[labels[rows]], seeds[k])
        probabilities = _aligned(model, audited, target.classes)
        own = labels[:n_audited]
        log_p = true_log_probability(probabilities, own).astype(np.float32)
        return log_p, accuracy(probabilities[~inside], own[~inside])

    limit_thread = partial(threadpool_limits, 1, user_api="openmp")  # counted per thread
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # convergence and the like: the target had them too
        with ThreadPoolExecutor(threads, initializer=limit_thread) as pool:
            results = list(pool.map(one, range(len(draw.inside))))
    return np.stack([log_p for log_p, _ in results]), tuple(right for _, right in results)


def _fit(template: Any, features: Features, labels: NDArray[Any], seed: "SeedSequence") -> Any:  # noqa: ANN401
    from sklearn.base import clone  # noqa: PLC0415 - heavy

    if len(np.unique(labels)) == 1:
        return _Constant(labels[:1])
    model = clone(template)
    params = model.get_params(deep=True)
    names = sorted(n for n in params if n == "random_state" or n.endswith("__random_state"))
    draws = np.random.default_rng(seed).integers(2**31, size=len(names)).tolist()
    model.set_params(**dict(zip(names, draws, strict=True)))
    try:
        return model.fit(features, labels)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        detail = " ".join(str(error).split())[:160]
        raise InputError(
            "model",
            f"it cannot be trained again on half of the records ({detail})",
            "choose the preset quick, or give a predictions file instead",
        ) from error


class _Constant:
    """Stands in where a half holds a single class, which most classifiers refuse to fit."""

    def __init__(self, classes: NDArray[Any]) -> None:
        self.classes_ = classes

    def predict_proba(self, features: Features) -> NDArray[np.float64]:
        """Return (n, 1) ones."""
        return np.ones((len(features), 1))


def _aligned(model: Any, features: Features, classes: NDArray[Any]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return (n, C) probabilities in the target's order of classes, 0 for one never seen."""
    known = np.asarray(model.predict_proba(features), dtype=np.float64)
    whole = np.zeros((len(known), len(classes)))
    whole[:, np.searchsorted(classes, model.classes_)] = np.nan_to_num(known)
    return whole


def _keep_categories(template: Any, fitted: Any) -> None:  # noqa: ANN401
    for ours, theirs in _pairs(template, fitted):
        _keep_categories(ours, theirs)
    strict = getattr(template, "handle_unknown", None) == "error"
    if strict and isinstance(getattr(template, "categories", None), str):
        template.set_params(categories=list(fitted.categories_))


def _pairs(template: Any, fitted: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401
    """Return the unfitted and fitted sub-estimators of a pipeline, union or column transformer."""
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for part, found, suffix in ((template, ours, ""), (fitted, theirs, "_")):
        found.update(getattr(part, "steps", []))
        found.update(getattr(part, "transformer_list", []))
        branches = getattr(part, f"transformers{suffix}", [])
        found.update((name, step) for name, step, _ in branches)
    return [
        (ours[name], theirs[name])
        for name in ours
        if name in theirs and not isinstance(theirs[name], str)
    ]
