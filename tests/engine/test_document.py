import importlib.metadata
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from audits import engine
from audits.engine import AuditPlan, audit
from audits.engine.document import ENGINE_VERSION, result_document
from audits.engine.loaders.predictions import read_predictions
from audits.engine.types import Provenance
from audits.engine.validity import not_run
from tests.engine.cast import csv, halves, inputs, problem, records

ROOT = Path(engine.__file__).parents[2]
SCHEMA = json.loads((Path(engine.__file__).parent / "audit-result-1.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def forest_audit() -> dict[str, Any]:
    model = RandomForestClassifier(5, random_state=0)
    provenance = Provenance(
        {"model": "a" * 64, "members": "b" * 64, "nonmembers": "c" * 64}, ("landlock", "seccomp")
    )
    return audit(halves(model, 350), AuditPlan(target="y"), provenance).document


def tiny_quick_audit() -> dict[str, Any]:
    return audit(halves(LogisticRegression(), 15), AuditPlan(target="y", preset="quick")).document


def predictions_audit() -> dict[str, Any]:
    rows = "\n".join(f"{i % 2},{i % 3 % 2},0.{5 + i % 4},0.{5 - i % 4}" for i in range(40))
    return audit(read_predictions(csv("member,label,p_0,p_1\n" + rows)), AuditPlan()).document


def wide_predictions_audit() -> dict[str, Any]:
    rows = "\n".join(
        f"{i % 2},{i % 3 % 2},0.{5 + i % 4},{i},{i % 2 * 99 + i // 4},0" for i in range(40)
    )
    text = f"member,label,p_label,x_age,person,population\n{rows}\n0,1,0.5,99,500,1"
    return audit(read_predictions(csv(text)), AuditPlan(subgroups=("age",))).document


def invalid_audit() -> dict[str, Any]:
    features, labels = problem(400)
    model = LogisticRegression().fit(features, labels)
    features[200:] += 3
    shifted = inputs(
        model, records(features[:200], labels[:200]), records(features[200:], labels[200:])
    )
    return audit(shifted, AuditPlan(target="y", preset="quick")).document


@pytest.mark.parametrize(
    "make",
    [forest_audit, tiny_quick_audit, predictions_audit, wide_predictions_audit, invalid_audit],
)
def test_document_fits_its_schema_and_is_plain_json(make: Callable[[], dict[str, Any]]) -> None:
    document = make()
    VALIDATOR.validate(document)
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    for entry in document["attacks"].values():
        assert sorted(entry["tpr"]) == ["0.001", "0.01", "0.1"]
        for rate in entry["tpr"].values():
            numbers = [rate["value"], rate["low"], rate["high"]]
            assert (None in numbers) is not rate["reportable"]


def test_predictions_have_no_number_of_features() -> None:
    assert predictions_audit()["records"]["features"] is None


def test_diagnostic_that_sees_more_than_the_verdict_is_named() -> None:
    rng = np.random.default_rng(0)
    scores = {
        "loss": (rng.normal(1.0, 1.0, 600), rng.normal(0.0, 1.0, 600)),
        "rmia": (rng.normal(size=600), rng.normal(size=600)),
    }
    model = {"family": "other", "task": "classification",
             "member_accuracy": 1.0, "nonmember_accuracy": 0.5,
             "member_error": None, "nonmember_error": None, "min_samples_leaf": None,
             "stores_rows": False}  # fmt: skip
    document = result_document(
        plan=AuditPlan(target="y"),
        facts={"depth": 4, "unit": "record", "population": 0, "features": 3, "classes": 2,
               "warnings": [], "model": model, "plan_sha256": "0" * 64},
        scores=scores, checks=[not_run("self_test", "Not run.")],
        references={"count": 4, "recipe": "clone", "agreement": None, "stopped_because": "cap",
                    "seconds": 1.0},
        provenance=Provenance(), total_seconds=1.0,
    )  # fmt: skip
    assert document["verdict"]["reached"] == "L0"
    assert document["warnings"] == [
        "The attack loss alone reaches L3; it is a diagnostic here and the verdict does not rest "
        "on it."
    ]


def test_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_schema_refuses_a_document_that_lacks_a_key() -> None:
    document = tiny_quick_audit()
    del document["epsilon"]["ceiling"]
    assert not VALIDATOR.is_valid(document)


def test_schema_accepts_documents_from_before_keys_were_added() -> None:
    document = tiny_quick_audit()
    for key in ("reportable", "rated", "leak_factor_ceiling"):
        del document["epsilon"][key]
    for entry in document["attacks"].values():
        del entry["auc"]["reportable"], entry["auc"]["rated"]
    del document["provenance"]["reading"]
    VALIDATOR.validate(document)


def test_document_says_how_its_tables_were_read() -> None:
    assert predictions_audit()["provenance"]["reading"] == {
        "predictions": {
            "format": "csv", "rows": 40, "columns": 4, "encoding": "utf-8", "delimiter": ",",
            "decimal": ".", "thousands": None, "sheet": None, "dates": [],
        }
    }  # fmt: skip
    assert tiny_quick_audit()["provenance"]["reading"] == {}


def test_document_repeats_the_provenance_it_was_given() -> None:
    provenance = forest_audit()["provenance"]
    assert provenance["model_sha256"] == "a" * 64
    assert provenance["population_sha256"] is None
    assert provenance["sandbox"] == ["landlock", "seccomp"]
    assert sorted(provenance["libraries"]) == [
        "numpy", "pyarrow", "scikit-learn", "scipy", "skops",
    ]  # fmt: skip
    for name, version in provenance["libraries"].items():
        assert version == importlib.metadata.version(name)


def test_document_has_a_curve_for_each_attack_that_ends_at_one() -> None:
    document = forest_audit()
    assert sorted(document["curves"]) == sorted(document["attacks"])
    for curve in document["curves"].values():
        assert (curve["fpr"][-1], curve["tpr"][-1]) == (1.0, 1.0)
        assert len(curve["fpr"]) == len(curve["tpr"]) <= 401


def test_engine_version_is_the_project_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == ENGINE_VERSION
