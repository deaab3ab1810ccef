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
