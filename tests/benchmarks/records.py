"""Real records as one float matrix: every tool of a comparison is given the same file.

The folder MIA_SHARED_DATA holds the tables and their manifest; nothing of it is copied here.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

FOLDER: Final = Path(os.environ.get("MIA_SHARED_DATA", "/nowhere"))
SEED: Final = 2026
RARE_SHARE: Final = 0.01  # rarer levels of a text column share one indicator
POOL_FACTOR: Final = 2  # rows encoded per row wanted, so that duplicates can be left out

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is drawn from one table.

    Attributes
    ----------
    rows
        Members and non-members together.
    drop
        Columns left out beside the person column: weights and artefacts of the source.
    stratified
        Whether each class is dealt to both sides; needed where classes are small.
    """

    rows: int
    drop: tuple[str, ...] = ()
    stratified: bool = False


DATA_SETS: Final = {
    "adult": DataSet(6_000, drop=("fnlwgt", "split")),
    "credit_default": DataSet(6_000),
    "diabetes130": DataSet(6_000),
    "itsm_incidents": DataSet(6_000),
    "hr_attrition": DataSet(1_470),
    "retail_basket50": DataSet(2_000, stratified=True),
}


def save(name: str, path: Path) -> None:
    """Write `encoded` records where every tool can read them."""
    arrays = encoded(name)
    np.savez(path, allow_pickle=False, **arrays)


def encoded(name: str) -> dict[str, NDArray[Any]]:
    """Return X_members, y_members, X_nonmembers and y_nonmembers of a data set.

    Features are (n, d) float64 without missing values, labels int64 from 0. No two rows have
    equal features, so that no tool has to leave a record out; nobody has rows on both sides.
    """
    wanted, entry = DATA_SETS[name], _manifest_entry(name)
    table = pq.read_table(FOLDER / entry["file"])
    rng = np.random.default_rng(SEED)
    persons = _codes(table, entry["group_column"])
    pool = _persons_once(persons, POOL_FACTOR * wanted.rows, rng)
    labels = _codes(table, entry["target"])[pool]
    left_out = {entry["target"], entry["group_column"], *wanted.drop} & set(table.column_names)
    features = _matrix(table.take(pool).drop(sorted(left_out)))
    rows, persons = _distinct(features), persons[pool]
    rows = _first(rows, persons, wanted.rows)
    member = _sides(labels[rows], persons[rows], rng, stratified=wanted.stratified)
    features = features[:, np.ptp(features[rows], axis=0) > 0]
    return {
        "X_members": features[rows[member]],
        "y_members": labels[rows[member]],
        "X_nonmembers": features[rows[~member]],
        "y_nonmembers": labels[rows[~member]],
    }


def _manifest_entry(name: str) -> dict[str, Any]:
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return next(dict(entry) for entry in manifest["datasets"] if entry["name"] == name)


def _codes(table: pa.Table, column: str | None) -> Integers:
    """Return each row's value as its rank among the sorted values; every row its own if none."""
    if column is None:
        return np.arange(table.num_rows)
    return np.unique(np.asarray(table.column(column)), return_inverse=True)[1].astype(np.int64)


def _persons_once(persons: Integers, size: int, rng: np.random.Generator) -> Integers:
    """Return rows in random order: the first of every person, then the second ones, and so on."""
    order = rng.permutation(len(persons))
    grouped = order[np.argsort(persons[order], kind="stable")]
    starts = np.flatnonzero(np.diff(persons[grouped], prepend=-1))
    turn = np.arange(len(grouped)) - np.repeat(starts, np.diff(np.append(starts, len(grouped))))
    turns = np.empty(len(persons), dtype=np.int64)
    turns[grouped] = turn
    return order[np.argsort(turns[order], kind="stable")][:size]


def _matrix(table: pa.Table) -> Floats:
    """Return numbers as they are (missing: the median) and an indicator per frequent level."""
    columns: list[Floats] = []
    for column in table.columns:
        if pa.types.is_large_string(column.type):
            columns += _indicators(np.asarray(column.fill_null("missing")))
        else:
            values = np.asarray(pc.cast(column, pa.float64()), dtype=np.float64)
            columns.append(np.where(np.isnan(values), np.nanmedian(values), values))
    return np.column_stack(columns)


def _indicators(values: NDArray[Any]) -> list[Floats]:
    levels, counts = np.unique(values, return_counts=True)
    frequent = levels[counts >= RARE_SHARE * len(values)]
    rare = ~np.isin(values, frequent)
    flags = [values == level for level in frequent] + ([rare] if rare.any() else [])
    return [flag.astype(np.float64) for flag in flags]


def _distinct(features: Floats) -> Integers:
    """Return the rows whose features no earlier row has, in order."""
    return np.sort(np.unique(features, axis=0, return_index=True)[1])


def _first(rows: Integers, persons: Integers, wanted: int) -> Integers:
    """Return the first rows wanted, at most two of a person and of as many persons as there are.

    An even number of persons has two, so that they can be dealt to sides of equal size.
    """
    once = rows[np.sort(np.unique(persons[rows], return_index=True)[1])][:wanted]
    once = once[: len(once) - (wanted - len(once)) % 2]
    kept = np.isin(persons[rows], persons[once]) & ~np.isin(rows, once)
    again = rows[kept]
    again = again[np.sort(np.unique(persons[again], return_index=True)[1])][: wanted - len(once)]
    if len(once) + len(again) < wanted:
        raise ValueError(f"{len(once) + len(again)} distinct rows are left of {wanted} wanted")
    return np.concatenate([once, again])


def _sides(
    labels: Integers, persons: Integers, rng: np.random.Generator, *, stratified: bool
) -> NDArray[np.bool_]:
    """Return which rows are members: every second person, of each class too if stratified."""
    _, first, person, rows = np.unique(
        persons, return_index=True, return_inverse=True, return_counts=True
    )
    kind = labels[first] if stratified else np.zeros(len(first), dtype=np.int64)
    order = np.lexsort([rng.permutation(len(first)), kind, rows])
    member = np.empty(len(first), dtype=bool)
    member[order] = np.arange(len(first)) % 2 == 0
    return np.asarray(member[person], dtype=bool)
