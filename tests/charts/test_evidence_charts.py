"""What the pictures beside the curve say: scores, catch rates, groups, references, topics."""

import re
from itertools import pairwise
from typing import Any

import pytest

from audits.charts import catch_rates, distributions, groups, growth, readiness, tool_review
from tests.charts.documents import GROWTH, document


def test_scores_of_a_clean_model_lie_alike_and_of_a_leaky_one_apart() -> None:
    clean = distributions.series(document(shifts={"rmia": 0.0}, best=None, outcome="no_sign"))
    leaky = distributions.series(document(shifts={"rmia": 1.5}))
    assert abs(clean.beaten - 0.5) < 0.05
    assert 0.9 < leaky.beaten < 0.96  # the normal distribution has .933 below 1.5
    assert sum(leaky.inside) == pytest.approx(1)


@pytest.mark.parametrize(("n", "bins"), [(50, 10), (1_200, 20), (10_000, 40)])
def test_few_records_have_fewer_bars(n: int, bins: int) -> None:
    found = distributions.series(document(members=n, nonmembers=n))
    assert len(found.inside) == bins == len(distributions.table(found).rows)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"distributions": {}}, "the result keeps no counts"), ({}, "too few records")],
)
def test_scores_are_not_shown_without_counts_or_records(changes: dict[str, Any], why: str) -> None:
    made = {**document(members=49, nonmembers=900), **changes}
    if changes:
        made = {**document(), **changes}
    found = distributions.series(made)
    assert distributions.table(found).rows == ()
    assert distributions.title(found).endswith(why)


def test_catch_rates_name_the_attack_that_decides_first_and_draw_no_void_figure() -> None:
    found = catch_rates.series(document(best="loss"))
    assert found.attacks[0].label == "Loss"
    assert catch_rates.title(found).startswith("Loss finds ")
    drawn = catch_rates.figure(found, dark=False)["data"]
    assert [len(trace["x"]) for trace in drawn] == [0, 3, 3]  # 0.1% needs more outsiders
    void = catch_rates.series(document(best=None, outcome="invalid"))
    assert [trace["x"] for trace in catch_rates.figure(void, dark=False)["data"]] == [[], [], []]


def test_groups_put_the_surest_first_and_those_without_figures_last() -> None:
    def group(value: str, low: float | None) -> dict[str, Any]:
        area = None if low is None else {"value": low + 0.05, "low": low, "high": low + 0.1}
        return {"grouping": "site", "value": value, "attack": "rmia", "members": 60,
                "nonmembers": 60, "suppressed": low is None, "auc": area}  # fmt: skip

    made = document() | {"groups": [group("a", 0.4), group("b", None), group("c", 0.6)]}
    found = groups.series(made)
    assert [one.value for one in found.groups] == ["c", "a", "b"]
    assert groups.title(found) == "Most exposed: c (site), AUC 0.650 (0.600 to 0.700)"
    many = document() | {"groups": [group(f"g{n:02}", 0.3 + n / 100) for n in range(30)]}
    assert len(groups.series(many).drawn) == groups.MOST_DRAWN
    assert len(groups.table(groups.series(many)).rows) == 30
    near = groups.series(document() | {"groups": [group("a", 0.45)]})
    assert groups.title(near) == "No class or group is clearly told apart from outsiders"


@pytest.mark.parametrize(
    ("points", "title"),
    [
        ([], "No reference models: nothing to follow"),
        (GROWTH[:1], "4 reference models in a single round: nothing to compare"),
        (GROWTH, "The scores had settled with 8 reference models"),
        (
            [GROWTH[0], {**GROWTH[1], "overlap": 0.79}],
            "The scores still moved between 4 and 8 reference models:"
            " more could sharpen the figures",
        ),
    ],
)
def test_growth_says_whether_there_were_enough(points: list[dict[str, Any]], title: str) -> None:
    made = document()
    made["references"]["growth"] = points
    assert growth.title(growth.series(made)) == title
    assert len(growth.table(growth.series(made)).rows) == len(points)


def test_results_from_before_references_were_followed_have_no_points() -> None:
    made = document()
    del made["references"]["growth"]
    assert growth.series(made).points == ()


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0.91, 0.935, ["0.88", "0.90", "0.92", "0.94", "0.96"]),
        (0.911, 0.92, ["0.89", "0.90", "0.91", "0.92", "0.93", "0.94"]),
        (0.6, 0.8, ["0.55", "0.60", "0.65", "0.70", "0.75", "0.80", "0.85"]),
        (1.0, 1.0, ["0.98", "0.99", "1.00"]),
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_growth_has_round_marks_that_read_as_far_apart_as_they_are(
    low: float, high: float, marks: list[str]
) -> None:
    made = document()
    area = {"value": (low + high) / 2, "low": low, "high": high}
    made["references"]["growth"] = [{**GROWTH[0], "auc": area}]
    drawn = growth.svg(growth.series(made)).decode()
    shown = re.findall(r'class="axis"[^>]*>([0-9.]+)<', drawn)
    assert shown == marks
    steps = {round(after - before, 3) for before, after in pairwise(map(float, shown))}
    assert len(steps) == 1
    assert drawn.count(">AUC<") == 1


def test_readiness_counts_what_is_in_place_and_names_where_most_is_left() -> None:
    sections = [("Data", {"yes": 1, "no": 2}), ("Tools", {"yes": 3}), ("Clients", {})]
    found = readiness.series({"sections": sections})
    assert [bar.name for bar in found.sections] == ["Data", "Tools"]
    assert readiness.title(found) == ("4 of 6 controls are in place; most is left in Data: 2 of 3")
    assert readiness.table(found).rows[0] == ("Data", "1", "0", "2", "0")
    done = readiness.series({"sections": [("Tools", {"yes": 3})]})
    assert readiness.title(done) == "3 of 3 controls are in place"
    assert readiness.title(readiness.series({"sections": []})) == "Nothing is asked yet"


def test_tool_review_says_whether_the_whole_passes_and_where_it_is_worst() -> None:
    topics = [("Data", 55, 5), ("Training", 20, 8)]
    review = {"risk": 42, "pass_mark": 30, "impact": 4, "topics": topics}
    assert tool_review.title(tool_review.series(review)) == (
        "Risk 42 of 100, at most 30 passes for data of impact S4; highest in Data: 55"
    )
    fine = tool_review.series(review | {"risk": 10, "topics": [("Data", 10, 5)]})
    assert tool_review.title(fine) == "Risk 10 of 100, at most 30 passes for data of impact S4"
    assert tool_review.table(fine).rows[-1] == ("All together", "10", "5")
