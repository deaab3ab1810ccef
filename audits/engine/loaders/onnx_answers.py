"""Which output of an ONNX graph holds the probabilities, what its numbers mean, and whose they are.

Found by walking back from the outputs. The maps that skl2onnx writes per record ("ZipMap") are
gone round: the matrix that they were made of is asked for instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from audits.engine.errors import InputError
from audits.engine.loaders.onnx_structure import (
    DOUBLE,
    FLOAT,
    FLOAT16,
    INT32,
    INT64,
    STRING,
    Node,
    Structure,
    Value,
)
from audits.engine.loaders.onnx_wire import Message

Meaning = Literal["probabilities", "log_probabilities", "logits"]

_NUMBERS: Final = frozenset({FLOAT, DOUBLE, FLOAT16})
_PASSED_ON: Final = frozenset({"Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze"})
_LINEAR: Final = frozenset({"Gemm", "MatMul", "Add"})
_DENSE: Final = frozenset({
    *_PASSED_ON, *_LINEAR, "Softmax", "LogSoftmax", "Sigmoid", "Relu", "Tanh", "Sub", "Mul", "Div",
    "Concat", "ArgMax", "ArrayFeatureExtractor", "ZipMap", "Scaler", "Normalizer", "Dropout",
    "Constant", "LeakyRelu", "Elu", "Selu", "Gelu", "Softplus", "BatchNormalization", "Transpose",
    "LayerNormalization", "Gather", "Greater", "Where",
})  # fmt: skip
_WHOLE: Final = {INT32: ("int32_data", "<i4"), INT64: ("int64_data", "<i8")}
_RANK_OF_A_MATRIX: Final = 2
_NUMBERS_WAY: Final = "give it as skops, or its answers as a predictions file"
_OPTIONS: Final = "export it with one output of labels and one of probabilities, (records, classes)"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Where the model's answers are.

    Attributes
    ----------
    output
        Name of the matrix that holds them.
    hidden
        It is inside the graph, not yet an output of it.
    meaning
        What its numbers are; a single column is about the second of two classes.
    classes
        (C,) labels of its columns, int64 or text; None if the file does not name them.
    columns
        C if the graph says it, or 1; else None.
    """

    output: str
    hidden: bool
    meaning: Meaning
    classes: NDArray[Any] | None
    columns: int | None


def find_answers(graph: Structure) -> Answers:
    """Return where the answers are.

    Raises
    ------
    InputError
        Subject "model": it has none, or more than one output may be meant.
    """
    outputs = {one.name for one in graph.outputs}
    maps = [node for node in graph.nodes if node.op == "ZipMap" and set(node.outputs) & outputs]
    if len(maps) == 1:
        name = maps[0].inputs[0] if maps[0].inputs else ""
        classes = _labels_of(maps[0]) if maps[0].attributes else None
        known = None if classes is None else len(classes)
        return Answers(name, name not in outputs, _meaning(graph, name), classes, known)
    found = [one for one in graph.outputs if one.element in _NUMBERS and _fits(one)]
    named = [one for one in found if "prob" in one.name.lower()]
    chosen = named if len(named) == 1 else found
    if not chosen:
        raise InputError("model", "the ONNX file has no output of probabilities", _OPTIONS)
    if len(chosen) > 1:
        shown = ", ".join(one.name for one in chosen[:5])
        raise InputError(
            "model", f"the ONNX file has several outputs of numbers ({shown})"[:300], _OPTIONS
        )
    output = chosen[0]
    _refuse_numbers(graph, output.name)
    wide = output.shape is not None and len(output.shape) == _RANK_OF_A_MATRIX
    columns = output.shape[1] if wide and output.shape is not None else None
    return Answers(output.name, False, _meaning(graph, output.name), _classes(graph), columns)


