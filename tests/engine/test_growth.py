"""What a result says about fewer references than were trained."""

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from audits.engine import AuditPlan, audit
from audits.engine.convergence import LEAST_CORRELATION, LEAST_OVERLAP
from tests.engine.cast import halves


def grown(model: Any, **plan: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:  # noqa: ANN401
    document = audit(halves(model, 300), AuditPlan(target="y", **plan)).document
    return document["references"]["growth"], document


@pytest.mark.parametrize(
    "model",
    [DecisionTreeClassifier(random_state=0), RandomForestClassifier(8, random_state=0)],
    ids=["single references", "means over trees"],
)
def test_growth_doubles_up_to_all_references_and_ends_with_the_printed_auc(model: object) -> None:
    points, document = grown(model)
    counts = [one["count"] for one in points]
    assert counts == [4, 8, 16][: len(counts)]
    assert counts[-1] == document["references"]["count"]
    printed = document["attacks"]["rmia"]["auc"]
    assert points[-1]["auc"] == {name: printed[name] for name in ("value", "low", "high")}
    assert (points[0]["correlation"], points[0]["overlap"]) == (None, None)


def test_growth_settles_by_the_rule_that_stops_training() -> None:
    points, document = grown(LogisticRegression(), preset="deep")
    rmia = [
        one["correlation"] >= LEAST_CORRELATION and one["overlap"] >= LEAST_OVERLAP
        for one in points[1:]
    ]
    if document["references"]["stopped_because"] == "converged":
        assert rmia[-1]
    assert all(0.0 <= one["overlap"] <= 1.0 >= one["correlation"] for one in points[1:])


def test_growth_is_empty_without_references() -> None:
    assert grown(LogisticRegression(), preset="quick")[0] == []
