"""The page of text at the end of a command-line audit."""

import re
from typing import Any

import pytest

from audits.reports import terminal
from tests.engine.cast import guessed

FIGURE = {"value": 0.61, "low": 0.55, "high": 0.67}
RATED = {"reportable": True, "rated": True}
NOTHING = {"value": None, "low": None, "high": None, "reportable": False, "rated": False}


def document(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of JSON
    tpr = {
        "0.001": NOTHING,
        "0.01": {**FIGURE, **RATED, "rated": False},
        "0.1": {**FIGURE, **RATED},
    }
    return {
        "valid": True,
        "verdict": {
            "reached": "L1",
            "ceiling": "L2",
            "outcome": "trace",
            "grade": "B",
            "sentence": "A trace.",
        },
        "attacks": {"loss": {"auc": {**FIGURE, **RATED}, "tpr": tpr}},
        "best_attack": "loss",
        "epsilon": {"leak_factor_low": None, "reportable": False, "rated": False},
        "records": {
            "members": 1200,
            "nonmembers": 1100,
            "population": 0,
            "features": 4,
            "classes": 2,
        },
        "model": {"family": "knn", "member_accuracy": 0.9, "nonmember_accuracy": 0.8},
        "references": {"count": 8, "recipe": "clone", "stopped_because": "cap"},
        "timing": {"total_seconds": 2.34},
        "provenance": {"sandbox": ["landlock", "seccomp"]},
        "validity": [{"check": "classes", "passed": True, "detail": "Fine."}],
        "warnings": ["By position."],
        **changed,
    }


def rows_of(made: dict[str, Any]) -> dict[str, str]:
    """Label -> text; of the attacks the last one's."""
    shown = terminal.summary(made).splitlines()
    return {line[2:24].strip(): line[25:] for line in shown if line.startswith("  ")}


def test_summary_says_it_all_in_order() -> None:
    assert terminal.summary(document()) == (
        "A trace.\n"
        "outcome trace: reached L1, cannot rule out L2, evidence grade B\n"
        "\n"
        "loss (strongest)\n"
        "  AUC                    0.6100  [0.5500, 0.6700] 95%\n"
        "  TPR at 0.1% FPR        too few records to say\n"
        "  TPR at 1% FPR          0.6100  [0.5500, 0.6700] 95%  indicative only\n"
        "  TPR at 10% FPR         0.6100  [0.5500, 0.6700] 95%\n"
        "\n"
        "  records                1,200 members, 1,100 non-members, 0 population; "
        "4 features, 2 classes\n"
        "  model                  knn, 90.0% right on members, 80.0% right on non-members\n"
        "  references             8 (clone), stopped: cap\n"
        "  leak factor            too few records to say\n"
        "  seconds                2.3\n"
        "  sandbox                landlock, seccomp\n"
        "\n"
        "  classes                passed: Fine.\n"
        "\n"
        "note: By position.\n"
    )


def test_invalid_result_names_no_level() -> None:
    verdict = {
        "reached": None,
        "ceiling": None,
        "outcome": "invalid",
        "grade": None,
        "sentence": "The two sides differ by themselves.",
    }
    shown = terminal.summary(document(valid=False, verdict=verdict))
    assert shown.startswith("NOT VALID\nThe two sides differ by themselves.\n\nloss")
    assert "not stated: the comparison does not stand" in shown


def test_people_are_called_so() -> None:
    records = {**document()["records"], "unit": "person"}
    assert "1,200 members, 1,100 non-members (people)" in terminal.summary(
        document(records=records)
    )


def test_predictions_have_no_model_and_no_references() -> None:
    rows = rows_of(
        document(
            model={"family": None, "member_accuracy": None, "nonmember_accuracy": None},
            references={"count": 0, "recipe": None, "stopped_because": None},
            epsilon={"leak_factor_low": 2.5, **RATED},
            warnings=[],
        )
    )
    assert rows["model"] == "not given, accuracy not known"
    assert rows["references"] == "none"
    assert rows["leak factor"] == "at least 2.50 times"
    assert "note:" not in terminal.summary(document(warnings=[]))


def test_model_of_a_number_is_told_by_its_errors() -> None:
    model = {
        "family": "linear_regression",
        "member_accuracy": None,
        "nonmember_accuracy": None,
        "member_error": 1.25,
        "nonmember_error": 2.0,
    }
    assert rows_of(document(model=model))["model"] == (
        "linear_regression, error 1.25 on members, 2 on non-members (root mean square)"
    )


NUMBER, LIMITS = r"0\.\d{4}", r"  \[\d\.\d{4}, \d\.\d{4}\] 95%"


@pytest.mark.parametrize(
    ("n", "auc", "leak"),
    [
        (50, "too few records to say", "too few records to say"),
        (300, NUMBER + LIMITS + "  indicative only", r"at least \d+\.\d\d times  indicative only"),
        (1_200, NUMBER + LIMITS, r"at least \d+\.\d\d times"),
    ],
)
def test_power_guard_decides_what_is_said_of_auc_and_leak_factor(
    n: int, auc: str, leak: str
) -> None:
    made = guessed(n)
    shown = terminal.summary(made)
    said = [line[25:] for line in shown.splitlines() if line.startswith("  AUC")]
    assert len(said) == len(made["attacks"]) == 3
    assert [text for text in said if re.fullmatch(auc, text) is None] == []
    assert re.fullmatch(leak, rows_of(made)["leak factor"])


def test_result_from_before_the_power_guard_shows_its_auc() -> None:
    tpr = document()["attacks"]["loss"]["tpr"]
    rows = rows_of(
        document(attacks={"loss": {"auc": FIGURE, "tpr": tpr}}, epsilon={"leak_factor_low": 2.5})
    )
    assert rows["AUC"] == "0.6100  [0.5500, 0.6700] 95%"
    assert rows["leak factor"] == "at least 2.50 times"


def test_each_table_gets_a_line_about_how_it_was_read() -> None:
    nothing: dict[str, Any] = {
        "rows": 3, "columns": 2, "encoding": None, "delimiter": None, "decimal": None,
        "thousands": None, "sheet": None, "dates": [],
    }  # fmt: skip
    reading = {
        "members": {
            **nothing, "format": "csv", "encoding": "cp1252", "delimiter": ";", "decimal": ",",
            "thousands": ".",
        },
        "nonmembers": {**nothing, "format": "xlsx", "sheet": "Q1", "dates": list("abcdef")},
        "population": {**nothing, "format": "parquet"},
    }  # fmt: skip
    names = {"model": "m.skops", **{name: f"{name}.dat" for name in reading}}
    assert terminal.readings({"provenance": {"reading": reading}}, names) == [
        "members.dat: CSV, semicolon, cp1252, decimal comma, points between thousands",
        "nonmembers.dat: Excel, sheet 'Q1', dates as days since 1970: a, b, c, d, e, ...",
        "population.dat: Parquet",
    ]


def test_people_are_what_there_are_too_few_of_where_they_are_counted() -> None:
    made = guessed(50)
    counted = terminal.summary({**made, "records": {**made["records"], "unit": "person"}})
    shown = terminal.summary(made)
    assert shown.count("too few records") == counted.count("too few people") > 0
    assert "too few records" not in counted
