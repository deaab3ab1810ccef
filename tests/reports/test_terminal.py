"""The page of text at the end of a command-line audit."""

from typing import Any

from audits.reports import terminal

FIGURE = {"value": 0.61, "low": 0.55, "high": 0.67}
NOTHING = {"value": None, "low": None, "high": None, "reportable": False, "rated": False}


def document(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of JSON
    tpr = {
        "0.001": NOTHING,
        "0.01": {**FIGURE, "reportable": True, "rated": False},
        "0.1": {**FIGURE, "reportable": True, "rated": True},
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
        "attacks": {"loss": {"auc": FIGURE, "tpr": tpr}},
        "best_attack": "loss",
        "epsilon": {"leak_factor_low": None},
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
    shown = terminal.summary(
        document(
            model={"family": None, "member_accuracy": None, "nonmember_accuracy": None},
            references={"count": 0, "recipe": None, "stopped_because": None},
            epsilon={"leak_factor_low": 2.5},
            warnings=[],
        )
    ).splitlines()
    rows = {line[2:24].strip(): line[25:] for line in shown if line.startswith("  ")}
    assert rows["model"] == "not given, accuracy not known"
    assert rows["references"] == "none"
    assert rows["leak factor"] == "at least 2.50 times"
    assert not any(line.startswith("note:") for line in shown)


def test_model_of_a_number_is_told_by_its_errors() -> None:
    model = {
        "family": "linear_regression",
        "member_accuracy": None,
        "nonmember_accuracy": None,
        "member_error": 1.25,
        "nonmember_error": 2.0,
    }
    shown = terminal.summary(document(model=model)).splitlines()
    rows = {line[2:24].strip(): line[25:] for line in shown if line.startswith("  ")}
    assert rows["model"] == (
        "linear_regression, error 1.25 on members, 2 on non-members (root mean square)"
    )
