"""Models fitted on pandas DataFrames, audited where there is no pandas."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audits.engine import ATTACKS, AuditPlan, audit
from audits.engine.arrow_bridge import as_array, bridged
from audits.engine.errors import InputError
from audits.engine.inputs import model_inputs
from audits.engine.loaders.models import read_model
from audits.engine.loaders.tables import read_described, split_columns
from audits.engine.references.clone import template_of
from audits.engine.types import Records

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
PLAN = AuditPlan(target="approved")


def people(start: int = 0, stop: int = 400) -> Records:
    with (FIXTURES / "people.csv").open("rb") as file:
        table = read_described(file, subject="members")[0]
    return split_columns(table.slice(start, stop - start), PLAN, subject="members")


@pytest.mark.parametrize("name", EXPECTED)
class TestModelFittedOnPandas:
    def test_answers_as_it_did_with_pandas(self, name: str) -> None:
        with (FIXTURES / f"{name}.skops").open("rb") as file:
            target = read_model(file)
        features = target.stacked([target.arrange(people(), subject="members")])
        found = target.probabilities(features, subject="members")[:, 1]
        assert found[: len(EXPECTED[name])] == pytest.approx(EXPECTED[name], abs=1e-8)

    def test_is_audited_with_references(self, name: str) -> None:
        with (FIXTURES / f"{name}.skops").open("rb") as file:
            target = read_model(file)
        sides = {"members": people(0, 200), "nonmembers": people(200, 400)}
        document = audit(model_inputs(target, sides), PLAN).document
        assert document["references"]["recipe"] in {"clone", "tree_halves", "warm_start"}
        means = document["references"]["recipe"] == "tree_halves"
        left_out = {"population", "lira", "learned"} if means else {"population"}
        assert set(document["attacks"]) == set(ATTACKS) - left_out
        assert document["warnings"] == []
        assert "pandas" not in sys.modules


def test_recipe_fits_the_columns_and_categories_the_model_knew() -> None:
    with (FIXTURES / "selectors.skops").open("rb") as file:
        template = template_of(read_model(file))
    branches = {name: (step, columns) for name, step, columns in template[0].transformers}
    assert {name: columns for name, (_, columns) in branches.items()} == {
        "number": ["age", "income"],
        "text": ["job", "region"],
    }
    job, region = branches["text"][0].named_steps["step"].categories
    assert job.tolist()[:4] == ["chef", "clerk", "nurse", "pilot"]
    assert np.isnan(job.tolist()[4])
    assert region.tolist() == ["north", "south"]


def test_template_of_native_categories_has_a_mask_for_them() -> None:
    with (FIXTURES / "categories.skops").open("rb") as file:
        template = template_of(read_model(file))
    assert template.categorical_features == [False, True, True, False]


def test_as_array_is_what_pandas_would_give() -> None:
    table = pa.table({"a": [1, None], "b": ["x", None]})
    found = as_array(table)
    assert found[0].tolist() == [1.0, "x"]
    assert [value != value for value in found[1]] == [True, True]  # noqa: PLR0124 - NaN
    numbers = as_array(pa.table({"a": [1, None], "b": [2.5, 1.0]}))
    assert numbers.dtype == np.float64


def transformer() -> ColumnTransformer:
    branches = [("n", StandardScaler(), ["a"]), ("away", "drop", ["c"])]
    return ColumnTransformer(branches, remainder="passthrough")


FRAME = pa.table({"a": [1.0, 2.0, 3.0, 5.0], "b": [0.5, 0.1, 0.9, 0.2], "c": [1, 2, 3, 4]})
LABELS = np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(transformer(), LogisticRegression()),
        make_pipeline(make_pipeline(transformer()), LogisticRegression()),
        make_pipeline(FeatureUnion([("t", transformer())]), LogisticRegression()),
        CalibratedClassifierCV(make_pipeline(transformer(), LogisticRegression()), cv=2),
        StackingClassifier([("a", make_pipeline(transformer(), LogisticRegression()))], cv=2),
        OneVsRestClassifier(make_pipeline(transformer(), LogisticRegression())),
        GridSearchCV(
            make_pipeline(transformer(), LogisticRegression()),
            {"logisticregression__C": [1.0]},
            cv=2,
        ),
    ],
    ids=["pipeline", "nested", "union", "calibrated", "stacking", "one versus rest", "search"],
)
def test_bridged_recipe_passes_columns_through(model: object) -> None:
    fitted = clone(bridged(model)).fit(FRAME, LABELS)
    assert fitted.predict_proba(FRAME).shape == (4, 2)
    assert bridged(fitted).predict_proba(FRAME).tolist() == fitted.predict_proba(FRAME).tolist()


def test_bridge_leaves_the_given_model_as_it_was() -> None:
    model = make_pipeline(transformer(), LogisticRegression())
    assert bridged(model) is not model
    assert model[0].remainder == "passthrough"
    plain = make_pipeline(StandardScaler(), LogisticRegression())
    assert bridged(plain) is plain


def test_bridge_hands_a_vectoriser_its_one_text_column() -> None:
    texts = pa.table({"t": ["good day", "bad day", "good", "bad"], "j": ["x", "y", "x", "y"]})
    prepare = ColumnTransformer([("t", CountVectorizer(), "t"), ("j", OneHotEncoder(), ["j"])])
    model = clone(bridged(make_pipeline(prepare, LogisticRegression()))).fit(texts, LABELS)
    assert model.predict_proba(texts).shape == (4, 2)


def test_pipeline_that_needs_pandas_is_refused_by_its_step() -> None:
    scaler = StandardScaler()
    scaler._sklearn_output_config = {"transform": "pandas"}
    model = make_pipeline(scaler, LogisticRegression())
    for given in (model, CalibratedClassifierCV(model)):
        with pytest.raises(InputError, match="step StandardScaler hands pandas data on"):
            bridged(given)
