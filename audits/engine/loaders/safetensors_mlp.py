"""A perceptron from a safetensors file: arrays, and beside them a small declared architecture.

The metadata key `mia_mlp` holds one JSON object; the arrays are named as the `state_dict` of a
`torch.nn.Sequential` names them: `0.weight` (out, in), `0.bias` (out,), `2.weight`, ... . The
header is checked here, byte by byte, before the arrays are taken.
"""

import io
import itertools
import math
import re
import struct
from dataclasses import dataclass, fields
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.loaders.model_kinds import WAY_OUT, is_json_object
from audits.engine.mlp import ACTIVATIONS, OPTIMIZERS, MlpClassifier, MlpRecipe
from audits.engine.target import Target

METADATA_KEY: Final = "mia_mlp"
MAX_BYTES: Final = 256 * 2**20
MAX_HEADER_BYTES: Final = 2**20
MAX_LAYERS: Final = 32
MAX_UNITS: Final = 100_000
MAX_CLASSES: Final = 10_000
MAX_EPOCHS: Final = 10_000

_MEBIBYTE: Final = 2**20
_LENGTH_BYTES: Final = 8
_SIZES: Final = {"F16": 2, "F32": 4, "F64": 8}
_ENTRY: Final = frozenset({"dtype", "shape", "data_offsets"})
_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,3})\.(weight|bias)")
_ARCHITECTURE: Final = frozenset(
    {"version", "hidden", "activation", "classes", "feature_names", "recipe"}
)
_RECIPE: Final = frozenset(one.name for one in fields(MlpRecipe)) - {"hidden", "activation"}
_REQUIRED: Final = ("optimizer", "learning_rate", "batch_size", "epochs")
_REMEDY: Final = (
    "write it with the lines of the portal's script page, which the README has too, or write a "
    "predictions file"
)


@dataclass(frozen=True, slots=True)
class _Architecture:
    hidden: tuple[int, ...] | None
    activation: Any
    classes: NDArray[Any]
    feature_names: tuple[str, ...] | None
    recipe: dict[str, Any] | None


