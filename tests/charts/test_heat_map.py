import pytest

from audits.charts import heat_map
from audits.charts.heat_map import HeatMapSeries


def made(*clients: tuple[str, list[tuple[str, str]]]) -> HeatMapSeries:
    return heat_map.series({"clients": clients})


GRID = made(
    ("Harbour & Sons", [("Forecast", "critical"), ("Sorting", "low"), ("Other", "low")]),
    ("Quay", [("Forecast", "untested")]),
    ("Bare", []),
)


def test_heat_map_says_how_many_are_grave_in_every_view() -> None:
    assert heat_map.title(GRID) == "1 of 4 models shown are rated High or Critical"
    said = heat_map.alt_text(GRID)
    assert "Harbour & Sons: 1 Critical, 2 Low; Quay: 1 Untested; Bare: no model." in said


def test_heat_map_table_holds_every_cell_of_the_picture() -> None:
    table = heat_map.table(GRID)
    assert table.headers == ("Client", "Model 1", "Model 2", "Model 3")
    assert table.rows == (
        ("Harbour & Sons", "Forecast: Critical", "Sorting: Low", "Other: Low"),
        ("Quay", "Forecast: Untested", "", ""),
        ("Bare", "", "", ""),
    )
    drawn = heat_map.svg(GRID).decode()
    assert drawn.count("<rect") == 4
    assert "Harbour &amp; Sons" in drawn
    assert all(drawn.count(f">{word}<") == n for word, n in (("Critical", 1), ("Low", 2)))
    values = heat_map.figure(GRID, dark=False)["data"][0]["z"]
    assert [sum(value is not None for value in row) for row in values] == [3, 1, 0]


def test_heat_map_leaves_out_the_best_models_and_says_how_many() -> None:
    many = made(("Harbour", [(f"Model {number}", "low") for number in range(11)]))
    assert heat_map.svg(many).decode().count("<rect") == heat_map.MOST_MODELS
    assert ">+3<" in heat_map.svg(many).decode()
    assert "8 Low, 3 more not shown" in heat_map.alt_text(many)


def test_heat_map_knows_the_badges_of_the_policy_alone() -> None:
    with pytest.raises(ValueError, match="purple"):
        made(("Harbour", [("Forecast", "purple")]))
