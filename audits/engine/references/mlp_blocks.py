"""Perceptrons: references trained side by side in batched matrix products.

A block is two fixed groups, so that its numbers do not depend on how many threads there
are. Every reference trains as long as the target did (its epochs) on a half of its own, with
minibatches and starting weights of its own. On a GPU the same code runs with other rounding.
"""

import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.mlp import MlpClassifier, MlpRecipe
from audits.engine.references import clone
from audits.engine.references.mlp_training import Lesson, Perceptrons, Settings
from audits.engine.references.recipes import Recipe, Trained, Training
from audits.engine.registry import Calibration
from audits.engine.signals import SMALLEST
from audits.engine.target import Features, Target, take

if TYPE_CHECKING:
    import torch
    from numpy.random import SeedSequence

    from audits.engine.splits import Draw

BLOCK: Final = 8
_GROUPS: Final = 2
_GROUP_BYTES: Final = 2**30
"""Room for the records of a group; larger tables are trained in smaller groups."""

_AUTO_BATCH: Final = 200


def fits(target: Target) -> bool:
    """Say whether the target is a perceptron whose training is known and can be batched."""
    whole = target.estimator
    if isinstance(whole, MlpClassifier):
        return whole.recipe is not None
    last = clone.classifier_of(whole)
    return (
        type(last).__name__ == "MLPClassifier"
        and last.solver in {"adam", "sgd"}
        and not last.early_stopping
        and (last.solver == "adam" or last.learning_rate == "constant")
        and not clone.fits_across(whole)
    )


