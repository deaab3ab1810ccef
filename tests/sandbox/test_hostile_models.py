"""Model files made to break their reader: one clear line each, and the next file is read."""

import functools
import gzip
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import onnx
import pytest
import safetensors.numpy
import skops.io
import torch
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from audits import sandbox
from audits.sandbox import Limits

LIMITS = Limits(memory_bytes=3 << 30, cpu_seconds=60, wall_seconds=60)
"""Memory and time of a first look at an upload."""

PICKLED = pickle.dumps({"a": [1, 2]})
DAMAGED_SKOPS = "the file is damaged or no skops file"


def look(content: bytes, limits: Limits = LIMITS) -> sandbox.Outcome:
    descriptor = os.memfd_create("model")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        return sandbox.run("inspect_model", files={"model": descriptor}, params={}, limits=limits)
    finally:
        os.close(descriptor)


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


def softmax(of: str = "x") -> onnx.NodeProto:
    return helper.make_node("Softmax", [of], ["out"])


GOOD = network([softmax()])


def elsewhere(location: str) -> onnx.TensorProto:
    tensor = TensorProto(name="k", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def branch(*nodes: onnx.NodeProto) -> onnx.GraphProto:
    out = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    return helper.make_graph(list(nodes), "branch", [], [out])


def endless_loop() -> onnx.NodeProto:
    """Return a loop whose condition stays true, inside the branch of an If."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, [])],
    )
    once = branch(helper.make_node("Loop", ["", ""], [], body=body))
    return helper.make_node("If", ["x"], ["y"], then_branch=once, else_branch=once)


def outside_in_a_branch() -> onnx.NodeProto:
    read = branch(helper.make_node("Constant", [], ["b"], value=elsewhere("/etc/passwd")))
    return helper.make_node("If", ["x"], ["y"], then_branch=read, else_branch=read)


def hungry() -> bytes:
    """Return a graph that lays 100 GB out for every question."""
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["sum"]),
        helper.make_node("Add", ["x", "sum"], ["more"]),
        softmax("more"),
    ]
    return network(nodes, helper.make_tensor("s", TensorProto.INT64, [2], [25_000_000_000, 1]))


def slow() -> bytes:
    """Return a graph that multiplies large matrices for hours before it answers."""
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["m0"]),
        *(helper.make_node("MatMul", [f"m{i}", f"m{i}"], [f"m{i + 1}"]) for i in range(2_000)),
        helper.make_node("ReduceSum", ["m2000"], ["sum"]),
        helper.make_node("Add", ["x", "sum"], ["more"]),
        softmax("more"),
    ]
    return network(nodes, helper.make_tensor("s", TensorProto.INT64, [2], [4_000, 4_000]))


def nested(levels: int) -> bytes:
    node = softmax()
    for _ in range(levels):
        node = helper.make_node("If", ["x"], ["b"], then_branch=branch(node))
    return network([node])


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def torch_file() -> bytes:
    out = io.BytesIO()
    torch.save({"weight": torch.zeros(2)}, out)
    return out.getvalue()


def object_arrays() -> bytes:
    out = io.BytesIO()
    np.savez(out, a=np.array([{"a": 1}], dtype=object))
    return out.getvalue()


def skops_file() -> bytes:
    content: bytes = skops.io.dumps(LogisticRegression().fit(np.eye(4), [0, 1, 0, 1]))
    return content


def bomb(mebibytes: int) -> bytes:
    """Return a skops file with a part of so many mebibytes of zeros, which says so."""
    out = io.BytesIO(skops_file())
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("zeros.npy", "w", force_zip64=True) as part,
    ):
        for _ in range(mebibytes):
            part.write(bytes(1 << 20))
    return out.getvalue()


def with_array_claiming(rows: int) -> bytes:
    """Return a skops file whose coefficients say they are as long as that."""
    said = str({"descr": "<f8", "fortran_order": False, "shape": (rows,)}).encode()
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(said)) + said
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(skops_file())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, header if name.endswith(".npy") else old.read(name))
    return out.getvalue()


def forbidden_type() -> bytes:
    content: bytes = skops.io.dumps(functools.partial(os.system, "true"))
    return content


def perceptron(**declared: object) -> bytes:
    arrays = {"0.weight": np.zeros((2, 2)), "0.bias": np.zeros(2)}
    about = {"classes": [0, 1], **declared}
    content: bytes = safetensors.numpy.save(arrays, {"mia_mlp": json.dumps(about)})
    return content


def long_header() -> bytes:
    return struct.pack("<Q", 90 << 20) + b"{" + b" " * (90 << 20)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "weights outside": (
        lambda: network([softmax()], elsewhere("../../../../etc/shadow")),
        "the ONNX file takes weights from other files",
    ),
    "weights outside, in a branch": (
        lambda: network([outside_in_a_branch(), softmax()]),
        "the ONNX file takes weights from other files",
    ),
    "endless loop": (
        lambda: network([endless_loop(), softmax()]),
        "the ONNX file holds a loop (Loop)",
    ),
    "branches without end": (lambda: nested(20), "the ONNX file is nested too deeply"),
    "ONNX cut short": (lambda: GOOD[:-9], "the ONNX file is damaged (it ends too early)"),
    "pickle of protocol 0": (lambda: pickle.dumps({"a": 1}, 0), "the file is a Python pickle"),
    "pickle of protocol 5": (lambda: PICKLED, "the file is a Python pickle"),
    "pickle in gzip": (
        lambda: gzip.compress(PICKLED),
        "the file is a Python pickle, compressed with gzip",
    ),
    "pickle in zlib": (
        lambda: zlib.compress(PICKLED),
        "the file is a Python pickle, compressed with zlib",
    ),
    "pickle in arrays": (object_arrays, "the file is a NumPy archive that holds a pickle"),
    "pickle of torch": (torch_file, "the file is a PyTorch file, which holds a pickle"),
    "type that is not allowed": (
        forbidden_type,
        "the file names types that are not allowed (posix.system)",
    ),
    "zip bomb": (functools.partial(bomb, 1_100), "the file unpacks to more than 1024 MiB"),
    "zip of many parts": (
        lambda: zipped({"schema.json": b"{}", **{str(i): b"" for i in range(66_000)}}),
        "the file has more than 65,534 parts",
    ),
    "skops cut short": (lambda: skops_file()[:-30], "the file is a damaged zip"),
    "header of 90 MB": (long_header, "the safetensors file is damaged: its header does not fit"),
    "safetensors cut short": (
        lambda: perceptron()[:-1],
        "the safetensors file is damaged: its arrays do not fill it",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_model_is_refused_in_one_line_and_the_next_file_is_read(case: str) -> None:
    made, problem = REFUSED[case]
    with pytest.raises(sandbox.Refused) as refused:
        look(made())
    assert (refused.value.subject, refused.value.problem) == ("model", problem)
    assert refused.value.remedy.count("\n") == 0
    assert look(GOOD).result["format"] == "onnx"


@pytest.mark.parametrize(
    "made", [hungry, functools.partial(with_array_claiming, 10**12)], ids=["graph", "array"]
)
def test_model_that_takes_memory_without_end_is_stopped(made: Callable[[], bytes]) -> None:
    with pytest.raises(sandbox.OutOfMemory, match=r"more than 3\.0 GiB of memory"):
        look(made())
    assert look(GOOD).result["format"] == "onnx"


def test_model_that_computes_without_end_is_stopped() -> None:
    limits = Limits(memory_bytes=2 << 30, cpu_seconds=2, wall_seconds=20)
    with pytest.raises(sandbox.OutOfTime, match="more than 2 seconds of processor time"):
        look(slow(), limits)
    assert look(GOOD).result["format"] == "onnx"
