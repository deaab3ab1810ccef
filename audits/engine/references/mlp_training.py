"""Perceptrons trained side by side: batched matrix products and a backward pass written out.

Shapes: B perceptrons, n records each (padded to the longest), d columns, U output units. All
weights of a perceptron lie in one row of a (B, P) tensor, the layers are views of it, so that an
optimiser step is a handful of operations over one tensor.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from audits.engine.mlp import Activation, MlpRecipe

if TYPE_CHECKING:
    import torch

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


@dataclass(frozen=True, slots=True)
class Batch:
    """The m records of each perceptron that one step looks at.

    Attributes
    ----------
    places
        (B m,) rows of all records laid end to end.
    labels
        (B, m, 1) float32 0 or 1 for a single output unit, else int64 class.
    shares
        (B, m, 1) weight of each record over the sum of its perceptron's.
    per_weight
        (B, 1, 1) one over that sum.
    """

    places: "torch.Tensor"
    labels: "torch.Tensor"
    shares: "torch.Tensor"
    per_weight: "torch.Tensor"


def _batches(lesson: Lesson, order: "torch.Tensor", size: int, units: int) -> Iterator[Batch]:
    """Yield the minibatches of one epoch; what is the same for all is worked out at once."""
    import torch  # noqa: PLC0415 - heavy

    n_models, longest = order.shape
    labels, weights = (one.gather(1, order).unsqueeze(2) for one in (lesson.labels, lesson.weights))
    labels = labels.float() if units == 1 else labels
    number = torch.arange(longest, device=order.device) // size
    sums = torch.zeros(n_models, int(number[-1]) + 1, 1, device=order.device)
    per_weight = 1.0 / sums.index_add_(1, number, weights).clamp_(min=1e-12)
    shares = weights * per_weight.index_select(1, number)
    rows = order + torch.arange(n_models, device=order.device).unsqueeze(1) * longest
    pieces = (torch.split(one, size, dim=1) for one in (rows, labels, shares))
    for i, (places, known, share) in enumerate(zip(*pieces, strict=True)):
        yield Batch(places.reshape(-1), known, share, per_weight[:, i : i + 1])


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
        self._slopes = self._views(self.gradient)
        self._back = [weight.transpose(1, 2) for weight, _ in self._layers]
        # Few columns: products with the last layer are several times faster the other way round.
        self._last = self._back[-1], self._layers[-1][1].transpose(1, 2)
        self._last_slope = self._slopes[-1][0].transpose(1, 2)
        self._kept_room: dict[tuple[str, tuple[int, ...]], torch.Tensor] = {}

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

    def outputs(self, records: "torch.Tensor") -> "list[torch.Tensor]":
        """Return the state of every layer, (B, n, units), the records first, raw outputs last.

        The states are overwritten by the next call.
        """
        import torch  # noqa: PLC0415 - heavy

        states = [records]
        for i, (weight, bias) in enumerate(self._layers[:-1]):
            out = self._room(f"state {i}", *records.shape[:2], weight.shape[2])
            states.append(self._activated(torch.baddbmm(bias, states[-1], weight, out=out)))
        weight, bias = self._last
        raw = torch.baddbmm(bias, weight, states[-1].transpose(1, 2))
        return [*states, raw.transpose(1, 2).contiguous()]

    def _room(self, use: str, *shape: int) -> "torch.Tensor":
        """Return memory for one use: asking for it at every step would cost more than the sums."""
        import torch  # noqa: PLC0415 - heavy

        if (use, shape) not in self._kept_room:
            self._kept_room[use, shape] = torch.empty(shape, device=self.whole.device)
        return self._kept_room[use, shape]

    def _activated(self, values: "torch.Tensor") -> "torch.Tensor":
        if self.activation == "relu":
            return values.relu_()
        if self.activation == "tanh":
            return values.tanh_()
        return values.sigmoid_() if self.activation == "logistic" else values

    def _through(self, delta: "torch.Tensor", state: "torch.Tensor") -> "torch.Tensor":
        """Multiply the slope of the activation in, from the activated state."""
        import torch  # noqa: PLC0415 - heavy

        if self.activation == "relu":
            step = torch.ops.aten.threshold_backward.grad_input
            return step(delta, state, 0, grad_input=delta)  # type: ignore[no-any-return]
        if self.activation == "tanh":
            return delta.mul_(1.0 - state * state)
        return delta.mul_(state * (1.0 - state)) if self.activation == "logistic" else delta

    def slope(self, records: "torch.Tensor", batch: "Batch", l2: float) -> None:
        """Fill `gradient` with that of the mean log-loss plus l2 |W|^2 / (2 sum of weights)."""
        import torch  # noqa: PLC0415 - heavy

        states = self.outputs(records)
        raw = states[-1]
        if raw.shape[2] == 1:
            delta = raw.sigmoid_().sub_(batch.labels)
        else:
            delta = torch.softmax(raw, dim=2)
            delta.scatter_add_(2, batch.labels, self._room("minus", *raw.shape[:2], 1).fill_(-1.0))
        delta.mul_(batch.shares)
        shrink = l2 * batch.per_weight
        for i in range(len(self._layers) - 1, -1, -1):
            (weight, bias), forward = self._slopes[i], self._layers[i][0]
            if i + 1 == len(self._layers):
                torch.bmm(delta.transpose(1, 2), states[i], out=self._last_slope)
            else:
                torch.bmm(states[i].transpose(1, 2), delta, out=weight)
            torch.sum(delta, dim=1, keepdim=True, out=bias)
            weight.addcmul_(forward, shrink)
            if i:
                out, one = self._room(f"delta {i}", *states[i].shape), delta.shape[2] == 1
                step = torch.mul if one else torch.bmm
                delta = self._through(step(delta, self._back[i], out=out), states[i])

    def fit(self, lesson: Lesson, settings: Settings) -> None:
        """Train for the recipe's epochs on minibatches that each perceptron draws for itself."""
        import torch  # noqa: PLC0415 - heavy

        recipe, (n_models, longest) = settings.recipe, lesson.labels.shape
        step = _Adam(self, settings) if recipe.optimizer == "adam" else _Sgd(self, settings)
        flat = lesson.records.reshape(n_models * longest, -1)
        size = min(recipe.batch_size, longest)
        for _ in range(recipe.epochs):
            order = self._orders(lesson, settings)
            for number, now in enumerate(_batches(lesson, order, size, self._pairs[-1][1])):
                met = self._room("records", len(now.places), flat.shape[1])
                torch.index_select(flat, 0, now.places, out=met)
                self.slope(met.view(n_models, -1, flat.shape[1]), now, recipe.l2)
                idle = [number * size >= count for count in lesson.counts]
                step.take(idle if any(idle) else None)

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

        parts = []
        for piece in torch.split(records, _ASKED_AT_ONCE):
            state = piece.unsqueeze(0)
            for i, (weight, bias) in enumerate(self._layers):
                state = torch.baddbmm(bias[index : index + 1], state, weight[index : index + 1])
                state = self._activated(state) if i + 1 < len(self._layers) else state
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


