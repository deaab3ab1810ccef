"""A classifier from an ONNX file, run by onnxruntime after its structure passed our own checks.

What it accepts: one input of all columns, or one input per column, and probabilities, logits or
log-probabilities out, with or without class labels. It cannot be trained again.
"""

import io
import os
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.loaders import onnx_structure as onnx
from audits.engine.loaders.model_kinds import WAY_OUT
from audits.engine.loaders.onnx_answers import Answers, family_of, find_answers
from audits.engine.loaders.onnx_structure import Structure, Value, read_structure
from audits.engine.loaders.onnx_wire import REMEDY
from audits.engine.target import Target

MAX_BYTES: Final = 256 * 2**20
MAX_CLASSES: Final = 10_000
_MEBIBYTE: Final = 2**20
_STORES_ROWS: Final = frozenset({"knn", "svm"})
_TYPES: Final[dict[int, Any]] = {
    onnx.FLOAT: np.float32,
    onnx.DOUBLE: np.float64,
    onnx.FLOAT16: np.float16,
    onnx.INT64: np.int64,
    onnx.INT32: np.int32,
    onnx.BOOL: np.bool_,
    onnx.STRING: np.object_,
}
_ONE_INPUT: Final = "export it with one input of all columns, or with one input for each column"
_NO_MEMORY: Final = ("bad_alloc", "Failed to allocate memory", "BFCArena")
_QUIET: Final = 4
_ROUNDING: Final = 1e-5


def read_onnx(file: BinaryIO) -> Target:
    """Read a classifier.

    Parameters
    ----------
    file
        Seekable, open for reading; read from its start.

    Raises
    ------
    InputError
        Subject "model": too big, damaged, it holds what is not read (`onnx_structure`), or it is
        no classifier with probabilities.
    """
    if file.seek(0, io.SEEK_END) > MAX_BYTES:
        raise InputError("model", f"the file is larger than {MAX_BYTES // _MEBIBYTE} MiB", WAY_OUT)
    file.seek(0)
    data = file.read()
    graph = read_structure(data)
    answers = find_answers(graph)
    model = OnnxClassifier(graph, answers, data)
    noticed: tuple[str, ...] = ()
    if answers.classes is None:
        last = len(model.classes_) - 1
        noticed = (f"The file does not name its classes; they were taken as 0 to {last}.",)
    family = family_of(graph)
    return Target(
        estimator=model,
        classes=model.classes_,
        feature_names=model.names,
        n_features=model.n_features_in_,
        category_mask=(),
        family=family,
        min_samples_leaf=None,
        stores_rows=family in _STORES_ROWS,
        warnings=noticed,
        format="onnx",
        retrainable=False,
    )


