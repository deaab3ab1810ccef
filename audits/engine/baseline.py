"""The blind baseline: can members be told from non-members without ever asking the model?

A classifier sees features and label only. If it finds a difference, so would any attack, and
nothing could be blamed on the model.
"""

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine import boosted_trees, metrics, verdict
from audits.engine.policy import LOW_FPR_TRIGGERS
from audits.engine.side_by_side import workers
from audits.engine.signals import per_person
from audits.engine.splits import fold_numbers
from audits.engine.text_order import in_order
from audits.engine.types import COUNTED, Check, Unit

if TYPE_CHECKING:
    import pyarrow as pa

FOLDS: Final = 4
MAX_ROWS: Final = 20_000
"""Records per side the baseline looks at: enough for a shift or a marker in 1 of 100 members."""

ERROR_INFLATION: Final = 1.5
"""Factor on the standard error: scores of one fold share a classifier (measured 1.36 to 1.54)."""

VOIDING_AUC: Final = 0.55
SETTLING_AUC: Final = 0.60
_CHANCE: Final = 0.50
_LARGEST: Final = float(np.finfo(np.float32).max)
"""Trees hold no larger number; an infinite one is the largest."""


def baseline_matrix(raw: "pa.Table", labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return (N, d + 1) floats: every column as a number, text by how frequent it is, the label.

    Texts are numbered from the most frequent on, so that rare values lie together and a tree
    can cut them off. Equally frequent ones are in the order of a hash of the text: in the order
    in which they occur, those of members, who come first, would have the smaller numbers.
    """
    columns = []
    for column in raw.columns:
        if str(column.type) == "large_string":
            encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
            codes = encoded.indices.to_numpy()
            counts = np.bincount(codes, minlength=len(encoded.dictionary))
            order = np.empty(len(counts))
            order[np.lexsort((_text_hashes(encoded.dictionary), -counts))] = np.arange(len(counts))
            columns.append(order[codes])
        else:
            columns.append(np.asarray(column.to_numpy(), dtype=np.float64))
    matrix = np.column_stack([*columns, labels.astype(np.float64)])
    return np.asarray(np.clip(matrix, -_LARGEST, _LARGEST), dtype=np.float64)


def _text_hashes(words: "pa.Array") -> NDArray[np.uint64]:
    """Return a number for each text that says nothing of where it occurs."""
    found = [
        int.from_bytes(hashlib.blake2b(str(word).encode(), digest_size=8).digest(), "big")
        for word in words.to_pylist()
    ]
    return np.array(found, dtype=np.uint64)


def out_of_fold_scores(
    matrix: NDArray[np.float64],
    is_member: NDArray[np.bool_],
    units: NDArray[Any],
    *,
    seed: int,
    threads: int,
) -> NDArray[np.float64]:
    """Return (N,) log-odds of being a member, each from a classifier fitted on other folds.

    Folds are stratified by side; records with the same unit stay in one fold. Columns are sorted
    into bins once for all of them, which looks at no side.
    """
    folds = fold_numbers(is_member, units, FOLDS, seed=[0xB11D, seed])
    given = boosted_trees.binned(matrix)
    scores = np.zeros(len(is_member))

    def one(fold: int) -> None:
        test = folds == fold
        scores[test] = boosted_trees.log_odds(given, np.flatnonzero(~test), is_member)[test]

    with workers(min(threads, FOLDS)) as pool:
        list(pool.map(one, range(FOLDS)))
    return scores


def _sampled(is_member: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng([0x5A3F, seed])
    sides = [np.flatnonzero(is_member == side) for side in (True, False)]
    return np.sort(
        np.concatenate([rng.permutation(side)[:MAX_ROWS] for side in sides])
    )  # fmt: skip


def blind_baseline(
    raw: "pa.Table",
    labels: NDArray[Any],
    is_member: NDArray[np.bool_],
    units: NDArray[Any],
    *,
    seed: int,
    threads: int,
    unit: Unit = "record",
    weights: NDArray[np.float64] | None = None,
) -> Check:
    """Run the gate; it voids the audit if members differ from non-members by themselves.

    Equal rows are kept in one fold, being one unit: where rows that occur on both sides were
    removed, of those left a row met in another fold gives its side away, whatever the data. As for
    an attack, a unit counts once, with the mean score over its records. Sample weights are looked
    at like a column: references are trained with them, so that what attacks of references find
    could be the weight.

    Failed: the AUC's lower limit is above 0.55, or a rated low-FPR trigger reaches L2 (a rare
    marker leaves the AUC near 0.5). Not settled: the AUC's upper limit is 0.60 or more, or its
    lower limit above 0.50, so that there is a difference, if a small one.
    """
    rows = _sampled(is_member, seed)
    member, sample = is_member[rows], raw.take(rows)
    own = units[rows]
    if min(len(np.unique(own[side])) for side in (member, ~member)) < 2 * FOLDS:
        return Check("blind_baseline", None, f"Too few {COUNTED[unit]} to look for a difference.")
    weighed = [] if weights is None else [weights[rows, None]]
    matrix = np.hstack([baseline_matrix(sample, labels[rows]), in_order(sample), *weighed])
    scores = out_of_fold_scores(matrix, member, own, seed=seed, threads=threads)
    sides = [per_person(scores[side], own[side]) for side in (member, ~member)]
    auc = metrics.auc(sides[0], sides[1], error_inflation=ERROR_INFLATION)
    family = {"blind_baseline": metrics.summarise(sides[0], sides[1], seed=seed, family_size=1)}
    marked = verdict.reached_level(family, triggers=LOW_FPR_TRIGGERS) >= 2  # noqa: PLR2004 - L2
    figures = (auc.value, auc.low, auc.high)
    if auc.low > VOIDING_AUC or marked:
        detail = (
            "Members and non-members differ by themselves: they can be told apart without asking "
            "the model, so nothing here can be blamed on it."
        )
        return Check("blind_baseline", False, detail, *figures)
    if auc.high >= SETTLING_AUC:
        detail = f"Too few {COUNTED[unit]} to be sure that members and non-members are comparable."
        return Check("blind_baseline", None, detail, *figures, unsettled=True)
    if auc.low > _CHANCE:
        detail = (
            "Members and non-members differ a little by themselves: what an attack finds may be "
            "partly that."
        )
        return Check("blind_baseline", None, detail, *figures, unsettled=True)
    detail = "No difference between members and non-members was found without the model."
    return Check("blind_baseline", True, detail, *figures)
