"""The codes of a verdict in words, and what it is worth to be named."""

import pytest

from audits.queries import level_words, words
from tests.guidance.audit_documents import make_document

CRAFTED = {"check": "blind_baseline", "detail": "", "value": 0.55, "low": 0.48, "high": 0.62}


def test_no_level_is_no_clean_result_where_nothing_was_settled() -> None:
    assert level_words.shown("L0") == "L0: no sign"
    assert level_words.shown("L0", settled=False) == "L0: nothing that counts"
    assert level_words.shown("L1", settled=False) == "L1: a trace"


@pytest.mark.parametrize(("passed", "doubts"), [(True, False), (None, True)])
def test_worth_of_being_named_is_in_doubt_where_the_sides_may_differ(
    *, passed: bool | None, doubts: bool
) -> None:
    document = make_document(
        3, catch=0.2, records=10_000, validity=[CRAFTED | {"passed": passed}], best_attack="rmia"
    )
    found = words.worth(document, about_people=False)
    assert found is not None
    assert ("may not be the model's doing" in found.doubt) == doubts
    assert found.crowd.startswith("If an attacker checks 10,000 records")
    assert found.sure == "97.5%"
