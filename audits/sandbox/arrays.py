"""Arrays as npy bytes: the one form in which numbers leave and enter the child."""

import io
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
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
        shape, dtype = _header(stream)
        expected = dtype.itemsize
        for length in shape:
            expected *= length
        if dtype.hasobject or expected != len(data) - stream.tell():
            raise MalformedArrayError("size and shape do not agree")
        stream.seek(0)
        array: NDArray[Any] = np.load(stream, allow_pickle=False)
    except MalformedArrayError:
        raise
    except (ValueError, OSError, EOFError) as error:
        raise MalformedArrayError("not an array") from error
    return array


def read(file: BinaryIO) -> "NDArray[Any]":
    """Return the array in an open file."""
    return from_bytes(file.read())


def _header(stream: io.BytesIO) -> "tuple[tuple[int, ...], np.dtype[Any]]":
    from numpy.lib import format as npy  # noqa: PLC0415 - heavy

    if npy.read_magic(stream) != (1, 0):
        raise MalformedArrayError("an npy version that is not written here")
    shape, _, dtype = npy.read_array_header_1_0(stream)
    return shape, dtype
