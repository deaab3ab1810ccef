"""Why the figure in the sentence of a verdict is not the one in the table below it."""

from typing import Any

import pytest

from audits.queries.technical import _two_figures

RATE = {"low": 0.3, "high": 0.43, "reportable": True, "rated": True}
SENTENCE = (
    "Severe leakage: at a false-alarm rate of at most 0.1% the LiRA attack picks out at least 29%"
    " of the members, where chance gives 0.1%."
)
PAIRS = (
    "A trace of leakage: the loss attack ranks a member above a non-member in at least 51.2% of all"
    " pairs, where chance gives 50%."
)


def document(sentence: str, *, value: float = 0.38, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a document
    figures = {
        "auc": {"value": 0.55, "low": 0.52, "high": 0.58, "reportable": True, "rated": True},
        "tpr": {"0.001": {**RATE, "value": value, **changed}, "0.01": {**RATE, "value": 0.5}},
    }
    return {
        "best_attack": "lira",
        "attacks": {"lira": figures},
        "verdict": {"outcome": "severe", "sentence": sentence},
    }


@pytest.mark.parametrize(("sentence", "limit"), [(SENTENCE, "29%"), (PAIRS, "51.2%")])
def test_careful_limit_is_told_from_the_estimate(sentence: str, limit: str) -> None:
    assert _two_figures(document(sentence)).startswith(f"“At least {limit}” is the careful limit")


def test_nothing_is_said_where_only_one_figure_is_shown_or_both_are_one() -> None:
    assert _two_figures(document(SENTENCE, value=0.29)) == ""
    assert _two_figures(document(SENTENCE, reportable=False)) == ""
    assert _two_figures(document("We tried 3 attacks and found no sign.")) == ""
    assert _two_figures(document(SENTENCE) | {"best_attack": None}) == ""
    void = document(SENTENCE)
    void["verdict"]["outcome"] = "invalid"
    assert _two_figures(void) == ""