def read_safetensors(file: BinaryIO) -> Target:
    """Read a perceptron.

    Parameters
    ----------
    file
        Seekable, open for reading; read from its start.

    Raises
    ------
    InputError
        Subject "model": too big, damaged, without the declaration `mia_mlp`, or its arrays are
        not those that the declaration asks for.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > MAX_BYTES:
        raise InputError("model", f"the file is larger than {MAX_BYTES // _MEBIBYTE} MiB", WAY_OUT)
    data = file.read()
    declared = _declared(_header(data))
    model = _model(_arrays(data), declared)
    return Target(
        estimator=model,
        classes=model.classes_,
        feature_names=declared.feature_names,
        n_features=model.n_features_in_,
        category_mask=(),
        family="mlp",
        min_samples_leaf=None,
        stores_rows=False,
        format="safetensors",
        retrainable=model.recipe is not None,
    )


def _wrong(problem: str) -> InputError:
    return InputError("model", f"the safetensors file {problem}"[:300], _REMEDY)


def _header(data: bytes) -> dict[str, str]:
    """Check the header, every array's place in the file with it, and return the metadata."""
    length = struct.unpack_from("<Q", data)[0] if len(data) >= _LENGTH_BYTES else 0
    if not 1 < length <= min(MAX_HEADER_BYTES, len(data) - _LENGTH_BYTES):
        raise _wrong("is damaged: its header does not fit")
    header = is_json_object(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    if header is None:
        raise _wrong("is damaged: its header is no JSON object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _wrong("is damaged: its metadata is no table of texts")
    if len(header) > 2 * MAX_LAYERS + 2:
        raise _wrong(f"holds more than {2 * MAX_LAYERS + 2} arrays")
    at = 0
    for start, end in sorted(_place(name, entry) for name, entry in header.items()):
        if start != at:
            raise _wrong("is damaged: its arrays overlap or leave gaps")
        at = end
    if at != len(data) - _LENGTH_BYTES - length:
        raise _wrong("is damaged: its arrays do not fill it")
    return metadata


def _place(name: str, entry: Any) -> tuple[int, int]:  # noqa: ANN401 - anything JSON
    if not isinstance(entry, dict) or entry.keys() != _ENTRY:
        raise _wrong(f"is damaged: array {name!r} is not described")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in _SIZES:
        raise _wrong(f"holds array {name!r} of type {entry['dtype']}, not F16, F32 or F64")
    numbers = [entry["shape"], entry["data_offsets"]]
    if not all(isinstance(one, list) and all(type(n) is int for n in one) for one in numbers):
        raise _wrong(f"is damaged: array {name!r} has no whole sizes")
    shape, offsets = numbers
    if len(shape) > 2 or len(offsets) != 2 or not all(0 < n <= MAX_UNITS for n in shape):  # noqa: PLR2004
        raise _wrong(f"holds array {name!r} of a shape no layer has")
    start, end = offsets
    if not 0 <= start < end or end - start != math.prod(shape) * _SIZES[entry["dtype"]]:
        raise _wrong(f"is damaged: array {name!r} is not where it should be")
    return start, end


def _declared(metadata: dict[str, str]) -> _Architecture:
    if METADATA_KEY not in metadata:
        raise _wrong(f"does not declare its architecture (metadata key {METADATA_KEY})")
    found = is_json_object(metadata[METADATA_KEY].encode())
    if found is None:
        raise _wrong(f"declares an architecture that is no JSON object ({METADATA_KEY})")
    if unknown := found.keys() - _ARCHITECTURE:
        raise _wrong(f"declares what is not known: {', '.join(sorted(unknown)[:5])}")
    if found.get("version", 1) != 1:
        raise _wrong("declares another version than 1")
    hidden: Any = found.get("hidden")
    activation: Any = found.get("activation", "relu")
    if hidden is not None and not _is_list_of(hidden, int, MAX_LAYERS - 1):
        raise _wrong("declares hidden layers that are no list of unit counts")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise _wrong(f"declares an activation that is none of {', '.join(sorted(ACTIVATIONS))}")
    names = found.get("feature_names")
    if names is not None and not (_is_list_of(names, str, MAX_UNITS) and _all_differ(names)):
        raise _wrong("declares feature names that are no list of different texts")
    return _Architecture(
        hidden=None if hidden is None else tuple(hidden),
        activation=activation,
        classes=_classes(found.get("classes")),
        feature_names=None if names is None else tuple(names),
        recipe=found.get("recipe"),
    )


def _classes(given: Any) -> NDArray[Any]:  # noqa: ANN401 - anything JSON
    usable = any(_is_list_of(given, kind, MAX_CLASSES) for kind in (str, int))
    if not usable or len(given) < 2 or not _all_differ(given):  # noqa: PLR2004 - a choice
        raise _wrong("declares classes that are no list of two or more texts or whole numbers")
    if not all(isinstance(one, str) or abs(one) < 2**63 for one in given):
        raise _wrong("declares a class beyond 64 bits")
    return np.asarray(given)


def _is_list_of(value: Any, kind: type, most: int) -> bool:  # noqa: ANN401 - anything JSON
    return (
        isinstance(value, list) and len(value) <= most and all(type(one) is kind for one in value)
    )


def _all_differ(values: list[Any]) -> bool:
    return len(set(values)) == len(values)


def _arrays(data: bytes) -> dict[str, NDArray[np.float64]]:
    from safetensors import SafetensorError  # noqa: PLC0415 - loaded with the file's arrays alone
    from safetensors.numpy import load  # noqa: PLC0415 - the same

    try:
        found = {name: np.asarray(one, dtype=np.float64) for name, one in load(data).items()}
    except SafetensorError as error:
        raise _wrong("is damaged") from error
    for name, array in found.items():
        if not np.isfinite(array).all():
            raise _wrong(f"holds array {name!r} with missing or infinite numbers")
    return found


def _model(arrays: dict[str, NDArray[np.float64]], declared: _Architecture) -> MlpClassifier:
    mean, scale = arrays.pop("mean", None), arrays.pop("scale", None)
    numbers, sizes = _layers(arrays, declared)
    width, order = sizes[0], np.argsort(declared.classes)
    for name, array in (("mean", mean), ("scale", scale)):
        if array is not None and array.shape != (width,):
            raise _wrong(f"holds {name!r} in another shape than {width}")
    if scale is not None and not (scale > 0).all():
        raise _wrong("holds a scale that is not above 0")
    if declared.feature_names is not None and len(declared.feature_names) != width:
        raise _wrong(f"names {len(declared.feature_names)} features and takes {width}")
    weights = [arrays[f"{i}.weight"].T for i in numbers]
    biases = [arrays[f"{i}.bias"] for i in numbers]
    # Labels go up, as everywhere; one unit speaks for the second class.
    ordered = order if sizes[-1] > 1 else [0]
    sign = -1.0 if sizes[-1] == 1 and order[0] else 1.0
    weights[-1], biases[-1] = sign * weights[-1][:, ordered], sign * biases[-1][ordered]
    return MlpClassifier(
        weights,
        biases,
        declared.classes[order],
        _recipe(declared, sizes[1:-1], standardized=mean is not None or scale is not None),
        activation=declared.activation,
        feature_names=declared.feature_names,
        mean=mean,
        scale=scale,
    )


def _layers(
    arrays: dict[str, NDArray[np.float64]], declared: _Architecture
) -> tuple[list[int], tuple[int, ...]]:
    """Return the numbers of the layers, and how many columns and units they have; check shapes."""
    unknown = [name for name in arrays if _NAME.fullmatch(name) is None]
    if unknown:
        raise _wrong(f"holds array {unknown[0]!r}, which is no weight or bias of a layer")
    numbers = sorted({int(name.partition(".")[0]) for name in arrays})
    if not numbers or len(arrays) != 2 * len(numbers):
        raise _wrong("does not hold a weight and a bias for each layer")
    first, last = arrays[f"{numbers[0]}.weight"], arrays[f"{numbers[-1]}.bias"]
    units = len(last) if last.ndim == 1 else 0
    if units != len(declared.classes) and (units, len(declared.classes)) != (1, 2):
        raise _wrong(f"ends in {units} units for {len(declared.classes)} classes")
    width = first.shape[-1] if first.ndim else 0
    hidden = tuple(arrays[f"{i}.bias"].size for i in numbers[:-1])
    if declared.hidden not in {None, hidden}:
        raise _wrong(
            f"declares the hidden layers {list(declared.hidden or ())}, not {list(hidden)}"
        )
    sizes = (width, *hidden, units)
    for i, (before, after) in zip(numbers, itertools.pairwise(sizes), strict=True):
        found = [arrays[f"{i}.{part}"].shape for part in ("weight", "bias")]
        if found != [(after, before), (after,)]:
            raise _wrong(f"holds layer {i} in another shape than {after} × {before} and {after}")
    return numbers, sizes


def _recipe(
    declared: _Architecture, hidden: tuple[int, ...], *, standardized: bool
) -> MlpRecipe | None:
    given = declared.recipe
    if given is None:
        return None
    if not isinstance(given, dict) or not _RECIPE >= given.keys() >= set(_REQUIRED):
        allowed = ", ".join(sorted(_RECIPE))
        raise _wrong(
            f"declares a recipe with other fields than {allowed}, or without one of "
            + ", ".join(_REQUIRED)
        )
    whole: dict[str, Any] = {
        "l2": 0.0, "momentum": 0.0, "nesterov": False, "standardize": standardized, **given,
    }  # fmt: skip
    number = {name: whole[name] for name in ("learning_rate", "l2", "momentum")}
    count = {name: whole[name] for name in ("batch_size", "epochs")}
    if not all(type(value) in {int, float} and math.isfinite(value) for value in number.values()):
        raise _wrong("declares a recipe whose rates are no numbers")
    good = (
        isinstance(whole["optimizer"], str)
        and whole["optimizer"] in OPTIMIZERS
        and whole["learning_rate"] > 0
        and whole["l2"] >= 0
        and 0 <= whole["momentum"] < 1
        and all(type(value) is int and value >= 1 for value in count.values())
        and whole["epochs"] <= MAX_EPOCHS
        and type(whole["nesterov"]) is bool
    )
    if not good:
        raise _wrong("declares a recipe with a value out of range")
    if whole["standardize"] is not standardized:
        raise _wrong("declares a recipe that standardises and arrays that do not, or the reverse")
    return MlpRecipe(
        hidden=hidden,
        activation=declared.activation,
        optimizer=whole["optimizer"],
        learning_rate=float(whole["learning_rate"]),
        l2=float(whole["l2"]),
        momentum=float(whole["momentum"]),
        nesterov=whole["nesterov"],
        standardize=standardized,
        **count,
    )
