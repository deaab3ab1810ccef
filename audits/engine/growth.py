"""What more references changed: the same attack with few of them, with twice as many, with all.

For the reader of a result alone. It looks at membership, so nothing stops or starts because of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audits.engine import metrics
from audits.engine.blocks import reference_view
from audits.engine.convergence import likeness
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.signals import per_person
from audits.engine.types import SMALLEST_BLOCK, AuditPlan, Block, Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIXED: Final = "rmia"
"""The attack that is followed: on any recipe it runs, and the first that settles is no choice."""


def growth(plan: AuditPlan, prepared: Prepared, blocks: list[Block]) -> list[dict[str, Any]]:
    """Return one entry for each doubling of the references, and one for all of them.

    Returns
    -------
    list of dict
        ``count`` references, the ``auc`` with them as value, low and high, and how far the
        scores lie from those of the entry before: rank ``correlation`` and ``overlap`` of the
        two top 5 %; both None in the first. Empty without references.
    """
    if not blocks or FIXED not in prepared.facts["reference_attacks"]:
        return []
    member, units = prepared.arrays["is_member"], prepared.arrays["units"]
    found: list[dict[str, Any]] = []
    before: NDArray[np.float64] | None = None
    for count, view in _prefixes(plan, prepared, blocks):
        scores = np.asarray(ATTACKS[FIXED].score(view), dtype=np.float64)
        sides = (per_person(scores[side], units[side]) for side in (member, ~member))
        area = metrics.auc(*sides)
        alike = None if before is None else likeness(before, scores)
        found.append(
            {
                "count": count,
                "auc": {"value": area.value, "low": area.low, "high": area.high},
                # Rounding takes the correlation of two equal orders above 1.
                "correlation": None if alike is None else min(1.0, max(-1.0, alike[0])),
                "overlap": None if alike is None else alike[1],
            }
        )
        before = scores
    return found


def _prefixes(
    plan: AuditPlan, prepared: Prepared, blocks: list[Block]
) -> Iterator[tuple[int, AttackView]]:
    """Yield numbers of references with what is known from the first so many of them."""
    if not prepared.facts["single_references"]:
        ordered = sorted(blocks, key=lambda block: block.index)
        for number in _doublings(1, len(ordered)):
            first = ordered[:number]
            yield sum(one.count for one in first), reference_view(plan, prepared, first)
        return
    whole = reference_view(plan, prepared, blocks)
    for rows in _doublings(SMALLEST_BLOCK, sum(len(block.log_p) for block in blocks)):
        yield rows, _first(whole, rows)


def _first(view: AttackView, rows: int) -> AttackView:
    log_p, inside = view.reference_log_p, view.reference_in
    return replace(
        view,
        reference_log_p=None if log_p is None else log_p[:rows],
        reference_in=None if inside is None else inside[:rows],
    )


def _doublings(first: int, last: int) -> Iterator[int]:
    number = first
    while number < last:
        yield number
        number *= 2
    yield last
