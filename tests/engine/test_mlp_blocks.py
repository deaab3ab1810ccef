"""Perceptrons trained side by side: slopes by finite differences, a step by hand, scikit-learn."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan
from audits.engine.assembly import assemble
from audits.engine.blocks import trainer_for, training_of
from audits.engine.errors import InputError
from audits.engine.mlp import Activation, MlpRecipe
from audits.engine.references import clone, mlp_blocks, mlp_steps
from audits.engine.references.mlp_training import Lesson, Perceptrons, Settings
from audits.engine.references.recipes import Training
from tests.engine.cast import inputs, problem, records

CPU = torch.device("cpu")
RECIPE = MlpRecipe(
    hidden=(4,), activation="tanh", optimizer="adam", learning_rate=0.01, batch_size=6, epochs=1,
    l2=0.3, momentum=0.9, nesterov=True,
)  # fmt: skip
ACTIVATED: Mapping[str, Callable[[Any], Any]] = {
    "relu": lambda v: np.maximum(v, 0),
    "tanh": np.tanh,
    "logistic": lambda v: 1 / (1 + np.exp(-v)),
    "identity": lambda v: v,
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def perceptrons(activation: Activation, units: int) -> Perceptrons:
    generators = [torch.Generator().manual_seed(seed) for seed in range(2)]
    return Perceptrons((3, 4, units), activation, generators, CPU)


def lesson(units: int, weights: list[float] | None = None) -> Lesson:
    rng = np.random.default_rng(4)
    records = torch.from_numpy(rng.normal(size=(2, 6, 3))).float()
    classes = 2 if units == 1 else units
    labels = torch.from_numpy(rng.integers(classes, size=(2, 6)))
    told = torch.ones(2, 6) if weights is None else torch.tensor([weights] * 2)
    return Lesson(records, labels, told, (6,) * 2)


def loss(layers: list[tuple[Any, Any]], given: Lesson, index: int, recipe: MlpRecipe) -> float:
    """Return what a step lowers, written out for one perceptron in numpy."""
    state = given.records[index].double().numpy()
    for weight, bias in layers[:-1]:
        raw = state @ weight + bias
        state = ACTIVATED[recipe.activation](raw)
    weight, bias = layers[-1]
    raw = state @ weight + bias
    raw = np.hstack([np.zeros_like(raw), raw]) if raw.shape[1] == 1 else raw
    log_p = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    own = log_p[np.arange(6), given.labels[index].numpy()]
    weights = given.weights[index].double().numpy()
    shrink = recipe.l2 * sum(float((w**2).sum()) for w, _ in layers) / 2
    return float((-(weights @ own) + shrink) / weights.sum())


def stepped(made: Perceptrons, given: Lesson, recipe: MlpRecipe) -> None:
    with torch.no_grad():
        made.fit(given, Settings(recipe, shuffle=False))


def layers_of(made: Perceptrons) -> list[list[tuple[NDArray[Any], NDArray[Any]]]]:
    return [made.layers(index) for index in range(2)]


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5, 1.0, 3.0, 1.0]])
def test_a_plain_step_goes_down_the_slope_of_the_loss(
    activation: Activation, units: int, weights: list[float] | None
) -> None:
    recipe = replace(
        RECIPE, activation=activation, optimizer="sgd", momentum=0.0, nesterov=False,
        learning_rate=1e-3,
    )  # fmt: skip
    made, given = perceptrons(activation, units), lesson(units, weights)
    before = layers_of(made)
    stepped(made, given, recipe)
    for index, after in enumerate(layers_of(made)):
        for layer, (weight, bias) in enumerate(after):
            for part, new in ((0, weight), (1, bias)):
                old = before[index][layer][part]
                for place in np.ndindex(old.shape):
                    slope = _difference(before[index], given, index, recipe, (layer, part, place))
                    moved = (old[place] - new[place]) / recipe.learning_rate
                    assert moved == pytest.approx(slope, abs=2e-3)


def _difference(
    layers: list[tuple[Any, Any]],
    given: Lesson,
    index: int,
    recipe: MlpRecipe,
    at: tuple[int, int, tuple[int, ...]],
) -> float:
    layer, part, place = at
    values = []
    for shift in (1e-5, -1e-5):
        moved = [[weight.copy(), bias.copy()] for weight, bias in layers]
        moved[layer][part][place] += shift
        values.append(loss([(w, b) for w, b in moved], given, index, recipe))
    return (values[0] - values[1]) / 2e-5


def test_first_step_of_adam_is_the_rate_in_the_direction_of_the_slope() -> None:
    """m / sqrt(v) is g / |g| then: every weight moves by the learning rate."""
    made, given = perceptrons("tanh", 1), lesson(1)
    before = layers_of(made)
    stepped(made, given, RECIPE)
    for old, new in zip(before, layers_of(made), strict=True):
        moves = [np.abs(b - a) for a, b in zip(old[0], new[0], strict=True)]
        assert np.concatenate([move.ravel() for move in moves]) == pytest.approx(0.01, rel=1e-2)


def test_a_record_that_counts_twice_is_like_two_records() -> None:
    once, doubled = lesson(1, [2.0, 1.0, 1.0, 1.0, 1.0, 1e-9]), lesson(1)
    for field in ("records", "labels"):
        getattr(doubled, field)[:, 5] = getattr(doubled, field)[:, 0]
    made = []
    for given in (once, doubled):
        made.append(perceptrons("tanh", 1))
        stepped(made[-1], given, replace(RECIPE, optimizer="sgd"))
    assert made[0].whole.numpy() == pytest.approx(made[1].whole.numpy(), abs=1e-6)


def training(model: Any, n: int = 300, **changes: Any) -> Training:  # noqa: ANN401
    features, labels = problem(n)
    half = n // 2
    given = inputs(
        model.fit(features[:half], labels[:half]),
        records(features[:half], labels[:half]),
        records(features[half:], labels[half:]),
    )
    plan = AuditPlan(target="y", threads=2)
    whole = assemble(given)
    trainer = trainer_for(given, whole, plan, "0")
    made = training_of(trainer, whole, plan, "0", purpose="block", index=0)
    return replace(made, **changes)


def small() -> Any:  # noqa: ANN401 - scikit-learn is untyped
    return make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=60, random_state=0))


def test_references_answer_like_those_scikit_learn_trains_on_the_same_halves() -> None:
    """Two blocks; two sets of sixteen by scikit-learn, seeds apart, agree as well: .97 here."""
    ours, theirs, halves = list[Any](), list[Any](), list[Any]()
    for block in range(2):
        one, two = np.random.SeedSequence([block, 0]), np.random.SeedSequence([block, 1])
        given = replace(training(small(), 800), draw_seed=one, fit_seed=two)
        draw, own = given.draw(mlp_blocks.BLOCK), given.labels[: given.n_audited]
        ours += list(mlp_blocks.train(given).log_p)
        halves += list(draw.inside)
        for k in range(mlp_blocks.BLOCK):
            seed = np.random.SeedSequence([block, k])
            model = clone.fitted(clone.template_of(given.target), given, given.rows(draw, k), seed)
            p = clone.aligned(model, given.features, given.target.classes)[: len(own)]
            theirs.append(np.log(p[np.arange(len(own)), own]))
    assert np.corrcoef(np.mean(ours, axis=0), np.mean(theirs, axis=0))[0, 1] > 0.95
    for inside in (True, False):
        here, there = (
            np.mean([row[half == inside].mean() for row, half in zip(rows, halves, strict=True)])
            for rows in (ours, theirs)
        )
        assert here == pytest.approx(there, abs=0.05)


def test_threads_change_no_number() -> None:
    one, two = (mlp_blocks.train(training(small(), threads=threads)) for threads in (1, 2))
    assert one.log_p.tobytes() == two.log_p.tobytes()


def test_steps_are_run_without_python_and_are_the_same_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TorchScript holds no lock; where torch has none of it Python takes the very same steps."""
    assert isinstance(mlp_steps.program(), torch.jit.ScriptFunction)

    def told() -> list[bytes]:
        return [
            mlp_blocks.train(
                training(
                    MLPClassifier(hidden, solver=solver, batch_size=32, max_iter=8, random_state=0)
                )
            ).log_p.tobytes()
            for hidden in ((6,), (5, 4))
            for solver in ("adam", "sgd")
        ]

    first = told()
    monkeypatch.setattr(mlp_steps, "program", lambda: mlp_steps.epoch)
    assert told() == first
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("missing", [AttributeError, OSError, RuntimeError])
def test_a_torch_without_its_script_leaves_the_steps_to_python(
    missing: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_given: object) -> None:
        raise missing

    monkeypatch.setattr(torch.jit, "script", refuse)
    assert mlp_steps.program.__wrapped__() is mlp_steps.epoch


