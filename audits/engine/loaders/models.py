"""A model from a file in one of the formats that are read, told apart by content alone."""

import re
import struct
from typing import BinaryIO, Final

from audits.engine.errors import InputError
from audits.engine.loaders.model_kinds import refuse_by_kind
from audits.engine.loaders.onnx_model import read_onnx
from audits.engine.loaders.safetensors_mlp import read_safetensors
from audits.engine.loaders.skops import is_skops, read_skops
from audits.engine.target import Target

_LONGEST_HEADER: Final = 2**40
_LENGTH: Final = 2
_GRAPH: Final = 7 << 3 | _LENGTH
_FIELDS: Final = frozenset({1 << 3, 5 << 3, *(i << 3 | _LENGTH for i in (2, 3, 4, 6, 7, 8, 14))})
_HEAD: Final = re.compile(rb"([\x08-\x7f])([\x80-\xff]{0,9}[\x00-\x7f])", re.DOTALL)
"""First byte of a field, which holds its number and kind, and its value or size."""

_MOST_FIELDS: Final = 10_000


def read_model(file: BinaryIO) -> Target:
    """Read a fitted model: skops, ONNX, or a perceptron as safetensors.

    Parameters
    ----------
    file
        Seekable, open for reading; read from its start.

    Raises
    ------
    InputError
        Subject "model": another format, by its name, or not usable.
    """
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    if not start:
        raise InputError("model", "the file is empty", "choose the model's file")
    if start.startswith(b"PK\x03\x04") and is_skops(file):
        return read_skops(file)
    if _is_safetensors(start):
        return read_safetensors(file)
    if _is_onnx(file):
        return read_onnx(file)
    raise refuse_by_kind(file)


def _is_safetensors(start: bytes) -> bool:
    """Say whether a number that could be a header's length and a JSON object come first."""
    return start[8:9] == b"{" and struct.unpack_from("<Q", start)[0] < _LONGEST_HEADER


def _is_onnx(file: BinaryIO) -> bool:
    """Say whether the outermost fields are those of an ONNX model, a graph among them."""
    graph, at = False, 0
    for _ in range(_MOST_FIELDS):
        file.seek(at)
        head = _HEAD.match(file.read(12))
        if head is None or head[1][0] not in _FIELDS:
            break
        graph = graph or head[1][0] == _GRAPH
        size_or_value = sum((byte & 0x7F) << 7 * i for i, byte in enumerate(head[2]))
        at += head.end() + (size_or_value if head[1][0] & 7 == _LENGTH else 0)
    file.seek(0)
    return graph