class OnnxClassifier:
    """A graph that answers like a scikit-learn classifier.

    Parameters
    ----------
    graph
        What the file holds.
    answers
        Where the probabilities are.
    data
        The file.

    Raises
    ------
    InputError
        onnxruntime cannot run it, or it takes and gives other things than a classifier does.
    """

    def __init__(self, graph: Structure, answers: Answers, data: bytes) -> None:
        self._inputs = graph.inputs
        self.names = _column_names(graph.inputs)
        self.n_features_in_ = _width(graph.inputs) if self.names is None else len(self.names)
        self._answers = answers
        self._batch = _batch(graph.inputs)
        self._session = _session(_with_output(data, answers.output) if answers.hidden else data)
        known = self._known_classes()
        self._order = np.argsort(known)  # labels go up, as everywhere
        self.classes_ = known[self._order]

    def predict_proba(self, features: Any) -> NDArray[np.float64]:  # noqa: ANN401 - array or table
        """Return (n, C) probabilities of (n, d) features, a table where the inputs have names.

        Raises
        ------
        ValueError
            The graph cannot take these records; what onnxruntime says about it.
        """
        feeds = self._feeds(features)
        n, step = len(features), self._batch or max(1, len(features))
        parts = []
        for start in range(0, n, step):
            rows = np.minimum(np.arange(start, start + step), n - 1)  # the last batch is filled up
            asked = feeds if step >= n and step == len(rows) == n else _rows(feeds, rows)
            parts.append(self._matrix(asked)[: min(step, n - start)])
        found = _probabilities(np.concatenate(parts), self._answers)
        return found[:, self._order] if found.shape[1] == len(self._order) else found

    def _feeds(self, features: Any) -> dict[str, NDArray[Any]]:  # noqa: ANN401
        if self.names is None:
            (one,) = self._inputs
            return {one.name: np.ascontiguousarray(features, dtype=_TYPES[one.element])}
        columns = {}
        for j, one in enumerate(self._inputs):
            table = not isinstance(features, np.ndarray)
            column = np.asarray(features.column(one.name)) if table else features[:, j]
            values = _column(column, one)
            columns[one.name] = values if _is_flat(one) else values[:, np.newaxis]
        return columns

    def _matrix(self, feeds: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
        try:
            (found,) = self._session.run([self._answers.output], feeds)
        except Exception as error:
            raise _translated(error) from error
        matrix = np.asarray(found, dtype=np.float64)
        if matrix.ndim == 1:
            matrix = matrix[:, np.newaxis]
        if matrix.ndim != 2 or len(matrix) != len(next(iter(feeds.values()))):  # noqa: PLR2004
            raise ValueError(f"its output has the shape {matrix.shape}")
        return matrix

    def _known_classes(self) -> NDArray[Any]:
        """Return the labels; without any, as many numbers as one record of zeros has answers.

        That record is asked for in any case: what cannot be run within the limits shows at once.
        """
        known, columns = self._answers.classes, self._answers.columns
        width = self.n_features_in_ or 1
        rows = np.zeros((1, width)) if self.names is None else np.full((1, width), "0", object)
        try:
            asked = _rows(self._feeds(rows), np.zeros(self._batch or 1, dtype=np.int64))
            columns = self._matrix(asked).shape[1]
        except ValueError as error:  # a record of zeros need not be one it can answer for
            if columns is None and known is None:
                raise InputError(
                    "model", "the ONNX file does not say how many classes it has", _NAMED
                ) from error
        count = len(known) if known is not None else max(2, columns or 0)
        if not 2 <= count <= MAX_CLASSES or columns not in {None, 1, count}:  # noqa: PLR2004
            raise InputError(
                "model", f"the ONNX file has {columns or 0} answers for {count} classes", _NAMED
            )
        if known is not None and len(set(known.tolist())) < count:
            raise InputError("model", "the ONNX file names a class twice", _NAMED)
        return np.arange(count) if known is None else known


_NAMED: Final = "export it with its class labels and one probability for each"


def _column_names(inputs: tuple[Value, ...]) -> tuple[str, ...] | None:
    """Return a name per column, or None for one input of all columns."""
    if not inputs:
        raise InputError("model", "the ONNX file takes no input", _ONE_INPUT)
    for one in inputs:
        if one.element not in _TYPES:
            raise InputError(
                "model", f"input {one.name!r} of the ONNX file is no plain column"[:200], _ONE_INPUT
            )
        if one.shape is not None and len(one.shape) > 2:  # noqa: PLR2004 - a matrix has two
            raise InputError(
                "model", f"input {one.name!r} of the ONNX file is no table"[:200], _ONE_INPUT
            )
    if len(inputs) == 1 and not _is_flat(inputs[0]) and inputs[0].element != onnx.STRING:
        return None
    wide = [one.name for one in inputs if one.shape and one.shape[1:] not in {(), (1,), (None,)}]
    if wide:
        raise InputError(
            "model", f"input {wide[0]!r} of the ONNX file takes several columns"[:200], _ONE_INPUT
        )
    return tuple(one.name for one in inputs)


def _is_flat(one: Value) -> bool:
    return one.shape is not None and len(one.shape) < 2  # noqa: PLR2004 - a matrix has two


def _width(inputs: tuple[Value, ...]) -> int | None:
    shape = inputs[0].shape
    return None if shape is None else shape[1]


def _batch(inputs: tuple[Value, ...]) -> int | None:
    """Return how many records the graph takes at a time; None if it takes any number."""
    fixed = {one.shape[0] for one in inputs if one.shape}
    return None if None in fixed or len(fixed) != 1 else next(iter(fixed))


def _rows(feeds: dict[str, NDArray[Any]], rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    return {name: values[rows] for name, values in feeds.items()}


def _column(column: NDArray[Any], one: Value) -> NDArray[Any]:
    if one.element == onnx.STRING:
        if column.dtype.kind in "fiub":
            return np.asarray([str(value) for value in column.tolist()], dtype=object)
        if any(value is None for value in column.tolist()):
            raise ValueError(f"NaN: text is missing in column {one.name!r}")
        return np.asarray([str(value) for value in column.tolist()], dtype=object)
    try:
        numbers = column.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"column {one.name!r} holds text and the model takes numbers") from None
    if one.element in {onnx.FLOAT, onnx.DOUBLE, onnx.FLOAT16}:
        return numbers.astype(_TYPES[one.element])
    if not np.isfinite(numbers).all():
        raise ValueError(f"NaN or infinity in column {one.name!r}, which takes whole numbers")
    return np.rint(numbers).astype(_TYPES[one.element])


def _probabilities(matrix: NDArray[np.float64], answers: Answers) -> NDArray[np.float64]:
    from scipy.special import expit, softmax  # noqa: PLC0415 - heavy

    if answers.meaning == "logits":
        wide = matrix.shape[1] > 1
        found = softmax(matrix, axis=1) if wide else expit(matrix)
    else:
        found = np.exp(matrix) if answers.meaning == "log_probabilities" else matrix
    # Sums of float32 end a little below 0 or above 1; what is further off stays and is refused.
    found = np.where((found < 0) & (found > -_ROUNDING), 0.0, found)
    found = np.where((found > 1) & (found < 1 + _ROUNDING), 1.0, found)
    return np.column_stack([1.0 - found, found]) if found.shape[1] == 1 else found


def _with_output(data: bytes, name: str) -> bytes:
    """Return the file with one more output: what is appended to a protobuf is merged into it."""
    text = name.encode()
    value = _part(1, text) + _part(2, _part(1, b"\x08\x01"))
    return data + _part(7, _part(12, value))


def _part(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size > 0x7F:  # noqa: PLR2004 - seven bits a byte
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def _session(data: bytes) -> Any:  # noqa: ANN401 - onnxruntime has no types
    # onnxruntime reports to its maker from the moment it is imported, unless this says no.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - heavy

    onnxruntime.disable_telemetry_events()  # where somebody else had imported it before
    onnxruntime.set_default_logger_severity(_QUIET)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    # One thread, so that sums are repeatable; no arena, so that what is freed is given back.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        said = _translated(error)
        raise InputError("model", f"the ONNX file cannot be run ({said})", REMEDY) from error


def _translated(error: Exception) -> ValueError:
    """Return what onnxruntime says as one short line; what it says of memory is a MemoryError."""
    text = " ".join(str(error).split())
    if any(sign in text for sign in _NO_MEMORY):
        raise MemoryError(text[:200]) from error
    return ValueError(text.rpartition("onnxruntime::")[2][-200:] or type(error).__name__)
