"""What the trees of an ensemble say of records, each by itself."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.references import clone
from audits.engine.target import CHUNK_ROWS, Features, Target, take

FORESTS: Final = frozenset(
    {
        "RandomForestClassifier", "ExtraTreesClassifier",
        "RandomForestRegressor", "ExtraTreesRegressor",
    }
)  # fmt: skip

Floats = NDArray[np.float64]


def ensemble_of(estimator: Any) -> Any:  # noqa: ANN401 - any scikit-learn estimator
    """Return the ensemble itself, be it at the end of pipelines."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return estimator


def sized(template: Any, trees: int) -> Any:  # noqa: ANN401
    """Return a copy of the unfitted ensemble with another number of trees."""
    from sklearn.base import clone as copy_of  # noqa: PLC0415 - heavy

    copy = copy_of(template)
    ensemble_of(copy).set_params(n_estimators=trees)
    return copy


def asked(
    model: Any,  # noqa: ANN401
    audited: Features,
    own: NDArray[Any],
    outside: NDArray[np.int64],
    target: Target,
) -> tuple[Floats, Floats]:
    """Return the column `own` (N,) of all answers, and those at `outside` as `sums_of` does."""
    forest = ensemble_of(model)
    if type(forest).__name__ not in FORESTS:
        if target.predicts_numbers:
            said = _one_by_one(model, audited, target)
            return said.mean(axis=0), _mean_and_variance(said[:, outside])
        answers = clone.answers_of(model, audited, target)
        return answers[np.arange(len(own)), own], answers[outside]
    columns, known = max(1, len(target.classes)), np.zeros(1, dtype=np.int64)
    if not target.predicts_numbers:
        known = np.searchsorted(target.classes, forest.classes_)
    with clone.explained():
        leaves = _leaves(model, audited)
    trees, everyone = [one.tree_ for one in forest.estimators_], np.ones(leaves.shape, dtype=bool)
    sums, answers = sums_of(trees, leaves, known, own, outside, columns, everyone)
    return sums[0] / len(leaves), answers


def sums_of(
    trees: list[Any],
    leaves: NDArray[np.integer[Any]],
    known: NDArray[np.int64],
    own: NDArray[Any],
    outside: NDArray[np.int64],
    columns: int,
    met: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Read the leaves, (trees, N), that records fall into.

    Parameters
    ----------
    known
        The classes that the trees have met, by their place among all; one place for numbers.
    own
        (N,) the column of each record's own class.
    outside
        The records that are judged.
    columns
        How many classes there are, or 1: the trees say numbers.
    met
        (trees, N): which trees met a record.

    Returns
    -------
    sums
        (4, N): of p_y over the trees that met a record, how many those are, and the same of the
        others.
    answers
        Of the judged ones the mean answer, a column for each class. Of numbers, the mean and the
        variance between the trees, ddof = 1.
    """
    column = np.full(columns, -1)
    column[known] = np.arange(len(known))
    own_column = column[own]
    p, answers = np.empty(leaves.shape), np.zeros((len(outside), len(known)))
    for tree, leaf, row in zip(trees, leaves, p, strict=True):
        shares = tree.value[:, 0, :]
        row[:] = shares[leaf, own_column]
        answers += shares[leaf[outside]]
    p[:, own_column < 0] = 0.0
    n_met = met.sum(axis=0)
    sums = np.stack([(p * met).sum(axis=0), n_met, (p * ~met).sum(axis=0), len(met) - n_met])
    if columns == 1:
        return sums, _mean_and_variance(p[:, outside])
    aligned = np.zeros((len(outside), columns))
    aligned[:, known] = answers / len(leaves)
    return sums, aligned


def _mean_and_variance(said: Floats) -> Floats:
    return np.stack([said.mean(axis=0), said.var(axis=0, ddof=1)], axis=1)


def _one_by_one(model: Any, audited: Features, target: Target) -> Floats:  # noqa: ANN401
    """Return (trees, N) what each member of bagged models of numbers says; the rest is lost."""
    bagged = ensemble_of(model)
    members = list(zip(bagged.estimators_, bagged.estimators_features_, strict=True))
    bagged.n_estimators, said = 1, []
    for one, columns in members:
        bagged.estimators_, bagged.estimators_features_ = [one], [columns]
        said.append(clone.answers_of(model, audited, target))
    return np.stack(said)


def _leaves(model: Any, audited: Features) -> NDArray[np.int32]:  # noqa: ANN401
    """Return (trees, N) the leaf each record falls into: one check of the records, not one a tree.

    Asking for probabilities costs up to three times as much where there are many classes.
    """
    parts = []
    for start in range(0, len(audited), CHUNK_ROWS):
        step, part = model, take(audited, np.arange(start, min(len(audited), start + CHUNK_ROWS)))
        while hasattr(step, "steps"):
            for _, before in step.steps[:-1]:
                part = part if before in {None, "passthrough"} else before.transform(part)
            step = step.steps[-1][1]
        parts.append(step.apply(part).astype(np.int32))
    return np.ascontiguousarray(np.concatenate(parts).T)
