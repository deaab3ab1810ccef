"""Perceptrons trained side by side: batched matrix products and a backward pass written out.

Shapes: B perceptrons, n records each (padded to the longest), d columns, U output units. All
weights of a perceptron lie in one row of a (B, P) tensor, the layers are views of it, so that an
optimiser step is a handful of operations over one tensor. The steps are those of `mlp_steps`.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.mlp import Activation, MlpRecipe

if TYPE_CHECKING:
    import torch

    from audits.engine.references import mlp_steps

_ASKED_AT_ONCE: Final = 4_096
_DECAY: Final = (0.9, 0.999)


@dataclass(frozen=True, slots=True)
class Settings:
    """A recipe with what only scikit-learn lets one change."""

    recipe: MlpRecipe
    decay: tuple[float, float] = _DECAY
    epsilon: float = 1e-8
    shuffle: bool = True


@dataclass(frozen=True, slots=True)
class Lesson:
    """What B perceptrons learn from.

    Attributes
    ----------
    records
        (B, n, d) float32; rows beyond a perceptron's own number are ignored.
    labels
        (B, n) int64 class.
    weights
        (B, n) float32 sample weights, 0 where padded.
    counts
        (B,) records of each.
    """

    records: "torch.Tensor"
    labels: "torch.Tensor"
    weights: "torch.Tensor"
    counts: tuple[int, ...]


class Perceptrons:
    """B perceptrons of one shape.

    Parameters
    ----------
    sizes
        Units of every layer, the columns first.
    activation
        After each hidden layer.
    generators
        One per perceptron: its weights and its order of records depend on nothing else.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        activation: Activation,
        generators: "list[torch.Generator]",
        device: "torch.device",
    ) -> None:
        import torch  # noqa: PLC0415 - heavy

        self.activation = activation
        self._generators = generators
        self._pairs = list(itertools.pairwise(sizes))
        rows = [self._drawn(generator) for generator in generators]
        self.whole = torch.stack(rows).to(device)
        self.gradient = torch.zeros_like(self.whole)
        self._layers = self._views(self.whole)

    def _drawn(self, generator: "torch.Generator") -> "torch.Tensor":
        """Return (P,) weights as scikit-learn draws them (Glorot & Bengio 2010), biases too."""
        import torch  # noqa: PLC0415 - heavy

        factor = 2.0 if self.activation == "logistic" else 6.0
        parts = []
        for fan_in, fan_out in self._pairs:
            bound = (factor / (fan_in + fan_out)) ** 0.5
            draw = torch.rand((fan_in + 1) * fan_out, generator=generator)
            parts.append(bound * (2.0 * draw - 1.0))
        return torch.cat(parts)

    def _views(self, whole: "torch.Tensor") -> "list[tuple[torch.Tensor, torch.Tensor]]":
        """Return (B, in, out) weights and (B, 1, out) biases of each layer, parts of `whole`."""
        views, start = [], 0
        for fan_in, fan_out in self._pairs:
            end = start + fan_in * fan_out
            weight = whole[:, start:end].view(-1, fan_in, fan_out)
            views.append((weight, whole[:, end : end + fan_out].unsqueeze(1)))
            start = end + fan_out
        return views

    def fit(self, lesson: Lesson, settings: Settings) -> None:
        """Train for the recipe's epochs on minibatches that each perceptron draws for itself."""
        from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

        recipe, (n_models, longest) = settings.recipe, lesson.labels.shape
        size = min(recipe.batch_size, longest)
        net, flat = self._net(settings), lesson.records.reshape(n_models * longest, -1)
        known = mlp_steps.Known(flat, lesson.labels, lesson.weights)
        full = mlp_steps.room_of(net, flat.shape[1], size)
        rest = mlp_steps.room_of(net, flat.shape[1], longest % size or size)
        clock, rules = _Clock(lesson, settings, size), rules_of(settings, size)
        with _plainly():
            for _ in range(recipe.epochs):
                order = self._orders(lesson, settings)
                mlp_steps.program()(net, known, rules, order, clock.epoch(), full, rest)

    def _net(self, settings: Settings) -> "mlp_steps.Net":
        """Return the weights, their slopes and what the optimiser keeps, by layer."""
        import torch  # noqa: PLC0415 - heavy

        from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

        slopes = self._views(self.gradient)
        kept = 3 if settings.recipe.optimizer == "adam" else 1
        return mlp_steps.Net(
            self.whole,
            self.gradient,
            [weight for weight, _ in self._layers],
            [bias for _, bias in self._layers],
            [weight for weight, _ in slopes],
            [bias for _, bias in slopes],
            [torch.zeros_like(self.whole) for _ in range(kept)],
        )

    def _orders(self, lesson: Lesson, settings: Settings) -> "torch.Tensor":
        """Return (B, n) the order in which each meets its records, padding last."""
        import torch  # noqa: PLC0415 - heavy

        longest = lesson.labels.shape[1]
        orders = torch.arange(longest).repeat(len(lesson.counts), 1)
        if settings.shuffle:
            for row, count, generator in zip(orders, lesson.counts, self._generators, strict=True):
                row[:count] = torch.randperm(count, generator=generator)
        return orders.to(lesson.labels.device)

    def log_probabilities(self, index: int, records: "torch.Tensor") -> NDArray[np.float64]:
        """Return (n, C) log-probabilities of (n, d) records by one perceptron.

        One output unit means two classes.
        """
        import torch  # noqa: PLC0415 - heavy

        from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

        parts = []
        for piece in torch.split(records, _ASKED_AT_ONCE):
            state = piece.unsqueeze(0)
            for i, (weight, bias) in enumerate(self._layers):
                state = torch.baddbmm(bias[index : index + 1], state, weight[index : index + 1])
                if i + 1 < len(self._layers):
                    state = mlp_steps.activated(state, self.activation)
            raw = state[0].double()
            if raw.shape[1] == 1:
                raw = torch.cat([torch.zeros_like(raw), raw], dim=1)
            parts.append(torch.log_softmax(raw, dim=1).cpu())
        return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)

    def layers(self, index: int) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return (in, out) weights and (out,) biases of one perceptron."""
        return [
            (weight[index].double().cpu().numpy(), bias[index, 0].double().cpu().numpy())
            for weight, bias in self._layers
        ]


def rules_of(settings: Settings, size: int) -> "mlp_steps.Rules":
    """Return the same settings as the steps take them."""
    from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

    recipe, (first, second) = settings.recipe, settings.decay
    return mlp_steps.Rules(
        activation=recipe.activation,
        size=size,
        l2=recipe.l2,
        adam=recipe.optimizer == "adam",
        first=first,
        second=second,
        epsilon=settings.epsilon,
        learning_rate=recipe.learning_rate,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
    )


class _Clock:
    """How many steps each perceptron has taken, and so how far Adam's next one goes."""

    def __init__(self, lesson: Lesson, settings: Settings, size: int) -> None:
        starts = np.arange(0, lesson.labels.shape[1], size)[:, None]
        self._idle = starts >= np.array(lesson.counts)
        self._taken = np.cumsum(~self._idle, axis=0)
        self._before = np.zeros(len(lesson.counts), dtype=np.int64)
        self._settings = settings

    def epoch(self) -> "mlp_steps.Pace":
        """Return the pace of the next epoch."""
        from audits.engine.references import mlp_steps  # noqa: PLC0415 - torch is heavy

        (first, second), recipe = self._settings.decay, self._settings.recipe
        steps = self._before + self._taken
        rates = recipe.learning_rate * np.sqrt(1 - second**steps)
        rates /= np.maximum(1 - first**steps, 1e-12)
        self._before = steps[-1]
        return mlp_steps.Pace(
            rates.tolist(),
            self._idle.tolist(),
            [bool(row.max() == row.min()) for row in steps],
            [any(row) for row in self._idle],
        )


@contextmanager
def _plainly() -> Iterator[None]:
    """Have TorchScript run what it is given: to look for faster ways takes longer than it saves."""
    import torch  # noqa: PLC0415 - heavy

    given = getattr(torch.jit, "optimized_execution", None)
    with nullcontext() if given is None else given(False):
        yield
