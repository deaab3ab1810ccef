"""What an ONNX file holds, judged before onnxruntime sees a byte of it.

Refused: weights outside the file, operators beyond the two standard sets, loops, functions,
sparse tensors, operators that draw random numbers, and versions that were not tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from audits.engine.errors import InputError
from audits.engine.loaders.onnx_wire import REMEDY, Message, read_message

OPSETS: Final = {"": range(7, 27), "ai.onnx.ml": range(1, 6)}
"""Operator set versions that are read, by domain; `tests/engine` has a model for each."""

IR_VERSIONS: Final = range(3, 14)
MAX_NODES: Final = 20_000

_ALIASES: Final = {"ai.onnx": ""}
_LOOPS: Final = frozenset({"Loop", "Scan", "SequenceMap"})
_RANDOM: Final = frozenset(
    {
        "Bernoulli",
        "Multinomial",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
    }
)
_EXTERNAL: Final = 1

FLOAT, INT32, INT64, STRING, BOOL, FLOAT16, DOUBLE = 1, 6, 7, 8, 9, 10, 11
"""Numbers of the element types that matter here."""


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of the graph.

    Attributes
    ----------
    name
        As the graph calls it.
    element
        Number of its element type; 0 for what is no tensor.
    shape
        Sizes, None where free; None if it does not say.
    """

    name: str
    element: int
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One operator of the main graph."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Message]


@dataclass(frozen=True, slots=True)
class Structure:
    """The main graph of a model that passed."""

    producer: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    initializers: dict[str, Message]

    def producer_of(self, name: str) -> Node | None:
        """Return the operator that a value comes from; None for inputs and constants."""
        return next((node for node in self.nodes if name in node.outputs), None)


def read_structure(data: bytes) -> Structure:
    """Return what the file holds.

    Raises
    ------
    InputError
        Subject "model": damaged, or it holds what is not read.
    """
    model = read_message(data)
    graph = model.one("graph")
    if graph is None:
        raise InputError("model", "the ONNX file holds no graph", REMEDY)
    for message in _messages(model):
        _check(message)
    _check_versions(model)
    if model.all("functions") or model.all("training_info"):
        raise InputError(
            "model", "the ONNX file holds functions or training steps of its own",
            "export it for inference, with functions inlined",
        )  # fmt: skip
    nodes = sum(1 for message in _messages(model) if message.kind == "Node")
    if nodes > MAX_NODES:
        raise InputError("model", f"the ONNX file has more than {MAX_NODES:,} operators", REMEDY)
    constants = {str(one.one("name", "")): one for one in graph.all("initializer")}
    return Structure(
        producer=str(model.one("producer_name", "")),
        inputs=tuple(_value(one) for one in graph.all("input") if one.one("name") not in constants),
        outputs=tuple(_value(one) for one in graph.all("output")),
        nodes=tuple(_node(one) for one in graph.all("node")),
        initializers=constants,
    )


def _messages(root: Message) -> Iterator[Message]:
    pending = [root]
    while pending:
        message = pending.pop()
        yield message
        for values in message.fields.values():
            pending += [value for value in values if isinstance(value, Message)]


def _check(message: Message) -> None:
    if message.kind == "Tensor":
        if message.all("external_data") or message.one("data_location") == _EXTERNAL:
            raise InputError(
                "model", "the ONNX file takes weights from other files",
                "save it as one file, with all weights inside",
            )  # fmt: skip
        if message.all("segment"):
            raise InputError("model", "the ONNX file holds a tensor in segments", REMEDY)
    if message.kind == "Sparse" or message.all("sparse_tensor_type") or message.all("opaque_type"):
        raise InputError("model", "the ONNX file holds sparse or opaque tensors", REMEDY)
    if message.kind == "Node":
        _check_node(message)


def _check_node(node: Message) -> None:
    op, domain = str(node.one("op_type", "")), str(node.one("domain", ""))
    if _ALIASES.get(domain, domain) not in OPSETS:
        raise InputError(
            "model", f"the ONNX file uses an operator that is not standard ({domain}.{op})"[:200],
            "export it with the operators of ONNX alone, or write a predictions file",
        )  # fmt: skip
    if op in _LOOPS:
        raise InputError(
            "model", f"the ONNX file holds a loop ({op})",
            "export the model without loops, or write a predictions file",
        )  # fmt: skip
    if op in _RANDOM:
        raise InputError(
            "model", f"the ONNX file answers by chance ({op})",
            "export the model for inference, or write a predictions file",
        )  # fmt: skip


def _check_versions(model: Message) -> None:
    ir = model.one("ir_version", 0)
    if ir not in IR_VERSIONS:
        raise InputError(
            "model", f"the ONNX file is of format version {ir}",
            f"export it with version {IR_VERSIONS[0]} to {IR_VERSIONS[-1]}",
        )  # fmt: skip
    given = model.all("opset_import")
    if not given:
        raise InputError("model", "the ONNX file names no operator set", REMEDY)
    for one in given:
        domain, version = str(one.one("domain", "")), one.one("version", 0)
        allowed = OPSETS.get(_ALIASES.get(domain, domain))
        if allowed is not None and version not in allowed:
            raise InputError(
                "model", f"the ONNX file uses version {version} of {domain or 'ai.onnx'}",
                f"export it with opset {allowed[0]} to {allowed[-1]} of {domain or 'ai.onnx'}",
            )  # fmt: skip


def _value(message: Message) -> Value:
    name, kind = str(message.one("name", "")), message.one("type")
    tensor = kind.one("tensor_type") if kind is not None else None
    if tensor is None:
        return Value(name, 0, None)
    shape = tensor.one("shape")
    sizes = None if shape is None else tuple(_size(one) for one in shape.all("dim"))
    return Value(name, int(tensor.one("elem_type", 0)), sizes)


def _size(dimension: Message) -> int | None:
    size: Any = dimension.one("dim_value")
    # Some exporters write 0, or less, where the size is free.
    return None if size is None or not 0 < size < 2**63 else int(size)


def _node(message: Message) -> Node:
    return Node(
        op=str(message.one("op_type", "")),
        inputs=tuple(message.all("input")),
        outputs=tuple(message.all("output")),
        attributes={str(one.one("name", "")): one for one in message.all("attribute")},
    )
