"""Every chart keeps the same promises: five views of one frozen set of numbers."""

import dataclasses
import json
import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from audits.charts import CHARTS
from audits.charts.palette import DARK, LIGHT, Palette
from audits.charts.values import COUNTING_RATES
from audits.engine.policy import LOW_FPR_TRIGGERS
from tests.charts.documents import document

RATING = {
    "likelihood": 4,
    "impact": 4,
    "badge": "high",
    "history": {
        "until": "2026-11-27",
        "steps": [("2026-01-05", "low"), ("2026-06-30", "high")],
        "marks": [("2026-06-30", "Attacks of version 2")],
    },
    "sections": [
        ("Data", {"yes": 2, "partly": 1, "no": 1, "unanswered": 3}),
        ("Rules and people", {"yes": 1}),
        ("Across clients", {}),
    ],
    "risk": 42,
    "pass_mark": 30,
    "topics": [("What goes in", 55, 5), ("Training", 20, 8)],
    "spread": {"days": 90, "pairs": [("low", "high"), (None, "low"), ("expired", None)]},
    "clients": [("Harbour", [("Forecast", "high"), ("Sorting", "low")]), ("Quay", [])],
}
CASES = {
    "usual": document() | RATING,
    "fifty": document(members=50, nonmembers=50, best=None, outcome="inconclusive") | RATING,
    "clean": document(shifts={"rmia": 0.0, "loss": 0.0}, best=None, outcome="no_sign") | RATING,
    "invalid": document(best=None, outcome="invalid") | RATING,
    "without attacks": document(shifts={}, best=None, outcome="inconclusive") | RATING,
    "million": document(members=1_000_000, nonmembers=1_000_000) | RATING,
}
EACH = pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in sorted(CHARTS) for case in CASES]
)


def test_registry_holds_every_chart() -> None:
    assert sorted(CHARTS) == [
        "catch_rates",
        "distributions",
        "dots",
        "groups",
        "growth",
        "heat_map",
        "rating_spread",
        "readiness",
        "risk_matrix",
        "risk_over_time",
        "roc",
        "tool_review",
    ]


@EACH
def test_chart_series_is_frozen(name: str, case: str) -> None:
    series = CHARTS[name].series(CASES[case])
    field = dataclasses.fields(series)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(series, field, None)
    assert hash(series) == hash(CHARTS[name].series(CASES[case]))


@EACH
def test_chart_figure_is_plain_json_in_both_themes(name: str, case: str) -> None:
    chart = CHARTS[name]
    series = chart.series(CASES[case])
    light, dark = (chart.figure(series, dark=theme) for theme in (False, True))
    assert json.loads(json.dumps(light, allow_nan=False)) == light
    assert (light["layout"]["paper_bgcolor"], dark["layout"]["paper_bgcolor"]) == (
        LIGHT.paper,
        DARK.paper,
    )
    assert _numbers(light) == _numbers(dark)


def _numbers(figure: dict[str, Any]) -> list[list[Any]]:
    return [[trace[axis] for axis in ("x", "y", "z") if axis in trace] for trace in figure["data"]]


@EACH
def test_chart_svg_is_the_same_twice_and_carries_the_title(name: str, case: str) -> None:
    chart = CHARTS[name]
    series = chart.series(CASES[case])
    drawn = chart.svg(series)
    assert drawn == chart.svg(series)
    titles = [node.text for node in ET.fromstring(drawn).iter() if node.tag.endswith("title")]  # noqa: S314 - our own
    assert chart.title(series) in titles


@EACH
def test_chart_alt_text_states_the_finding(name: str, case: str) -> None:
    chart = CHARTS[name]
    series = chart.series(CASES[case])
    assert chart.title(series) in chart.alt_text(series)
    assert 0 < len(chart.title(series)) <= 160


@EACH
def test_chart_table_is_rectangular(name: str, case: str) -> None:
    chart = CHARTS[name]
    table = chart.table(chart.series(CASES[case]))
    assert {len(row) for row in table.rows} <= {len(table.headers)}
    assert table.caption


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_chart_of_a_million_records_is_no_larger_than_one_of_a_thousand(name: str) -> None:
    chart = CHARTS[name]
    few, many = (chart.series(CASES[case]) for case in ("usual", "million"))
    small, large = (json.dumps(chart.figure(one, dark=False)) for one in (few, many))
    assert len(large) < 1.5 * len(small) + 2_000
    assert len(chart.svg(many)) < 1.5 * len(chart.svg(few)) + 2_000
    assert len(chart.table(many).rows) <= len(chart.table(few).rows) + 20
    told = [chart.title(many), chart.alt_text(many), *sum(chart.table(many).rows, ())]
    assert [said for said in told if re.search(r"\d{5,}", str(said).split(".")[0])] == []


def test_importing_charts_loads_no_drawing_library() -> None:
    code = "import sys, audits.charts; print({'matplotlib', 'plotly', 'numpy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_page_pictures_use_no_style_attribute() -> None:
    for name in CHARTS.keys() - {"roc"}:  # drawn by a library for paper and for download
        drawn = CHARTS[name].svg(CHARTS[name].series(CASES["usual"]))
        assert b"style" not in drawn


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_palette_lines_stand_out_from_the_paper(theme: Palette) -> None:
    assert [colour for colour in theme.lines if _contrast(colour, theme.paper) < 3] == []
    texts = (theme.ink, theme.muted)
    assert [colour for colour in texts if _contrast(colour, theme.paper) < 4.5] == []


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_rates_that_count_are_those_of_the_policy() -> None:
    assert set(COUNTING_RATES) == set(LOW_FPR_TRIGGERS)
