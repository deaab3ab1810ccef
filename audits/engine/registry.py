"""The attacks that exist: found by importing the folder, never by a list kept by hand.

An attack is one file in `attacks/` with one function under `@attack(...)`. The function takes an
`AttackView` and returns one score per record; a higher score means "more likely a member".
Everything else about it (what it needs, where it is published) is declared in the decorator, and
the plan runs every attack whose needs the inputs meet.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import RegistryError

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A reference model whose members are known, so that nothing is tuned on the audited ones.

    Attributes
    ----------
    query
        Features to (n, C) probabilities of the reference.
    inside
        (N,) bool, whether the audited record is in its training half.
    """

    query: Callable[[Any], Floats]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AttackView:
    """What an attack may look at. Row i of every array is record i of the audit.

    Attributes
    ----------
    labels
        (N,) int, index of the true class, 0..C-1; all 0 where the model predicts a number.
    log_p
        (N,) float64, the target's log-probability of the true class, <= 0; for a number the
        log-density of the truth around the answer (`answers.log_likelihood`).
    seed
        Fixes every random choice of the attack.
    probabilities
        (N, C) float64, the target's probabilities; None where only `log_p` is known.
    is_nonmember
        (N,) bool; None unless the attack declares `fits_nonmembers`. Scores may not depend on
        a record's own side other than through cross-fitting.
    reference_log_p, reference_in
        (K, N) float32 and bool: the references' log-probability of the true class, and whether
        the record was in their training half. None unless the attack declares `references`.
    population_log_p
        (M,) float64, the target on the population; None without a population.
    features
        The records as the target takes them; None below depth 2.
    matrix
        (N, d + 1) float64, every column as a number and the label; None below depth 2.
    units
        (N,) person codes; None where every record is its own person.
    query
        Features to (n, C) probabilities of the target; None below depth 3.
    calibration
        A reference to choose parameters of an attack on; None where none was trained.
    threads
        Threads the attack may use; never changes a number.
    """

    labels: NDArray[np.integer[Any]]
    log_p: Floats
    seed: int = 0
    probabilities: Floats | None = None
    is_nonmember: NDArray[np.bool_] | None = None
    reference_log_p: Floats | None = None
    reference_in: NDArray[np.bool_] | None = None
    population_log_p: Floats | None = None
    features: Any = None
    matrix: NDArray[np.float64] | None = None
    units: NDArray[np.integer[Any]] | None = None
    query: Callable[[Any], Floats] | None = None
    calibration: "Calibration | None" = None
    threads: int = 1


Score = Callable[[AttackView], Floats]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: how it scores, what it needs and where it was published.

    Attributes
    ----------
    key
        Name in the result document.
    depth
        Least depth of input it needs: 1 predictions, 2 + features, 3 + a model that can be
        queried, 4 + a recipe that can be re-trained.
    source
        The paper it is from.
    score
        The scoring function.
    references
        It reads the reference models' signals.
    single_references
        It needs the answers of single references; means over many do not do.
    fits_nonmembers
        It fits something on the non-members and therefore sees who they are.
    population
        It needs a population.
    classes_only
        It reads classes or their probabilities: not for models that predict a number.
    calibrated
        It chooses a parameter on a reference, where there is one (`AttackView.calibration`).
    """

    key: str
    depth: int
    source: str
    score: Score
    references: bool = False
    single_references: bool = False
    fits_nonmembers: bool = False
    population: bool = False
    classes_only: bool = False
    calibrated: bool = False


class AttackRegistry(Mapping[str, Attack]):
    """Mapping of key to attack; the attack files are imported on first use."""

    def __init__(self) -> None:
        self._attacks: dict[str, Attack] = {}
        self._discovered = False

    def add(self, attack: Attack) -> None:
        """Register an attack; a second one under the same key is a `RegistryError`."""
        if attack.key in self._attacks:
            raise RegistryError(f"two attacks are called {attack.key!r}")
        self._attacks[attack.key] = attack

    def __getitem__(self, key: str) -> Attack:
        self._discover()
        try:
            return self._attacks[key]
        except KeyError:
            known = ", ".join(sorted(self._attacks))
            raise KeyError(f"no attack is called {key!r}; there are: {known}") from None

    def __iter__(self) -> Iterator[str]:
        self._discover()
        return iter(sorted(self._attacks))

    def __len__(self) -> int:
        self._discover()
        return len(self._attacks)

    def _discover(self) -> None:
        if not self._discovered:
            self._discovered = True
            folder = importlib.import_module("audits.engine.attacks")
            for module in pkgutil.iter_modules(folder.__path__):
                importlib.import_module(f"{folder.__name__}.{module.name}")


ATTACKS: Final = AttackRegistry()


def attack(
    *,
    key: str,
    depth: int,
    source: str,
    references: bool = False,
    single_references: bool = False,
    fits_nonmembers: bool = False,
    population: bool = False,
    classes_only: bool = False,
    calibrated: bool = False,
) -> Callable[[Score], Score]:
    """Register the decorated function as an attack; see `Attack` for the declarations."""

    def register(score: Score) -> Score:
        ATTACKS.add(
            Attack(
                key=key,
                depth=depth,
                source=source,
                score=score,
                references=references,
                single_references=single_references,
                fits_nonmembers=fits_nonmembers,
                population=population,
                classes_only=classes_only,
                calibrated=calibrated,
            )
        )
        return score

    return register


def runnable(
    *,
    depth: int,
    references: bool,
    population: bool,
    single_references: bool = True,
    classes: bool = True,
) -> tuple[str, ...]:
    """Return the keys of all attacks these inputs allow, sorted.

    Parameters
    ----------
    depth
        Depth of the inputs, 1 to 4.
    references
        Reference models will be trained.
    population
        A population was given.
    single_references
        Their answers are kept one by one.
    classes
        The model predicts classes.
    """
    return tuple(
        key
        for key, one in ATTACKS.items()
        if one.depth <= depth
        and (references or not one.references)
        and (single_references or not one.single_references)
        and (classes or not one.classes_only)
        and (population or not one.population)
    )
