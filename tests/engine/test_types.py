from typing import Any

import pytest

from audits.engine import AuditPlan
from audits.engine.errors import SUBJECTS, EngineError, InputError


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": True}, "seed"),
        ({"split": "maybe"}, "split"),
        ({"preset": "slow"}, "preset"),
        ({"target": "y", "drop": ("y",)}, "drop"),
        ({"target": "y", "group": "y"}, "group"),
    ],
)
def test_plan_refuses_what_is_out_of_range(values: dict[str, Any], subject: str) -> None:
    with pytest.raises(InputError) as caught:
        AuditPlan(**values)
    assert caught.value.subject == subject
    assert subject in SUBJECTS


@pytest.mark.parametrize("values", [{"delta": 1.0}, {"threads": 0}])
def test_plan_refuses_our_own_mistakes(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        AuditPlan(**values)


def test_presets_cap_the_references() -> None:
    caps = [AuditPlan(preset=preset).reference_cap for preset in ("quick", "standard", "deep")]
    assert caps == [0, 16, 64]


def test_input_error_reads_as_one_line() -> None:
    error = InputError("members", "the file is empty", "choose another")
    assert str(error) == "members: the file is empty; choose another"
    assert isinstance(error, EngineError)
