"""The probes beside torch and onnxruntime, and audits that need them; print JSON. Any user."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import safetensors.numpy
import skops.io
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier

from audits import sandbox
from audits.sandbox import Limits
from audits.sandbox.landlock import abi
from audits.sandbox.runner import run_entry
from audits.sandbox.values import Entry
from tests.sandbox.programs.probes import PROBES

_SECRET = "MIA_PROBE_SECRET"
_VICTIM = "import sys; sys.stdin.read()"
_PARAMS: dict[str, Any] = {
    "target": "label", "drop": [], "group": None, "split": "random", "seed": 3,
}  # fmt: skip
_RECIPE = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 32, "epochs": 3}


def _probed() -> dict[str, Any]:
    os.environ[_SECRET] = "do not tell"
    with (
        subprocess.Popen([sys.executable, "-c", _VICTIM], stdin=subprocess.PIPE) as victim,
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0mia-library-{os.getpid()}")
        abstract.listen(4)
        Path(folder, "file").write_text("private")
        params = {
            "host_file": str(Path(folder, "file")),
            "victim_file": str(Path(folder, "file")),
            "folder": folder,
            "port": server.getsockname()[1],
            "abstract": f"mia-library-{os.getpid()}",
            "victim_pid": victim.pid,
            "runner_pid": os.getpid(),
            "secret_name": _SECRET,
            # The processor is probed with models that compute without end.
            "actions": [name for name in PROBES if name != "burn_processor"],
        }
        outcome = run_entry(
            Entry(target="library_entries:attempt_each", folder=str(Path(__file__).parent)),
            files={},
            params=params,
            limits=Limits(memory_bytes=3 << 29, cpu_seconds=60, wall_seconds=60, open_files=64),
        )
    return outcome.result


def _tables(names: list[str]) -> dict[str, bytes]:
    rows = np.random.default_rng(11).normal(size=(240, 3)).round(4)
    labels = (rows[:, 0] > 0).astype(int)
    lines = [",".join(map(str, [*row, y])) for row, y in zip(rows.tolist(), labels, strict=True)]
    head = ",".join([*names, "label"])
    return {
        "members": "\n".join([head, *lines[:120]]).encode(),
        "nonmembers": "\n".join([head, *lines[120:]]).encode(),
    }


def _perceptron() -> bytes:
    rng = np.random.default_rng(0)
    sizes = (3, 4, 2)
    arrays = {f"{i}.weight": rng.normal(size=(sizes[i + 1], sizes[i])) for i in range(2)}
    arrays |= {f"{i}.bias": np.zeros(sizes[i + 1]) for i in range(2)}
    about = {"classes": [0, 1], "recipe": _RECIPE}
    return bytes(safetensors.numpy.save(arrays, {"mia_mlp": json.dumps(about)}))


def _graph() -> bytes:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [3, 2], [1.0, -1.0, 0.5, 0.0, 0.2, 0.1])
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["raw"]),
        helper.make_node("Softmax", ["raw"], ["p"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 2])],
        [weight],
    )
    made: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    )
    return bytes(made.SerializeToString())


def _boosting() -> bytes:
    rows = np.random.default_rng(11).normal(size=(120, 3))
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=False)
    return bytes(skops.io.dumps(model.fit(rows, (rows[:, 0] > 0).astype(int))))


def _audited(model: bytes, preset: str) -> dict[str, Any]:
    with ExitStack() as stack:
        files = {}
        for name, content in {"model": model, **_tables(["a", "b", "c"])}.items():
            file = stack.enter_context(os.fdopen(os.memfd_create(name), "w+b"))
            file.write(content)
            file.flush()
            files[name] = file.fileno()
        limits = Limits(memory_bytes=2 << 30, cpu_seconds=120, wall_seconds=120)
        params = {**_PARAMS, "preset": preset}
        document = sandbox.run("audit", files=files, params=params, limits=limits).result
    references = document["references"]
    return {
        "outcome": document["verdict"]["outcome"],
        "recipe": references["recipe"] if references else None,
        "count": references["count"] if references else 0,
    }


def main() -> None:
    said = {"uid": os.getuid(), "landlock_abi": abi(), "probed": _probed()}
    said["safetensors"] = _audited(_perceptron(), "standard")
    said["boosting"] = _audited(_boosting(), "standard")
    said["onnx"] = _audited(_graph(), "quick")
    print(json.dumps(said))  # noqa: T201 - the tests read it


if __name__ == "__main__":
    main()
