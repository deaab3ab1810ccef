"""Frozen values that cross the engine's border.

Shapes: N audited records (members first, then non-members), C classes, M population records,
K references. Nothing here computes; the parts that do take these and return these.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError, Subject

if TYPE_CHECKING:
    import pyarrow as pa

    from audits.engine.target import Target

Preset = Literal["quick", "standard", "deep"]
Split = Literal["random", "unknown"]
Unit = Literal["record", "person"]
StoppedBecause = Literal["converged", "cap", "time", "cancelled"]

COUNTED: Final[Mapping[Unit, str]] = {"record": "records", "person": "people"}
"""What n1 and n0 count, in words."""

SMALLEST_BLOCK: Final = 4
"""References in the smallest unit of distributed work: two complementary pairs."""

REFERENCE_CAP: Final[Mapping[str, int]] = {"quick": 0, "standard": 16, "deep": 64}
"""Most references a preset trains."""

MAX_SUBGROUPS: Final = 5
"""Most columns whose values are reported on as subgroups."""

OnProgress = Callable[[int, int, str], None]
"""Called with (step, total, name): steps done, steps in all (may shrink), what runs now."""

ShouldCancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """What to audit and how; with the inputs' hashes it fixes every number of the result.

    Attributes
    ----------
    target
        Name of the label column; None only for predictions.
    drop
        Columns left out.
    group
        Column that names the person a record belongs to; never a feature. Then one score per
        person, and n1 and n0 count persons.
    weight
        Column of sample weights the model was trained with; never a feature. References are
        trained with them too, scores are not weighted.
    split
        "random" if members were drawn at random from the pool before training, else "unknown".
    preset
        "quick" trains no references, "standard" up to 16, "deep" up to 64.
    most_references
        Lowers the preset's number: 4, 8, 16 or 32, the numbers at which scores are compared. None
        leaves it.
    seed
        >= 0.
    delta
        Of (epsilon, delta)-differential privacy, in [0, 1).
    subgroups
        Columns, at most five, whose values get figures of their own; those in `drop` too.
    threads
        Threads for fitting; never changes a number.
    time_budget_seconds
        No further block of references is started that would, by the last one, end after this;
        None is no limit.

    Raises
    ------
    InputError
        A value is outside its range.
    """

    target: str | None = None
    drop: tuple[str, ...] = ()
    group: str | None = None
    weight: str | None = None
    split: Split = "unknown"
    preset: Preset = "standard"
    most_references: int | None = None
    seed: int = 0
    delta: float = 1e-5
    subgroups: tuple[str, ...] = ()
    threads: int = 1
    time_budget_seconds: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise InputError(
                "seed", f"{self.seed!r} is no whole number >= 0", "give one, such as 0"
            )
        if self.split not in get_args(Split):
            raise InputError("split", f"{self.split!r} is unknown", "give random or unknown")
        if self.preset not in REFERENCE_CAP:
            raise InputError(
                "preset", f"{self.preset!r} is unknown", "give quick, standard or deep"
            )
        self._check_references()
        if self.target is not None and self.target in self.drop:
            raise InputError("drop", f"{self.target!r} is the label column", "keep it")
        if self.target is not None and self.target == self.group:
            raise InputError("group", f"{self.group!r} is the label column", "name another column")
        self._check_subgroups()
        if not 0 <= self.delta < 1:
            raise ValueError(f"delta must be in [0, 1), got {self.delta}")
        if self.threads < 1:
            raise ValueError(f"threads must be >= 1, got {self.threads}")

    def _check_references(self) -> None:
        most, highest = self.most_references, REFERENCE_CAP.get(self.preset, 0)
        if most is None:
            return
        if most > highest:
            raise InputError(
                "references",
                f"{most} are more than the {highest} of the preset {self.preset}",
                "choose a deeper preset, or fewer",
            )
        steps = [SMALLEST_BLOCK * 2**doublings for doublings in range(5)]
        if most not in steps:
            known = [str(step) for step in steps if step <= highest]
            raise InputError(
                "references",
                f"{most} is none of the numbers at which references are compared",
                f"give {', '.join(known[:-1])} or {known[-1]}",
            )

    def _check_subgroups(self) -> None:
        if len(self.subgroups) > MAX_SUBGROUPS:
            raise InputError(
                "subgroups", f"{len(self.subgroups)} columns are named", f"name {MAX_SUBGROUPS}"
            )
        for name in self.subgroups:
            if name in {self.target, self.group, self.weight}:
                raise InputError(
                    "subgroups",
                    f"{name!r} is the column of labels, persons or weights",
                    "name another",
                )

    @property
    def reference_cap(self) -> int:
        """References after which no further block starts: 0, 4, 8, 16, 32 or 64."""
        most = REFERENCE_CAP[self.preset]
        return most if self.most_references is None else min(most, self.most_references)


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one side as they were read, before they meet a model.

    Attributes
    ----------
    features
        Table without label, group and dropped columns.
    labels
        The label column, no missing value.
    groups
        The group column, no missing value; None without one.
    weights
        (n,) float64 sample weights, > 0; None without a column of them.
    aside
        Columns to group by that the model does not see, as text; None without any.
    """

    features: "pa.Table"
    labels: "pa.ChunkedArray"
    groups: "pa.ChunkedArray | None" = None
    weights: NDArray[np.float64] | None = None
    aside: "pa.Table | None" = None

    def __len__(self) -> int:
        return int(self.features.num_rows)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Depth 1, or with features depth 2: what a model said about each record, without the model.

    Attributes
    ----------
    is_member
        (N,) bool.
    labels
        (N,) int, index into `classes`; of a model that predicts a number the true number.
    probabilities
        (N, C) float64, rows sum to 1; (N,) the probability of the true class alone; (N,) the
        predicted numbers where there are no classes.
    classes
        Names of the C classes; none where the model predicts a number.
    features
        Table of the N records; None if only the answers are known.
    persons
        (N,) the person of each record, no missing value; None without that column.
    is_population
        (N,) bool, further records that are not scored, none of them a member; None for none.
    reading
        How the file was read, as `TableReading.as_json` under "predictions"; empty for none.
    """

    is_member: NDArray[np.bool_]
    labels: NDArray[Any]
    probabilities: NDArray[np.float64]
    classes: tuple[str, ...]
    features: "pa.Table | None" = None
    persons: "pa.ChunkedArray | None" = None
    is_population: NDArray[np.bool_] | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        """What n1 and n0 count: persons where the file says whose the records are."""
        return "record" if self.persons is None else "person"


@dataclass(frozen=True, slots=True, eq=False)
class ModelInputs:
    """Depth 4: the model and the records it was, and was not, trained on.

    `reading` says how each file of records was read, as `TableReading.as_json` under the name of
    the input; empty for records that come from no file.

    Raises
    ------
    InputError
        One side has persons or sample weights and another has none: whose records those are, or
        what they weighed, would have to be guessed.
    """

    model: "Target"
    members: Records
    nonmembers: Records
    population: Records | None = None
    warnings: tuple[str, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_alike("group", "persons", lambda one: one.groups is not None)
        self._check_alike("weight", "sample weights", lambda one: one.weights is not None)

    def _check_alike(self, subject: Subject, what: str, has: Callable[[Records], bool]) -> None:
        lacking = [side for side, one in self.sides.items() if not has(one)]
        if lacking and len(lacking) < len(self.sides):
            raise InputError(
                subject,
                f"no {what} were given for the {lacking[0]}",
                f"give {what} for every side, or for none",
            )

    @property
    def sides(self) -> dict[Subject, Records]:
        """Members, non-members and, where there is one, the population, in this order."""
        found: dict[Subject, Records] = {"members": self.members, "nonmembers": self.nonmembers}
        return found if self.population is None else {**found, "population": self.population}

    @property
    def unit(self) -> Unit:
        """What n1 and n0 count: persons where the records say whose they are."""
        return "record" if self.members.groups is None else "person"


AuditInputs = ModelInputs | Predictions


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the inputs came from and what read them; only the caller knows.

    Attributes
    ----------
    sha256
        Input name (model, members, nonmembers, population, predictions) -> lower-case sha256 of
        the file's bytes; absent inputs may be left out.
    sandbox
        Names of the isolation layers that were active; None where there was none.
    """

    sha256: Mapping[str, str] = field(default_factory=dict)
    sandbox: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first stage hands on: plain JSON values and arrays, no objects.

    Attributes
    ----------
    facts
        JSON object; its keys are an agreement between `pipeline.prepare` and its readers.
    arrays
        "is_member" (N,) bool, "labels" (N,) int32, "units" (N,) int32 person codes, "rows" (N,)
        int32 number of the record in its own file from 0, "log_p" (N,) float64, "score:KEY"
        (N,) float64 for each attack that needs no references, and "subgroup:COLUMN" (N,) int32
        index into the column's values in `facts["subgroups"]`, -1 for a missing one.
    """

    facts: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Block:
    """The signals of some references. The plan hash and the index fix all but `seconds`.

    Attributes
    ----------
    index
        0, 1, 2, ...
    log_p
        (R, N) float32, log-probability of the true class: of one reference each, or the mean
        of many trees where the recipe says so.
    inside
        (R, N) bool, whether the record was in the training half behind that answer.
    accuracy
        References' accuracy on the audited records they were not trained on.
    count
        What the block cost in whole references.
    seconds
        Wall clock of the fits and the scoring.
    """

    index: int
    log_p: NDArray[np.float32]
    inside: NDArray[np.bool_]
    accuracy: tuple[float, ...]
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StopDecision:
    """Whether enough references are trained, and the blocks to train next if not."""

    reason: StoppedBecause | None
    next_blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One validity gate: true passed, false failed, None not run or not settled.

    `value`, `low` and `high` are the gate's figure with its limits where it has one.
    """

    check: str
    passed: bool | None
    detail: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The outcome of an audit.

    Attributes
    ----------
    document
        The published JSON object ("mia-portal.audit-result/1"): plain values, no NaN.
    """

    document: dict[str, Any]


def plan_sha256(plan: AuditPlan, provenance: Provenance) -> str:
    """Return the hash that fixes the result: the plan and the bytes of every input.

    Threads and the time budget are left out, they change no array. The input hashes are in, so
    that signals can never be taken for those of other files.
    """
    content = {
        "target": plan.target,
        "drop": sorted(plan.drop),
        "group": plan.group,
        "weight": plan.weight,
        "split": plan.split,
        "preset": plan.preset,
        "most_references": plan.most_references,
        "seed": plan.seed,
        "delta": plan.delta,
        "subgroups": sorted(plan.subgroups),
        "inputs": dict(sorted(provenance.sha256.items())),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
