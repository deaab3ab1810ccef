import re
from dataclasses import replace
from typing import Any

import pytest

from audits.charts import dots
from audits.charts.dots import DotsSeries
from tests.charts.documents import document

USUAL = dots.series(document(), about_people=True)


def counts(series: DotsSeries) -> list[int]:
    return [len(trace["x"]) for trace in dots.figure(series, dark=False)["data"]]


def drawn(series: DotsSeries, kind: str) -> list[int]:
    paths = re.findall(rf'class="{kind}" d="([^"]+)"', dots.svg(series).decode())
    return [path.count("M") for path in paths]


def test_dots_views_agree_on_the_counts() -> None:
    assert (USUAL.picked, USUAL.accused) == (166, 10)
    assert counts(USUAL) == [166, 834, 10, 990]
    assert (drawn(USUAL, "marked"), drawn(USUAL, "unmarked")) == ([166, 10], [834, 990])
    assert dots.table(USUAL).rows == (
        ("People in the data", "166 (145 to 188)", "834"),
        ("Outsiders", "10", "990"),
    )
    assert dots.title(USUAL) == (
        "166 of 1,000 people in the data would be picked out,"
        " with 10 of 1,000 outsiders wrongly accused"
    )
    assert "166 marked (95% limits 145 to 188). Outsiders: 10 marked." in dots.alt_text(USUAL)


def test_dots_say_beside_their_limits_what_these_count() -> None:
    assert dots.table(USUAL).note == dots.what_limits_count()
    assert dots.table(replace(USUAL, picked_low=None)).note == ""


def test_dots_of_data_about_things_never_speak_of_people() -> None:
    things = dots.series(document(), about_people=False)
    assert dots.title(things) == dots.title(USUAL).replace("people", "records")
    said = dots.alt_text(USUAL).replace("people", "records").replace("People", "Records")
    assert dots.alt_text(things) == said
    assert dots.table(things).rows[0][0] == "Records in the data"


def test_dots_with_too_few_records_mark_nobody() -> None:
    series = dots.series(
        document(members=20, nonmembers=20, best=None, outcome="inconclusive"), about_people=True
    )
    assert counts(series) == [0, 1000, 0, 1000]
    assert dots.title(series) == "Too few records to say how many people could be picked out"
    counted = dots.title(replace(series, unit="person"))
    assert counted == "Too few people to say how many could be picked out"
    assert [row[1:] for row in dots.table(series).rows] == [("not known", "not known")] * 2


def test_dots_of_an_invalid_test_mark_nobody() -> None:
    series = dots.series(document(best=None, outcome="invalid"), about_people=True)
    assert counts(series) == [0, 1000, 0, 1000]
    assert dots.title(series) == "Not a valid test: nothing in it can be read as leakage"


@pytest.mark.parametrize(
    ("made", "start", "end"),
    [
        (document(shifts={"loss": 0.0}, best=None, outcome="no_sign"), "6 of", "may be chance"),
        (document(members=60, nonmembers=60), "Indicative: ", "wrongly accused"),
        (
            document(members=400, nonmembers=400, best=None, outcome="inconclusive"),
            "Not enough evidence to be sure: the test marked ",
            "100 of 1,000 outsiders",
        ),
    ],
)
def test_dots_title_says_how_sure_it_is(made: dict[str, Any], start: str, end: str) -> None:
    title = dots.title(dots.series(made, about_people=True))
    assert (title.startswith(start), title.endswith(end)) == (True, True)


def test_dots_on_a_page_are_two_pictures_that_each_say_what_they_show() -> None:
    whole = dots.svg(USUAL).decode()
    halves = [drawn.decode() for drawn in dots.halves(USUAL)]
    named = [re.findall(r"<title>([^<]+)</title>", drawn) for drawn in halves]
    assert named == [["In the data: 166 of 1,000 marked"], ["Outsiders: 10 of 1,000 marked"]]
    said = [re.findall(r"<text [^>]*>([^<]+)</text>", drawn) for drawn in halves]
    assert said == [["In the data", "166 of 1,000 marked"], ["Outsiders", "10 of 1,000 marked"]]
    assert re.findall(r"<text [^>]*>([^<]+)</text>", whole) == [*said[0], *said[1]]
    for kind, count in (("marked", 176), ("unmarked", 1824)):
        paths = re.findall(rf'class="{kind}" d="([^"]+)"', "".join(halves))
        assert sum(path.count("M") for path in paths) == count
    # Letters of 12 units in a picture of 240: as wide as a phone, they are at least that large.
    assert all('viewBox="0 0 240 176" width="240"' in drawn for drawn in halves)


def test_dots_that_are_pointed_at_say_their_number() -> None:
    figure = dots.figure(USUAL, dark=False)
    assert [trace["hovertemplate"] for trace in figure["data"]] == [
        "In the data: 166 of 1,000 marked<extra></extra>",
        "In the data: 834 of 1,000 not marked<extra></extra>",
        "Outsiders: 10 of 1,000 marked<extra></extra>",
        "Outsiders: 990 of 1,000 not marked<extra></extra>",
    ]
    assert [one["text"] for one in figure["layout"]["annotations"]] == [
        "In the data<br>166 of 1,000 marked",
        "Outsiders<br>10 of 1,000 marked",
    ]
    narrow = figure["narrow"]["layout"]
    assert [one["text"] for one in narrow["annotations"]] == [
        "In the data: 166 of 1,000 marked",
        "Outsiders: 10 of 1,000 marked",
    ]
    # One group stands below the other, and each label above its own.
    (low, high), (first, second) = narrow["yaxis"]["domain"], narrow["yaxis2"]["domain"]
    above, between = (one["y"] for one in narrow["annotations"])
    assert first < second < between < low < high < above
    unknown = dots.figure(replace(USUAL, picked=None), dark=False)
    assert {trace["hoverinfo"] for trace in unknown["data"]} == {"skip"}
    assert [one["text"] for one in unknown["layout"]["annotations"]] == [
        "In the data<br>not known",
        "Outsiders<br>not known",
    ]
