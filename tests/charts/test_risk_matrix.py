import re

import pytest

from audits.charts import risk_matrix
from audits.charts.risk_matrix import RiskMatrixSeries


def made(
    likelihood: int | None = 4, impact: int | None = 4, badge: str = "high"
) -> RiskMatrixSeries:
    return risk_matrix.series({"likelihood": likelihood, "impact": impact, "badge": badge})


@pytest.mark.parametrize("likelihood", range(1, 6))
@pytest.mark.parametrize("impact", range(1, 6))
def test_risk_matrix_views_agree_on_the_position(likelihood: int, impact: int) -> None:
    series = made(likelihood, impact)
    mark = risk_matrix.figure(series, dark=False)["data"][1]
    starred = [
        (6 - row, column)
        for row, cells in enumerate(risk_matrix.table(series).rows, start=1)
        for column, cell in enumerate(cells)
        if cell.endswith("(here)")
    ]
    frame = re.search(r'class="here" x="([\d.]+)" y="([\d.]+)"', risk_matrix.svg(series).decode())
    assert frame is not None
    assert (mark["x"], mark["y"]) == ([likelihood], [impact])
    assert starred == [(impact, likelihood)]
    assert [float(value) for value in frame.groups()] == [
        34 + (likelihood - 1) * 50 + 0.5,
        (5 - impact) * 26 + 0.5,
    ]


def test_risk_matrix_grid_is_the_house_policy() -> None:
    assert made().cells == (
        ("guarded", "elevated", "high", "critical", "critical"),
        ("low", "guarded", "elevated", "high", "critical"),
        ("low", "guarded", "guarded", "elevated", "high"),
        ("low", "low", "guarded", "guarded", "elevated"),
        ("low", "low", "low", "low", "guarded"),
    )


@pytest.mark.parametrize(
    ("series", "title"),
    [
        (made(), "High: likelihood 4 of 5, impact 4 of 5"),
        (
            made(1, 5, "inconclusive"),
            "Inconclusive, by a rule of the rating policy: likelihood 1 of 5, impact 5 of 5 alone"
            " would be Guarded",
        ),
        (made(None, 5, "untested"), "Untested: the likelihood is not known yet, impact 5 of 5"),
    ],
)
def test_risk_matrix_title_states_the_rating(series: RiskMatrixSeries, title: str) -> None:
    assert risk_matrix.title(series) == title
    assert title in risk_matrix.alt_text(series)


def test_risk_matrix_without_a_position_marks_nothing() -> None:
    series = made(None, 5, "untested")
    assert risk_matrix.figure(series, dark=True)["data"][1]["x"] == []
    assert 'class="here"' not in risk_matrix.svg(series).decode()


@pytest.mark.parametrize("wrong", [0, 6])
def test_risk_matrix_refuses_a_step_off_the_grid(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"likelihood must lie between 1 and 5, not {wrong}"):
        made(likelihood=wrong)
