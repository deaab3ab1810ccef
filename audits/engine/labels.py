"""Labels as written in a file to the classes a model knows: by value, then as text."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError, Subject

if TYPE_CHECKING:
    import pyarrow as pa

_PLAIN_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


def as_text(value: object) -> str:
    """Return how a label is written; 1.0 is written 1."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unmistakable(known: list[Any]) -> dict[Decimal, int]:
    """Return the place of each class that is a number and the only one of that value.

    A table may write a class 0 as "0.0", or the column of its probability as `p_0.0`.
    """
    found: dict[Decimal, list[int]] = {}
    for index, value in enumerate(known):
        number = _as_number(value)
        if number is not None:
            found.setdefault(number, []).append(index)
    return {number: places[0] for number, places in found.items() if len(places) == 1}


def _as_number(value: object) -> Decimal | None:
    """Return the exact value of plain digits: long codes that differ must not become one."""
    text = str(value)
    return Decimal(text) if _PLAIN_NUMBER.fullmatch(text) else None


def match_labels(
    column: "pa.ChunkedArray",
    classes: NDArray[Any],
    *,
    subject: Subject,
    problem: str = "label {label!r} is not one of the model's classes ({known})",
    remedy: str = "choose the column the model was trained to predict",
) -> NDArray[np.int64]:
    """Return (N,) the index of each label in `classes`: by value, then as text, then as a number.

    Parameters
    ----------
    column
        Labels, none missing.
    classes
        (C,) the model's classes, any type.
    subject
        Which input the labels are from, for errors.
    problem, remedy
        Words for an unknown label; `{label}` and `{known}` are filled in.

    Raises
    ------
    InputError
        A label is none of the classes.
    """
    known = classes.tolist()
    by_text = {as_text(value): index for index, value in enumerate(known)}
    by_number = _unmistakable(known)
    encoded = column.combine_chunks().dictionary_encode()
    indices: list[int] = []
    for label in encoded.dictionary.to_pylist():
        if label in known:
            indices.append(known.index(label))
        elif as_text(label) in by_text:
            indices.append(by_text[as_text(label)])
        elif (number := _as_number(label)) in by_number:
            indices.append(by_number[number])
        else:
            shown = ", ".join(as_text(value) for value in known[:10])
            raise InputError(subject, problem.format(label=as_text(label), known=shown), remedy)
    codes: NDArray[np.int32] = encoded.indices.to_numpy()
    return np.asarray(indices, dtype=np.int64)[codes]


def numbers_of(column: "pa.ChunkedArray", *, subject: Subject) -> NDArray[np.float64]:
    """Return (N,) the labels of a model that predicts a number.

    Raises
    ------
    InputError
        A label is no finite number.
    """
    try:
        numbers = np.asarray(column.to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            subject,
            f"the label of record {bad[0] + 1} is no number and the model predicts numbers",
            "choose the column the model was trained to predict",
        )
    return numbers
