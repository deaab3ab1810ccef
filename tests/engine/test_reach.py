"""What sizes alone allow an audit to show and to rule out."""

import numpy as np
import pytest

from audits.engine.epsilon import epsilon
from audits.engine.metrics import rank, summarise
from audits.engine.policy import FAMILIES, LEVELS
from audits.engine.reach import reach
from audits.engine.verdict import reached_level

FAMILY = FAMILIES[4]


@pytest.mark.parametrize(
    ("sizes", "shown", "ruled_out"),
    [
        ((50, 50), [], []),
        ((600, 700), ["L2", "L3"], []),
        ((1_200, 1_200), ["L1", "L2", "L3", "L4"], ["L3", "L4"]),
        ((5_000, 20_000), ["L1", "L2", "L3", "L4"], ["L3", "L4"]),
        ((30_000, 30_000), ["L1", "L2", "L3", "L4"], ["L2", "L3", "L4"]),
    ],
)
def test_reach_names_levels_that_can_be_shown_and_ruled_out(
    sizes: tuple[int, int], shown: list[str], ruled_out: list[str]
) -> None:
    found = reach(*sizes, family_size=len(FAMILY))
    assert [one.level for one in found.levels if one.shown] == shown
    assert [one.level for one in found.levels if one.ruled_out] == ruled_out


@pytest.mark.parametrize("sizes", [(499, 500), (500, 500), (1_000, 1_000), (3_000, 10_000)])
def test_level_is_shown_where_an_attack_that_finds_everybody_reaches_it(
    sizes: tuple[int, int],
) -> None:
    members, nonmembers = np.ones(sizes[0]), np.zeros(sizes[1])
    perfect = summarise(members, nonmembers, seed=0, family_size=len(FAMILY))
    highest = reached_level(dict.fromkeys(FAMILY, perfect))
    found = reach(*sizes, family_size=len(FAMILY))
    levels = [row.name for row in LEVELS][:highest]
    # Without a rated low false-alarm rate a trace would be inconclusive.
    assert [one.level for one in found.levels if one.shown] == levels[sizes[1] < 1_000 :]


def test_leak_factor_ceiling_is_that_of_the_result() -> None:
    ranked = rank(np.ones(800), np.zeros(900), seed=0)
    told = epsilon(dict.fromkeys(FAMILY, ranked), split="unknown")
    assert reach(800, 900, family_size=len(FAMILY)).leak_factor_ceiling == told.leak_factor_ceiling


def test_reach_refuses_an_empty_side() -> None:
    with pytest.raises(ValueError, match="at least one"):
        reach(0, 10, family_size=1)
