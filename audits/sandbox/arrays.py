"""Arrays as npy bytes: the one form in which numbers leave and enter the child."""

import io
import math
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MalformedArrayError(ValueError):
    """Bytes that claim to be an array and are not."""


def to_bytes(array: "NDArray[Any]") -> bytes:
    """Return the array as npy; arrays of objects raise ValueError."""
    import numpy as np  # noqa: PLC0415 - heavy

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_bytes(data: bytes) -> "NDArray[Any]":
    """Return the array; every byte must be accounted for.

    Raises
    ------
    MalformedArrayError
        If these are not exactly the bytes of one array of plain numbers.
    """
    import numpy as np  # noqa: PLC0415 - heavy

    stream = io.BytesIO(data)
    try:
        if _described_bytes(stream) != len(data) - stream.tell():
            raise ValueError("size and shape do not agree")  # noqa: TRY301 - joined with the rest
        stream.seek(0)
        array: NDArray[Any] = np.load(stream, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise MalformedArrayError("not an array") from error
    return array


def read(file: BinaryIO) -> "NDArray[Any]":
    """Return the array in an open file."""
    return from_bytes(file.read())


def _described_bytes(stream: io.BytesIO) -> int:
    """Read the head; return how many bytes the array takes that it describes."""
    from numpy.lib import format as npy  # noqa: PLC0415 - heavy

    if npy.read_magic(stream) != (1, 0):
        raise ValueError("an npy version that is not written here")
    shape, _, dtype = npy.read_array_header_1_0(stream)
    return -1 if dtype.hasobject else math.prod(shape) * int(dtype.itemsize)
