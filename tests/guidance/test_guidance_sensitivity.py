"""What confirmed columns propose, and how the impact moves with what membership reveals."""

import pytest

from audits.guidance.columns import kinds
from audits.guidance.sensitivity import NOTHING, propose, trace
from audits.guidance.wording import say


def sentences(confirmed: dict[str, str] | None) -> list[str]:
    return [say(step.key, dict(step.params)) for step in propose(confirmed).steps]


def test_nothing_is_proposed_before_columns_are_confirmed() -> None:
    found = propose(None)
    assert (found.personal, found.data_class, found.impact) == (None, None, None)
    assert sentences(None) == [
        "The columns have not been confirmed yet, so nothing is proposed from them."
    ]


@pytest.mark.parametrize(
    ("confirmed", "said"),
    [
        ({"a": NOTHING, "b": NOTHING}, (False, "internal", 2)),
        ({}, (False, "internal", 2)),
        ({"a": NOTHING, "age": "age"}, (True, "personal", 3)),
        ({"age": "age", "pay": "pay"}, (True, "hr", 4)),
        ({"pay": "pay", "pupil": "minors"}, (True, "hr", 4)),
        ({"pay": "pay", "diag": "health", "age": "age"}, (True, "health", 5)),
        ({"faith": "belief"}, (True, "special", 5)),
    ],
)
def test_the_most_telling_column_decides(
    confirmed: dict[str, str], said: tuple[bool, str, int]
) -> None:
    found = propose(confirmed)
    assert (found.personal, found.data_class, found.impact) == said


def test_reasons_name_the_columns_and_those_that_identify_people_directly() -> None:
    assert sentences({"d1": "health", "d2": "health", "mail": "email", "x": NOTHING}) == [
        "The most telling of the columns confirmed: d1, d2 (health), which is S5.",
        "Columns that name or number people directly were confirmed: mail.",
    ]
    many = {f"c{n}": "age" for n in range(8)}
    assert "c0, c1, c2, c3, c4 and 3 more (age)" in sentences(many)[0]


def test_label_inside_a_sentence_is_its_own_and_differs_in_its_first_letter_alone() -> None:
    """What is a name or an abbreviation keeps its capitals: nothing lowers a whole label."""
    for kind in kinds():
        assert kind.within
        assert kind.within.casefold() == kind.label.casefold()
        assert kind.within[1:] == kind.label[1:]
        said = propose({"column": kind.key}).steps[0]
        assert dict(said.params)["label"] == kind.within


@pytest.mark.parametrize(
    ("base", "reveals", "effective"),
    [
        (3, "yes", 4),
        (5, "yes", 5),
        (3, "public", 2),
        (5, "public", 5),
        (1, "public", 1),
        (4, "no", 4),
    ],
)
def test_membership_moves_the_impact_by_one_at_most(
    base: int, reveals: str, effective: int
) -> None:
    found, steps = trace(base, reveals)
    assert found == effective
    said = [say(step.key, dict(step.params)) for step in steps]
    assert said[0] == f"The class of the data gives an impact of S{base}."
    assert len(said) == (2 if effective != base else 1)
