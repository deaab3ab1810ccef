import math
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from audits.charts import roc
from audits.charts.roc import RocSeries
from audits.charts.values import reading_text, ticks
from tests.charts.documents import document
from tests.engine.cast import guessed

USUAL = roc.series(document())


def traces(series: RocSeries) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in roc.figure(series, dark=False)["data"]}


def test_roc_puts_the_attack_of_the_verdict_first() -> None:
    assert [curve.key for curve in USUAL.curves] == ["rmia", "entropy", "loss"]


def test_roc_without_a_best_attack_leads_with_the_surest_auc() -> None:
    series = roc.series(document(best=None, outcome="no_sign"))
    assert (series.curves[0].key, series.confirmed) == ("rmia", False)


def test_roc_leads_with_an_attack_of_the_family() -> None:
    made = document(best=None, outcome="no_sign") | {"family": ["entropy", "loss"]}
    assert roc.series(made).curves[0].key == "entropy"


def test_roc_limits_what_can_be_read_to_one_in_nonmembers() -> None:
    assert (USUAL.resolution, USUAL.floor) == (1 / 1200, 1 / 1200)
    assert {curve.fpr[0] for curve in USUAL.curves} == {1 / 1200}
    assert min(min(curve.tpr) for curve in USUAL.curves) >= USUAL.floor


def test_roc_keeps_the_highest_point_on_the_limit() -> None:
    made = document(shifts={"loss": 1.0}, best="loss")
    made["curves"]["loss"] = {"fpr": [0.0, 0.0, 1 / 1200, 1.0], "tpr": [0.0, 0.1, 0.2, 1.0]}
    curve = roc.series(made).curves[0]
    assert (curve.fpr, curve.tpr) == ((1 / 1200, 1.0), (0.2, 1.0))


def test_roc_draws_a_clean_zero_on_the_floor() -> None:
    made = document(shifts={"loss": 1.0}, best="loss")
    made["curves"]["loss"] = {"fpr": [0.0, 0.5, 1.0], "tpr": [0.0, 0.0, 1.0]}
    assert roc.series(made).curves[0].tpr == (1 / 1200, 1 / 1200, 1.0)


@pytest.mark.parametrize(("count", "lowest_rated"), [(50, None), (1_200, 0.01), (100_000, 0.001)])
def test_roc_marks_the_lowest_rated_rate(count: int, lowest_rated: float | None) -> None:
    series = roc.series(document(members=count, nonmembers=count))
    names = [shape["name"] for shape in roc.figure(series, dark=False)["layout"]["shapes"]]
    assert series.lowest_rated == lowest_rated
    assert names == ["resolution"] + ([] if lowest_rated is None else ["rated"])


def test_roc_figure_draws_the_numbers_of_the_series() -> None:
    drawn = traces(USUAL)
    shown = [(drawn[c.label]["x"], drawn[c.label]["y"]) for c in USUAL.curves]
    for (x, y), curve in zip(shown, USUAL.curves, strict=True):
        assert x == pytest.approx(curve.fpr, rel=1e-5)
        assert y == pytest.approx(curve.tpr, rel=1e-5)
    best = USUAL.curves[0]
    limits = drawn["95% limits"]
    assert limits["x"] == [0.01, 0.1]
    assert limits["y"] == [reading.value for reading in best.readings[1:]]
    highs = [y + up for y, up in zip(limits["y"], limits["error_y"]["array"], strict=True)]
    assert highs == pytest.approx([reading.high for reading in best.readings[1:]])


def test_roc_figure_draws_the_deciding_curve_over_the_others_and_names_it_first() -> None:
    data = roc.figure(USUAL, dark=False)["data"]
    names = [curve.label for curve in USUAL.curves]
    assert [trace["name"] for trace in data] == ["Guessing", *reversed(names), "95% limits"]
    in_legend = sorted(data, key=lambda trace: trace["legendrank"])
    assert [trace["name"] for trace in in_legend] == ["Guessing", *names, "95% limits"]


def test_roc_figure_escapes_a_name_it_does_not_know() -> None:
    made = document(shifts={"<img src=x>": 1.0}, best="<img src=x>")
    assert "&lt;img src=x&gt;" in traces(roc.series(made))


def test_roc_svg_draws_the_numbers_of_the_series() -> None:
    root = ET.fromstring(roc.svg(USUAL))  # noqa: S314 - our own
    chance = _points(root, "chance")
    scale = _scale(chance, USUAL.floor)
    for curve in USUAL.curves:
        shown = [scale(point) for point in _points(root, f"curve-{curve.key}")]
        corners = [shown[0], *shown[2::2]]
        wanted = list(zip(curve.fpr, curve.tpr, strict=True))
        assert np.log(corners) == pytest.approx(np.log(wanted), abs=1e-4)


def _points(root: ET.Element, gid: str) -> list[tuple[float, float]]:
    group = next(node for node in root.iter() if node.get("id") == gid)
    path = next(node for node in group.iter() if node.tag.endswith("path"))
    return [
        (float(x), float(y)) for x, y in re.findall(r"[ML] ([\d.]+) ([\d.]+)", path.get("d", ""))
    ]


