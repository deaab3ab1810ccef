"""`manage.py audit` on real records: three public data sets, three kinds of model each.

`make proof NAME=real_data` measures all of them at full size; the ordinary run takes one small set.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.cli.audit_process import MANAGE

SHARED = Path(os.environ.get("MIA_SHARED_DATA", "/nowhere"))
Record = Callable[[str, Mapping[str, Any]], Path | None]


@dataclass(frozen=True)
class Source:
    """A data set, its label, and what is left out."""

    name: str
    target: str
    drop: tuple[str, ...] = ()


SOURCES = (
    Source("adult", "income", ("fnlwgt", "split")),
    Source("credit_default", "default_next_month"),
    Source("online_shoppers", "Revenue"),
)
KINDS = ("random_forest", "logistic_regression", "preprocessing_pipeline")
ROWS = 8000


def _bundled() -> tuple[pa.Table, Source]:
    data = load_breast_cancer()
    columns = {f"c{index}": column for index, column in enumerate(data.data.T)}
    return pa.table({**columns, "label": data.target}), Source("breast_cancer", "label")


def _read(source: Source) -> pa.Table:
    table = pq.read_table(SHARED / f"{source.name}.parquet").drop_columns(list(source.drop))
    return table.slice(0, 2 * ROWS)


def _text_columns(table: pa.Table, source: Source) -> list[str]:
    fields = [field for field in table.schema if field.name != source.target]
    return [
        field.name
        for field in fields
        if not (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    ]


def _estimator(kind: str, text: list[str], numbers: list[str]) -> BaseEstimator:
    if kind == "random_forest":
        return RandomForestClassifier(n_estimators=50, random_state=0, n_jobs=1)
    if kind == "logistic_regression":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    prepare = ColumnTransformer(
        [
            ("text", OneHotEncoder(handle_unknown="ignore"), text),
            ("numbers", StandardScaler(), numbers),
        ]
    )
    return make_pipeline(
        prepare, RandomForestClassifier(n_estimators=50, min_samples_leaf=2, random_state=0)
    )


def _fitted(kind: str, table: pa.Table, source: Source, drop: list[str]) -> BaseEstimator:
    text = _text_columns(table, source)
    used = [name for name in table.column_names if name not in {source.target, *drop}]
    estimator = _estimator(kind, text, [name for name in used if name not in text])
    labels = table.column(source.target).to_numpy()
    if kind == "preprocessing_pipeline":
        return estimator.fit(table.select(used), labels)
    columns = [table.column(name).to_numpy() for name in used]
    return estimator.fit(pa.table(columns, names=used), labels)


def _audit(kind: str, table: pa.Table, source: Source, folder: Path) -> dict[str, Any]:
    """Split at random, train on one half, run the real command on both."""
    drop = [] if kind == "preprocessing_pipeline" else _text_columns(table, source)
    inside, outside = train_test_split(range(table.num_rows), test_size=0.5, random_state=0)
    members, nonmembers = table.take(inside), table.take(outside)
    pq.write_table(members, folder / "members.parquet")
    pq.write_table(nonmembers, folder / "nonmembers.parquet")
    skops.io.dump(_fitted(kind, members, source, drop), folder / "model.skops")
    words = ["--model", "model.skops", "--members", "members.parquet"]
    words += ["--nonmembers", "nonmembers.parquet", "--target", source.target]
    words += ["--split", "random", "--json", "result.json"]
    words += [word for name in drop for word in ("--drop", name)]
    started = time.monotonic()
    done = subprocess.run(
        [*MANAGE, *words], env={}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return _figures(json.loads((folder / "result.json").read_text()), time.monotonic() - started)


def _figures(document: dict[str, Any], seconds: float) -> dict[str, Any]:
    verdict, attacks = document["verdict"], document["attacks"]
    return {
        "outcome": verdict["outcome"],
        "reached": verdict["reached"],
        "ceiling": verdict["ceiling"],
        "grade": verdict["grade"],
        "members": document["records"]["members"],
        "nonmembers": document["records"]["nonmembers"],
        "references": document["references"]["count"],
        "gap": document["model"]["gap"],
        "auc": {key: attack["auc"] for key, attack in attacks.items()},
        "tpr_at_1_percent": {key: attack["tpr"]["0.01"] for key, attack in attacks.items()},
        "seconds": round(seconds, 2),
    }


def test_audit_of_real_records_small(tmp_path: Path) -> None:
    table, source = _bundled()
    found = _audit("logistic_regression", table, source, tmp_path)
    assert (found["outcome"], found["references"]) == ("inconclusive", 16)


@pytest.mark.proof
@pytest.mark.skipif(not SHARED.is_dir(), reason="MIA_SHARED_DATA names no folder of data sets")
def test_proof_real_data(tmp_path: Path, record_proof: Record) -> None:
    found = {}
    for source in SOURCES:
        table = _read(source)
        for kind in KINDS:
            folder = tmp_path / f"{source.name}-{kind}"
            folder.mkdir()
            found[f"{source.name} / {kind}"] = _audit(kind, table, source, folder)
    record_proof("real_data", found)
    assert {row["outcome"] for row in found.values()}.isdisjoint({"invalid"})
