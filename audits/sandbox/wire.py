"""How a request goes to the child and how its answer comes back: JSON first, then raw bytes.

The answer is written by a process that may have been taken over: every length is checked
against what is really there before it is used, and nothing but JSON is parsed.
"""

import json
import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from audits.sandbox.values import Entry, Limits

_LENGTH = struct.Struct("<Q")
_HEADER_BYTES = 16 << 20
_BLOBS = 4096
# Neither NUL nor half a surrogate pair can be kept by PostgreSQL, or printed.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
ANSWER_TOO_LARGE = 3  # exit code of a child whose answer does not fit


class MalformedAnswerError(ValueError):
    """The answer does not follow the protocol."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything the child is told."""

    entry: Entry
    root: str
    parent: int
    files: Mapping[str, int]
    params: Mapping[str, Any]
    limits: Limits
    answer: int
    progress: int
    usage: int
    switched_off: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the call ended: ok, refused, memory, unavailable or error."""

    status: str
    result: dict[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)


def request_bytes(request: Request) -> bytes:
    return json.dumps(asdict(request), allow_nan=False).encode()


def request_from(data: bytes) -> Request:
    fields = json.loads(data)
    entry = fields.pop("entry")
    entry["preload"] = tuple(entry["preload"])
    limits = Limits(**fields.pop("limits"))
    switched_off = tuple(fields.pop("switched_off"))
    return Request(entry=Entry(**entry), limits=limits, switched_off=switched_off, **fields)


def write_answer(descriptor: int, answer: Answer) -> None:
    header = json.dumps(
        {
            "status": answer.status,
            "result": answer.result,
            "layers": answer.layers,
            "blobs": [[name, len(data)] for name, data in answer.blobs.items()],
        },
        allow_nan=False,
    ).encode()
    for part in (_LENGTH.pack(len(header)), header, *answer.blobs.values()):
        _write_all(descriptor, part)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_answer(descriptor: int, *, max_bytes: int) -> Answer:
    """Read an answer that lies complete behind ``descriptor``.

    Raises
    ------
    MalformedAnswerError
        Whatever is wrong with it.
    """
    size = os.fstat(descriptor).st_size
    if not _LENGTH.size <= size <= max_bytes:
        raise MalformedAnswerError(f"{size} bytes")
    (header_size,) = _LENGTH.unpack(_read(descriptor, 0, _LENGTH.size))
    start = _LENGTH.size + header_size
    if header_size > _HEADER_BYTES or start > size:
        raise MalformedAnswerError(f"header of {header_size} bytes")
    status, result, layers, sizes = _header(_read(descriptor, _LENGTH.size, header_size))
    if start + sum(sizes.values()) != size:
        raise MalformedAnswerError("sizes do not add up")
    blobs = {}
    for name, length in sizes.items():
        blobs[name] = _read(descriptor, start, length)
        start += length
    return Answer(status=status, result=result, layers=layers, blobs=blobs)


def _usable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON that can be stored: its texts are text, its numbers finite."""
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_usable(name): _usable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_usable(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise MalformedAnswerError("a number without end")
    return value


def _refuse_constant(name: str) -> None:
    raise MalformedAnswerError(name)


def _header(data: bytes) -> tuple[str, dict[str, Any], tuple[str, ...], dict[str, int]]:
    try:
        header = json.loads(data, parse_constant=_refuse_constant)
        status, result = header["status"], _usable(header["result"])
        layers = header["layers"]
        blobs = dict(header["blobs"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedAnswerError("header") from error
    well_formed = (
        isinstance(status, str)
        and isinstance(result, dict)
        and isinstance(layers, list)
        and all(isinstance(layer, str) for layer in layers)
        and len(blobs) == len(header["blobs"]) <= _BLOBS
        and all(isinstance(name, str) for name in blobs)
        and all(type(length) is int and length >= 0 for length in blobs.values())
    )
    if not well_formed:
        raise MalformedAnswerError("header")
    return status, result, tuple(layers), blobs


def _read(descriptor: int, start: int, length: int) -> bytes:
    parts = []
    while length:
        part = os.pread(descriptor, min(length, 1 << 24), start)
        if not part:
            raise MalformedAnswerError("cut short")
        parts.append(part)
        start += len(part)
        length -= len(part)
    return b"".join(parts)
