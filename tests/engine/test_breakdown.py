import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit, in_memory, metrics
from audits.engine.breakdown import Audited, breakdown
from tests.engine.cast import problem


def audited(scores: Sequence[float], member: list[int], **more: NDArray[np.int64]) -> Audited:
    n = len(scores)
    return Audited(
        scores={"loss": np.array(scores)},
        is_member=np.array(member, dtype=bool),
        units=more.get("units", np.arange(n)),
        rows=more.get("rows", np.arange(n)),
        groupings={},
    )


def test_top_decile_counts_members_among_the_highest_tenth() -> None:
    scores = list(range(20, 0, -1))
    found = breakdown(audited(scores, [1, 0] * 10), ("loss",))["top_decile"]
    assert found == {
        "attack": "loss", "flagged": 2, "members": 1.0, "tpr": 0.1, "precision": 0.5,
        "base_rate": 0.5,
    }  # fmt: skip


def test_top_decile_shares_out_equal_scores() -> None:
    found = breakdown(audited([1.0] * 20, [1] * 10 + [0] * 10), ("loss",))["top_decile"]
    assert found["members"] == pytest.approx(1.0)


def test_exposed_members_are_listed_by_row_with_their_p_value() -> None:
    """Two of four members beat all 39 others: p = 1/40 each, within 2/4 of 10 %."""
    scores = [50.0, 1.5, 60.0, 0.5, *np.arange(39.0)]
    found = breakdown(
        audited(scores, [1] * 4 + [0] * 39, rows=np.array([7, 2, 9, 3, *range(39)])), ("loss",)
    )["exposed"]
    assert found["count"] == 2
    assert found["smallest_list"] == 1
    assert found["members"] == [
        {"rows": [8], "row_count": 1, "p": 1 / 40},
        {"rows": [10], "row_count": 1, "p": 1 / 40},
    ]


def test_persons_are_listed_with_all_their_rows() -> None:
    scores = [50.0, 50.0, 0.0, *np.arange(39.0)]
    units = np.array([0, 0, 1, *range(2, 41)])
    rows = np.array([4, 5, 6, *range(39)])
    found = breakdown(audited(scores, [1] * 3 + [0] * 39, units=units, rows=rows), ("loss",))
    assert found["exposed"]["members"] == [{"rows": [5, 6], "row_count": 2, "p": 1 / 40}]


def test_rmia_is_the_fixed_attack_where_it_ran() -> None:
    one = audited([1.0, 2.0], [1, 0])
    both = Audited({**one.scores, "rmia": one.scores["loss"]}, one.is_member, one.units, one.rows,
                   {})  # fmt: skip
    assert breakdown(both, ("quantile", "rmia"))["top_decile"]["attack"] == "rmia"


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    features, labels = problem(800)
    islands = (np.arange(800) % 20 == 0).astype(float)
    numbers = pa.table({**{f"c{j}": features[:, j] for j in range(8)}, "region": islands})
    full = DecisionTreeClassifier(random_state=0).fit(
        np.column_stack([features[:400], islands[:400]]), labels[:400]
    )
    given = in_memory(
        full,
        members=(numbers.slice(0, 400), labels[:400]),
        nonmembers=(numbers.slice(400), labels[400:]),
    )
    plan = AuditPlan(split="random", subgroups=("region",))
    return dict(audit(given, plan).document)


def test_classes_and_chosen_subgroups_have_figures_of_their_own(document: dict[str, list]) -> None:  # type: ignore[type-arg]
    named = {(one["grouping"], one["value"]): one for one in document["groups"]}
    assert set(named) == {("class", "0"), ("class", "1"), ("region", "0"), ("region", "1")}
    assert named["region", "1"]["suppressed"] is True
    assert named["region", "1"]["auc"] is None
    assert (named["region", "1"]["members"], named["region", "1"]["nonmembers"]) == (20, 20)
    large = named["region", "0"]["auc"]
    assert large["low"] < large["value"] < large["high"]
    assert large["value"] > 0.6


def test_exposed_members_of_a_leaky_model_are_real_rows(document: dict[str, dict]) -> None:  # type: ignore[type-arg]
    exposed = document["exposed"]
    assert exposed["attack"] == "rmia"
    rows = [row for one in exposed["members"] for row in one["rows"]]
    assert len(rows) == exposed["count"] == len(set(rows))
    assert all(1 <= row <= 400 for row in rows)


def test_interval_comes_from_one_pass_over_the_scores() -> None:
    rng = np.random.default_rng(0)
    members, others = rng.normal(0.4, 1, 300), rng.normal(0, 1, 200)
    area = metrics.delong(members, others)
    assert area.interval(0.01) == metrics.auc(members, others, side_error=0.01)


@pytest.mark.parametrize("area", [0.5, 0.98])
def test_limits_of_the_smallest_groups_that_are_shown_cover(area: float) -> None:
    """At 50 on a side plain limits miss an AUC of .98 from above in about 4 of 100 groups."""
    rng, runs, n = np.random.default_rng(9), 600, 50
    shift = float(norm.ppf(area)) * math.sqrt(2.0)
    member = np.arange(2 * n * runs) % (2 * n) < n
    scores = rng.normal(size=len(member)) + shift * member
    codes = np.arange(len(member)) // (2 * n)
    names = tuple(str(code) for code in range(runs))
    told = breakdown(
        Audited(
            {"rmia": scores}, member, np.arange(len(member)), np.arange(len(member)),
            {"ward": (codes, names)},
        ),
        ("rmia",),
    )  # fmt: skip
    limits = [group["auc"] for group in told["groups"]]
    most = 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
    assert np.mean([limit["low"] > area for limit in limits]) <= most
    assert np.mean([limit["high"] < area for limit in limits]) <= most
