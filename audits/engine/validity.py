"""The validity gates: what must hold before a number may be believed, each said in plain words.

The blind baseline has a file of its own. A gate that voids is decided by `policy.VOIDING_GATES`;
the others cap the evidence grade.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.policy import POWER, GateState
from audits.engine.types import Check, Unit

if TYPE_CHECKING:
    from audits.engine.assembly import Assembly, Matched

MAX_DUPLICATE_SHARE: Final = 0.05
MAX_ACCURACY_DISTANCE: Final = 0.05
CLASS_CHANCE: Final = 0.001
"""How seldom a fair draw of the members may fail for a class that is on one side only."""


def state_of(check: Check) -> GateState:
    """Return the state under which the verdict knows this outcome."""
    if check.unsettled:
        return "unsettled"
    if check.passed is None:
        return "not_run"
    return "passed" if check.passed else "failed"


def schema_check() -> Check:
    """Report that the columns fit; inputs that do not fit were refused when they were read."""
    return Check("schema", True, "Both sides have the columns the model takes.")


def answers_check(answers: NDArray[np.float64], *, classes: bool) -> Check:
    """Report which answers there are; records without them were refused when they were read."""
    what = "the probability of it" if classes else "the model's answer"
    if classes and answers.ndim > 1:
        what = "a probability per class"
    return Check("schema", True, f"Every record has a label and {what}.")


def classes_check(
    labels: NDArray[Any],
    is_member: NDArray[np.bool_],
    names: tuple[str, ...],
    units: NDArray[np.integer[Any]],
) -> Check:
    """Demand that every class that occurs does so on both sides, but for the rarest.

    Where membership was drawn at random, a class of c people is all on one side with probability
    q^c + (1 - q)^c, q being the members' share: certain for one of them, and no sign of unlike
    sides while it is not below `CLASS_CHANCE` shared out over the classes.

    Parameters
    ----------
    labels, is_member
        (N,) number of the class, and the side, of each record.
    names
        (C,) what the classes are called.
    units
        (N,) person codes, drawn as one; each record its own where persons are not known.
    """
    found, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    inside = np.bincount(index[is_member], minlength=len(found))
    one_sided = (inside == 0) | (inside == counts)
    width = int(units.max()) + 1
    met = np.unique(index.astype(np.int64) * width + units)  # each pair of class and person once
    persons = np.bincount(met // width, minlength=len(found))
    q = len(np.unique(units[is_member])) / len(np.unique(units))
    chance = q**persons + (1.0 - q) ** persons
    lonely = one_sided & (chance < CLASS_CHANCE / len(found))
    if lonely.any():
        first = int(np.flatnonzero(lonely)[0])
        side = "members" if inside[first] else "non-members"
        detail = (
            f"Classes on one side only: {_some(names, found[lonely])} (first among the {side})."
        )
        return Check("classes", False, detail)
    if one_sided.any():
        rare = _some(names, found[one_sided])
        return Check(
            "classes",
            True,
            f"Every class occurs on both sides, but for those with so few records that chance"
            f" explains it: {rare}.",
        )
    return Check("classes", True, "Every class occurs on both sides.")


def _some(names: tuple[str, ...], classes: NDArray[Any]) -> str:
    return ", ".join(names[i] for i in classes[:5])


def sizes_check(n_members: int, n_nonmembers: int, unit: Unit = "record") -> Check:
    """Demand enough records, or people where they are counted, for one figure to count."""
    guard = POWER["auc"]
    people = " people" if unit == "person" else ""
    among = ("among the members", "among the non-members") if people else ("members", "non-members")
    counted = f"{n_members:,}{people} {among[0]} and {n_nonmembers:,} {among[1]} were scored"
    if guard.rated(n_members, n_nonmembers):
        return Check("sizes", True, f"{counted}.")
    least = f"{guard.rated_members:,} and {guard.rated_nonmembers:,}"
    return Check("sizes", False, f"{counted}; figures count from {least}{people} on.")


def duplicates_check(whole: "Assembly | Matched", given: int) -> Check:
    """Report how many records were on both sides and taken out; above 5 % it fails.

    Parameters
    ----------
    whole
        What was removed, thinned and counted once.
    given
        Records of both sides before.
    """
    removed, thinned, shared_persons = whole.duplicates, whole.thinned, whole.shared_persons
    share = removed / given
    detail = f"{removed:,} of {given:,} records had a twin on the other side and were left out."
    if removed == 0:
        detail = "No record is on both sides."
    if thinned:
        detail += f" {thinned:,} repeated records of the larger side were left out to balance this."
    if shared_persons:
        detail += f" {shared_persons:,} records of persons on both sides were left out as well."
    if whole.repeated:
        detail += (
            f" {whole.repeated:,} records repeat another of their own side; "
            "a record counts once, however often it occurs."
        )
    if whole.alike:
        detail += (
            f" {whole.alike:,} people have a record in common with another of their own side; "
            "they count as one."
        )
    return Check("duplicates", share <= MAX_DUPLICATE_SHARE, detail, value=share)


def not_run(check: str, reason: str) -> Check:
    """Report a gate that did not run."""
    return Check(check, None, reason)


def reference_accuracy_check(
    references: tuple[float, ...], target: float, *, numbers: bool = False, trained: bool = False
) -> Check:
    """Demand that references are about as good as the target on records neither was trained on.

    Parameters
    ----------
    references
        Held-out accuracy of references; empty if there is none, or the block that tells it was
        cut off while others were finished.
    target
        Accuracy of the target on the non-members.
    numbers
        The model predicts a number: both are the share of variance explained.
    trained
        There are references.
    """
    if trained and not references:
        detail = "The part that tells how good the reference models are was not finished in time."
        return Check("reference_accuracy", None, detail, unsettled=True)
    if not references:
        return not_run("reference_accuracy", "No reference models were trained.")
    mean = float(np.mean(references))
    passed = abs(mean - target) <= MAX_ACCURACY_DISTANCE
    verb, of = ("explain", "the variance among") if numbers else ("are right in", "the")
    detail = (
        f"Reference models {verb} {mean:.1%} of {of} records they never saw, "
        f"the model {'' if numbers else 'in '}{target:.1%}."
    )
    return Check("reference_accuracy", passed, detail, value=mean - target)
