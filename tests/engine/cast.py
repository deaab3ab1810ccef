"""The records and models the engine's tests share."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification

from audits.engine import AuditPlan, audit
from audits.engine.inputs import model_inputs
from audits.engine.policy import Split
from audits.engine.target import wrap
from audits.engine.types import ModelInputs, Predictions, Records


def problem(n: int, *, seed: int = 0, noise: float = 0.2) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return (n, 8) features and noisy labels of two classes."""
    features, labels = make_classification(
        n, 8, n_informative=5, flip_y=noise, random_state=seed, shuffle=True
    )
    return features, labels


def records(
    features: NDArray[Any], labels: NDArray[Any], groups: NDArray[Any] | None = None
) -> Records:
    """Return records with columns c0, c1, ..."""
    table = pa.table({f"c{j}": features[:, j] for j in range(features.shape[1])})
    persons = None if groups is None else pa.chunked_array([pa.array(groups)])
    return Records(table, pa.chunked_array([pa.array(labels)]), persons)


def inputs(
    model: BaseEstimator, members: Records, nonmembers: Records, **more: Records
) -> ModelInputs:
    """Return the inputs of an audit."""
    return model_inputs(wrap(model), {"members": members, "nonmembers": nonmembers, **more})


def halves(model: BaseEstimator, n: int, *, seed: int = 0) -> ModelInputs:
    """Return the model fitted on n records, audited with these and n others like them."""
    features, labels = problem(2 * n, seed=seed)
    model.fit(features[:n], labels[:n])
    return inputs(model, records(features[:n], labels[:n]), records(features[n:], labels[n:]))


def guessed(n: int, *, split: Split = "unknown") -> dict[str, Any]:
    """Return the document of an audit of n records a side, whose model is surer of its members."""
    rng = np.random.default_rng(n)
    is_member = np.arange(2 * n) < n
    sure = np.clip(rng.beta(4, 2, 2 * n) + 0.2 * is_member, 0.01, 0.99)
    answers = np.stack([sure, 1 - sure], axis=1)
    given = Predictions(is_member, np.zeros(2 * n, dtype=int), answers, ("no", "yes"))
    return audit(given, AuditPlan(split=split)).document


def csv(text: str) -> io.BytesIO:
    """Return an open file with this text."""
    return io.BytesIO(text.encode())