def train(training: Training) -> Trained:
    """Train eight references (four, if the audit has no more) and return what they say.

    Raises
    ------
    InputError
        Subject "model": the steps before the perceptron cannot be fitted on half of the records.
    """
    count = min(BLOCK, training.most)
    draw, seeds = training.draw(count), training.fit_seed.spawn(count)
    size = max(1, min(count // _GROUPS, _GROUP_BYTES // max(1, _reference_bytes(training))))
    groups = [range(start, min(start + size, count)) for start in range(0, count, size)]

    def one(group: range) -> tuple[NDArray[np.float32], list[float]]:
        made = [_Reference(training, draw, k, seeds[k]) for k in group]
        _fit(made, training)
        return np.stack([one.log_p for one in made]), [one.accuracy for one in made]

    with _threads(training.threads) as pool:
        results = list(pool.map(one, groups))
    log_p = np.concatenate([rows for rows, _ in results])
    right = tuple(value for _, values in results for value in values)
    return Trained(log_p, draw.inside, right, count)


def calibration(training: Training) -> Calibration:
    """Return one reference, trained on one half, that can be asked about new records."""
    draw = training.draw(2)
    made = _Reference(training, draw, 0, training.fit_seed)
    with _threads(1) as pool:
        pool.submit(_fit, [made], training).result()
    return Calibration(made.answers, draw.inside[0])


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    """Give a pool in which torch adds up in one thread: sums do not depend on how many there are.

    Steps of an optimiser shrink below the smallest normal number, where processors are slow and
    nothing depends on it: they count as 0.
    """
    import torch  # noqa: PLC0415 - heavy

    from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

    mlp_steps.program()  # once, before there are threads: each of them would make it for itself
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_flush_denormal, initargs=(True,)) as p:
            yield p
    finally:
        torch.set_num_threads(before)


def settings_of(target: Target, n: int) -> Settings:
    """Return how the target was trained, for halves of n records."""
    whole = target.estimator
    if isinstance(whole, MlpClassifier):
        if whole.recipe is None:
            raise ValueError("the perceptron's training is not known")
        return Settings(whole.recipe)
    last = clone.classifier_of(whole)
    last._validate_params()  # noqa: SLF001 - as fit does; a file may say anything
    hidden = np.atleast_1d(np.asarray(last.hidden_layer_sizes, dtype=np.int64)).tolist()
    batch = min(_AUTO_BATCH, n) if last.batch_size == "auto" else int(last.batch_size)
    recipe = MlpRecipe(
        hidden=tuple(hidden),
        activation=last.activation,
        optimizer=last.solver,
        learning_rate=float(last.learning_rate_init),
        batch_size=max(1, min(batch, n)),
        epochs=int(last.n_iter_),
        l2=float(last.alpha),
        momentum=float(last.momentum),
        nesterov=bool(last.nesterovs_momentum),
    )
    decay = (float(last.beta_1), float(last.beta_2))
    return Settings(recipe, decay, float(last.epsilon), bool(last.shuffle))


class _Reference:
    """One reference: its half, its view of the records, and in the end its answers."""

    def __init__(self, training: Training, draw: "Draw", k: int, seed: "SeedSequence") -> None:
        import torch  # noqa: PLC0415 - heavy

        self.rows = training.rows(draw, k)
        self.outside = ~draw.inside[k]
        self.known = np.zeros(len(training.target.classes), dtype=bool)
        self.known[training.labels[self.rows]] = True
        self._prepare = _preparation(training, self.rows, seed)
        self.records = self._prepare(training.features)
        number = int(np.random.default_rng(seed).integers(2**62))
        self.generator = torch.Generator().manual_seed(number)
        self.log_p = np.zeros(0, dtype=np.float32)
        self.accuracy = 0.0
        self._net: MlpClassifier | None = None

    def answered(self, log_probabilities: NDArray[np.float64], labels: NDArray[Any]) -> None:
        """Keep what it says about the audited records, (N, C)."""
        whole = _only_known(log_probabilities, self.known)
        own = whole[np.arange(len(labels)), labels]
        self.log_p = np.maximum(own, np.log(SMALLEST)).astype(np.float32)
        right = np.argmax(whole, axis=1) == labels
        self.accuracy = float(np.mean(right[self.outside]))

    def became(self, net: MlpClassifier) -> None:
        """Keep the trained perceptron, for questions about new records."""
        self._net = net

    def answers(self, features: Features) -> NDArray[np.float64]:
        """Return (n, C) probabilities of new records."""
        if self._net is None:
            raise ValueError("this reference is not trained")
        p = np.log(np.clip(self._net.predict_proba(self._prepare(features)), SMALLEST, 1.0))
        return np.asarray(np.exp(_only_known(p, self.known)), dtype=np.float64)


def _only_known(log_p: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give a class that was missing from the half no probability, the others all of it."""
    if known.all():
        return log_p
    masked = np.where(known, log_p, -np.inf)
    return np.asarray(masked - np.logaddexp.reduce(masked, axis=1, keepdims=True))


def _fit(made: list[_Reference], training: Training) -> None:
    """Train some references side by side and let each answer for the audited records."""
    import torch  # noqa: PLC0415 - heavy

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    counts = tuple(len(one.rows) for one in made)
    with clone.explained():
        settings = settings_of(training.target, min(counts))
    units = _units(training.target)
    shape = (made[0].records.shape[1], *settings.recipe.hidden, units)
    with torch.no_grad():
        nets = Perceptrons(
            shape, settings.recipe.activation, [one.generator for one in made], device
        )
        nets.fit(_lesson(made, training, counts, device), settings)
        n = training.n_audited
        for index, one in enumerate(made):
            audited = torch.from_numpy(one.records[:n]).to(device)
            one.answered(nets.log_probabilities(index, audited), training.labels[:n])
            layers = nets.layers(index)
            one.became(
                MlpClassifier(
                    [weight for weight, _ in layers],
                    [bias for _, bias in layers],
                    training.target.classes,
                    None,
                    activation=settings.recipe.activation,
                )
            )


def _units(target: Target) -> int:
    whole = target.estimator
    if isinstance(whole, MlpClassifier):
        return int(whole.weights[-1].shape[1])
    return 1 if len(target.classes) == 2 else len(target.classes)  # noqa: PLR2004 - one or other


def _lesson(
    made: list[_Reference],
    training: Training,
    counts: tuple[int, ...],
    device: "torch.device",
) -> Lesson:
    import torch  # noqa: PLC0415 - heavy

    longest, columns = max(counts), made[0].records.shape[1]
    records = np.zeros((len(made), longest, columns), dtype=np.float32)
    labels = np.zeros((len(made), longest), dtype=np.int64)
    weights = np.zeros((len(made), longest), dtype=np.float32)
    for i, (one, count) in enumerate(zip(made, counts, strict=True)):
        records[i, :count] = one.records[one.rows]
        labels[i, :count] = training.labels[one.rows]
        weights[i, :count] = 1.0 if training.weights is None else training.weights[one.rows]
    return Lesson(
        torch.from_numpy(records).to(device),
        torch.from_numpy(labels).to(device),
        torch.from_numpy(weights).to(device),
        counts,
    )


def _reference_bytes(training: Training) -> int:
    """Return about what the records of one reference take, seen whole and as its own half."""
    columns = getattr(training.target.estimator, "n_features_in_", None) or 1
    return int(6 * len(training.labels) * columns)


def _preparation(training: Training, rows: NDArray[np.int64], seed: "SeedSequence") -> Any:  # noqa: ANN401
    """Return the steps before the perceptron, fitted on a half: features to (n, d) float32."""
    whole = training.target.estimator
    if isinstance(whole, MlpClassifier):
        if whole.recipe is None or not whole.recipe.standardize:
            return partial(_scaled, 0.0, 1.0)
        half = np.asarray(take(training.features, rows), dtype=np.float64)
        spread = half.std(axis=0)
        return partial(_scaled, half.mean(axis=0), np.where(spread > 0, spread, 1.0))
    fitted = clone.fitted_steps(clone.template_of(training.target), training, rows, seed)
    return partial(_scaled, 0.0, 1.0) if fitted is None else partial(_transformed, fitted)


def _scaled(mean: Any, spread: Any, features: Features) -> NDArray[np.float32]:  # noqa: ANN401
    numbers = np.asarray(features, dtype=np.float64)
    return np.asarray((numbers - mean) / spread, dtype=np.float32)


def _transformed(fitted: Any, features: Features) -> NDArray[np.float32]:  # noqa: ANN401
    with warnings.catch_warnings(), clone.explained():
        warnings.simplefilter("ignore")
        found = fitted.transform(features)
    dense = found.toarray() if hasattr(found, "toarray") else found
    return np.ascontiguousarray(dense, dtype=np.float32)


RECIPE = Recipe(
    key="mlp", block=BLOCK, single=True, fits=fits, train=train, calibration=calibration
)
