"""ONNX models: read as they answer, and refused before onnxruntime sees what is not read."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR

from audits.engine import AuditPlan, audit
from audits.engine.errors import InputError
from audits.engine.inputs import model_inputs
from audits.engine.loaders.models import read_model
from tests.engine.cast import problem, records

X, Y = problem(160)


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        read_model(io.BytesIO(content))
    assert refused.value.subject == "model"
    assert refused.value.remedy
    return refused.value.problem


def exported(model: BaseEstimator, **more: Any) -> bytes:  # noqa: ANN401 - options of skl2onnx
    found: bytes = to_onnx(
        model, X[:1].astype(np.float32), target_opset={"": 18, "ai.onnx.ml": 3}, **more
    ).SerializeToString()
    return found


MODELS: dict[str, BaseEstimator] = {
    "logistic": LogisticRegression(),
    "forest": RandomForestClassifier(5, max_depth=4, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "perceptron": MLPClassifier((6,), max_iter=20, random_state=0),
    "bayes": GaussianNB(),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_exported_model_answers_as_the_original(name: str, *, zipmap: bool) -> None:
    model = MODELS[name].fit(X, Y)
    target = read_model(io.BytesIO(exported(model, options={"zipmap": zipmap})))
    assert (target.format, target.retrainable, target.n_features) == ("onnx", False, 8)
    assert target.classes.tolist() == [0, 1]
    answers = target.probabilities(X, subject="members")
    assert answers == pytest.approx(model.predict_proba(X), abs=1e-4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_columns_by_name_and_text_classes() -> None:
    n = len(X)
    words = np.where(X[:, 1] > 0, "red", "blue")
    labels = np.where(Y == 1, "yes", "no")
    table = pa.table({"x": X[:, 0], "w": pa.array(words, pa.large_string())})
    frame = np.empty((n, 2), dtype=object)
    frame[:, 0], frame[:, 1] = X[:, 0], words
    plain = make_pipeline(
        ColumnTransformer([("n", StandardScaler(), [0]), ("w", OneHotEncoder(), [1])]),
        LogisticRegression(),
    ).fit(frame, labels)
    types = [("x", FloatTensorType([None, 1])), ("w", StringTensorType([None, 1]))]
    content = to_onnx(plain, initial_types=types, target_opset=18).SerializeToString()
    target = read_model(io.BytesIO(content))
    assert target.feature_names == ("x", "w")
    assert target.classes.tolist() == ["no", "yes"]
    answers = target.probabilities(table, subject="members")
    assert answers == pytest.approx(plain.predict_proba(frame), abs=1e-4)


def network(
    last: list[onnx.NodeProto],
    *,
    units: int = 2,
    element: int = TensorProto.FLOAT,
    **more: Any,  # noqa: ANN401
) -> bytes:
    """Return a graph of one layer, 8 columns to some units, and what comes after it."""
    rng = np.random.default_rng(0)
    weight = helper.make_tensor(
        "w", TensorProto.FLOAT, [8, units], rng.normal(size=8 * units).astype(np.float32)
    )
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["raw"]), *last],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 8])],
        [helper.make_tensor_value_info("out", element, [None, units])],
        [weight, *more.get("constants", [])],
    )
    imports = [helper.make_opsetid(*one) for one in more.get("opsets", [("", 18)])]
    model = helper.make_model(graph, opset_imports=imports, ir_version=more.get("ir", 9))
    model.functions.extend(more.get("functions", []))
    content: bytes = model.SerializeToString()
    return content


def passed(op: str = "Softmax", **attributes: Any) -> onnx.NodeProto:  # noqa: ANN401
    return helper.make_node(op, ["raw"], ["out"], **attributes)


@pytest.mark.parametrize(
    ("model", "op"),
    [
        (LinearRegression(), "LinearRegressor"),
        (RandomForestRegressor(3, random_state=0), "TreeEnsembleRegressor"),
        (SVR(), "SVMRegressor"),
    ],
)
def test_model_of_numbers_is_refused_by_name(model: BaseEstimator, op: str) -> None:
    told = exported(model.fit(X, Y / 1.0))
    assert refusal(told) == (
        f"the ONNX file predicts a number ({op}); of ONNX files classifiers are read"
    )


def test_raw_scores_become_probabilities() -> None:
    soft = read_model(io.BytesIO(network([passed()])))
    raw = read_model(io.BytesIO(network([passed("Identity")])))
    expected = soft.probabilities(X, subject="members")
    assert raw.probabilities(X, subject="members") == pytest.approx(expected, abs=1e-6)
    assert raw.family == "logistic_regression"


def test_one_unit_is_the_second_class() -> None:
    one = read_model(io.BytesIO(network([passed("Sigmoid")], units=1)))
    answers = one.probabilities(X, subject="members")
    assert answers.shape == (160, 2)
    assert answers.sum(axis=1) == pytest.approx(np.ones(160))


def test_model_that_cannot_be_trained_is_audited_with_a_substitute() -> None:
    model = RandomForestClassifier(10, random_state=0).fit(X[:80], Y[:80])
    target = read_model(io.BytesIO(exported(model, options={"zipmap": False})))
    sides = {"members": records(X[:80], Y[:80]), "nonmembers": records(X[80:], Y[80:])}
    document = audit(model_inputs(target, sides), AuditPlan(target="y")).document
    assert document["references"]["recipe"] == "surrogate"
    assert "label_noise" in document["family"]


def elsewhere(location: str) -> onnx.TensorProto:
    tensor = helper.make_tensor("k", TensorProto.FLOAT, [1], [0.0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return tensor


def loop() -> onnx.NodeProto:
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"])],
        "b",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []),
         helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, [])],
    )  # fmt: skip
    return helper.make_node("Loop", ["", ""], [], body=body)


def inside_an_attribute() -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["k2"], value=elsewhere("/etc/passwd"))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "external data": (
        lambda: network([passed()], constants=[elsewhere("../../etc/passwd")]),
        "takes weights from other files",
    ),
    "external data in an attribute": (
        lambda: network([inside_an_attribute(), passed()]), "takes weights from other files"),
    "loop": (lambda: network([loop(), passed()]), "holds a loop (Loop)"),
    "operator of somebody's own": (
        lambda: network([helper.make_node("Run", ["raw"], ["out"], domain="evil")],
                        opsets=[("", 18), ("evil", 1)]),
        "an operator that is not standard (evil.Run)",
    ),
    "chance": (
        lambda: network([passed("RandomNormalLike")]), "answers by chance (RandomNormalLike)"),
    "function": (
        lambda: network([passed()], functions=[
            helper.make_function("f", "F", ["a"], ["b"],
                                 [helper.make_node("Identity", ["a"], ["b"])],
                                 [helper.make_opsetid("", 18)])]),
        "functions or training steps",
    ),
    "old operators": (lambda: network([passed()], opsets=[("", 6)]), "version 6 of ai.onnx"),
    "new format": (lambda: network([passed()], ir=99), "of format version 99"),
    "cut short": (lambda: network([passed()])[:-40], "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_onnx_is_refused_before_onnxruntime_sees_it(case: str) -> None:
    made, problem_said = HOSTILE[case]
    assert problem_said in refusal(made())


def test_every_byte_flipped_is_read_or_refused() -> None:
    """A damaged file never breaks the reader in another way than by refusing."""
    good = network([passed()])
    for at in range(len(good)):
        broken = bytearray(good)
        broken[at] ^= 0xFF
        with contextlib.suppress(InputError):
            read_model(io.BytesIO(bytes(broken)))


ASK = """
import io, os, sys
import numpy as np
content = sys.stdin.buffer.read()
if sys.argv[1] == "ours":
    from audits.engine.loaders.models import read_model
    target = read_model(io.BytesIO(content))
    answers = target.probabilities(np.zeros((3, 8)), subject="members")
else:
    import onnxruntime
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    answers = session.run(None, {"x": np.zeros((3, 8), np.float32)})[0]
held = [os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")[:-1]]
print(json.dumps([answers.shape, [one for one in held if one.startswith("socket")]]))
"""


@pytest.mark.parametrize(("how", "left_behind"), [("ours", False), ("plain", True)])
def test_onnxruntime_tells_nobody(how: str, tmp_path: Path, *, left_behind: bool) -> None:
    """Asked plainly, it leaves a device id and a queue of reports; asked by us, nothing."""
    done = subprocess.run(
        [sys.executable, "-c", "import json" + ASK, how],
        input=network([passed()]),
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[3, 2], []]
    assert any(tmp_path.rglob("deviceid")) == left_behind
    assert (list(tmp_path.iterdir()) != []) == left_behind
