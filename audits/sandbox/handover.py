"""What one step of an audit leaves for the next: facts as JSON and arrays, in one blob."""

import json
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from audits.sandbox import arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"MIASTATE1"
_LENGTH = struct.Struct("<Q")


class MalformedStateError(ValueError):
    """Bytes that are no state of an earlier step."""


def pack(facts: Mapping[str, Any], content: "Mapping[str, NDArray[Any]]") -> bytes:
    """Put facts and named arrays into one blob."""
    encoded = {name: arrays.to_bytes(array) for name, array in content.items()}
    header = {"facts": facts, "arrays": [[name, len(data)] for name, data in encoded.items()]}
    text = json.dumps(header, allow_nan=False).encode()
    return b"".join([_MAGIC, _LENGTH.pack(len(text)), text, *encoded.values()])


def unpack(data: bytes) -> "tuple[dict[str, Any], dict[str, NDArray[Any]]]":
    """Take them apart again.

    Raises
    ------
    MalformedStateError
        Something is missing, left over or of another kind.
    """
    start = len(_MAGIC) + _LENGTH.size
    if not data.startswith(_MAGIC) or len(data) < start:
        raise MalformedStateError("no state of an earlier step")
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    try:
        header = json.loads(data[start : start + length])
        facts, sizes = dict(header["facts"]), [(str(n), int(s)) for n, s in header["arrays"]]
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedStateError("the head of the state is damaged") from error
    place, found = start + length, {}
    for name, size in sizes:
        found[name] = arrays.from_bytes(data[place : place + size])
        place += size
    if place != len(data):
        raise MalformedStateError("sizes do not add up")
    return facts, found
