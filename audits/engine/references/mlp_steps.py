"""One epoch of perceptrons side by side, written so that torch can run it without Python.

Every step is a few operations on small tensors. Run by Python they wait for its lock, so that two
groups on two threads took as long as one after the other; TorchScript's interpreter holds no lock
and costs a fifth less on one thread. Where it is missing Python runs the same functions: the same
operations in the same order, so the same numbers. TorchScript reads this file's source, which is
why it imports torch at its top, spells types out and has no keyword-only arguments.

Shapes: B perceptrons, n records each (padded to the longest), m of them in a step, d columns.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Net(NamedTuple):
    """Weights of B perceptrons and what an optimiser keeps of them; all are written to.

    Attributes
    ----------
    whole, gradient
        (B, P) all weights, and their slopes.
    weights, biases
        Of each layer (B, in, out) and (B, 1, out), parts of `whole`.
    weight_slopes, bias_slopes
        The same parts of `gradient`.
    moments
        (B, P) each: of Adam two moments and room for a root; else the velocity.
    """

    whole: Tensor
    gradient: Tensor
    weights: list[Tensor]
    biases: list[Tensor]
    weight_slopes: list[Tensor]
    bias_slopes: list[Tensor]
    moments: list[Tensor]


class Known(NamedTuple):
    """What they learn from, see `Lesson`: (B n, d) records end to end, (B, n) labels, weights."""

    flat: Tensor
    labels: Tensor
    weights: Tensor


class Rules(NamedTuple):
    """How they learn, see `Settings`; `adam` says which of the two optimisers it is."""

    activation: str
    size: int
    l2: float
    adam: bool
    first: float
    second: float
    epsilon: float
    learning_rate: float
    momentum: float
    nesterov: bool


class Room(NamedTuple):
    """Memory for steps of m records: asking for it at every step would cost more than the sums.

    Attributes
    ----------
    met
        (B m, d) the records of a step.
    states, deltas
        (B, m, units) for each layer; of states the hidden ones alone are used.
    ones
        (B, m, 1).
    """

    met: Tensor
    states: list[Tensor]
    deltas: list[Tensor]
    ones: Tensor


class Pace(NamedTuple):
    """For each step of an epoch, and each perceptron: its rate, and whether it has no record left.

    `alike` says of a step whether all rates are one, `rests` whether any of them is idle.
    """

    rates: list[list[float]]
    idle: list[list[bool]]
    alike: list[bool]
    rests: list[bool]


def room_of(net: Net, columns: int, size: int) -> Room:
    """Return memory for steps of `size` records."""
    n_models, device = net.whole.size(0), net.whole.device
    units = [bias.size(2) for bias in net.biases]
    return Room(
        torch.empty(n_models * size, columns, device=device),
        [torch.empty(n_models, size, one, device=device) for one in units],
        [torch.empty(n_models, size, one, device=device) for one in units],
        torch.empty(n_models, size, 1, device=device),
    )


def activated(values: Tensor, activation: str) -> Tensor:
    """Return the state of a layer, in place of its raw values."""
    if activation == "relu":
        return values.relu_()
    if activation == "tanh":
        return values.tanh_()
    if activation == "logistic":
        return values.sigmoid_()
    return values


def _through(delta: Tensor, state: Tensor, activation: str) -> Tensor:
    """Multiply the slope of the activation in, from the activated state."""
    if activation == "relu":
        torch.ops.aten.threshold_backward(delta, state, 0, grad_input=delta)
        return delta
    if activation == "tanh":
        return delta.mul_(1.0 - state * state)
    if activation == "logistic":
        return delta.mul_(state * (1.0 - state))
    return delta


def _states(net: Net, records: Tensor, room: Room, activation: str) -> list[Tensor]:
    """Return the state of every layer, (B, m, units), the records first, raw outputs last."""
    states = [records]
    last = len(net.weights) - 1
    for i in range(last):
        raw = torch.baddbmm(net.biases[i], states[i], net.weights[i], out=room.states[i])
        states.append(activated(raw, activation))
    # Few columns: products with the last layer are several times faster the other way round.
    weight, bias = net.weights[last].transpose(1, 2), net.biases[last].transpose(1, 2)
    raw = torch.baddbmm(bias, weight, states[last].transpose(1, 2))
    states.append(raw.transpose(1, 2).contiguous())
    return states


def _slope(
    net: Net, states: list[Tensor], labels: Tensor, shares: Tensor, shrink: Tensor, room: Room,
    activation: str,
) -> None:  # fmt: skip
    """Fill `gradient` with that of the mean log-loss plus the penalty."""
    last = len(net.weights) - 1
    raw = states[last + 1]
    if raw.size(2) == 1:
        delta = raw.sigmoid_().sub_(labels)
    else:
        delta = torch.softmax(raw, 2)
        delta.scatter_add_(2, labels, room.ones.fill_(-1.0))
    delta.mul_(shares)
    for j in range(last + 1):
        i = last - j
        if i == last:
            out = net.weight_slopes[i].transpose(1, 2)
            torch.bmm(delta.transpose(1, 2), states[i], out=out)
        else:
            torch.bmm(states[i].transpose(1, 2), delta, out=net.weight_slopes[i])
        torch.sum(delta, [1], True, out=net.bias_slopes[i])
        net.weight_slopes[i].addcmul_(net.weights[i], shrink)
        if i > 0:
            back = net.weights[i].transpose(1, 2)
            if delta.size(2) == 1:
                delta = torch.mul(delta, back, out=room.deltas[i - 1])
            else:
                delta = torch.bmm(delta, back, out=room.deltas[i - 1])
            delta = _through(delta, states[i], activation)


def _adam(net: Net, rules: Rules, rates: list[float], alike: bool) -> None:  # noqa: FBT001
    """Kingma & Ba 2015, as scikit-learn writes it."""
    first, second, root = net.moments[0], net.moments[1], net.moments[2]
    first.lerp_(net.gradient, 1 - rules.first)
    second.mul_(rules.second).addcmul_(net.gradient, net.gradient, value=1 - rules.second)
    torch.sqrt(second, out=root).add_(rules.epsilon)
    if alike:
        net.whole.addcdiv_(first, root, value=-rates[0])
    else:
        own = torch.tensor(rates, dtype=torch.float32).to(root.device)
        net.whole.sub_(first / root * own.unsqueeze(1))


def _sgd(net: Net, rules: Rules) -> None:
    """Stochastic gradient descent with momentum, Nesterov's or plain."""
    velocity, rate = net.moments[0], rules.learning_rate
    velocity.mul_(rules.momentum).sub_(net.gradient, alpha=rate)
    if rules.nesterov:
        net.whole.add_(velocity, alpha=rules.momentum)
        net.whole.sub_(net.gradient, alpha=rate)
    else:
        net.whole.add_(velocity)


