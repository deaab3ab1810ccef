"""A scikit-learn model from a skops file: a zip of arrays and a tree of named types, no code.

Order of the checks: kind of file by content, entries and unpacked size of the zip, the versions
in its schema, the types it names against a fixed list, and after construction the indices inside
its trees, which scikit-learn follows without looking.
"""

import contextlib
import importlib.metadata
import io
import json
import struct
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from audits.engine.errors import InputError
from audits.engine.loaders.model_kinds import WAY_OUT, refuse_by_kind
from audits.engine.loaders.other_versions import SAVE_AGAIN, bring_up_to_date, refusal_of_types
from audits.engine.loaders.tree_bounds import make_safe
from audits.engine.target import Target, wrap

_MEBIBYTE: Final = 2**20

TRUSTED: Final = (
    "builtins.object",
    "functools.partial",
    "numpy.dtype",
    "numpy.number",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
)
"""Types allowed beyond those skops trusts: parts of fitted scikit-learn classifiers, no more."""


_ARRAYS_OF_TORCH: Final = "sklearn.externals.array_api_compat.torch"
_LONGEST_VERSION: Final = 40
_END_BYTES: Final = 22
_LONGEST_END: Final = _END_BYTES + 65_535
_ZIP64: Final = 65_535
_MAX_DIRECTORY_BYTES: Final = 16 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class SkopsLimits:
    """What a model file may cost, checked before anything of it is unpacked."""

    max_bytes: int = 512 * _MEBIBYTE
    max_entries: int = 65_534
    max_unpacked_bytes: int = 1_024 * _MEBIBYTE
    max_schema_bytes: int = 64 * _MEBIBYTE


DEFAULT_LIMITS: Final = SkopsLimits()
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, json.JSONDecodeError, UnicodeDecodeError, KeyError,
    RecursionError, NotImplementedError, RuntimeError,
)  # fmt: skip


def read_skops(file: BinaryIO, *, limits: SkopsLimits = DEFAULT_LIMITS) -> Target:
    """Read a fitted model.

    Parameters
    ----------
    file
        Seekable, open for reading; read from its start.
    limits
        Bytes, entries and unpacked size that may not be exceeded.

    Raises
    ------
    InputError
        Subject "model": another format, too big, damaged, names a type outside the allow-list,
        was made by a scikit-learn this one cannot read, or is no classifier with probabilities.
    """
    _check_kind(file, limits)
    if _parts(file) > limits.max_entries:
        raise InputError("model", f"the file has more than {limits.max_entries:,} parts", WAY_OUT)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_sizes(archive, limits)
            version = sklearn_version(archive)
    except _BROKEN as error:
        raise InputError("model", "the file is damaged or no skops file", WAY_OUT) from error
    file.seek(0)
    estimator = _construct(file, version)
    make_safe(estimator)
    bring_up_to_date(estimator)
    return replace(wrap(estimator, noticed=_version_warning(version)), format="skops")


def _check_kind(file: BinaryIO, limits: SkopsLimits) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if not start:
        raise InputError("model", "the file is empty", "choose the model's .skops file")
    if size > limits.max_bytes:
        allowed = limits.max_bytes // _MEBIBYTE
        raise InputError("model", f"the file is larger than {allowed} MiB", WAY_OUT)
    if not start.startswith(b"PK\x03\x04"):
        raise refuse_by_kind(file)


def is_skops(file: BinaryIO) -> bool:
    """Say whether a zip holds the schema of a skops file; one with too many parts passes for it."""
    if _parts(file) > DEFAULT_LIMITS.max_entries:
        return True
    try:
        with zipfile.ZipFile(file) as archive:
            return "schema.json" in archive.namelist()
    except _BROKEN:
        return False
    finally:
        file.seek(0)


def _parts(file: BinaryIO) -> int:
    """Return how many parts a zip's directory claims, before the directory itself is read.

    A zip64 directory, whose figures stand elsewhere, says 65,535 here, and one that is larger
    than its parts can need counts as that many.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LONGEST_END))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_BYTES:
        return 0
    parts, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
    return _ZIP64 if directory_bytes > _MAX_DIRECTORY_BYTES else int(parts)


def _check_sizes(archive: zipfile.ZipFile, limits: SkopsLimits) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "schema.json" not in names:
        raise InputError("model", "the file is a zip without a skops schema", WAY_OUT)
    unpacked = sum(entry.file_size for entry in entries)
    schema = archive.getinfo("schema.json").file_size
    if unpacked > limits.max_unpacked_bytes or schema > limits.max_schema_bytes:
        allowed = limits.max_unpacked_bytes // _MEBIBYTE
        raise InputError("model", f"the file unpacks to more than {allowed} MiB", WAY_OUT)


def sklearn_version(archive: zipfile.ZipFile) -> str | None:
    """Return the scikit-learn version of the outermost estimator that carries one."""
    schema = json.loads(archive.read("schema.json"))
    if not isinstance(schema, dict):
        raise KeyError("schema")
    pending: deque[Any] = deque([schema])
    while pending:
        node = pending.popleft()
        if isinstance(node, list):
            pending += node
        if not isinstance(node, dict):
            continue
        found = node.get("_sklearn_version")
        if isinstance(found, dict) and isinstance(found.get("content"), str):
            return str(found["content"]).strip('"')[:_LONGEST_VERSION]
        pending += [child for child in node.values() if isinstance(child, (dict, list))]
    return None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _version_warning(version: str | None) -> tuple[str, ...]:
    here = importlib.metadata.version("scikit-learn")
    if version is None or _minor(version) == _minor(here):
        return ()
    return (
        f"The model was saved with scikit-learn {version} and read with {here}; "
        "its answers may differ slightly.",
    )


@contextlib.contextmanager
def _without_torch() -> Iterator[None]:
    """Leave out the one part of scikit-learn that would import torch: two seconds for nothing.

    skops walks through all of scikit-learn when it is imported; what cannot be imported is passed
    over there, as it is where torch is not installed.
    """
    known = _ARRAYS_OF_TORCH in sys.modules
    if not known:
        sys.modules[_ARRAYS_OF_TORCH] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not known:
            del sys.modules[_ARRAYS_OF_TORCH]


def _construct(file: BinaryIO, version: str | None) -> Any:  # noqa: ANN401 - any estimator
    import warnings  # noqa: PLC0415 - with the heavy ones it belongs to

    with _without_torch():
        import skops.io as sio  # noqa: PLC0415 - heavy
        from skops.io.exceptions import UntrustedTypesFoundException  # noqa: PLC0415 - heavy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another version is reported in our own words
            return sio.load(file, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        named = str(error).partition("[")[2].partition("]")[0].replace("'", "")
        raise refusal_of_types(named) from error
    except MemoryError:
        raise  # a limit, not a defect of the file
    except Exception as error:
        made = f" (it was saved with scikit-learn {version})" if version else ""
        raise InputError("model", f"the model cannot be rebuilt{made}", SAVE_AGAIN) from error
