"""Newton's method against a general-purpose minimiser, and where it says that it found nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from audits.engine.references.newton import Problem, minimum


def problem(*, ridge: float) -> Problem:
    """Return 300 records of four columns and an intercept."""
    rng = np.random.default_rng(3)
    matrix = np.column_stack([rng.normal(size=(300, 4)), np.ones(300)])
    positive = (matrix[:, 0] + 0.4 + 1.5 * rng.normal(size=300) > 0).astype(np.float64)
    weights = rng.uniform(0.2, 2.0, 300)
    return Problem(
        matrix, positive, weights / weights.sum(), np.array([ridge, ridge, ridge, ridge, 0.0])
    )


@pytest.mark.parametrize("ridge", [1e-4, 0.1, 10.0])
def test_the_minimum_is_that_of_a_general_minimiser(ridge: float) -> None:
    given = problem(ridge=ridge)
    found = minimum(given, np.zeros(5), precision=1e-10)
    expected = minimize(lambda w: given.loss(given.matrix @ w, w), np.zeros(5), tol=1e-12).x
    assert found == pytest.approx(expected, abs=1e-4)


def test_every_start_ends_at_the_same_minimum() -> None:
    given = problem(ridge=0.01)
    ends = [minimum(given, start, precision=1e-10) for start in (np.zeros(5), np.full(5, 3.0))]
    assert ends[0] == pytest.approx(ends[1], abs=1e-8)


def test_a_start_at_the_minimum_still_takes_a_step() -> None:
    given = problem(ridge=0.01)
    rough = minimum(given, np.zeros(5), precision=1e-10)
    assert rough is not None
    near = rough + 1e-4
    moved = minimum(given, near, precision=1.0)
    assert moved is not None
    assert np.abs(moved - rough).max() < 1e-6


def test_a_column_that_says_nothing_and_has_no_ridge_is_none() -> None:
    given = problem(ridge=0.0)
    empty = replace(given, matrix=given.matrix * [1.0, 1.0, 1.0, 0.0, 1.0])
    assert minimum(empty, np.zeros(5), precision=1e-5) is None
