"""What is summarised per attack: power guard, split of the error, coverage, speed."""

import json
import math
import time
import tracemalloc

import numpy as np
import pytest

from audits.engine.metrics import auc, rank, summarise, tpr_lower, tpr_upper
from audits.engine.policy import BETA, POWER, family_of, rated_triggers, reach_error


@pytest.mark.parametrize(
    ("key", "n1", "n0", "reportable", "rated"),
    [
        ("0.001", 9_999, 2_999, False, False),
        ("0.001", 3_000, 3_000, True, False),
        ("0.001", 2_999, 10_000, True, False),
        ("0.001", 3_000, 9_999, True, False),
        ("0.001", 3_000, 10_000, True, True),
        ("0.01", 1_000, 299, False, False),
        ("0.01", 1_000, 300, True, False),
        ("0.01", 999, 1_000, True, False),
        ("0.01", 1_000, 1_000, True, True),
        ("auc", 99, 500, False, False),
        ("auc", 100, 100, True, False),
        ("auc", 500, 499, True, False),
        ("auc", 500, 500, True, True),
        ("epsilon", 100, 99, False, False),
        ("epsilon", 100, 100, True, False),
        ("epsilon", 1_000, 1_000, True, True),
    ],
)
def test_power_guard_opens_at_the_published_sizes(
    key: str, n1: int, n0: int, *, reportable: bool, rated: bool
) -> None:
    assert POWER[key].reportable(n1, n0) is reportable
    assert POWER[key].rated(n1, n0) is rated


@pytest.mark.parametrize(
    ("depth", "ran", "family"),
    [
        (1, {"gap", "loss", "entropy"}, ("entropy", "loss")),
        (2, {"loss", "entropy", "quantile"}, ("entropy", "loss", "quantile")),
        (4, {"loss", "entropy", "rmia"}, ("rmia",)),
        (4, {"rmia", "lira", "learned", "quantile", "label_noise", "loss"},
         ("rmia", "lira", "learned", "quantile", "label_noise")),
        (4, {"loss", "entropy", "label_noise"}, ("entropy", "loss", "label_noise")),
        (1, {"gap"}, ()),
    ],
)  # fmt: skip
def test_family_is_the_fixed_table_restricted_to_what_ran(
    depth: int, ran: set[str], family: tuple[str, ...]
) -> None:
    assert family_of(depth, ran) == family


def test_family_refuses_an_unknown_depth() -> None:
    with pytest.raises(ValueError, match="depth"):
        family_of(5, {"loss"})


def test_error_of_reached_is_split_over_attacks_and_rated_triggers() -> None:
    assert rated_triggers(10_000, 10_000) == ("0.001", "0.01", "auc")
    assert rated_triggers(999, 999) == ("auc",)
    assert rated_triggers(499, 499) == ()
    assert reach_error(4, 10_000, 10_000) == pytest.approx(0.05 / 12)
    assert reach_error(2, 1_000, 1_000) == pytest.approx(0.05 / 4)
    assert reach_error(2, 100, 100) == pytest.approx(0.05 / 2)


def test_summary_uses_split_error_below_and_full_error_above() -> None:
    rng = np.random.default_rng(2)
    member, nonmember = rng.normal(0.4, 1, 1200), rng.normal(0, 1, 1500)
    stats = summarise(member, nonmember, seed=9, family_size=3)
    ranked = rank(member, nonmember, seed=9)
    error = BETA / 6
    assert stats.reach == {
        "0.01": tpr_lower(ranked, 0.01, error),
        "auc": auc(member, nonmember, side_error=error).low,
    }
    assert stats.rule_out == {
        "0.01": tpr_upper(ranked, 0.01, BETA),
        "auc": auc(member, nonmember, side_error=BETA).high,
    }
    assert stats.tpr["0.01"].low == tpr_lower(ranked, 0.01, 0.025)
    assert stats.tpr["0.01"].high == tpr_upper(ranked, 0.01, 0.025)
    assert stats.auc == auc(member, nonmember)


def test_summary_of_few_records_bounds_nothing() -> None:
    stats = summarise([1.0, 2.0], [0.0, 3.0], seed=0, family_size=1)
    assert (stats.reach, stats.rule_out) == ({}, {})
    assert [e.reportable for e in stats.tpr.values()] == [False, False, False]


def test_summary_as_json_has_the_documents_shape() -> None:
    entry = summarise(np.ones(300), np.zeros(300), seed=0, family_size=1).as_json()
    assert json.loads(json.dumps(entry, allow_nan=False)) == entry
    assert list(entry["tpr"]) == ["0.001", "0.01", "0.1"]
    assert entry["tpr"]["0.001"] == {
        "value": None, "low": None, "high": None, "reportable": False, "rated": False,
    }  # fmt: skip
    assert entry["auc"]["value"] == 1.0
    assert list(entry["auc"]) == ["value", "low", "high", "reportable", "rated"]


@pytest.mark.parametrize(
    ("n", "reportable", "rated"), [(99, False, False), (100, True, False), (500, True, True)]
)
def test_auc_keeps_its_numbers_whatever_the_power_guard_says(
    n: int, *, reportable: bool, rated: bool
) -> None:
    entry = summarise(np.ones(n), np.zeros(n), seed=0, family_size=1).as_json()["auc"]
    assert (entry["reportable"], entry["rated"]) == (reportable, rated)
    assert (entry["value"], entry["high"]) == (1.0, 1.0)


def test_summary_refuses_an_empty_family() -> None:
    with pytest.raises(ValueError, match="family_size"):
        summarise([1.0], [0.0], seed=0, family_size=0)


def test_summary_of_tied_clean_scores_is_as_narrow_as_of_distinct_ones() -> None:
    # An attack with few distinct scores made every clean audit inconclusive before ties were
    # broken: mean upper limit .37 instead of about .03 at n = 1 000.
    rng = np.random.default_rng(6)
    tied, distinct = [], []
    for run in range(100):
        few, many = rng.integers(0, 3, (2, 1000)), rng.random((2, 1000))
        tied.append(tpr_upper(rank(few[0], few[1], seed=run), 0.01, 0.025))
        distinct.append(tpr_upper(rank(many[0], many[1], seed=run), 0.01, 0.025))
    assert np.mean(tied) == pytest.approx(np.mean(distinct), abs=0.003)
    assert np.mean(tied) == pytest.approx(0.030, abs=0.003)


@pytest.mark.parametrize("power", [1.0, 0.7])
def test_tpr_bounds_are_wrong_no_more_often_than_they_say(power: float) -> None:
    # Members' true ROC is a -> a ** power. Tolerance: three standard errors of the simulation.
    rng, runs, n, alpha, error = np.random.default_rng(7), 700, 1000, 0.01, 0.05
    truth, tolerance = alpha**power, 3 * math.sqrt(error * (1 - error) / runs)
    ranked = [
        rank(1 - rng.random(n) ** (1 / power), rng.random(n), seed=run) for run in range(runs)
    ]
    assert np.mean([tpr_lower(r, alpha, error) > truth for r in ranked]) <= error + tolerance
    assert np.mean([tpr_upper(r, alpha, error) < truth for r in ranked]) <= error + tolerance


def test_summary_of_a_million_records_is_quick_and_small() -> None:
    rng = np.random.default_rng(8)
    member, nonmember = rng.normal(0.1, 1, 500_000), rng.normal(0, 1, 500_000)
    started = time.process_time()
    tracemalloc.start()
    summarise(member, nonmember, seed=0, family_size=4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started <= 5.0
    assert peak <= 1_000_000_000