def test_the_program_is_made_once_before_there_are_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two threads that asked at once would make it twice, and hush each other's warnings."""
    made, script = [], torch.jit.script

    def counted(given: Any) -> Any:  # noqa: ANN401 - torch's own
        made.append(threading.current_thread())
        return script(given)

    monkeypatch.setattr(torch.jit, "script", counted)
    mlp_steps.program.cache_clear()
    mlp_blocks.train(training(small()))
    assert made == [threading.main_thread()]


@pytest.mark.parametrize(
    "wrong", [{"activation": "odd"}, {"batch_size": "x"}, {"learning_rate_init": float("nan")}]
)
def test_settings_out_of_range_are_a_clear_refusal(wrong: dict[str, Any]) -> None:
    given = training(MLPClassifier((6,), max_iter=5, random_state=0))
    given.target.estimator.set_params(**wrong)
    with pytest.raises(InputError, match="cannot be trained again"):
        mlp_blocks.train(given)


def test_a_class_that_a_half_lacks_gets_no_probability() -> None:
    features, labels = problem(200)
    labels = labels.copy()
    labels[0] = 2
    model = small().fit(features[:100], labels[:100])
    given = inputs(
        model, records(features[:100], labels[:100]), records(features[100:], labels[100:])
    )
    plan, whole = AuditPlan(target="y"), assemble(given)
    trainer = trainer_for(given, whole, plan, "0")
    found = mlp_blocks.train(training_of(trainer, whole, plan, "0", purpose="block", index=0))
    rare = found.log_p[:, 0]
    assert (rare[~found.inside[:, 0]] < -700).all()
    assert (rare[found.inside[:, 0]] > -100).all()


