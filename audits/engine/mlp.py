"""A multilayer perceptron as plain arrays: what a safetensors file declares and how it was trained.

The forward pass is numpy, so that asking a model never needs torch; training is in
`references.mlp_blocks`.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Activation = Literal["relu", "tanh", "logistic", "identity"]
Optimizer = Literal["adam", "sgd"]
ACTIVATIONS: Final = frozenset(get_args(Activation))
OPTIMIZERS: Final = frozenset(get_args(Optimizer))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MlpRecipe:
    """How a perceptron is trained: enough to train another one the same way.

    Attributes
    ----------
    hidden
        Units of each hidden layer, >= 1 each.
    activation
        After each hidden layer; the last layer is a softmax over the classes.
    optimizer
        "adam" (0.9, 0.999, 1e-8) or "sgd" with `momentum`.
    learning_rate
        Constant, > 0.
    batch_size
        Records in a minibatch, >= 1; more than there are means all.
    epochs
        Passes over the records, >= 1.
    l2
        Weight of the squared weights in the loss, divided by the batch size, biases apart;
        scikit-learn's `alpha`, >= 0.
    momentum
        Of "sgd", in [0, 1).
    nesterov
        Of "sgd".
    standardize
        Whether columns are centred and scaled on the training records first.
    """

    hidden: tuple[int, ...]
    activation: Activation = "relu"
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-3
    batch_size: int = 200
    epochs: int = 200
    l2: float = 1e-4
    momentum: float = 0.9
    nesterov: bool = True
    standardize: bool = False


def activated(values: Any, activation: Activation) -> Any:  # noqa: ANN401 - any float array
    """Return the activation of each value."""
    if activation == "relu":
        return np.maximum(values, 0)
    if activation == "tanh":
        return np.tanh(values)
    return expit(values) if activation == "logistic" else values


class MlpClassifier:
    """A fitted perceptron that answers like a scikit-learn classifier.

    Parameters
    ----------
    weights
        One (d_in, d_out) array per layer.
    biases
        One (d_out,) array per layer.
    classes
        (C,) labels; the last layer has C units, or one for C = 2 (then a logistic of it).
    recipe
        How it was trained; None if that is not known.
    feature_names
        Columns in order; None if it knows only their number.
    mean, scale
        (d,) standardisation applied first; None for none.
    """

    def __init__(
        self,
        weights: list[Floats],
        biases: list[Floats],
        classes: NDArray[Any],
        recipe: MlpRecipe | None,
        *,
        activation: Activation = "relu",
        feature_names: tuple[str, ...] | None = None,
        mean: Floats | None = None,
        scale: Floats | None = None,
    ) -> None:
        self.weights, self.biases = weights, biases
        self.classes_ = classes
        self.recipe = recipe
        self.activation: Activation = activation
        self.n_features_in_ = len(weights[0])
        self.mean, self.scale = mean, scale
        if feature_names is not None:
            self.feature_names_in_ = feature_names

    def predict_proba(self, features: Any) -> Floats:  # noqa: ANN401 - (n, d) array
        """Return (n, C) probabilities."""
        state = np.asarray(features, dtype=np.float64)
        if self.mean is not None:
            state = state - self.mean
        if self.scale is not None:
            state = state / self.scale
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            state = activated(state @ weight + bias, self.activation)
        out = state @ self.weights[-1] + self.biases[-1]
        if out.shape[1] == 1:
            positive = expit(out[:, 0])
            return np.column_stack([1.0 - positive, positive])
        return np.asarray(softmax(out, axis=1), dtype=np.float64)