class _Adam:
    """Kingma & Ba 2015, as scikit-learn writes it."""

    def __init__(self, models: Perceptrons, settings: Settings) -> None:
        import torch  # noqa: PLC0415 - heavy

        self._models, self._settings = models, settings
        self._first = torch.zeros_like(models.whole)
        self._second, self._root = torch.zeros_like(models.whole), torch.empty_like(models.whole)
        self._steps = np.zeros(len(models.whole), dtype=np.int64)

    def take(self, idle: list[bool] | None) -> None:
        """Take one step; perceptrons that are idle have no record left and stay as they are."""
        import torch  # noqa: PLC0415 - heavy

        self._steps += 1 if idle is None else ~np.array(idle)
        (first, second), gradient = self._settings.decay, self._models.gradient
        rates = self._settings.recipe.learning_rate * np.sqrt(1 - second**self._steps)
        rates /= np.maximum(1 - first**self._steps, 1e-12)
        kept = _kept(idle, self._models.whole, self._first, self._second)
        self._first.lerp_(gradient, 1 - first)
        self._second.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        torch.sqrt(self._second, out=self._root).add_(self._settings.epsilon)
        if np.ptp(self._steps):
            own = torch.tensor(rates, dtype=torch.float32, device=self._root.device)
            self._models.whole.sub_(self._first / self._root * own.unsqueeze(1))
        else:
            self._models.whole.addcdiv_(self._first, self._root, value=-float(rates[0]))
        _restore(idle, kept, self._models.whole, self._first, self._second)


class _Sgd:
    """Stochastic gradient descent with momentum, Nesterov's or plain."""

    def __init__(self, models: Perceptrons, settings: Settings) -> None:
        import torch  # noqa: PLC0415 - heavy

        self._models, self._recipe = models, settings.recipe
        self._velocity = torch.zeros_like(models.whole)

    def take(self, idle: list[bool] | None) -> None:
        """Take one step; perceptrons that are idle have no record left and stay as they are."""
        recipe, gradient = self._recipe, self._models.gradient
        kept = _kept(idle, self._models.whole, self._velocity)
        self._velocity.mul_(recipe.momentum).sub_(gradient, alpha=recipe.learning_rate)
        if recipe.nesterov:
            self._models.whole.add_(self._velocity, alpha=recipe.momentum)
            self._models.whole.sub_(gradient, alpha=recipe.learning_rate)
        else:
            self._models.whole.add_(self._velocity)
        _restore(idle, kept, self._models.whole, self._velocity)


def _kept(idle: list[bool] | None, *tensors: Any) -> list[Any]:  # noqa: ANN401 - tensors
    return [] if idle is None else [tensor[idle].clone() for tensor in tensors]


def _restore(idle: list[bool] | None, kept: list[Any], *tensors: Any) -> None:  # noqa: ANN401
    for tensor, before in zip(tensors, kept, strict=False):
        tensor[idle] = before