def _scale(
    chance: list[tuple[float, float]], floor: float
) -> Callable[[tuple[float, float]], tuple[float, float]]:
    """The dotted line runs from (floor, floor) to (1, 1): that calibrates both axes."""
    (left, bottom), (right, top) = chance
    span = math.log(floor)
    return lambda point: (
        math.exp(span * (right - point[0]) / (right - left)),
        math.exp(span * (point[1] - top) / (bottom - top)),
    )


def test_roc_svg_keeps_text_as_text() -> None:
    drawn = roc.svg(USUAL).decode()
    words = set(re.findall(r">([^<>]+)</text>", drawn))
    assert {"Outsiders wrongly accused", "Members found", "not measurable", "1%"} <= words


def test_roc_table_shows_each_attack_with_limits() -> None:
    table = roc.table(USUAL)
    best = USUAL.curves[0].readings[1]
    assert table.rows[0][:3] == (
        "Reference ratio (RMIA)",
        "too few records",
        reading_text(best),
    )
    assert table.caption == (
        "Members found, with 95% limits, from 1,200 members and 1,200 outsiders"
    )


def test_roc_step_passes_through_the_figures_of_the_table() -> None:
    for curve in USUAL.curves:
        shown = [
            max(y for x, y in zip(curve.fpr, curve.tpr, strict=True) if x <= rate)
            for rate in (0.01, 0.1)
        ]
        stated = [reading.value for reading in curve.readings[1:]]
        assert shown == pytest.approx(stated, rel=0.05)


@pytest.mark.parametrize(
    ("count", "best", "outcome", "title"),
    [
        (
            1_200,
            "rmia",
            "serious",
            "The attack that sets the verdict picks out 17 of 100 members"
            " while wrongly accusing 1 of 100",
        ),
        (
            1_000_000,
            "rmia",
            "severe",
            "The attack that sets the verdict picks out 57 of 1,000 members"
            " while wrongly accusing 1 of 1,000",
        ),
        (
            50,
            None,
            "inconclusive",
            "Not enough evidence for a verdict: the leading attack finds 54 of 100 members"
            " while wrongly accusing 10 of 100",
        ),
        (20, None, "inconclusive", "Too few records to say how many people could be picked out"),
        (1_200, None, "invalid", "Not a valid test: nothing in it can be read as leakage"),
    ],
)
def test_roc_title_states_the_finding(
    count: int, best: str | None, outcome: str, title: str
) -> None:
    made = document(
        members=count, nonmembers=count, shifts={"rmia": 1.5}, best=best, outcome=outcome
    )
    assert roc.title(roc.series(made)) == title


def test_roc_title_of_a_clean_audit_says_guessing() -> None:
    made = document(shifts={"loss": 0.0}, best=None, outcome="no_sign")
    assert roc.title(roc.series(made)) == (
        "No attack is clearly better than guessing: 1 of 100 members found"
        " while wrongly accusing 1 of 100"
    )


def test_roc_alt_text_names_the_figures() -> None:
    best = USUAL.curves[0].readings[1]
    text = roc.alt_text(USUAL)
    assert f"1% wrongly accused: {reading_text(best)} found." in text
    assert text.endswith("Nothing can be measured below 0.083% wrongly accused.")


@pytest.mark.parametrize(
    ("low", "labels"),
    [
        (0.02, ("2%", "5%", "10%", "20%", "50%", "100%")),
        (1 / 1200, ("0.1%", "1%", "10%", "100%")),
        (1e-6, ("0.0001%", "0.001%", "0.01%", "0.1%", "1%", "10%", "100%")),
    ],
)
def test_roc_axis_marks_suit_the_number_of_records(low: float, labels: tuple[str, ...]) -> None:
    assert ticks(low)[1] == labels


@pytest.mark.parametrize(
    ("n", "auc"),
    [
        (50, "too few records"),
        (300, r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}, indicative\)"),
        (1_200, r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)"),
    ],
)
def test_roc_says_of_the_auc_what_the_power_guard_allows(n: int, auc: str) -> None:
    series = roc.series(guessed(n))
    rows = roc.table(series).rows
    assert len(rows) == 3
    assert [row[-1] for row in rows if re.fullmatch(auc, row[-1]) is None] == []
    assert f"AUC: {rows[0][-1]}" in roc.alt_text(series)


def test_roc_of_a_result_from_before_the_power_guard_shows_its_auc() -> None:
    made = guessed(50)
    for attack in made["attacks"].values():
        del attack["auc"]["reportable"], attack["auc"]["rated"]
    series = roc.series(made)
    shown = [
        f"{curve.auc:.3f} ({curve.auc_low:.3f} to {curve.auc_high:.3f})" for curve in series.curves
    ]
    assert [row[-1] for row in roc.table(series).rows] == shown


def counting_people(made: dict[str, Any]) -> RocSeries:
    return roc.series({**made, "records": {**made["records"], "unit": "person"}})


def test_roc_counts_people_where_the_result_does() -> None:
    few = document(members=20, nonmembers=20, best=None, outcome="inconclusive")
    counted = roc.title(counting_people(few))
    assert counted == "Too few people to say how many could be picked out"
    made = guessed(50)
    series = counting_people(made)
    assert roc.table(series).rows == tuple(
        tuple(cell.replace("too few records", "too few people") for cell in row)
        for row in roc.table(roc.series(made)).rows
    )
    assert "too few people" in roc.alt_text(series)
    assert "records" not in roc.alt_text(series)
