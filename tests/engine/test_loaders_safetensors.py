"""Perceptrons as safetensors: the declared architecture and the arrays must agree."""

import io
import json
import re
import runpy
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from numpy.typing import NDArray

from audits.engine import AuditPlan, audit
from audits.engine.errors import InputError
from audits.engine.inputs import model_inputs
from audits.engine.loaders.models import read_model
from audits.engine.mlp import MlpClassifier
from tests.engine.cast import problem, records

X, Y = problem(160)


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        read_model(io.BytesIO(content))
    assert refused.value.subject == "model"
    assert refused.value.remedy
    return refused.value.problem


RECIPE = {"epochs": 30, "optimizer": "adam", "learning_rate": 0.01, "batch_size": 32}


def perceptron(**more: Any) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:  # noqa: ANN401
    rng = np.random.default_rng(0)
    tensors = {
        "0.weight": rng.normal(size=(5, 8)).astype(np.float32),
        "0.bias": np.zeros(5, np.float32),
        "1.weight": rng.normal(size=(2, 5)).astype(np.float32),
        "1.bias": np.zeros(2, np.float32),
    }
    return tensors, {"classes": [0, 1], **more}


def written(tensors: dict[str, NDArray[Any]], about: object) -> bytes:
    return safetensors.numpy.save(tensors, {"mia_mlp": json.dumps(about)})


def test_perceptron_answers_as_its_layers_say() -> None:
    tensors, about = perceptron()
    target = read_model(io.BytesIO(written(tensors, about)))
    hidden = np.maximum(X @ tensors["0.weight"].T.astype(float), 0)
    raw = hidden @ tensors["1.weight"].T.astype(float)
    expected = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert target.probabilities(X, subject="members") == pytest.approx(expected)
    assert (target.format, target.family, target.retrainable) == ("safetensors", "mlp", False)


def test_perceptron_of_torch_is_written_in_three_lines_and_trained_again() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    layers = [layer for layer in net if isinstance(layer, torch.nn.Linear)]
    tensors = {
        f"{i}.{name}": value.detach().numpy()
        for i, layer in enumerate(layers)
        for name, value in layer.named_parameters()
    }
    about = {"classes": [0, 1], "recipe": {**RECIPE, "standardize": False}}
    target = read_model(io.BytesIO(written(tensors, about)))
    answers = torch.softmax(net(torch.tensor(X, dtype=torch.float32)), 1).detach().numpy()
    assert target.probabilities(X, subject="members") == pytest.approx(answers, abs=1e-5)
    sides = {"members": records(X[:80], Y[:80]), "nonmembers": records(X[80:], Y[80:])}
    document = audit(model_inputs(target, sides), AuditPlan(target="y")).document
    assert document["references"]["recipe"] == "mlp"


def test_named_columns_meet_tables_and_standardisation_comes_first() -> None:
    tensors, about = perceptron(feature_names=[f"c{j}" for j in range(8)])
    shifted = {**tensors, "mean": X.mean(axis=0), "scale": X.std(axis=0)}
    target = read_model(io.BytesIO(written(shifted, about)))
    found = target.arrange(records(X, Y), subject="members")
    plain = read_model(io.BytesIO(written(tensors, {"classes": [0, 1]})))
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    expected = plain.probabilities(standard, subject="members")
    assert target.probabilities(found, subject="members") == pytest.approx(expected)
    assert isinstance(target.estimator, MlpClassifier)


def changed(**tensors: Any) -> bytes:  # noqa: ANN401
    content, about = perceptron()
    for name, value in tensors.items():
        key = name.replace("_", ".", 1)
        content.pop(key, None)
        if value is not None:
            content[key] = value
    return written(content, about)


