"""Results that a lying child could send are not stored."""

from typing import Any

import pytest

from audits import sandbox
from audits.engine import AuditPlan, audit
from audits.services import result_shape
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
