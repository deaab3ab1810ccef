"""A predictions file: what a model said about each record, without the model or the record.

Columns: `member` 0 or 1, `label`, and `p_<class>` for every class; of a model that predicts a
number `prediction` in their place.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.labels import match_labels, numbers_of
from audits.engine.loaders.tables import DEFAULT_LIMITS, TableLimits, read_described
from audits.engine.types import Predictions

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX: Final = "p_"
NUMBER: Final = "prediction"
SUM_TOLERANCE: Final = 1e-3
"""How far a row of probabilities may be from 1 in all."""

_MIN_CLASSES: Final = 2


def read_predictions(file: BinaryIO, *, limits: TableLimits = DEFAULT_LIMITS) -> Predictions:
    """Read and check a predictions file (CSV, Excel, Parquet or JSON lines).

    Raises
    ------
    InputError
        Subject "predictions": a column is missing, a member flag is not 0 or 1, a probability is
        missing, outside [0, 1] or a row's sum is off 1 by more than 1e-3, or a label has no
        `p_` column. Rows are counted from 1 without the header.
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
    columns = [name for name in table.column_names if name.startswith(PREFIX)]
    if NUMBER in table.column_names and not columns:
        return _numbers(table)
    classes = tuple(name.removeprefix(PREFIX) for name in columns)
    if len(classes) < _MIN_CLASSES:
        raise InputError(
            "predictions",
            "there are fewer than two columns with probabilities",
            "write one column p_<class> for every class, or one column prediction for numbers",
        )
    labels = _labels(table)
    return Predictions(
        is_member=_member_flags(table.column("member")),
        labels=match_labels(
            labels, np.asarray(classes, dtype=object), subject="predictions",
            problem="label {label!r} has no column p_{label}",
            remedy="write one column p_<class> for every class",
        ),
        probabilities=_probabilities(table, columns),
        classes=classes,
    )  # fmt: skip


def _labels(table: "pa.Table") -> "pa.ChunkedArray":
    labels = table.column("label")
    if labels.null_count:
        raise InputError(
            "predictions",
            f"the label is empty in {labels.null_count:,} records",
            "fill it in or leave these records out",
        )
    return labels


def _numbers(table: "pa.Table") -> Predictions:
    answers = table.column(NUMBER)
    try:
        numbers = np.asarray(answers.to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            "predictions",
            f"the prediction of record {bad[0] + 1} is no number",
            "write the number the model predicts for every record",
        )
    truth = numbers_of(_labels(table), subject="predictions")
    return Predictions(_member_flags(table.column("member")), truth, numbers, ())


def _member_flags(column: "pa.ChunkedArray") -> NDArray[np.bool_]:
    values = column.unique().to_pylist()
    wrong = [value for value in values if value not in (0, 1) or isinstance(value, str)]
    if wrong:
        raise InputError(
            "predictions",
            f"column 'member' holds {wrong[0]!r}",
            "write 1 for records the model was trained on and 0 for all others",
        )
    flags: NDArray[np.bool_] = np.asarray(column.to_numpy(), dtype=np.float64) == 1
    if flags.all() or not flags.any():
        raise InputError(
            "predictions",
            f"no record has {int(not flags.any())} in the column 'member'",
            "write records of both kinds, used for training (1) and not (0)",
        )
    return flags


def _probabilities(table: "pa.Table", columns: list[str]) -> NDArray[np.float64]:
    matrix = np.empty((table.num_rows, len(columns)), dtype=np.float64)
    for j, name in enumerate(columns):
        try:
            matrix[:, j] = np.asarray(table.column(name).to_numpy(), dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(
                "predictions", f"column {name!r} holds something else than numbers",
                "write probabilities between 0 and 1",
            ) from None  # fmt: skip
    return check_probabilities(matrix, columns)


def check_probabilities(matrix: NDArray[np.float64], columns: list[str]) -> NDArray[np.float64]:
    """Return (N, C) probabilities whose rows sum to 1, or name the first row that cannot."""
    outside = ~np.isfinite(matrix) | (matrix < -SUM_TOLERANCE) | (matrix > 1 + SUM_TOLERANCE)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise InputError(
            "predictions",
            f"{columns[column]} of record {row + 1} is {matrix[row, column]:g}",
            "write probabilities between 0 and 1, none missing",
        )
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
