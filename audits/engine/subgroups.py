"""Columns whose values get figures of their own: which record belongs to which value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.labels import as_text

if TYPE_CHECKING:
    import pyarrow as pa

MOST_VALUES: Final = 50
"""Values of a column, the most frequent first; the others, like missing ones, have no group."""


def codes_of(
    tables: "Sequence[pa.Table | None]", columns: Sequence[str]
) -> dict[str, tuple[NDArray[np.int32], list[str]]]:
    """Return for each column (N,) int32 codes, -1 for no group, and the names of the values.

    Parameters
    ----------
    tables
        Columns of the N audited records: features, and what the model does not see.
    columns
        Names among them.

    Raises
    ------
    InputError
        There is no such column.
    """
    found = {}
    for name in columns:
        holders = [one for one in tables if one is not None and name in one.column_names]
        if not holders:
            raise InputError("subgroups", f"there is no column {name!r}", "correct the name")
        encoded = holders[0].column(name).combine_chunks().dictionary_encode()
        indices = np.asarray(encoded.indices.fill_null(-1).to_numpy(), dtype=np.int64)
        counts = np.bincount(indices[indices >= 0], minlength=len(encoded.dictionary))
        kept = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        code_of = np.full(len(counts) + 1, -1, dtype=np.int32)  # the last one is "missing"
        code_of[kept] = np.arange(len(kept))
        values = encoded.dictionary.to_pylist()
        found[name] = (code_of[indices], [as_text(values[i])[:200] for i in kept])
    return found
