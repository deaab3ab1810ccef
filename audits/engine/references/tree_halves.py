"""Averaging ensembles: every few trees get a half of their own, none a whole forest.

What a forest says of a record is a mean over trees, so its mean over references that saw the
record is a mean over trees that saw it, whichever forest they belong to. K forests of T trees
share K halves; the same K T trees on many more halves give a much steadier mean. "Saw" means that
the record was in the trees' half, in or out of their bootstrap samples. Only the two means are
kept, so this feeds attacks on means, not those on the spread between references. The mean is one
of p_y; of ensembles that predict a number it is one of their numbers, whose error is then read.

A tree on a bootstrap sample never met the records of its half that were not drawn: it speaks of
them as a tree of the other half does (Breiman 1996, Out-of-bag estimation). Such trees are counted
with those of the other halves, and the mean over trees whose half held a record is put together
from the chance of being drawn. The same trees give steadier means, most of all for the records
that nobody would guess, and the catch at few false alarms rests on those.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audits.engine.answers import explained, log_likelihood
from audits.engine.arrow_bridge import as_array
from audits.engine.references import clone, tree_quality
from audits.engine.references.growing import bootstrap_size, check, ground_of, grower, tree_of
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.references.tree_answers import FORESTS, asked, ensemble_of, sized, sums_of
from audits.engine.registry import Calibration
from audits.engine.side_by_side import workers
from audits.engine.signals import SMALLEST
from audits.engine.splits import Draw
from audits.engine.target import Features, Target, take

if TYPE_CHECKING:
    from numpy.random import SeedSequence

BLOCK: Final = 4
"""Whole forests' worth of trees in a block."""

_ENSEMBLES: Final = FORESTS | {"BaggingClassifier", "BaggingRegressor"}
_TREES: Final = frozenset(
    {
        "NoneType",
        "DecisionTreeClassifier", "ExtraTreeClassifier",
        "DecisionTreeRegressor", "ExtraTreeRegressor",
    }
)  # fmt: skip
_BLIND_TO_LABELS: Final = tuple(
    f"sklearn.{name}." for name in ("preprocessing", "impute", "compose", "pipeline")
)
_MOST_TREES_A_HALF: Final = 4
_LEAST_TREES_A_HALF: Final = 2
_MOST_PAIRS: Final = 32
_MOST_JUDGED: Final = 2_000
_MOST_JUDGED_ANSWERS: Final = 2_000_000

Floats = NDArray[np.float64]


