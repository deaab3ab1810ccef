"""Arrays cross the border as plain numbers, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audits.sandbox import arrays


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3), dtype=np.float32),
        np.arange(6, dtype=np.int64).reshape(2, 3),
        np.array(["a", "bé"]),
        np.array([True, False]),
    ],
)
def test_array_comes_back_equal(array: NDArray[Any]) -> None:
    again = arrays.from_bytes(arrays.to_bytes(array))
    assert again.dtype == array.dtype
    assert np.array_equal(again, array)


def test_objects_are_not_written() -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        arrays.to_bytes(np.array([object()]))


def test_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(arrays.MalformedArrayError):
        arrays.from_bytes(path.read_bytes())


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0", lambda _: b"", bytes])
def test_altered_bytes_are_refused(change: Callable[[bytes], bytes]) -> None:
    data = arrays.to_bytes(np.arange(5.0))
    altered = change(data) if change is not bytes else b"\x93NUMPY" + data[7:]
    with pytest.raises(arrays.MalformedArrayError):
        arrays.from_bytes(altered)
