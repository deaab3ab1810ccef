"""What the comparison claims of its rows, on rows that are made up."""

from typing import Any

import pytest

from tests.benchmarks import requirements
from tests.benchmarks.requirements import LIRA, OURS, OURS_EIGHT, OURS_FOUR, SHADOW


def _row(tool: str, seconds: float, tpr: float = 0.2, **gaps: float) -> dict[str, Any]:
    """Return a row; gaps are those to ours in TPR at 0.5 %, each with an error of 0.01."""
    told = {
        name: {"tpr_at_0_5pct": (gap, 0.01), "tpr_at_1pct": (gap, 0.01), "auc": (gap, 0.01)}
        for name, gap in gaps.items()
    }
    return {
        "data_set": "adult", "target": "forest", "tool": tool, "seconds": seconds,
        "processor_seconds": seconds * (1.0 if tool in {LIRA, SHADOW} else 2.0),
        "figures": {"tpr_at_1pct": tpr}, "gaps": told,
    }  # fmt: skip


def _ours(*, eight: float = 2.0, four: float = 1.0) -> list[dict[str, Any]]:
    return [_row(OURS, 4.0), _row(OURS_EIGHT, eight), _row(OURS_FOUR, four, tpr=0.1)]


def _lira(seconds: float, ours: float, eight: float, four: float) -> dict[str, Any]:
    return _row(LIRA, seconds, **{OURS: ours, OURS_EIGHT: eight, OURS_FOUR: four})


def test_speed_at_equal_catch_is_that_of_the_fastest_setting_that_catches_enough() -> None:
    lira, shadow = requirements.matched([*_ours(), _lira(25.0, 0.0, -0.01, -0.02)])
    assert (lira["rows"], lira["hold"]) == (1, 1)
    assert lira["shown"] == {"adult/forest": f"12.50 times as fast with {OURS_EIGHT}"}
    assert shadow["rows"] == 0


def test_row_that_is_too_slow_at_equal_catch_is_short() -> None:
    lira, _ = requirements.matched([*_ours(), _lira(19.0, 0.0, -0.01, -0.02)])
    assert lira["hold"] == 0
    assert lira["shown"]["adult/forest"].endswith(", short")


def test_row_that_no_setting_catches_enough_on_says_so() -> None:
    lira, _ = requirements.matched([*_ours(), _lira(900.0, -0.02, -0.02, -0.02)])
    assert (lira["rows"], lira["hold"]) == (1, 0)
    assert "none of our settings" in lira["shown"]["adult/forest"]


def test_twice_the_catch_of_shadow_models_counts_only_from_twice_on() -> None:
    shadow = _row(SHADOW, 1.5, tpr=0.1)
    _, told = requirements.matched([*_ours(), shadow])
    assert told["hold"] == 0  # 4 references are fast enough and catch as much, not twice
    _, told = requirements.matched([*_ours(eight=1.5), shadow])
    assert told["hold"] == 1


def test_fixed_settings_are_judged_each_by_itself() -> None:
    rows = [*_ours(), _lira(25.0, 0.0, -0.01, -0.02)]
    speed = {
        tool: next(
            one for one in requirements.judged(rows, tool) if one["requirement"].startswith("Speed")
        )
        for tool in (OURS, OURS_EIGHT, OURS_FOUR)
    }
    assert [one["hold"] for one in speed.values()] == [0, 1, 0]
    assert speed[OURS]["short"] == {f"adult/forest, {LIRA}": "6.25 times as fast"}
    assert speed[OURS_FOUR]["short"] == {f"adult/forest, {LIRA}": "-0.0200 (standard error 0.0100)"}


def test_data_sets_of_a_family_count_alike() -> None:
    slow = [row | {"data_set": "credit"} for row in [_row(OURS, 10.0), _lira(40.0, 0.02, 0.0, 0.0)]]
    rows = [_row(OURS, 1.0), _lira(100.0, -0.03, 0.0, 0.0), *slow]
    (told,) = requirements.by_family(rows, OURS)
    assert (told["family"], told["rows"], told["peer"]) == ("forest", 2, LIRA)
    assert told["speed"] == pytest.approx(20.0)  # of 100 and 4; the sums of seconds give 12.7
    assert told["work"] == pytest.approx(10.0)
    assert told["gap"] == pytest.approx(-0.005)
    assert told["error"] == pytest.approx(0.01 / 2**0.5)
    assert told["holds"]


@pytest.mark.parametrize(
    ("seconds", "gap"), [(39.0, 0.0), (400.0, -0.02)], ids=["too slow", "catches less"]
)
def test_family_that_is_slow_or_catches_less_is_short(seconds: float, gap: float) -> None:
    (told,) = requirements.by_family([*_ours(), _lira(seconds, gap, gap, gap)], OURS)
    assert not told["holds"]


def test_family_beside_shadow_models_has_to_catch_twice_as_much() -> None:
    rows = [_row(OURS, 1.0, tpr=0.2), _row(SHADOW, 1.5, tpr=0.1)]
    assert requirements.by_family(rows, OURS)[0]["holds"]
    rows[1] = _row(SHADOW, 1.5, tpr=0.11)
    (told,) = requirements.by_family(rows, OURS)
    assert told["times_the_catch"] == pytest.approx(0.2 / 0.11)
    assert not told["holds"]


def test_art_has_to_be_met_in_time_and_catch_together() -> None:
    def art(seconds: float, tpr: float) -> dict[str, str]:
        judged = requirements.judged(
            [*_ours(), _row(SHADOW, seconds, tpr=tpr, **{OURS: 0.0})], OURS
        )
        return dict(judged[-1]["short"])

    name = f"adult/forest, {SHADOW}"
    assert art(4.0, 0.1) == {}
    assert art(3.0, 0.1) == {name: "0.75 times as fast"}
    assert art(4.0, 0.11) == {name: "0.2000 against 0.1100"}
    assert art(3.0, 0.6) == {
        name: "0.75 times as fast, 0.2000 against 0.6000, twice which nothing can reach"
    }
