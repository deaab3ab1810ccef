"""Models that predict a number: the attacks read the size of the error."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.engine import AuditPlan, audit
from audits.engine.answers import error_scale, log_likelihood, quality, root_mean_square
from audits.engine.errors import InputError
from audits.engine.inputs import read_inputs
from audits.engine.types import ModelInputs
from tests.engine import cast

PLAN = AuditPlan(target="y")


def test_signal_is_the_log_density_of_the_truth_around_the_answer() -> None:
    answers, truth = np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0, 3.0])
    assert log_likelihood(answers, truth, 2.0).tolist() == [0.0, -0.5, -0.125]


def test_scale_is_that_of_normal_errors_with_the_same_mean_size() -> None:
    answers, truth = np.array([0.0, 0.0]), np.array([1.0, -3.0])
    assert error_scale(answers, truth) == pytest.approx(2 * np.sqrt(np.pi / 2))
    assert error_scale(truth, truth) == 1.0


def test_quality_is_the_share_of_variance_explained() -> None:
    truth = np.array([0.0, 2.0, 4.0])
    assert quality(np.array([1.0, 2.0, 3.0]), truth, 1.0) == pytest.approx(1 - 2 / 8)
    assert root_mean_square(np.array([1.0, 2.0, 3.0]), truth) == pytest.approx(np.sqrt(2 / 3))


def numbers(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(n, 6))
    return features, features[:, 0] + 0.5 * features[:, 1] ** 2 + rng.normal(0, 0.7, n)


def halves(model: object, n: int) -> ModelInputs:
    features, labels = numbers(2 * n)
    model.fit(features[:n], labels[:n])  # type: ignore[attr-defined]
    sides = [cast.records(features[part], labels[part]) for part in (slice(n), slice(n, None))]
    return cast.inputs(model, *sides)


def test_overfitted_regressor_leaks_and_the_result_says_what_was_read() -> None:
    document = audit(halves(RandomForestRegressor(20, random_state=0), 1_100), PLAN).document
    assert document["family"] == ["rmia", "quantile"]
    assert document["references"]["recipe"] == "tree_halves"
    assert document["verdict"]["reached"] in {"L2", "L3", "L4"}
    assert document["model"]["task"] == "regression"
    assert document["model"]["member_accuracy"] is None
    assert document["model"]["gap"] is None
    assert document["model"]["member_error"] < 0.6 * document["model"]["nonmember_error"]
    assert document["records"]["classes"] == 0
    assert any("squared or absolute" in warning for warning in document["warnings"])
    gates = {check["check"]: check["passed"] for check in document["validity"]}
    assert gates["classes"] is None
    assert gates["reference_accuracy"] is True


def test_linear_regressor_on_many_records_shows_no_sign() -> None:
    model = make_pipeline(StandardScaler(), LinearRegression())
    document = audit(halves(model, 2_500), PLAN).document
    assert document["family"] == ["rmia", "lira", "learned", "quantile"]
    assert document["references"]["recipe"] == "clone"
    assert document["verdict"]["reached"] in {None, "L0", "L1"}
    assert document["attacks"]["rmia"]["auc"]["value"] < 0.53


def test_real_records_of_a_number_are_audited() -> None:
    features, labels = load_diabetes(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    features, labels = features[order], labels[order]
    model = RandomForestRegressor(20, random_state=0).fit(features[:221], labels[:221])
    given = cast.inputs(
        model,
        cast.records(features[:221], labels[:221]),
        cast.records(features[221:], labels[221:]),
    )
    assert audit(given, PLAN).document["attacks"]["rmia"]["auc"]["low"] > 0.8


def test_predictions_of_a_number_are_audited() -> None:
    rows = [f"{int(i < 150)},{i % 7},{i % 7 + (0.1 if i < 150 else 1.5)}" for i in range(300)]
    file = cast.csv("member,label,prediction\n" + "\n".join(rows))
    document = audit(read_inputs({"predictions": file}, AuditPlan()), AuditPlan()).document
    assert document["family"] == ["loss"]
    assert document["attacks"]["loss"]["auc"]["value"] == 1.0
    assert document["model"]["member_error"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("member,label,prediction\n1,1,2\n0,1,x\n", "prediction of record 1 is no number"),
        ("member,label,prediction\n1,1,2\n0,1,inf\n", "prediction of record 2 is no number"),
        ("member,label,prediction\n1,a,2\n0,b,1\n", "label of record 1 is no number"),
    ],
)
def test_what_is_no_number_is_named(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_inputs({"predictions": cast.csv(text)}, AuditPlan())


def test_label_that_is_no_number_is_refused_for_such_a_model() -> None:
    given = halves(LinearRegression(), 60)
    words = cast.records(numbers(60)[0], np.array(["a"] * 60))
    with pytest.raises(InputError, match="label of record 1 is no number"):
        audit(ModelInputs(given.model, words, words), PLAN)
