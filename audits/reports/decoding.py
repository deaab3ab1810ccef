"""Frozen values from JSON and back, checked by their own type annotations."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> str:  # noqa: ANN401 - any frozen dataclass
    """Write a frozen value as canonical JSON: sorted keys, no NaN, one text for one value."""
    return canonical(asdict(value))


def canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(
        document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def from_json(cls: type[T], text: str) -> T:
    """Read a frozen value; a missing, unknown or wrongly typed field is a ValueError by name.

    Only a field with a default may be missing: it came after the text was written.
    """
    return cast("T", _decode(cls, json.loads(text), cls.__name__))


def _decode(expected: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - walks any annotation
    if isinstance(expected, UnionType):
        return _decode_optional(expected, value, where)
    if get_origin(expected) is tuple:
        return _decode_tuple(expected, value, where)
    if is_dataclass(expected):
        return _decode_fields(cast("type[Any]", expected), value, where)
    if expected is float and type(value) is int:
        return float(value)
    if type(value) is not expected:
        raise ValueError(f"{where}: expected {expected.__name__}, got {type(value).__name__}")
    return value


def _decode_optional(expected: UnionType, value: Any, where: str) -> Any:  # noqa: ANN401 - as above
    if value is None:
        return None
    inner = [kind for kind in get_args(expected) if kind is not NoneType]
    return _decode(inner[0], value, where)


def _decode_tuple(expected: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}: expected a list, got {type(value).__name__}")  # noqa: TRY004 - one kind of error for bad JSON
    inner = get_args(expected)[0]
    return tuple(_decode(inner, item, f"{where}[{index}]") for index, item in enumerate(value))


def _decode_fields(cls: type[Any], value: Any, where: str) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected an object, got {type(value).__name__}")  # noqa: TRY004 - one kind of error for bad JSON
    hints = get_type_hints(cls)
    known = {field.name for field in fields(cls)}
    needed = {field.name for field in fields(cls) if field.default is MISSING}
    if odd := (needed - set(value)) | (set(value) - known):
        raise ValueError(f"{where}: missing or unknown: {', '.join(sorted(odd))}")
    return cls(
        **{name: _decode(hints[name], one, f"{where}.{name}") for name, one in value.items()}
    )
