"""Results that a lying child could send are not stored."""

from typing import Any

import pytest

from audits import sandbox
from audits.engine import AuditPlan, audit
from audits.services import result_shape
from tests.datasets import column, profile
from tests.engine import cast


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - heavy

    given = cast.halves(DecisionTreeClassifier(max_depth=3, random_state=0), 200)
    return audit(given, AuditPlan(target="y", preset="quick")).document


def test_a_result_in_its_published_form_passes(document: dict[str, Any]) -> None:
    result_shape.check(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"top_decile": {}},
        {"exposed": {"attack": ["rmia"]}},
        {"groups": "none"},
        {"attacks": {"rmia": {"auc": "high"}}},
        {"verdict": {"outcome": "harmless"}},
        {"warnings": [1]},
    ],
)
def test_another_form_is_the_childs_lie(document: dict[str, Any], changes: dict[str, Any]) -> None:
    with pytest.raises(sandbox.Crashed):
        result_shape.check(document | changes)


def test_a_description_of_tables_in_its_form_passes() -> None:
    result_shape.check_table(profile())


SAID = {"kind": "age", "reason": "column_name", "params": {"word": "age"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"members": 0},
        {"rows": -1},
        {"columns": "none"},
        {"columns": [column("a")] * 301},
        {"columns": [column("a" * 201)]},
        {"columns": [column("a", type="pickle")]},
        {"columns": [{**column("a"), "example": "Ada Lovelace"}]},
        {"columns": [column("a", about={**SAID, "kind": "shoe_size"})]},
        {"columns": [column("a", about={**SAID, "reason": "because"})]},
        {"columns": [column("a", about={**SAID, "params": {"word": "age", "value": "36"}})]},
        {"columns": [column("a", about={**SAID, "params": {}})]},
        {"duplicates": {}},
        {"classes": [{"value": "x" * 201, "members": 1, "nonmembers": 1}]},
        {"examples": ["Ada Lovelace"]},
        {"drawing": {"format": "exe", "people": {"members": 1, "nonmembers": 1}}},
    ],
)
def test_another_description_is_the_childs_lie(changes: dict[str, Any]) -> None:
    with pytest.raises(sandbox.Crashed):
        result_shape.check_table(profile() | changes)


DRAWN = {"format": "csv", "people": {"members": 3, "nonmembers": 1}}


@pytest.mark.parametrize(
    "drawing",
    [
        None,
        {},
        {"format": "csv"},
        {"format": "csv", "people": {"members": 4}},
        {"format": "csv", "people": {"members": 4, "nonmembers": 0}},
    ],
)
def test_a_split_that_does_not_say_how_it_was_drawn_is_the_childs_lie(
    drawing: dict[str, Any] | None,
) -> None:
    result_shape.check_split(profile() | {"drawing": DRAWN})
    lie = profile() if drawing is None else profile() | {"drawing": drawing}
    with pytest.raises(sandbox.Crashed):
        result_shape.check_split(lie)
