import io
import json
import pickle
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import skops.io as sio
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from audits.engine.errors import InputError
from audits.engine.loaders.skops import SkopsLimits, read_skops
from tests.engine.cast import problem

X, Y = problem(60)
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


def saved(model: BaseEstimator) -> io.BytesIO:
    return io.BytesIO(sio.dumps(model))


def edited(file: io.BytesIO, edit: Callable[[dict[str, Any]], None]) -> io.BytesIO:
    """Return the skops file with its schema changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                edit(schema)
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    out.seek(0)
    return out


def problem_of(file: io.BytesIO, limits: SkopsLimits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_skops(file, limits=limits or SkopsLimits())
    assert caught.value.subject == "model"
    assert caught.value.remedy
    return caught.value.problem


@pytest.mark.parametrize(
    ("model", "family"),
    [
        (RandomForestClassifier(3, random_state=0), "random_forest"),
        (ExtraTreesClassifier(3, random_state=0), "random_forest"),
        (GradientBoostingClassifier(n_estimators=3), "gradient_boosting"),
        (HistGradientBoostingClassifier(max_iter=3), "gradient_boosting"),
        (LogisticRegression(), "logistic_regression"),
        (KNeighborsClassifier(algorithm="kd_tree"), "knn"),
        (KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"), "knn"),
        (MLPClassifier((4,), solver="lbfgs", max_iter=2000, random_state=0), "mlp"),
        (TREE, "decision_tree"),
        (GaussianNB(), "naive_bayes"),
        (AdaBoostClassifier(n_estimators=3), "other"),
        (BaggingClassifier(n_estimators=3), "other"),
        (VotingClassifier([("a", GaussianNB()), ("b", TREE)], voting="soft"), "other"),
        (StackingClassifier([("a", GaussianNB()), ("b", TREE)]), "other"),
        (CalibratedClassifierCV(TREE), "decision_tree"),
        (make_pipeline(StandardScaler(), RandomForestClassifier(3)), "random_forest"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_classifier_is_read_and_answers_as_before(model: BaseEstimator, family: str) -> None:
    model.fit(X, Y)
    target = read_skops(saved(model))
    assert target.family == family
    assert target.stores_rows == (family == "knn")
    assert target.classes.tolist() == [0, 1]
    assert target.warnings == ()
    found = target.probabilities(X, subject="members")
    assert found == pytest.approx(model.predict_proba(X), abs=1e-12)


def test_neighbours_that_know_their_columns_are_built_again_with_them() -> None:
    frame = pa.table({"a": X[:, 0], "b": X[:, 1]})
    model = KNeighborsClassifier(3).fit(frame, Y)
    target = read_skops(saved(model))
    assert target.feature_names == ("a", "b")
    assert target.estimator._tree is not model._tree
    found = target.probabilities(frame, subject="members")
    assert found.tolist() == model.predict_proba(frame).tolist()


def test_neighbours_without_labels_are_refused() -> None:
    model = KNeighborsClassifier(3).fit(X, Y)
    del model._y
    assert problem_of(saved(model)) == "its neighbours cannot be rebuilt"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (pickle.dumps([1]), "the file is a Python pickle"),
        (pickle.dumps({"a": 1}, protocol=0), "the file is a Python pickle"),
        (b"\x1f\x8b\x08", "the file is a compressed file (gzip), such as a joblib dump"),
        (b"\x89HDF\r\n", "the file is an HDF5 file, such as a Keras model"),
        (b"PK\x03\x04 and no zip", "the file is damaged or no skops file"),
        (b"hello", "the file is of an unknown kind"),
    ],
)
def test_other_content_is_refused_by_its_kind(content: bytes, problem: str) -> None:
    assert problem_of(io.BytesIO(content)).startswith(problem)


def zipped(**entries: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), content)
    out.seek(0)
    return out


def test_zip_without_schema_is_refused() -> None:
    assert problem_of(zipped(readme=b"x")) == "the file is a zip without a skops schema"


@pytest.mark.parametrize("schema", [b"[]", b"not json", b'"text"', b"\xff", b"[" * 200_000])
def test_zip_with_a_broken_schema_is_refused(schema: bytes) -> None:
    assert problem_of(zipped(schema_json=schema)) == "the file is damaged or no skops file"


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    file = zipped(schema_json=b"{}", bomb=bytes(3 * 2**20))
    limits = SkopsLimits(max_unpacked_bytes=2 * 2**20)
    assert problem_of(file, limits) == "the file unpacks to more than 2 MiB"


def test_too_many_parts_are_refused() -> None:
    file = zipped(schema_json=b"{}", a=b"", b=b"")
    assert problem_of(file, SkopsLimits(max_entries=2)) == "the file has more than 2 parts"


def test_file_beyond_its_size_is_refused() -> None:
    assert problem_of(saved(TREE), SkopsLimits(max_bytes=10)) == "the file is larger than 0 MiB"


def test_forbidden_type_is_refused_by_name() -> None:
    found = problem_of(saved(make_pipeline(FunctionTransformer(json.loads), TREE)))
    assert found.startswith("the file names types that are not allowed (")
    assert "json.loads" in found


def test_version_of_another_minor_is_a_warning() -> None:
    def older(schema: dict[str, Any]) -> None:
        schema["content"]["content"]["_sklearn_version"]["content"] = '"1.7.2"'

    warnings = read_skops(edited(saved(GaussianNB().fit(X, Y)), older)).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("The model was saved with scikit-learn 1.7.2 and read with ")


def test_model_that_cannot_be_rebuilt_names_its_version() -> None:
    def gone(schema: dict[str, Any]) -> None:
        schema["content"]["content"]["_sklearn_version"]["content"] = '"0.24.1"'
        schema["protocol"] = 99

    found = problem_of(edited(saved(GaussianNB().fit(X, Y)), gone))
    assert found == "the model cannot be rebuilt (it was saved with scikit-learn 0.24.1)"


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (KMeans(2, n_init=1).fit(X), "KMeans is a clusterer, no classifier"),
        (RidgeClassifier().fit(X, Y), "RidgeClassifier gives no probabilities"),
        (StandardScaler().fit(X), "StandardScaler gives no probabilities"),
        (GaussianNB(), "GaussianNB is not fitted to tell two or more classes apart"),
        ({"a": 1}, "dict gives no probabilities"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_classifier_with_probabilities_is_refused(
    model: BaseEstimator, problem: str
) -> None:
    assert problem_of(saved(model)) == problem


class TestTreeThatPointsOutsideItself:
    problem = "a tree in the file points outside itself"

    def nodes(self, model: BaseEstimator) -> tuple[io.BytesIO, str]:
        """Return the saved model and the name of the part with its tree nodes."""
        file = saved(model)
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if (
                    name.endswith(".npy")
                    and np.load(io.BytesIO(archive.read(name)), allow_pickle=False).dtype.names
                ):
                    return file, name
        raise AssertionError("no nodes")

    def corrupted(self, model: BaseEstimator, field: str, value: int) -> io.BytesIO:
        file, part = self.nodes(model)
        out = io.BytesIO()
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == part:
                    array = np.load(io.BytesIO(content), allow_pickle=False)
                    array[field][0] = value
                    buffer = io.BytesIO()
                    np.save(buffer, array, allow_pickle=False)
                    content = buffer.getvalue()
                new.writestr(name, content)
        out.seek(0)
        return out

    @pytest.mark.parametrize(
        ("field", "value"),
        [("left_child", 10_000), ("right_child", 0), ("feature", 4_000), ("feature", -9)],
    )
    def test_in_a_decision_tree_is_refused(self, field: str, value: int) -> None:
        model = DecisionTreeClassifier(random_state=0).fit(X, Y)
        assert problem_of(self.corrupted(model, field, value)) == self.problem

    @pytest.mark.parametrize(
        ("field", "value"), [("left", 10_000), ("right", 0), ("feature_idx", 4_000)]
    )
    def test_in_boosting_is_refused(self, field: str, value: int) -> None:
        model = HistGradientBoostingClassifier(max_iter=1).fit(X, Y)
        assert problem_of(self.corrupted(model, field, value)) == self.problem