class _Said(NamedTuple):
    """What the trees of a half say of the audited records.

    Attributes
    ----------
    sums
        (5, N): of p_y over the trees that met a record, how many those are, the same of those
        that did not, and the chance that a tree of this half meets the record, 0 outside it.
    answers
        What they say of the records that are judged and lie outside the half, as `sums_of` does.
    """

    sums: Floats
    answers: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Halves:
    """What all halves of a block share.

    Attributes
    ----------
    training, ready
        As given, and with features as the trees take them.
    audited
        N records of these, as they may be asked about.
    template
        The unfitted ensemble of the few trees of a half.
    draw
        The halves.
    own
        (N,) the column of each record's own class; of numbers the one column of an answer.
    judged
        Records by which the references are judged, in order.
    plain
        Trees are grown one by one.
    whole_half
        (N,) see `_whole_half`.
    """

    training: Training
    ready: Training
    audited: Features
    template: Any
    draw: Draw
    own: NDArray[np.int64]
    judged: NDArray[np.int64]
    plain: bool
    whole_half: NDArray[np.bool_]

    @property
    def columns(self) -> int:
        """C, or 1 for numbers."""
        return max(1, len(self.training.target.classes))

    def outside(self, k: int) -> NDArray[np.int64]:
        """Return the judged records outside half k."""
        outside: NDArray[np.int64] = self.judged[~self.draw.inside[k, self.judged]]
        return outside

    def said(self, k: int, seed: "SeedSequence") -> _Said:
        """Grow the few trees of half k and ask them about all audited records."""
        training, n = self.training, self.training.n_audited
        rows, inside, outside = training.rows(self.draw, k), self.draw.inside[k], self.outside(k)
        matrix = _matrix(self.template, self.ready, rows, seed) if self.plain else None
        if matrix is None:
            model = clone.fitted(self.template, self.ready, rows, seed)
            p, answers = asked(model, self.audited, self.own, outside, training.target)
            return _Said(np.stack([p * inside, inside, p * ~inside, ~inside, inside]), answers)
        forest = ensemble_of(self.template)
        grown = _grown(forest, matrix, training.labels, rows, seed)
        leaves = np.stack([tree.apply(matrix[:n]) for tree in grown.trees])
        met = np.stack([inside & self.whole_half | _held(one, n) for one in grown.samples])
        known = grown.known
        sums, answers = sums_of(grown.trees, leaves, known, self.own, outside, self.columns, met)
        chance = inside * np.where(self.whole_half, 1.0, _chance_of_meeting(forest, len(rows)))
        return _Said(np.stack([*sums, chance]), answers)

    def more(self, k: int, trees: int, seed: "SeedSequence") -> Floats:
        """Grow so many other trees of half k; return (M, C) their mean on its `outside`."""
        training, outside = self.training, self.outside(k)
        template, rows = sized(self.template, trees), training.rows(self.draw, k)
        own, every = self.own[outside], np.arange(len(outside))
        matrix = _matrix(template, self.ready, rows, seed) if self.plain else None
        if matrix is None:
            model = clone.fitted(template, self.ready, rows, seed)
            return asked(model, take(self.audited, outside), own, every, training.target)[1]
        grown = _grown(ensemble_of(template), matrix, training.labels, rows, seed)
        records = np.ascontiguousarray(matrix[outside])
        leaves = np.stack([tree.apply(records) for tree in grown.trees])
        met = np.zeros(leaves.shape, dtype=bool)
        return sums_of(grown.trees, leaves, grown.known, own, every, self.columns, met)[1]


def fits(target: Target) -> bool:
    """Say whether the target is an averaging ensemble, bare or at the end of a pipeline."""
    ensemble = ensemble_of(getattr(target.estimator, "best_estimator_", target.estimator))
    kind = type(ensemble)
    return kind.__name__ in _ENSEMBLES and kind.__module__.startswith("sklearn.ensemble.")


