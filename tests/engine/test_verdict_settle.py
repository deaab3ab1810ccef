"""Which sample size would settle what is open."""

import numpy as np
import pytest

from audits.engine.metrics import rank, tpr_upper
from audits.engine.policy import BETA, LEVELS, LevelName
from audits.engine.settle import (
    clean_auc_upper,
    clean_model_settles,
    clean_tpr_upper,
    records_to_settle,
)


@pytest.mark.parametrize(
    ("alpha", "threshold", "about"),
    [(0.01, 0.10, 300), (0.001, 0.01, 2_500), (0.01, 0.03, 2_000), (0.001, 0.003, 20_000)],
)
def test_sizes_at_which_a_clean_model_is_ruled_out_are_about_the_published_ones(
    alpha: float, threshold: float, about: int
) -> None:
    enough, short = int(about * 1.25), int(about * 0.5)
    assert clean_tpr_upper(alpha, enough, enough, 0.975) < threshold
    assert clean_tpr_upper(alpha, short, short, 0.975) >= threshold


@pytest.mark.parametrize(
    ("n1", "n0", "level", "records"),
    [
        (400, 400, "L3", 1_000),
        (400, 400, "L2", 2_200),
        (50_000, 400, "L3", 1_000),
        (1_000, 1_000, "L3", None),
        (1_200, 1_200, "L2", 2_200),
        (12_000, 12_000, "L2", 22_000),
        (30_000, 30_000, "L2", None),
        (400, 400, "L1", None),
    ],
)
def test_records_to_settle_for_four_attacks(
    n1: int, n0: int, level: LevelName, records: int | None
) -> None:
    assert records_to_settle(level, n1, n0, family_size=4) == records


def test_records_to_settle_need_fewer_for_fewer_attacks() -> None:
    sizes = [records_to_settle("L2", 400, 400, family_size=f) for f in (1, 2, 4)]
    assert sizes == [1_600, 1_900, 2_200]


def test_records_to_settle_refuses_a_level_without_a_row() -> None:
    with pytest.raises(ValueError, match="L0"):
        records_to_settle("L0", 400, 400, family_size=1)


def test_clean_model_of_the_named_size_is_settled_about_as_often_as_promised() -> None:
    size = records_to_settle("L2", 400, 400, family_size=1)
    assert size is not None
    rng, runs = np.random.default_rng(0), 200
    settled = [
        tpr_upper(rank(*rng.random((2, size)), seed=run), 0.01, BETA) < 0.03 for run in range(runs)
    ]
    assert np.mean(settled) >= 0.9 - 3 * (0.9 * 0.1 / runs) ** 0.5


def test_clean_upper_limits_are_trivial_without_enough_records() -> None:
    assert clean_tpr_upper(0.1, 10, 1, 0.9) == 1.0
    assert clean_auc_upper(500, 500, 0.975) < 0.60
    assert not clean_model_settles(LEVELS[2], 999, 999, 1)


def test_records_to_settle_stop_where_no_sample_is_large_enough() -> None:
    assert records_to_settle("L1", 9_999_999, 9_999_999, family_size=1) is None
