"""How references of a target are trained: one recipe a file, the first that fits is used.

A recipe file has functions `fits(target) -> bool`, `train(training) -> Trained` and
`calibration(training) -> Calibration`, and hands them to a `Recipe` called `RECIPE`. Nothing
outside this folder asks which recipe it is.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.registry import Calibration
from audits.engine.splits import Draw, draw_pairs
from audits.engine.target import Features, Target

if TYPE_CHECKING:
    from numpy.random import SeedSequence

Ints = NDArray[np.integer[Any]]

_ORDER: Final = 0x08DE
_IN_ORDER: Final = ("mlp_blocks", "tree_halves", "warm_start", "boosting", "clone")
"""Files of this folder, the most special first; `clone` fits every scikit-learn estimator."""


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What a block of references is trained on, and the seeds that fix it.

    Attributes
    ----------
    target
        The model whose recipe is used.
    features, labels
        N audited records, then M population records; labels index `target.classes`.
    weights
        (N + M,) sample weights, > 0; None where the plan names no column of weights.
    strata
        (N,) stratum (class, or fifth of the number) of each audited record, blind to its side;
        halves are balanced over them.
    units
        (N,) person codes; the records of a person stay together.
    size
        Records the target was trained on.
    draw_seed, fit_seed
        Fix the halves and every random choice of the fits.
    threads
        Threads for fitting; never changes a number.
    most
        References of the whole audit, 4, 8, 16, 32 or 64: no block has more.
    scale
        Of the target's errors where it predicts a number, see `answers`; else None.
    judges
        The block that tells how good references are, where telling costs fits of its own.
    """

    target: Target
    features: Features
    labels: NDArray[Any]
    weights: NDArray[np.float64] | None
    strata: Ints
    units: Ints
    size: int
    draw_seed: "SeedSequence"
    fit_seed: "SeedSequence"
    threads: int
    most: int
    scale: float | None = None
    judges: bool = True

    @property
    def n_audited(self) -> int:
        """N."""
        return len(self.strata)

    @property
    def n_population(self) -> int:
        """M."""
        return len(self.labels) - len(self.strata)

    def draw(self, n_references: int) -> Draw:
        """Return the training sets of an even number of references, in complementary pairs."""
        return draw_pairs(
            strata=self.strata,
            n_references=n_references,
            size=self.size,
            population=self.n_population,
            rng=np.random.default_rng(self.draw_seed),
            units=self.units,
        )

    def replaced(self, features: Features) -> "Training":
        """Return the same training on the same records in another form."""
        return replace(self, features=features)

    def rows(self, draw: Draw, k: int) -> NDArray[np.int64]:
        """Return the rows of `features` that training set k of a draw consists of.

        In random order: some models remember best what they met last, and members come first.
        """
        rows = np.concatenate([np.flatnonzero(draw.inside[k]), self.n_audited + draw.extra[k]])
        seed = np.random.SeedSequence(self.draw_seed.entropy, spawn_key=(_ORDER, k))
        return np.asarray(np.random.default_rng(seed).permutation(rows), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a block of references says about the audited records.

    Attributes
    ----------
    log_p, inside
        (R, N) float32 and bool, as in `Block`.
    accuracy
        Over audited records that were not trained on: shares of right classes, or of variance
        explained, and none where `Training.judges` is false and telling costs fits.
    count
        Cost in whole references.
    """

    log_p: NDArray[np.float32]
    inside: NDArray[np.bool_]
    accuracy: tuple[float, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train references.

    Attributes
    ----------
    key
        Name in the result document.
    block
        Cost of a block in whole references: 4, 8, 16 or 32.
    single
        Its rows are answers of single references, each IN or OUT of a record by itself.
    fits
        Whether a target can be trained this way.
    train
        Trains and asks one block; a function of the training alone.
    calibration
        One reference that can be asked about new records; a function of the training alone.
    """

    key: str
    block: int
    single: bool
    fits: Callable[[Target], bool]
    train: Callable[[Training], Trained]
    calibration: Callable[[Training], Calibration]


def recipe_for(target: Target, key: str | None = None) -> Recipe:
    """Return the recipe for a target that can be trained again.

    Parameters
    ----------
    target
        The model, or its surrogate.
    key
        That of the recipe its first references were trained by: no other one is taken then.

    Raises
    ------
    InputError
        That recipe cannot be followed here: a library is missing on this machine.
    LookupError
        None fits.
    """
    for name in _IN_ORDER:
        recipe: Recipe = importlib.import_module(f"audits.engine.references.{name}").RECIPE
        if key in {None, recipe.key} and recipe.fits(target):
            return recipe
    if key is not None:
        raise InputError(
            "model",
            f"its references were begun by the recipe {key!r}, which this machine cannot follow",
            "install the same system libraries on every worker, then start the audit again",
        )
    raise LookupError("no recipe fits this target")
