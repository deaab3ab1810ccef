"""Audits of real records: files in the folder MIA_SHARED_DATA, else what scikit-learn bundles."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io as sio
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from audits.engine import AuditPlan, audit
from audits.engine.inputs import read_inputs

FOLDER = Path(os.environ.get("MIA_SHARED_DATA", "/nowhere"))


def bundled(load: Callable[[], Any]) -> Callable[[], tuple[pa.Table, str]]:
    def made() -> tuple[pa.Table, str]:
        found = load()
        columns = {f"c{j}": column for j, column in enumerate(found.data.T)}
        return pa.table(columns | {"label": found.target}), "label"

    return made


def shared(name: str, target: str, *drop: str, rows: int) -> Callable[[], tuple[pa.Table, str]]:
    def made() -> tuple[pa.Table, str]:
        return pq.read_table(FOLDER / f"{name}.parquet").slice(0, rows).drop(list(drop)), target

    return made


def logistic() -> BaseEstimator:
    text = ["BusinessTravel", "Department", "EducationField", "Gender", "JobRole"]
    text += ["MaritalStatus", "OverTime"]
    branch = ("text", OneHotEncoder(handle_unknown="ignore"), text)
    number = ["Age", "DailyRate", "MonthlyIncome", "TotalWorkingYears", "YearsAtCompany"]
    prepare = ColumnTransformer([branch, ("number", StandardScaler(), number)])
    return make_pipeline(prepare, LogisticRegression())


def forest() -> BaseEstimator:
    text = ["workclass", "education", "marital_status", "occupation", "relationship", "race"]
    text += ["sex", "native_country"]
    branch = ("text", OneHotEncoder(handle_unknown="ignore"), text)
    number = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
    prepare = ColumnTransformer([branch, ("number", StandardScaler(), number)])
    return make_pipeline(prepare, RandomForestClassifier(10, random_state=0))


def scaled() -> BaseEstimator:
    return make_pipeline(StandardScaler(), LogisticRegression())


CASES = [
    ("breast cancer", bundled(load_breast_cancer), scaled, (0.45, 0.62)),
    ("digits", bundled(load_digits), lambda: RandomForestClassifier(10, random_state=0), (0.8, 1)),
]
if FOLDER.is_dir():
    CASES += [
        ("adult", shared("adult", "income", "fnlwgt", "split", rows=4_000), forest, (0.7, 0.95)),
        ("credit", shared("credit_default", "default_next_month", rows=6_000), scaled, (0.48, 0.6)),
        ("hr", shared("hr_attrition", "Attrition", rows=1_470), logistic, (0.5, 0.66)),
    ]


def parquet(table: pa.Table) -> io.BytesIO:
    out = io.BytesIO()
    pq.write_table(table, out)
    out.seek(0)
    return out


@pytest.mark.parametrize(
    ("load", "make", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_real_records_are_audited_from_their_files(
    load: Callable[[], tuple[pa.Table, str]],
    make: Callable[[], BaseEstimator],
    expected: tuple[float, float],
) -> None:
    table, target = load()
    order = np.random.default_rng(0).permutation(table.num_rows)
    members, others = (table.take(half) for half in np.array_split(order, 2))
    features = members.drop([target])
    if table.column_names[0] == "c0":
        features = np.column_stack([column.to_numpy() for column in features.columns])
    model = make().fit(features, np.asarray(members[target]))
    files = {
        "model": io.BytesIO(sio.dumps(model)),
        "members": parquet(members),
        "nonmembers": parquet(others),
    }
    plan = AuditPlan(target=target, split="random", threads=2)
    document = audit(read_inputs(files, plan), plan).document
    assert document["valid"] is True
    auc = document["attacks"]["rmia"]["auc"]
    assert expected[0] <= auc["value"] <= expected[1]
    assert auc["low"] < auc["value"] < auc["high"] or auc["value"] in {0, 1}


def _drifting(rows: int) -> tuple[pa.Table, str]:
    """Records in the order of three years in which prices rise and a product goes out of use."""
    rng, when = np.random.default_rng(9), np.linspace(0.0, 3.0, rows)
    columns = {
        "price": rng.normal(100.0, 15.0, rows) * 1.05**when,
        "visits": rng.poisson(3.0, rows).astype(float),
        "old_product": (rng.random(rows) < 0.4 - 0.1 * when).astype(float),
    }
    label = columns["price"] + rng.normal(0.0, 20.0, rows) > 108.0
    return pa.table(columns | {"label": np.where(label, "yes", "no")}), "label"


def _calls() -> tuple[pa.Table, str]:
    """Return calls of a bank from May 2008 to November 2010, in the order in which they were made.

    What names the time by itself is left out.
    """
    table = pq.read_table(FOLDER / "bank_marketing.parquet")
    return table.select(["age", "balance", "duration", "campaign", "previous", "y"]), "y"


def test_members_and_others_of_different_years_make_the_audit_invalid() -> None:
    table, target = _calls() if FOLDER.is_dir() else _drifting(8_000)
    members, others = table.slice(0, 3_000), table.slice(table.num_rows - 3_000)
    features = np.column_stack([column.to_numpy() for column in members.drop([target]).columns])
    model = scaled().fit(features, np.asarray(members[target]))
    files = {
        "model": io.BytesIO(sio.dumps(model)),
        "members": parquet(members),
        "nonmembers": parquet(others),
    }
    plan = AuditPlan(target=target, preset="quick", threads=2)
    document = audit(read_inputs(files, plan), plan).document
    gate = next(one for one in document["validity"] if one["check"] == "blind_baseline")
    assert document["verdict"]["outcome"] == "invalid"
    assert gate["passed"] is False
    assert gate["low"] > 0.55
    assert "differ by themselves" in gate["detail"]
    # The same years on both sides, dealt at random, are comparable.
    order = np.random.default_rng(3).permutation(6_000)
    both = pa.concat_tables([members, others]).take(order)
    files["members"], files["nonmembers"] = (
        parquet(both.slice(0, 3_000)), parquet(both.slice(3_000)),
    )  # fmt: skip
    files["model"].seek(0)
    fair = audit(read_inputs(files, plan), plan).document
    assert fair["valid"] is True
