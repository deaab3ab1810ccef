"""Model files that want to harm: each ends in one clear line, and the next file is read."""

import io
import os
import pickle
from typing import Any

import numpy as np
import onnx
import pytest
import skops.io as sio
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from audits import sandbox
from audits.sandbox import Limits

LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=40, wall_seconds=40)
PLAN = {
    "target": "y", "drop": [], "group": None, "split": "random", "preset": "quick", "seed": 0,
}  # fmt: skip
GOOD = sio.dumps(LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]))


def run(entry: str, limits: Limits = LIMITS, **contents: bytes) -> dict[str, Any]:
    descriptors = {}
    try:
        for name, content in contents.items():
            descriptors[name] = os.memfd_create(name)
            os.write(descriptors[name], content)
        return dict(sandbox.run(entry, files=descriptors, params=PLAN, limits=limits).result)
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def look(content: bytes, limits: Limits = LIMITS) -> dict[str, Any]:
    return run("inspect_model", limits, model=content)


def network(nodes: list[onnx.NodeProto], *constants: onnx.TensorProto) -> bytes:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [None, 2])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def plain() -> bytes:
    return network([helper.make_node("Softmax", ["x"], ["out"])])


def hungry() -> bytes:
    """Return a model that lays 100 GB of zeros out for every question."""
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [25_000_000_000, 1])
    return network(
        [
            helper.make_node("ConstantOfShape", ["s"], ["zeros"]),
            helper.make_node("ReduceSum", ["zeros"], ["sum"]),
            helper.make_node("Add", ["x", "sum"], ["more"]),
            helper.make_node("Softmax", ["more"], ["out"]),
        ],
        shape,
    )


def slow() -> bytes:
    """Return a model that multiplies large matrices for hours before it answers."""
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["m0"]),
        *(helper.make_node("MatMul", [f"m{i}", f"m{i}"], [f"m{i + 1}"]) for i in range(2_000)),
        helper.make_node("ReduceSum", ["m2000"], ["sum"]),
        helper.make_node("Add", ["x", "sum"], ["more"]),
        helper.make_node("Softmax", ["more"], ["out"]),
    ]
    return network(nodes, helper.make_tensor("s", TensorProto.INT64, [2], [4_000, 4_000]))


def test_onnx_is_read_in_the_locked_child() -> None:
    seen = look(plain())
    assert (seen["format"], seen["class_count"], seen["retrainable"]) == ("onnx", 2, False)


@pytest.mark.parametrize("protocol", [0, 5])
def test_pickle_is_refused_and_not_run(protocol: int) -> None:
    with pytest.raises(sandbox.Refused, match="a Python pickle"):
        look(pickle.dumps({"a": 1}, protocol))
    assert look(GOOD)["format"] == "skops"


def test_type_that_is_not_allowed_is_refused() -> None:
    out = io.BytesIO()
    sio.dump(np.random.Generator(np.random.PCG64()), out)
    with pytest.raises(sandbox.Refused) as refused:
        look(out.getvalue())
    assert refused.value.subject == "model"
    assert look(GOOD)["format"] == "skops"


def test_model_that_allocates_without_end_is_stopped_or_refused() -> None:
    table = b"a,b,y\n1,2,0\n2,1,1\n"
    with pytest.raises((sandbox.OutOfMemory, sandbox.Refused)) as stopped:
        run("check_fit", model=hungry(), members=table, nonmembers=b"a,b,y\n3,2,0\n5,1,1\n")
    assert "\n" not in str(stopped.value)
    assert look(GOOD)["format"] == "skops"


def test_model_that_computes_without_end_is_stopped() -> None:
    limits = Limits(memory_bytes=2 << 30, cpu_seconds=3, wall_seconds=6)
    with pytest.raises(sandbox.OutOfTime):
        look(slow(), limits)
    assert look(GOOD)["format"] == "skops"
