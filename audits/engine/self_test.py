"""The self-test: attacks that fit something are run on people of whom none was a member.

Attacks on references are not refitted: the registry tells no attack without `fits_nonmembers` who
is a member, and what these fit comes of references whose halves were drawn blind to membership, so
that their scores would be the same whoever played the members.

A second, weaker check deals membership out at random over the final scores (`permuted`): it tests
the statistics alone.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import metrics, policy, verdict
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.signals import per_person
from audits.engine.splits import fold_numbers
from audits.engine.target import take
from audits.engine.types import Check

CHECK: Final = "self_test"
_CENTRED: Final = "entropy"
"""It fits a centre for each class, so it is checked like those that fit on non-members."""

_NOTICEABLE: Final = 2


def self_test(view: AttackView, units: NDArray[np.int32], keys: tuple[str, ...]) -> Check:
    """Split the non-members at random, call one half members, refit the attacks and rate them.

    Parameters
    ----------
    view
        As the attacks saw it.
    units
        (N,) person codes; the records of a person stay together.
    keys
        Attacks that ran.

    Returns
    -------
    Check
        Failed if an attack reaches L2 or more, which voids the audit: it sees what is not there.
    """
    refitted = [key for key in keys if ATTACKS[key].fits_nonmembers or key == _CENTRED]
    if view.is_nonmember is None or not refitted:
        return Check(CHECK, None, "No attack of this audit fits anything.")
    rows = np.flatnonzero(view.is_nonmember)
    halves = fold_numbers(np.zeros(len(rows), bool), units[rows], 2, seed=[0x5E1F, view.seed])
    played = halves == 0
    persons = [len(np.unique(units[rows][side])) for side in (played, ~played)]
    if not policy.rated_triggers(persons[0], persons[1]):
        return Check(CHECK, None, "Too few non-members to check the attacks on half of them.")
    own = _only(view, rows, ~played)
    stats = {}
    for key in refitted:
        score = np.asarray(ATTACKS[key].score(own), dtype=np.float64)
        sides = [per_person(score[side], units[rows][side]) for side in (played, ~played)]
        stats[key] = metrics.summarise(*sides, seed=view.seed, family_size=len(refitted))
    level = verdict.reached_level(stats)
    if level >= _NOTICEABLE:
        detail = "An attack of this audit finds members among records of which none is one."
        return Check(CHECK, False, detail, value=float(level))
    detail = (
        f"On {len(np.unique(units[rows])):,} non-members, split at random, the attacks that fit "
        "anything found nothing; attacks on references are not part of this."
    )
    return Check(CHECK, True, detail, value=float(level))


def permuted(scores: NDArray[np.float64], is_member: NDArray[np.bool_], *, seed: int) -> bool:
    """Say whether the statistics find nothing where membership is dealt out at random.

    Parameters
    ----------
    scores
        (N,) of one attack, one per person.
    is_member
        (N,) bool; as many are dealt out.
    seed
        The plan seed.

    Returns
    -------
    bool
        False if L2 or more is reached: then the arithmetic itself is wrong.
    """
    dealt = np.random.default_rng([0x9E2B, seed]).permutation(is_member)
    stats = metrics.summarise(scores[dealt], scores[~dealt], seed=seed, family_size=1)
    return verdict.reached_level({"dealt": stats}) < _NOTICEABLE


def _only(view: AttackView, rows: NDArray[np.int64], outside: NDArray[np.bool_]) -> AttackView:
    """Return the view of some records; `outside` says who of them plays the non-members."""
    return replace(
        view,
        labels=view.labels[rows],
        log_p=view.log_p[rows],
        probabilities=None if view.probabilities is None else view.probabilities[rows],
        is_nonmember=outside,
        features=None if view.features is None else take(view.features, rows),
        matrix=None if view.matrix is None else view.matrix[rows],
        units=None if view.units is None else view.units[rows],
    )
