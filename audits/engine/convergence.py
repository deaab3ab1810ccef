"""When enough references are trained: scores stop moving. Membership is never looked at."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.registry import ATTACKS, AttackView
from audits.engine.types import AuditPlan, StopDecision, StoppedBecause

WATCHED: Final = frozenset({"rmia", "lira"})
"""Attacks that are waited for; what is learned from references rests on the same means."""

LEAST_CORRELATION: Final = 0.985
LEAST_OVERLAP: Final = 0.80
TOP_SHARE: Final = 0.05
LEAST_ROWS: Final = 8
"""Single references in one block from which its two halves may be compared."""

_TIE_STREAM: Final = 0x70B5


def ranks(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return (N,) ranks from 1, equal scores sharing the mean of their ranks."""
    _, code, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[code], dtype=np.float64)


def likeness(fewer: NDArray[Any], more: NDArray[Any]) -> tuple[float, float]:
    """Return how alike two (N,) scores order the records: rank correlation, overlap of the tops.

    The tops are the 5 % that score highest, the overlap the share of them that both have. Equal
    scores are ordered by a fixed draw: by position the members, which come first, would always be
    on top. Where all scores of a side are equal, both are 1 if those of the other are too, else 0.
    """
    first, second = ranks(fewer), ranks(more)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        alike = float(np.ptp(first) == np.ptp(second))
        return alike, alike
    n_top = max(1, round(TOP_SHARE * len(first)))
    draw = np.random.default_rng(_TIE_STREAM).permutation(len(first))
    tops = [set(np.lexsort((draw, -r))[:n_top].tolist()) for r in (first, second)]
    return float(np.corrcoef(first, second)[0, 1]), len(tops[0] & tops[1]) / n_top


def settled(fewer: NDArray[Any], more: NDArray[Any]) -> bool:
    """Say whether the scores with K/2 and with K references order the records alike.

    They do if the rank correlation of all records is at least 0.985 and the two top 5 % share
    at least 80 % of their records.
    """
    correlation, overlap = likeness(fewer, more)
    return correlation >= LEAST_CORRELATION and overlap >= LEAST_OVERLAP


def decide(
    plan: AuditPlan,
    view: AttackView,
    attacks: tuple[str, ...],
    *,
    blocks: int,
    block: int,
    elapsed_seconds: float = 0.0,
    cancelled: bool = False,
) -> StopDecision:
    """Say whether to stop, and if not which blocks come next (to 8, 16, 32, 64 references).

    Parameters
    ----------
    plan
        Gives the cap and the time budget.
    view
        All references trained so far.
    attacks
        The reference attacks that run; those that no verdict rests on are not waited for.
    blocks
        Blocks trained so far.
    block
        References in a block; the next blocks double what there is. Of small blocks two come first:
        one alone could not be compared with its own half.
    elapsed_seconds
        Since the audit started, and what the next references would take on top.
    cancelled
        The caller asked to stop.
    """
    rows = 0 if view.reference_log_p is None else len(view.reference_log_p)
    most = max(1, plan.reference_cap // block)
    first = 1 if block >= LEAST_ROWS else 2
    budget = plan.time_budget_seconds
    reason: StoppedBecause | None = None
    if plan.reference_cap == 0 or not attacks:
        return StopDecision(None, ())
    comparable = blocks > 1 or rows >= LEAST_ROWS
    watched = [key for key in attacks if key in WATCHED]
    if comparable and all(_attack_settled(key, view, rows) for key in watched):
        reason = "converged"
    elif blocks >= most:
        reason = "cap"
    elif blocks and cancelled:
        reason = "cancelled"
    elif blocks and budget is not None and elapsed_seconds >= budget:
        reason = "time"
    if reason is not None:
        return StopDecision(reason, ())
    return StopDecision(None, tuple(range(blocks, min(max(first, 2 * blocks), most))))


def _attack_settled(key: str, view: AttackView, rows: int) -> bool:
    score, fewer = ATTACKS[key].score, slice(rows // 2)
    half = replace(
        view,
        reference_log_p=None if view.reference_log_p is None else view.reference_log_p[fewer],
        reference_in=None if view.reference_in is None else view.reference_in[fewer],
    )
    return settled(score(half), score(view))