def test_sample_weights_change_the_references_and_not_the_scaler() -> None:
    plain, ones, heavy = (training(small()) for _ in range(3))
    ones = replace(ones, weights=np.ones(len(plain.labels)))
    heavy = replace(heavy, weights=np.where(plain.labels == 1, 20.0, 1.0))
    told = [mlp_blocks.train(given) for given in (plain, ones, heavy)]
    assert told[0].log_p.tobytes() == told[1].log_p.tobytes()
    positive = plain.labels[: plain.n_audited] == 1
    assert told[2].log_p[:, positive].mean() > told[0].log_p[:, positive].mean()


def test_halves_of_unequal_size_leave_the_shorter_ones_alone_once_they_are_through() -> None:
    """A perceptron whose records are used up takes no step, whatever the others do."""
    given = lesson(1)
    short = Lesson(given.records, given.labels, given.weights.clone(), (6, 3))
    short.weights[1, 3:] = 0.0
    alone = Lesson(given.records[1:, :3], given.labels[1:, :3], given.weights[1:, :3], (3,))
    both = perceptrons("tanh", 1)
    single = Perceptrons((3, 4, 1), "tanh", [torch.Generator().manual_seed(1)], CPU)
    recipe = replace(RECIPE, batch_size=3, epochs=2)
    stepped(both, short, recipe)
    stepped(single, alone, recipe)
    assert both.whole[1].numpy() == pytest.approx(single.whole[0].numpy(), abs=1e-6)
