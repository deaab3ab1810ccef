import numpy as np
import pytest

from audits.engine.distributions import BINS, distribution


def test_bins_hold_every_score_of_both_sides() -> None:
    rng = np.random.default_rng(0)
    found = distribution(rng.normal(1, 1, 900), rng.normal(0, 1, 1_100))
    assert len(found["edges"]) == BINS + 1
    assert (sum(found["members"]), sum(found["nonmembers"])) == (900, 1_100)


def test_scores_beyond_the_ends_are_in_the_outermost_bins() -> None:
    middle = np.linspace(0, 1, 1_000)
    found = distribution(np.append(middle, [np.inf, 1e9]), np.append(middle, -np.inf))
    assert found["edges"][-1] < 2
    assert (sum(found["members"]), sum(found["nonmembers"])) == (1_002, 1_001)
    assert found["members"][-1] > found["nonmembers"][-1]
    assert found["nonmembers"][0] > found["members"][0]


@pytest.mark.parametrize(
    ("members", "nonmembers", "bins"),
    [
        ([2.0, 2.0], [2.0], 1),
        ([np.inf], [-np.inf], 1),
        ([0.0] * 999 + [1.0], [0.0] * 999, BINS),
    ],
)
def test_scores_that_hardly_differ_still_have_bins(
    members: list[float], nonmembers: list[float], bins: int
) -> None:
    found = distribution(np.array(members), np.array(nonmembers))
    assert len(found["edges"]) == bins + 1
    assert sum(found["members"]) == len(members)
    assert sum(found["nonmembers"]) == len(nonmembers)
