"""A predictions file: what a model said about each record, without the model.

Columns: `member` 0 or 1, `label`, and `p_<class>` for every class; in their place `p_label` where
only the probability of the label is known, or `prediction` of a model that predicts a number.
Optional: `x_<column>` for every column of the record, `person` where people have several records,
and `population` 1 for further records that are not scored. Any other column is left alone.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.labels import as_text, match_labels, numbers_of
from audits.engine.loaders.tables import (
    DEFAULT_LIMITS,
    TableLimits,
    check_kinds,
    complete,
    read_described,
)
from audits.engine.types import Predictions

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX: Final = "p_"
NUMBER: Final = "prediction"
OF_LABEL: Final = "p_label"
FEATURE: Final = "x_"
PERSON: Final = "person"
POPULATION: Final = "population"
MOST_LABELS: Final = 10_000
"""Classes of a file that gives the probability of the label alone: each gets figures of its own."""

SUM_TOLERANCE: Final = 1e-3
"""How far a row of probabilities may be from 1 in all."""

_MIN_CLASSES: Final = 2


def read_predictions(file: BinaryIO, *, limits: TableLimits = DEFAULT_LIMITS) -> Predictions:
    """Read and check a predictions file (CSV, Excel, Parquet or JSON lines).

    Raises
    ------
    InputError
        Subject "predictions": a column is missing, a member flag is not 0 or 1, a probability is
        missing, outside [0, 1] or a row's sum is off 1 by more than 1e-3, a label has no
        `p_` column, or a member is marked as population. Rows are counted from 1 without the
        header.
    """
    table, told = read_described(file, subject="predictions", limits=limits)
    return replace(_checked(table), reading={"predictions": told.as_json()})


def _checked(table: "pa.Table") -> Predictions:
    for name in ("member", "label"):
        if name not in table.column_names:
            raise InputError(
                "predictions",
                f"there is no column {name!r} (found: {', '.join(table.column_names[:20])})",
                "write the columns member (0 or 1), label, and p_<class> for every class",
            )
    labels, answers, classes = _answers(table)
    is_member = _flags(table, "member", "1 for records the model was trained on and 0 for others")
    further = _population(table, is_member)
    _check_sides(is_member, further)
    return Predictions(
        is_member, labels, answers, classes, _features(table), _persons(table), further
    )


def _answers(
    table: "pa.Table",
) -> tuple[NDArray[Any], NDArray[np.float64], tuple[str, ...]]:
    """Return labels, probabilities or numbers, and the names of the classes."""
    columns = [name for name in table.column_names if name.startswith(PREFIX)]
    if NUMBER in table.column_names and not columns:
        return numbers_of(_labels(table), subject="predictions"), _numbers(table), ()
    if columns == [OF_LABEL]:
        return _of_label(table)
    classes = tuple(name.removeprefix(PREFIX) for name in columns)
    if len(classes) < _MIN_CLASSES:
        raise InputError(
            "predictions",
            "there are fewer than two columns with probabilities",
            "write one column p_<class> for every class, or one column prediction for numbers",
        )
    labels = match_labels(
        _labels(table), np.asarray(classes, dtype=object), subject="predictions",
        problem="label {label!r} has no column p_{label}",
        remedy="write one column p_<class> for every class",
    )  # fmt: skip
    return labels, check_probabilities(_matrix(table, columns), columns), classes


def _of_label(
    table: "pa.Table",
) -> tuple[NDArray[Any], NDArray[np.float64], tuple[str, ...]]:
    """Return what a file says that holds the probability of the true class alone."""
    encoded = _labels(table).combine_chunks().dictionary_encode()
    if len(encoded.dictionary) > MOST_LABELS:
        raise InputError(
            "predictions",
            f"the column 'label' holds {len(encoded.dictionary):,} different values",
            f"give at most {MOST_LABELS:,} classes, or a column prediction for numbers",
        )
    classes = tuple(as_text(value) for value in encoded.dictionary.to_pylist())
    answers = _matrix(table, [OF_LABEL])
    _check_range(answers, [OF_LABEL])
    labels = np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
    return labels, np.clip(answers[:, 0], 0.0, 1.0), classes


def _features(table: "pa.Table") -> "pa.Table | None":
    names = [name for name in table.column_names if name.startswith(FEATURE)]
    if not names:
        return None
    if FEATURE in names:
        raise InputError(
            "predictions",
            f"column {FEATURE!r} has no name after the prefix",
            "write x_<column> for every column of the record",
        )
    features = table.select(names).rename_columns([name.removeprefix(FEATURE) for name in names])
    check_kinds(features, "predictions")
    return features


def _persons(table: "pa.Table") -> "pa.ChunkedArray | None":
    if PERSON not in table.column_names:
        return None
    return complete(table, PERSON, "predictions", "person column")


def _population(table: "pa.Table", is_member: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if POPULATION not in table.column_names:
        return None
    further = _flags(table, POPULATION, "1 for further records that are not scored, else 0")
    both = np.flatnonzero(further & is_member)
    if len(both):
        raise InputError(
            "predictions",
            f"record {both[0] + 1} is marked as a member and as population",
            "write 0 in one of the two: further records must not have been used for training",
        )
    return further


def _labels(table: "pa.Table") -> "pa.ChunkedArray":
    labels = table.column("label")
    if labels.null_count:
        raise InputError(
            "predictions",
            f"the label is empty in {labels.null_count:,} records",
            "fill it in or leave these records out",
        )
    return labels


def _numbers(table: "pa.Table") -> NDArray[np.float64]:
    try:
        numbers = np.asarray(table.column(NUMBER).to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            "predictions",
            f"the prediction of record {bad[0] + 1} is no number",
            "write the number the model predicts for every record",
        )
    return numbers


def _flags(table: "pa.Table", name: str, remedy: str) -> NDArray[np.bool_]:
    column = table.column(name)
    wrong = [v for v in column.unique().to_pylist() if v not in (0, 1) or isinstance(v, str)]
    if wrong:
        raise InputError("predictions", f"column {name!r} holds {wrong[0]!r}", f"write {remedy}")
    return np.asarray(np.asarray(column.to_numpy(), dtype=np.float64) == 1, dtype=np.bool_)


def _check_sides(is_member: NDArray[np.bool_], further: NDArray[np.bool_] | None) -> None:
    outside = ~is_member if further is None else ~is_member & ~further
    if is_member.any() and outside.any():
        return
    raise InputError(
        "predictions",
        f"no record has {int(not is_member.any())} in the column 'member'",
        "write records of both kinds, used for training (1) and not (0)",
    )


def _matrix(table: "pa.Table", columns: list[str]) -> NDArray[np.float64]:
    matrix = np.empty((table.num_rows, len(columns)), dtype=np.float64)
    for j, name in enumerate(columns):
        try:
            matrix[:, j] = np.asarray(table.column(name).to_numpy(), dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(
                "predictions", f"column {name!r} holds something else than numbers",
                "write probabilities between 0 and 1",
            ) from None  # fmt: skip
    return matrix


def check_probabilities(matrix: NDArray[np.float64], columns: list[str]) -> NDArray[np.float64]:
    """Return (N, C) probabilities whose rows sum to 1, or name the first row that cannot."""
    _check_range(matrix, columns)
    off = np.abs(matrix.sum(axis=1) - 1)
    if (off > SUM_TOLERANCE).any():
        row = int(np.argmax(off > SUM_TOLERANCE))
        raise InputError(
            "predictions",
            f"the probabilities of record {row + 1} sum to {matrix[row].sum():.6g}",
            "write one column p_<class> for every class, each row summing to 1",
        )
    matrix = np.clip(matrix, 0.0, 1.0)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True), dtype=np.float64)


def _check_range(matrix: NDArray[np.float64], columns: list[str]) -> None:
    outside = ~np.isfinite(matrix) | (matrix < -SUM_TOLERANCE) | (matrix > 1 + SUM_TOLERANCE)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise InputError(
            "predictions",
            f"{columns[column]} of record {row + 1} is {matrix[row, column]:g}",
            "write probabilities between 0 and 1, none missing",
        )