def epoch(
    net: Net, known: Known, rules: Rules, order: Tensor, pace: Pace, full: Room, rest: Room
) -> None:
    """Take every step of an epoch; `order` is (B, n), `rest` is room for the last, shorter step.

    Perceptrons that are idle have no record left and stay as they are.
    """
    n_models, longest, columns = order.size(0), order.size(1), known.flat.size(1)
    labels = known.labels.gather(1, order).unsqueeze(2)
    weights = known.weights.gather(1, order).unsqueeze(2)
    if net.biases[-1].size(2) == 1:
        labels = labels.to(torch.float32)
    number = torch.arange(longest, device=order.device) // rules.size
    sums = torch.zeros(n_models, len(pace.alike), 1, device=order.device)
    per_weight = 1.0 / sums.index_add_(1, number, weights).clamp_(min=1e-12)
    shares = weights * per_weight.index_select(1, number)
    rows = order + torch.arange(n_models, device=order.device).unsqueeze(1) * longest
    written = [net.whole]
    written.extend(net.moments)
    idle, kept = torch.empty(0), [torch.empty(0)]
    for i in range(len(pace.alike)):
        start, end = i * rules.size, min((i + 1) * rules.size, longest)
        room = full if end - start == rules.size else rest
        torch.index_select(known.flat, 0, rows[:, start:end].reshape(-1), out=room.met)
        states = _states(net, room.met.view(n_models, -1, columns), room, rules.activation)
        shrink = rules.l2 * per_weight[:, i : i + 1]
        _slope(
            net, states, labels[:, start:end], shares[:, start:end], shrink, room, rules.activation
        )
        if pace.rests[i]:
            idle = torch.tensor(pace.idle[i]).to(order.device)
            kept = [one[idle] for one in written]
        if rules.adam:
            _adam(net, rules, pace.rates[i], pace.alike[i])
        else:
            _sgd(net, rules)
        if pace.rests[i]:
            for j, one in enumerate(written):
                one[idle] = kept[j]


@cache
def program() -> Callable[..., Any]:
    """Return `epoch` as TorchScript, or as it stands where this torch cannot make it that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return torch.jit.script(epoch)
    except (AttributeError, OSError, RuntimeError):
        return epoch
