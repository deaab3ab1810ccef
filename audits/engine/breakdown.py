"""Who stands out: figures per class and subgroup, the top decile, and the list of members.

All of it speaks of one attack fixed in advance (RMIA, else the first of the family) and moves no
verdict: a figure picked from many afterwards would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import metrics, per_record
from audits.engine.policy import LEAST_IN_GROUP
from audits.engine.signals import per_person

FIXED: Final = "rmia"
MOST_LISTED: Final = 1_000
MOST_ROWS: Final = 20
"""Rows of a listed person that are named."""

FEW_IN_GROUP: Final = 200
FEW_INFLATION: Final = 1.2
"""Factor on the standard error of groups smaller than that: near an AUC of 1 limits are short."""

TOP_SHARE: Final = 0.10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Audited:
    """The audited records, one row each.

    Attributes
    ----------
    scores
        Attack key -> (N,) scores.
    is_member
        (N,) bool.
    units
        (N,) person codes; without persons every record is its own.
    rows
        (N,) number of the record in its own file, from 0.
    groupings
        What records are grouped by ("class", or a column) -> (N,) index into its values, -1 for
        none, and the names of the values.
    """

    scores: Mapping[str, Floats]
    is_member: NDArray[np.bool_]
    units: NDArray[Any]
    rows: NDArray[Any]
    groupings: Mapping[str, tuple[NDArray[Any], tuple[str, ...]]]


def breakdown(audited: Audited, family: tuple[str, ...]) -> dict[str, Any]:
    """Return the entries "groups", "top_decile" and "exposed" of the result document."""
    attack = FIXED if FIXED in family else family[0]
    scores = audited.scores[attack]
    return {
        "groups": _groups(audited, scores, attack),
        "top_decile": _top_decile(audited, scores, attack),
        "exposed": _exposed(audited, scores, attack),
    }


def _sides(audited: Audited, scores: Floats, chosen: NDArray[np.bool_]) -> list[Floats]:
    """Return the members' and the non-members' scores among chosen records, one per person."""
    return [
        per_person(scores[chosen & side], audited.units[chosen & side])
        for side in (audited.is_member, ~audited.is_member)
    ]


def _groups(audited: Audited, scores: Floats, attack: str) -> list[dict[str, Any]]:
    """Return one entry per class and per value of a chosen column.

    The limits are those of each group by itself: among many groups some will lie outside by
    chance.
    """
    found = []
    for grouping, (codes, names) in audited.groupings.items():
        for code, name in enumerate(names):
            members, others = _sides(audited, scores, codes == code)
            shown = min(len(members), len(others)) >= LEAST_IN_GROUP
            few = min(len(members), len(others)) < FEW_IN_GROUP
            widened = FEW_INFLATION if few else 1.0
            auc = metrics.auc(members, others, error_inflation=widened) if shown else None
            found.append(
                {
                    "grouping": grouping,
                    "value": name,
                    "attack": attack,
                    "members": len(members),
                    "nonmembers": len(others),
                    "suppressed": not shown,
                    "auc": None
                    if auc is None
                    else {"value": auc.value, "low": auc.low, "high": auc.high},
                }
            )
    return found


def _top_decile(audited: Audited, scores: Floats, attack: str) -> dict[str, Any]:
    """Return how many members are among the tenth of all people that scores highest.

    Equal scores at the edge count in proportion.
    """
    members, others = _sides(audited, scores, np.ones(len(scores), dtype=bool))
    whole = np.concatenate([members, others])
    count = max(1, round(TOP_SHARE * len(whole)))
    edge = np.partition(whole, len(whole) - count)[len(whole) - count]
    above = int((whole > edge).sum())
    share = (count - above) / max(1, int((whole == edge).sum()))
    caught = float((members > edge).sum() + share * (members == edge).sum())
    return {
        "attack": attack,
        "flagged": count,
        "members": caught,
        "tpr": caught / len(members),
        "precision": caught / count,
        "base_rate": len(members) / len(whole),
    }


def _exposed(audited: Audited, scores: Floats, attack: str) -> dict[str, Any]:
    """Return the members that stand out at a false discovery rate of 10 %, most exposed first.

    The rate holds for members who look like the pooled non-members, not for each by itself.
    """
    members, others = _sides(audited, scores, np.ones(len(scores), dtype=bool))
    p = per_record.p_values(members, others)
    listed = per_record.exposed_members(p)
    own = np.flatnonzero(audited.is_member)
    _, person = np.unique(audited.units[own], return_inverse=True)
    order = np.argsort(person, kind="stable")
    starts = np.searchsorted(person[order], np.arange(len(members) + 1))
    rows = audited.rows[own][order] + 1
    return {
        "attack": attack,
        "false_discovery_rate": per_record.FALSE_DISCOVERY_RATE,
        "count": len(listed),
        "smallest_list": per_record.smallest_list(len(members), len(others)),
        "members": [
            {
                "rows": rows[starts[i] : min(starts[i] + MOST_ROWS, starts[i + 1])].tolist(),
                "row_count": int(starts[i + 1] - starts[i]),
                "p": float(p[i]),
            }
            for i in listed[:MOST_LISTED].tolist()
        ],
    }