def sizes(trees: int, *, votes: bool = False) -> tuple[int, int]:
    """Return (trees of a half, pairs of halves) for a block of `BLOCK` ensembles of T trees.

    A half of an ensemble that votes on classes has no more trees than the ensemble.
    """
    few = max(_LEAST_TREES_A_HALF, min(_MOST_TREES_A_HALF, trees // 4))
    few = min(trees, few) if votes else few
    few = max(few, math.ceil(BLOCK * trees / (2 * _MOST_PAIRS)))
    return few, max(1, round(BLOCK * trees / (2 * few)))


def train(training: Training) -> Trained:
    """Train the trees of a block and average what they say about the audited records.

    Returns
    -------
    Trained
        Two rows: the log of the mean p_y over trees whose half held the record (`inside` all
        true) and over the others (all false), or the log-density of the truth around the mean
        of their numbers. A class missing from a half has p_y 0 there. The accuracy is what an
        ensemble of the target's size on one half has on records it never saw, and of numbers
        what it explains. Of classes the first block of an audit alone tells it: for that it
        grows the trees that one of its halves lacks, at most one fit of the target more.

    Raises
    ------
    InputError
        Subject "model": the recipe cannot be fitted on half of the records.
    """
    n, target = training.n_audited, training.target
    template, pairs = _template(target)
    halves, whole = _halves(training, template, pairs), _trees_of(target)
    few = int(ensemble_of(template).n_estimators)
    votes = training.judges and not target.predicts_numbers and len(halves.outside(0)) > 0
    besides = tree_quality.sizes_besides(few, whole) if votes else ()
    seeds = training.fit_seed.spawn(2 * pairs + len(besides))
    truth = training.labels[:n]

    def one(k: int) -> tuple[_Said, Floats]:
        said, right = halves.said(k, seeds[k]), truth[halves.outside(k)]
        if target.predicts_numbers:
            missed = tree_quality.missed_numbers(said.answers, right, few=few, whole=whole)
        else:
            missed = tree_quality.missed_classes(said.answers, right)
        # Of the other halves no more is needed than what they miss.
        return (said if k == 0 else said._replace(answers=np.empty((0, 0)))), missed

    sums, unseen, answers = np.zeros((5, n)), np.zeros(len(halves.judged)), list[Floats]()
    with workers(training.threads) as pool:
        more = pool.map(partial(halves.more, 0), besides, seeds[2 * pairs :])
        for k, (said, missed) in enumerate(pool.map(one, range(2 * pairs))):
            sums += said.sums
            unseen[~halves.draw.inside[k, halves.judged]] += missed
            answers += [said.answers] if k == 0 else []
        answers += more
    means, right = _means_of_halves(sums, pairs), tuple[float, ...]()
    if target.predicts_numbers:
        log_p = log_likelihood(means, truth, training.scale)
        right = (explained(unseen / pairs, truth[halves.judged]),)
    else:
        log_p = np.log(np.clip(means, SMALLEST, 1.0))
    if votes:
        gain = tree_quality.gained(answers, (few, *besides), truth[halves.outside(0)])
        right = (float(np.clip(1.0 - np.mean(unseen / pairs) + gain, 0.0, 1.0)),)
    both = np.stack([np.ones(n, dtype=bool), np.zeros(n, dtype=bool)])
    return Trained(log_p.astype(np.float32), both, right, BLOCK)


def _halves(training: Training, template: Any, pairs: int) -> _Halves:  # noqa: ANN401
    n, target = training.n_audited, training.target
    ready = training.replaced(_ready(template, training.features))
    own = np.zeros(n, dtype=np.int64) if target.predicts_numbers else training.labels[:n]
    most = min(_MOST_JUDGED, max(1, _MOST_JUDGED_ANSWERS // max(1, len(target.classes))))
    judged = np.sort(np.random.default_rng(training.draw_seed).permutation(n)[:most])
    plain = not target.category_mask and _grows_plain_trees(template, training)
    if plain:
        with clone.explained():
            check(tree_of(ensemble_of(template)))
    return _Halves(
        training=training,
        ready=ready,
        audited=take(ready.features, np.arange(n)),
        template=template,
        draw=training.draw(2 * pairs),
        own=own,
        judged=judged,
        plain=plain,
        whole_half=_whole_half(template, training) if plain else np.ones(n, dtype=bool),
    )


def calibration(training: Training) -> Calibration:
    """Return one small ensemble, fitted on one half, that can be asked about new records."""
    return clone.calibrated(_template(training.target)[0], training)


def _template(target: Target) -> tuple[Any, int]:
    """Return the unfitted small ensemble of a half, and how many pairs of halves there are."""
    few, pairs = sizes(_trees_of(target), votes=not target.predicts_numbers)
    template = clone.template_of(target)
    # Out-of-bag accuracy is a figure for the owner, not part of what the ensemble answers.
    ensemble_of(template).set_params(n_estimators=few, oob_score=False)
    return template, pairs


def _trees_of(target: Target) -> int:
    """Return T, how many trees (or other members) an ensemble like the target has."""
    return int(ensemble_of(clone.template_of(target)).n_estimators)


def _ready(template: Any, features: Features) -> Features:  # noqa: ANN401
    """Return features as single-precision numbers where trees would convert them anyway."""
    kind, base = type(template).__name__, getattr(template, "estimator", None)
    if kind not in FORESTS and not (kind in _ENSEMBLES and type(base).__name__ in _TREES):
        return features
    matrix = as_array(features)
    return features if matrix.dtype == object else matrix.astype(np.float32)


def _means_of_halves(sums: Floats, pairs: int) -> Floats:
    """Return (2, N) mean p_y over trees whose half held the record, and over the others.

    Of the former some met the record, with the chance that is known; the others are of the kind
    that did not.
    """
    met, n_met, other, n_other, chance = sums
    outside = other / np.maximum(n_other, 1)
    inside = np.where(n_met > 0, met / np.maximum(n_met, 1), outside)
    chance = chance / pairs
    return np.stack([chance * inside + (1 - chance) * outside, outside])


def _whole_half(template: Any, training: Training) -> NDArray[np.bool_]:  # noqa: ANN401
    """Return (N,) which records count as met by every tree of their half, drawn or not.

    Those of persons with several records, another of which may have been drawn, and all of them
    where a step before the trees learns from labels: it met the whole half.
    """
    forest = ensemble_of(template)
    parts = (part for part in template.get_params(deep=True).values() if part is not forest)
    if any(_learns_from_labels(part) for part in parts):
        return np.ones(training.n_audited, dtype=bool)
    _, person, records = np.unique(training.units, return_inverse=True, return_counts=True)
    return np.asarray(records[person] > 1)


def _learns_from_labels(part: Any) -> bool:  # noqa: ANN401
    """Say whether a step may: their tags do not tell (those of `SelectKBest` deny it)."""
    kind = type(part)
    blind = kind.__module__.startswith(_BLIND_TO_LABELS) and kind.__name__ != "TargetEncoder"
    return hasattr(part, "fit") and not blind


def _held(sample: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Return (N,) which audited records are in a sample of rows, population records among them."""
    held = np.zeros(n, dtype=bool)
    held[sample[sample < n]] = True
    return held


def _chance_of_meeting(forest: Any, n: int) -> float:  # noqa: ANN401
    """Return the chance that a record of a half of n is in the sample of one tree."""
    drawn = bootstrap_size(forest.max_samples, n)
    return 1.0 - (1.0 - 1.0 / n) ** drawn if forest.bootstrap else 1.0


def _grows_plain_trees(template: Any, training: Training) -> bool:  # noqa: ANN401
    """Say whether the ensemble is a forest of trees that can be grown one by one.

    Weights of records or classes also go into how a forest draws its samples: that is left to it.
    """
    forest = ensemble_of(template)
    if type(forest).__name__ not in FORESTS or training.weights is not None:
        return False
    alone = template is forest or (hasattr(template, "steps") and template.steps[-1][1] is forest)
    weighs_classes = getattr(forest, "class_weight", None) is not None
    return bool(alone and not weighs_classes and not clone.fits_across(template))


def _matrix(
    template: Any,  # noqa: ANN401
    training: Training,
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> NDArray[np.float32] | None:
    """Return all records as the trees take them, prepared as some rows ask; None if they cannot."""
    steps = clone.fitted_steps(template, training, rows, seed)
    with clone.explained():
        found = training.features if steps is None else steps.transform(training.features)
    matrix = as_array(found) if steps is None else found
    if not isinstance(matrix, np.ndarray) or matrix.dtype == object:
        return None
    matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    return matrix if np.isfinite(matrix).all() else None


class _Grown(NamedTuple):
    """Trees of a half, the rows each is grown on, and the classes they know, or one for numbers."""

    trees: list[Any]
    samples: list[NDArray[np.int64]]
    known: NDArray[np.int64]


def _grown(
    forest: Any,  # noqa: ANN401
    matrix: NDArray[np.float32],
    labels: NDArray[Any],
    rows: NDArray[np.int64],
    seed: "SeedSequence",
) -> _Grown:
    """Return the forest's trees, each grown on a bootstrap sample of the rows where it draws.

    What a forest does around them costs as much again, and holds Python's lock meanwhile.
    """
    rng, n = np.random.default_rng(seed), len(rows)
    drawn = bootstrap_size(forest.max_samples, n)
    ground = ground_of(forest, matrix[rows], labels[rows])
    grow = grower(tree_of(forest), ground)
    trees, samples = [], []
    for number in rng.integers(2**31, size=forest.n_estimators).tolist():
        weights = None
        if forest.bootstrap:
            weights = np.bincount(rng.integers(n, size=drawn), minlength=n).astype(np.float64)
        trees.append(grow(number, weights))
        samples.append(rows if weights is None else rows[weights > 0])
    return _Grown(trees, samples, ground.classes if len(ground.classes) else np.zeros(1, np.int64))


RECIPE = Recipe(
    key="tree_halves",
    block=BLOCK,
    single=False,
    fits=fits,
    train=train,
    calibration=calibration,
)