def family_of(graph: Structure) -> str:
    """Return the kind of model its operators make it, "other" unless they leave no doubt."""
    ops = {node.op for node in graph.nodes}
    layers = sum(node.op in {"Gemm", "MatMul"} for node in graph.nodes)
    if "SVMClassifier" in ops:
        return "svm"
    if graph.producer == "skl2onnx" and "TopK" in ops:
        return "knn"
    if "LinearClassifier" in ops and not any(op.startswith("TreeEnsemble") for op in ops):
        return "logistic_regression"
    if layers and ops <= _DENSE:
        return "mlp" if layers > 1 else "logistic_regression"
    return "other"


def _refuse_numbers(graph: Structure, name: str) -> None:
    """Refuse a model that predicts a number; scores of a boosted classifier go on from there."""
    *_, last = [None, *_trail(graph, name)]
    if last is not None and last.op.endswith("Regressor"):
        raise InputError(
            "model",
            f"the ONNX file predicts a number ({last.op}); of ONNX files classifiers are read",
            _NUMBERS_WAY,
        )


def _fits(output: Value) -> bool:
    return output.shape is None or len(output.shape) in {1, _RANK_OF_A_MATRIX}


def _trail(graph: Structure, name: str) -> Iterator[Node]:
    """Yield what made a value, back through operators that hand numbers on unchanged."""
    for _ in graph.nodes:
        node = graph.producer_of(name)
        if node is None:
            return
        yield node
        if node.op not in _PASSED_ON or not node.inputs:
            return
        name = node.inputs[0]


def _meaning(graph: Structure, name: str) -> Meaning:
    for node in _trail(graph, name):
        if node.op == "LogSoftmax":
            return "log_probabilities"
        if node.op in {"Gemm", "MatMul"}:
            return "logits"
        if node.op == "Add":
            made = [graph.producer_of(one) for one in node.inputs]
            return "logits" if any(one and one.op in _LINEAR for one in made) else "probabilities"
        if node.op == "LinearClassifier":
            kind = node.attributes.get("post_transform")
            plain = kind is None or bytes(kind.one("s", b"")) == b"NONE"
            return "logits" if plain else "probabilities"
    return "probabilities"


def _classes(graph: Structure) -> NDArray[Any] | None:
    """Return the labels that the label output picks from; those inside an ensemble do not count."""
    for output in graph.outputs:
        if output.element in {INT32, INT64, STRING}:
            *_, last = [None, *_trail(graph, output.name)]
            if last is not None and last.op.endswith("Classifier"):
                return _labels_of(last)
            if last is not None and last.op in {"ArrayFeatureExtractor", "Gather"} and last.inputs:
                return _constant(graph.initializers.get(last.inputs[0]))
    made = [graph.producer_of(output.name) for output in graph.outputs]
    declared = [node for node in made if node and node.op.endswith("Classifier")]
    return _labels_of(declared[0]) if declared else None


def _labels_of(node: Node) -> NDArray[Any] | None:
    for name in ("classlabels_int64s", "classlabels_ints"):
        if name in node.attributes and node.attributes[name].all("ints"):
            return np.asarray(node.attributes[name].ints("ints"), dtype=np.int64)
    if "classlabels_strings" in node.attributes:
        words = [_text(one) for one in node.attributes["classlabels_strings"].all("strings")]
        return np.asarray(words) if words else None
    return None


def _constant(tensor: Message | None) -> NDArray[Any] | None:
    if tensor is None:
        return None
    if tensor.one("data_type") == STRING:
        return np.asarray([_text(one) for one in tensor.all("string_data")])
    name, kind = _WHOLE.get(tensor.one("data_type"), ("", ""))
    if not name:
        return None
    raw = tensor.one("raw_data")
    if raw is not None and len(raw) % int(kind[-1]) == 0:
        return np.frombuffer(raw, dtype=kind).astype(np.int64)
    return np.asarray(tensor.ints(name), dtype=np.int64)


def _text(value: Any) -> str:  # noqa: ANN401 - bytes, or a stretch of a run of them
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        raise InputError("model", "a class label of the ONNX file is no text", _OPTIONS) from None
