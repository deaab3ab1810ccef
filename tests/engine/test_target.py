import numpy as np
import pyarrow as pa
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from audits.engine.errors import InputError
from audits.engine.references.clone import template_of
from audits.engine.target import wrap
from audits.engine.types import Records
from tests.engine.cast import problem, records

X, Y = problem(80)


def table(**columns: list[object]) -> Records:
    n = len(next(iter(columns.values())))
    return Records(pa.table(columns), pa.chunked_array([pa.array([0] * n)]))


def named_model() -> LogisticRegression:
    frame = pa.table({"age": [1.0, 2.0, 3.0, 4.0], "pay": [1.0, 0.0, 1.0, 0.0]})
    return LogisticRegression().fit(frame, [0, 1, 0, 1])


def test_columns_are_put_in_the_model_s_order() -> None:
    target = wrap(named_model())
    arranged = target.arrange(table(pay=[1.0], age=[2.0]), subject="members")
    assert arranged.column_names == ["age", "pay"]


@pytest.mark.parametrize(
    ("given", "problem_text", "remedy"),
    [
        (
            table(age=[1.0], salary=[2.0]),
            "the columns do not fit the model (missing: pay; not known to the model: salary)",
            "give the model's own columns",
        ),
        (
            table(age=[1.0], pay=[2.0], id=[7]),
            "the columns do not fit the model (not known to the model: id)",
            "leave them out with drop",
        ),
    ],
)
def test_columns_that_do_not_fit_by_name_are_refused(
    given: Records, problem_text: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        wrap(named_model()).arrange(given, subject="nonmembers")
    found = caught.value
    assert (found.subject, found.problem, found.remedy) == ("nonmembers", problem_text, remedy)


def test_columns_that_do_not_fit_by_number_are_refused() -> None:
    target = wrap(GaussianNB().fit(X, Y))
    with pytest.raises(InputError, match="1 feature columns are left and the model takes 8"):
        target.arrange(table(a=[1.0]), subject="members")


def test_text_for_a_model_of_numbers_is_refused_by_name() -> None:
    target = wrap(GaussianNB().fit(X[:, :2], Y))
    with pytest.raises(InputError, match="column 'job' holds text and the model takes numbers"):
        target.arrange(table(a=[1.0], job=["clerk"]), subject="members")


def test_values_the_model_cannot_take_are_refused_by_column() -> None:
    features = X.copy()
    features[0, 1], features[3:5, 5] = np.nan, np.inf
    imputing = make_pipeline(SimpleImputer(), LogisticRegression()).fit(X, Y)
    names = tuple("abcdefgh")
    for model, expected in (
        (LogisticRegression().fit(X, Y), "columns 'b', 'f' have missing or infinite values in 3"),
        (imputing, "column 'f' has missing or infinite values in 2"),
    ):
        with pytest.raises(InputError) as caught:
            wrap(model).probabilities(features, subject="population", names=names)
        assert caught.value.subject == "population"
        assert caught.value.problem == f"{expected} records and the model cannot take them"


def test_columns_without_names_are_counted() -> None:
    features = X.copy()
    features[2, 7] = np.nan
    with pytest.raises(InputError, match="column 'number 8' has missing or infinite values in 1"):
        wrap(GaussianNB().fit(X, Y)).probabilities(features, subject="members")


def test_columns_that_are_only_missing_together_are_refused_by_their_names() -> None:
    given = table(age=[1.0, None, 3.0], pay=[1.0, None, 0.5])
    target = wrap(named_model())
    features = target.stacked([target.arrange(given, subject="members")])
    with pytest.raises(InputError) as caught:
        target.probabilities(features, subject="nonmembers")
    assert caught.value.subject == "nonmembers"
    assert caught.value.problem.startswith("columns 'age', 'pay' have missing or infinite values")


def test_missing_text_the_model_cannot_take_is_refused_by_column() -> None:
    frame = pa.table({"job": ["a", "b", "a", "b"], "pay": [1.0, 0.0, 1.0, 0.0], "n": [1, 2, 3, 4]})
    prepare = ColumnTransformer(
        [("text", OneHotEncoder(), ["job"]), ("number", SimpleImputer(), ["pay"])]
    )
    target = wrap(make_pipeline(prepare, LogisticRegression()).fit(frame, [0, 1, 0, 1]))
    given = table(job=["a", None, "b"], pay=[None, 1.0, 2.0], n=[5, 6, 7])
    features = target.stacked([target.arrange(given, subject="members")])
    with pytest.raises(InputError, match="column 'job' has missing or infinite values in 1 rec"):
        target.probabilities(features, subject="members")


def test_wrong_number_of_probabilities_is_refused() -> None:
    model = GaussianNB().fit(X, Y)
    model.predict_proba = lambda features: np.ones((len(features), 1))
    with pytest.raises(InputError, match="no finite number per class"):
        wrap(model).probabilities(X, subject="members")


def test_missing_values_are_fine_where_the_model_takes_them() -> None:
    features = X.copy()
    features[::3, 0] = np.nan
    model = HistGradientBoostingClassifier(max_iter=2).fit(features, Y)
    assert wrap(model).probabilities(features, subject="members").shape == (80, 2)


def test_failure_without_missing_values_is_told_in_the_model_s_words() -> None:
    with pytest.raises(InputError, match="it cannot score these records") as caught:
        wrap(GaussianNB().fit(X, Y)).probabilities(X[:, :3], subject="members")
    assert caught.value.subject == "model"


def test_probabilities_that_do_not_sum_to_one_are_refused() -> None:
    model = GaussianNB().fit(X, Y)
    model.predict_proba = lambda features: np.full((len(features), 2), 0.7)
    with pytest.raises(InputError, match="do not sum to 1"):
        wrap(model).probabilities(X, subject="members")


def test_facts_are_read_from_the_classifier_inside() -> None:
    leaf = DecisionTreeClassifier(min_samples_leaf=7)
    calibrated = make_pipeline(SimpleImputer(), CalibratedClassifierCV(leaf)).fit(X, Y)
    target = wrap(calibrated)
    assert (target.family, target.min_samples_leaf) == ("decision_tree", 7.0)


def test_search_is_audited_with_the_settings_it_found() -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 3]}, cv=2)
    target = wrap(search.fit(X, Y))
    assert target.family == "decision_tree"
    assert template_of(target).max_depth == search.best_params_["max_depth"]


def test_target_answers_single_threaded() -> None:
    model = RandomForestClassifier(3, n_jobs=-1, random_state=0).fit(X, Y)
    assert wrap(model).estimator.n_jobs == 1


def test_copies_that_a_wrapper_fitted_start_no_processes() -> None:
    model = CalibratedClassifierCV(BaggingClassifier(n_estimators=2), cv=2).fit(X, Y)
    for one in model.calibrated_classifiers_:
        one.estimator.n_jobs = 2
    copies = wrap(model).estimator.calibrated_classifiers_
    assert [one.estimator.n_jobs for one in copies] == [1, 1]


def test_float_matrix_keeps_missing_values() -> None:
    target = wrap(GaussianNB().fit(X[:, :2], Y))
    found = target.arrange(table(a=[1, None], b=[True, False]), subject="members")
    assert found[0].tolist() == [1.0, 1.0]
    assert np.isnan(found[1, 0])


def test_records_have_a_length() -> None:
    assert len(records(X, Y)) == 80
