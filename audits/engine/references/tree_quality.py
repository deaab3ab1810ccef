"""How good an ensemble of the target's own size on one half is; a half has but a few trees.

Neither the trees of all halves together nor those of one half tell: together they know nearly
every record and are right more often than one model, and a few are right less often.

What a number misses follows from the variance between the trees of a half. What a vote misses
follows from no moment, so one half of the audit is given as many trees as the target has. With
A_m(h) for how often m trees of half h are right on records outside it, T trees of one half are
right in A_few, over all halves, plus A_T(0) - A_few(0): without bias, whatever T, few and the
number of classes. A_T(0) alone would be too, but hangs on which records half 0 leaves out and on
what it happens to hold; both go out of the difference.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audits.engine.signals import accuracy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def missed_numbers(answers: Floats, truth: Floats, *, few: int, whole: int) -> Floats:
    """Return (M,) the squared errors that a whole ensemble on that half can be expected to make.

    Its trees share the records of the half. The mean of m of them errs by v/m more than the mean of
    endlessly many would, v being the variance between them.

    Parameters
    ----------
    answers
        (M, 2) mean of the trees' numbers and the variance between them, ddof = 1.
    truth
        (M,) the true numbers.
    few, whole
        Trees of the half, and of the target.
    """
    mean, variance = answers.T
    return np.asarray((mean - truth) ** 2 + variance * (1 / whole - 1 / few))


def missed_classes(answers: Floats, truth: Ints) -> Floats:
    """Return (M,) 1 where the most probable of (M, C) classes is not the true one, else 0."""
    return np.asarray(answers.argmax(axis=1) != truth, dtype=np.float64)


def sizes_besides(few: int, whole: int) -> tuple[int, ...]:
    """Return the sizes of ensembles that, with one of few trees, make one of as many as whole.

    As many as can be have few trees: each tells anew how often those are right.
    """
    full, rest = divmod(whole - few, few)
    return (few,) * full + ((rest,) if rest else ())


def gained(answers: Sequence[Floats], sizes: Sequence[int], truth: Ints) -> float:
    """Return A_T(0) - A_few(0): how much more often a whole ensemble is right than few trees.

    Parameters
    ----------
    answers
        (M, C) each: what ensembles grown on one half say of records outside it, few trees first,
        then those of `sizes_besides`.
    sizes
        Trees of each.
    truth
        (M,) the true classes, M >= 1.
    """
    parts = list(zip(answers, sizes, strict=True))
    few = [accuracy(said, truth) for said, size in parts if size == sizes[0]]
    together = np.sum([size * said for said, size in parts], axis=0)
    return accuracy(together, truth) - float(np.mean(few))
