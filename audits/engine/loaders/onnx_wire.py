"""The bytes of an ONNX file as named fields: a strict reader of its protobuf, bounded in work.

It knows the messages of the ONNX format and refuses everything else: an unknown field, a field of
another wire type, a single field given twice (which readers merge), lengths that overrun. Long
runs of numbers, as tree ensembles hold them, are stepped over without being taken apart.
"""

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from audits.engine.errors import InputError

REMEDY: Final = "export it again as one ONNX file, or write a predictions file"
MAX_FIELDS: Final = 3_000_000
MAX_DEPTH: Final = 32

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIRE: Final = {"int": _VARINT, "double": _FIXED64, "float": _FIXED32}
_MESSAGES: Final = MappingProxyType({
    "Model": "1 ir_version int, 8 opset_import OpsetId*, 2 producer_name text, "
    "3 producer_version text, 4 domain text, 5 model_version int, 6 doc_string text, "
    "7 graph Graph, 14 metadata_props Entry*, 20 training_info bytes*, 25 functions bytes*, "
    "26 configuration bytes*",
    "OpsetId": "1 domain text, 2 version int",
    "Entry": "1 key text, 2 value text",
    "Graph": "1 node Node*, 2 name text, 5 initializer Tensor*, 15 sparse_initializer Sparse*, "
    "10 doc_string text, 11 input Value*, 12 output Value*, 13 value_info Value*, "
    "14 quantization_annotation Annotation*, 16 metadata_props Entry*",
    "Annotation": "1 tensor_name text, 2 quant_parameter_tensor_names Entry*",
    "Node": "1 input text*, 2 output text*, 3 name text, 4 op_type text, 7 domain text, "
    "8 overload text, 5 attribute Attribute*, 6 doc_string text, 9 metadata_props Entry*, "
    "10 device_configurations bytes*",
    "Attribute": "1 name text, 21 ref_attr_name text, 13 doc_string text, 20 type int, 2 f float, "
    "3 i int, 4 s bytes, 5 t Tensor, 6 g Graph, 22 sparse_tensor Sparse, 14 tp Type, "
    "7 floats float*, 8 ints int*, 9 strings bytes*, 10 tensors Tensor*, 11 graphs Graph*, "
    "23 sparse_tensors Sparse*, 15 type_protos Type*",
    "Tensor": "1 dims int*, 2 data_type int, 3 segment bytes, 4 float_data float*, "
    "5 int32_data int*, 6 string_data bytes*, 7 int64_data int*, 8 name text, "
    "12 doc_string text, 9 raw_data bytes, 13 external_data Entry*, 14 data_location int, "
    "10 double_data double*, 11 uint64_data int*, 16 metadata_props Entry*",
    "Sparse": "1 values Tensor, 2 indices Tensor, 3 dims int*",
    "Value": "1 name text, 2 type Type, 3 doc_string text, 4 metadata_props Entry*",
    "Type": "1 tensor_type TensorType, 4 sequence_type Nested, 5 map_type Map, "
    "9 optional_type Nested, 8 sparse_tensor_type TensorType, 7 opaque_type bytes, "
    "6 denotation text",
    "TensorType": "1 elem_type int, 2 shape Shape",
    "Nested": "1 elem_type Type",
    "Map": "1 key_type int, 2 value_type Type",
    "Shape": "1 dim Dimension*",
    "Dimension": "1 dim_value int, 2 dim_param text, 3 denotation text",
})  # fmt: skip
"""ONNX messages: number, name and type of each field; a star for those that may repeat."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: str
    repeated: bool


def _schema(text: str) -> dict[int, _Field]:
    words = [one.split() for one in text.split(", ")]
    return {
        int(number): _Field(name, kind.rstrip("*"), kind.endswith("*"))
        for number, name, kind in words
    }


_SCHEMAS: Final = {name: _schema(text) for name, text in _MESSAGES.items()}
_SMALL_TAG: Final = 16
_MODES: Final = b"|".join(
    bytes([0x4A, len(mode)]) + mode
    for mode in (b"LEAF", b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GTE", b"BRANCH_GT", b"BRANCH_EQ",
                 b"BRANCH_NEQ", b"BRANCH_MEMBER")
)  # fmt: skip
_NUMBER: Final = {"int": rb"[\x80-\xff]{0,9}[\x00-\x7f]", "float": rb"[\x00-\xff]{4}",
                  "double": rb"[\x00-\xff]{8}"}  # fmt: skip


def _runs() -> dict[tuple[str, int], re.Pattern[bytes]]:
    """Return what steps over a run of repeated numbers, by message and first byte."""
    found = {("Attribute", 0x4A): re.compile(rb"(?:" + _MODES + rb")++")}
    for message, fields in _SCHEMAS.items():
        for number, one in fields.items():
            if one.repeated and one.type in _WIRE and number < _SMALL_TAG:
                tag = number << 3 | _WIRE[one.type]
                item = re.escape(bytes([tag])) + _NUMBER[one.type]
                found[message, tag] = re.compile(rb"(?:" + item + rb")++")
    return found


_RUNS: Final = _runs()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the file.

    Attributes
    ----------
    kind
        Its name in the ONNX format, shortened.
    fields
        What was given, by name: messages, int, str or memoryview; repeated numbers as the
        stretches of bytes that hold them.
    """

    kind: str
    fields: dict[str, list[Any]] = field(default_factory=dict)

    def all(self, name: str) -> list[Any]:
        """Return every value of a field."""
        return self.fields.get(name, [])

    def one(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as the field is typed
        """Return the value of a field, or the default."""
        return self.fields.get(name, [default])[0]

    def ints(self, name: str) -> list[int]:
        """Return the numbers of a repeated field of integers."""
        found: list[int] = []
        for stretch, packed in self.fields.get(name, []):
            data, at = bytes(stretch), 0
            while at < len(data):
                value, at = _varint(data, at if packed else at + 1, len(data))
                found.append(value - 2**64 if value >= 2**63 else value)
        return found


def read_message(data: bytes, kind: str = "Model") -> Message:
    """Return the message that the bytes hold.

    Raises
    ------
    InputError
        Subject "model": it is damaged, no ONNX, or has more parts than any model needs.
    """
    return _Reader(data).message(kind, 0, len(data), 0)


def _damaged(what: str) -> InputError:
    return InputError("model", f"the ONNX file is damaged ({what})", REMEDY)


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise _damaged("it ends too early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value & (2**64 - 1), at
    raise _damaged("a number is too long")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._view = data, memoryview(data)
        self._left = MAX_FIELDS

    def message(self, kind: str, start: int, end: int, depth: int) -> Message:
        if depth > MAX_DEPTH:
            raise InputError("model", "the ONNX file is nested too deeply", REMEDY)
        schema, found, at = _SCHEMAS[kind], Message(kind), start
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise InputError(
                    "model", f"the ONNX file has more than {MAX_FIELDS:,} parts", REMEDY
                )
            run = _RUNS.get((kind, self._data[at]))
            matched = run.match(self._data, at, end) if run else None
            if matched:
                one = schema[self._data[at] >> 3]
                value: Any = (self._view[at : matched.end()], False)
                at = matched.end()
            else:
                one, value, at = self._field(kind, schema, at, end, depth)
            values = found.fields.setdefault(one.name, [])
            if values and not one.repeated:
                raise _damaged(f"{one.name} is given twice")
            values.append(value)
        return found

    def _field(
        self, kind: str, schema: dict[int, _Field], at: int, end: int, depth: int
    ) -> tuple[_Field, Any, int]:
        tag, at = _varint(self._data, at, end)
        one, wire = schema.get(tag >> 3), tag & 7
        if one is None:
            raise _damaged(f"{kind} has an unknown field {tag >> 3}")
        if wire == _VARINT and one.type == "int":
            value, at = _varint(self._data, at, end)
            return one, value, at
        if wire == _LENGTH:
            size, at = _varint(self._data, at, end)
            if size > end - at:
                raise _damaged("it ends too early")
            return one, self._content(one, at, at + size, depth), at + size
        if wire == _FIXED32 and one.type == "float" and end - at >= 4:  # noqa: PLR2004 - bytes
            return one, self._view[at : at + 4], at + 4
        raise _damaged(f"{one.name} is of another kind")

    def _content(self, one: _Field, start: int, end: int, depth: int) -> Any:  # noqa: ANN401
        if one.type in _SCHEMAS:
            return self.message(one.type, start, end, depth + 1)
        if one.type == "text":
            try:
                return self._data[start:end].decode()
            except UnicodeDecodeError:
                raise _damaged(f"{one.name} is no text") from None
        if one.type == "bytes":
            return self._view[start:end]
        if one.repeated:
            return self._view[start:end], True
        raise _damaged(f"{one.name} is of another kind")