def with_header(header: object, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def refused_recipe(**more: Any) -> bytes:  # noqa: ANN401
    return written(*perceptron(recipe={**RECIPE, **more}))


def one_array(shape: list[int], offsets: list[int], data: bytes) -> bytes:
    return with_header({"0.bias": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}, data)


def overlapping() -> bytes:
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    return with_header({"0.weight": entry, "0.bias": entry}, bytes(4))


MISFITS: dict[str, tuple[Callable[[], bytes], str]] = {
    "no metadata": (
        lambda: safetensors.numpy.save(perceptron()[0]),
        "does not declare its architecture (metadata key mia_mlp)",
    ),
    "no JSON": (
        lambda: safetensors.numpy.save(perceptron()[0], {"mia_mlp": "x"}),
        "declares an architecture that is no JSON object (mia_mlp)",
    ),
    "a name twice": (
        lambda: safetensors.numpy.save(
            perceptron()[0], {"mia_mlp": '{"classes": [0, 1], "classes": [2, 3]}'}
        ),
        "declares an architecture that is no JSON object (mia_mlp)",
    ),
    "unknown entry": (
        lambda: written(*perceptron(code="x")), "declares what is not known: code"),
    "version": (lambda: written(*perceptron(version=2)), "declares another version than 1"),
    "one class": (
        lambda: written(perceptron()[0], {"classes": [0]}),
        "declares classes that are no list of two or more texts or whole numbers",
    ),
    "three classes": (
        lambda: written(perceptron()[0], {"classes": [0, 1, 2]}), "ends in 2 units for 3 classes"),
    "activation": (
        lambda: written(*perceptron(activation=["relu"])),
        "declares an activation that is none of identity, logistic, relu, tanh",
    ),
    "hidden layers": (
        lambda: written(*perceptron(hidden=[6])), "declares the hidden layers [6], not [5]"),
    "names": (
        lambda: written(*perceptron(feature_names=["a"])), "names 1 features and takes 8"),
    "missing bias": (
        lambda: changed(**{"1_bias": None}), "does not hold a weight and a bias for each layer"),
    "further array": (
        lambda: changed(extra=np.zeros(2)),
        "holds array 'extra', which is no weight or bias of a layer",
    ),
    "misfit": (
        lambda: changed(**{"1_weight": np.zeros((2, 4))}),
        "holds layer 1 in another shape than 2 × 5 and 2",
    ),
    "mean": (lambda: changed(mean=np.zeros(3)), "holds 'mean' in another shape than 8"),
    "scale": (lambda: changed(scale=np.zeros(8)), "holds a scale that is not above 0"),
    "NaN": (
        lambda: changed(**{"0_bias": np.full(5, np.nan)}),
        "holds array '0.bias' with missing or infinite numbers",
    ),
    "integers": (
        lambda: changed(**{"0_bias": np.zeros(5, np.int64)}),
        "holds array '0.bias' of type I64, not F16, F32 or F64",
    ),
    "recipe out of range": (
        lambda: refused_recipe(epochs=0), "declares a recipe with a value out of range"),
    "recipe that standardises": (
        lambda: refused_recipe(standardize=True),
        "declares a recipe that standardises and arrays that do not, or the reverse",
    ),
    "recipe of a text": (
        lambda: refused_recipe(learning_rate="0.1"),
        "declares a recipe whose rates are no numbers",
    ),
    "recipe's own": (
        lambda: refused_recipe(run="x"),
        "declares a recipe with other fields than batch_size, epochs, l2, learning_rate, "
        "momentum, nesterov, optimizer, standardize, or without one of optimizer, learning_rate, "
        "batch_size, epochs",
    ),
    "overlap": (overlapping, "is damaged: its arrays overlap or leave gaps"),
    "too much": (
        lambda: one_array([1], [0, 4], bytes(9)), "is damaged: its arrays do not fill it"),
    "false size": (
        lambda: one_array([9], [0, 4], bytes(4)),
        "is damaged: array '0.bias' is not where it should be",
    ),
    "huge shape": (
        lambda: one_array([10**12], [0, 4], bytes(4)),
        "holds array '0.bias' of a shape no layer has",
    ),
    "huge header": (
        lambda: struct.pack("<Q", 2**30) + b"{", "is damaged: its header does not fit"),
    "cut short": (lambda: changed()[:-3], "is damaged: its arrays do not fill it"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_safetensors_that_do_not_fit_are_refused_with_the_reason(case: str) -> None:
    made, reason = MISFITS[case]
    assert refusal(made()) == f"the safetensors file {reason}"


def test_classes_of_a_perceptron_are_put_in_order() -> None:
    tensors, about = perceptron()
    plain = read_model(io.BytesIO(written(tensors, about)))
    turned = read_model(io.BytesIO(written(tensors, {"classes": [1, 0]})))
    assert turned.classes.tolist() == [0, 1]
    expected = plain.probabilities(X, subject="members")[:, ::-1]
    assert turned.probabilities(X, subject="members").tolist() == expected.tolist()


def test_one_unit_of_a_perceptron_speaks_for_the_second_class_named() -> None:
    tensors, _ = perceptron()
    one = {**tensors, "1.weight": tensors["1.weight"][:1], "1.bias": np.ones(1, np.float32)}
    plain = read_model(io.BytesIO(written(one, {"classes": ["no", "yes"]})))
    turned = read_model(io.BytesIO(written(one, {"classes": ["yes", "no"]})))
    raw = np.maximum(X @ one["0.weight"].T.astype(float), 0) @ one["1.weight"].T.astype(float) + 1
    second = 1 / (1 + np.exp(-raw[:, 0]))
    assert plain.probabilities(X, subject="members")[:, 1] == pytest.approx(second)
    assert turned.classes.tolist() == ["no", "yes"]
    assert turned.probabilities(X, subject="members")[:, 0] == pytest.approx(second)


def test_the_example_of_the_readme_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "example.py").write_text(program, encoding="utf-8")
    layers = torch.nn.Linear(8, 64), torch.nn.Linear(64, 32), torch.nn.Linear(32, 2)
    sequential = torch.nn.Sequential(
        layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2]
    )
    monkeypatch.chdir(tmp_path)
    runpy.run_path("example.py", {"sequential": sequential})
    target = read_model(io.BytesIO((tmp_path / "model.safetensors").read_bytes()))
    expected = torch.softmax(sequential(torch.tensor(X, dtype=torch.float32)), dim=1)
    assert target.retrainable
    assert target.probabilities(X, subject="members") == pytest.approx(
        expected.detach().numpy(), abs=1e-5
    )
