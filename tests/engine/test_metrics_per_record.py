"""p-values of single members and the list of those who stand out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.engine.per_record import exposed_members, p_values, smallest_list


def test_p_value_counts_nonmembers_at_or_above() -> None:
    p = p_values(np.array([5.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0]))
    assert p.tolist() == [1 / 4, 3 / 4, 4 / 4]


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30))
def test_list_equals_the_step_up_rule_by_hand(values: list[float]) -> None:
    ordered = sorted(values)
    size = max(
        (k for k, p in enumerate(ordered, 1) if p <= 0.1 * k / len(values) * (1 + 1e-12)),
        default=0,
    )
    named = exposed_members(np.array(values))
    assert len(named) == size
    assert sorted(values[i] for i in named) == ordered[:size]


@pytest.mark.parametrize(("n1", "n0", "size"), [(1000, 999, 10), (10, 99, 1), (500, 99, 50)])
def test_smallest_list_is_what_equal_smallest_p_values_can_fill(
    n1: int, n0: int, size: int
) -> None:
    assert smallest_list(n1, n0) == size
    best = 1 / (n0 + 1)
    full = exposed_members(np.concatenate([np.full(size, best), np.ones(n1 - size)]))
    short = exposed_members(np.concatenate([np.full(size - 1, best), np.ones(n1 - size + 1)]))
    assert (len(full), len(short)) == (size, 0)


def test_list_of_a_clean_model_is_mostly_empty() -> None:
    rng = np.random.default_rng(0)
    runs = [len(exposed_members(p_values(*rng.random((2, 500))))) > 0 for _ in range(200)]
    assert np.mean(runs) <= 0.1 + 3 * (0.1 * 0.9 / 200) ** 0.5
