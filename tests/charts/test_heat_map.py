from xml.etree import ElementTree as ET

import pytest

from audits.charts import heat_map, lettering
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


LONG = "Northgate IT, our own company and everything that belongs to it"
NAMES = (
    LONG,
    "مركز العناية بالأسنان والفم في المدينة القديمة قرب الميناء الكبير",
    "👩‍⚕️👨‍👩‍👧‍👦" * 30,
    "M" * 200,
    "e\u0301" * 120,
    "東京都千代田区丸の内一丁目の歯科医院と診療所の連合会",
    "",
)


def labels(series: HeatMapSeries) -> list[tuple[float, float, str]]:
    """Where the words of the names end, how high they stand, and what they say."""
    found = [
        (float(one.get("x", "")), float(one.get("y", "")), one.text or "")
        for one in ET.fromstring(heat_map.svg(series)).iter()  # noqa: S314 - our own
        if one.tag.endswith("}text") and one.get("text-anchor") == "end"
    ]
    assert found
    return found


def test_names_of_clients_are_whole_where_few_columns_leave_them_room() -> None:
    said = "Northgate IT, our own company"
    (label,) = labels(made((said, [("Forecast", "low")])))
    assert label[2] == said
    assert heat_map.left_of(GRID) == 150
    full = made((said, [("Forecast", "low")] * heat_map.MOST_MODELS))
    assert heat_map.left_of(full) == 150
    assert [text for _x, _y, text in labels(full)] == ["Northgate IT, our", "own company"]


@pytest.mark.parametrize("models", [0, 1, 4, heat_map.MOST_MODELS])
def test_names_of_500_clients_stay_left_of_their_models_and_within_their_rows(models: int) -> None:
    found = [("Forecast", "high")] * models
    series = made(*((NAMES[number % len(NAMES)], found) for number in range(500)))
    left = heat_map.left_of(series)
    assert left + models * 66 <= 150 + heat_map.MOST_MODELS * 66
    by_row: dict[int, list[str]] = {}
    for x, y, text in labels(series):
        assert lettering.width(text, 10) <= x < left
        place = int((y - 18) // 24)
        assert 18 + 24 * place + 9 <= y <= 18 + 24 * (place + 1) - 2
        by_row.setdefault(place, []).append(text)
    assert {len(texts) for texts in by_row.values()} <= {1, 2}
    for place, texts in by_row.items():
        name, shown = NAMES[place % len(NAMES)], "".join(texts)
        kept = shown.removesuffix("…").replace(" ", "")
        assert name.replace(" ", "").startswith(kept)
        assert shown.endswith("…") or kept == name.replace(" ", "")
        # Nothing is parted inside a sign.
        assert not any(text[0] in "\u200d\u0301" for text in texts)
        assert not any(text.removesuffix("…").endswith("\u200d") for text in texts)
