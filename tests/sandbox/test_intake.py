"""What the first look at an upload says, or why it refuses."""

import io
import os
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from audits import sandbox
from audits.sandbox import Limits, Outcome

LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=60, wall_seconds=60)
READING = {"target": "label", "drop": ["id"], "member_column": ""}
MEMBERS = b"id,age,city,label\n1,30,Bonn,yes\n2,,Ulm,no\n3,51,Ulm,yes\n"
OTHERS = b"id,age,city,label\n4,22,Kiel,no\n5,61,,yes\n"
COLUMN = {
    "role": "feature",
    "type": "whole",
    "missing": 0,
    "low": None,
    "high": None,
    "own_values": False,
    "about": None,
}
AS_CSV = {
    "format": "csv",
    "columns": 4,
    "encoding": "utf-8",
    "delimiter": ",",
    "decimal": ".",
    "thousands": None,
    "sheet": None,
    "dates": [],
}


def look(entry: str, files: Mapping[str, bytes], params: Mapping[str, Any] = READING) -> Outcome:
    descriptors = {}
    try:
        for name, data in files.items():
            descriptors[name] = os.memfd_create(name)
            os.write(descriptors[name], data)
        return sandbox.run(entry, files=descriptors, params=params, limits=LIMITS)
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def refusal(entry: str, files: Mapping[str, bytes], params: Mapping[str, Any] = READING) -> str:
    with pytest.raises(sandbox.Refused) as refused:
        look(entry, files, params)
    return refused.value.subject


def test_table_is_described() -> None:
    seen = look("inspect_table", {"members": MEMBERS, "nonmembers": OTHERS})
    assert seen.result == {
        "members": 3,
        "nonmembers": 2,
        "population": 0,
        "persons": {"members": None, "nonmembers": None},
        "features": 2,
        "rows": 5,
        "looked_at": 5,
        "column_count": 4,
        "columns": [
            {**COLUMN, "name": "id", "role": "left_out", "distinct": 5, "low": 1, "high": 5},
            {**COLUMN, "name": "age", "missing": 1, "distinct": 4, "low": 22, "high": 61}
            | {"about": {"kind": "age", "reason": "column_name", "params": {"word": "age"}}},
            {**COLUMN, "name": "city", "type": "text", "missing": 1, "distinct": 3}
            | {"about": {"kind": "place", "reason": "column_name", "params": {"word": "city"}}},
            {**COLUMN, "name": "label", "role": "label", "type": "text", "distinct": 2},
        ],
        "duplicates": {"repeated": 0, "on_both_sides": 0},
        "alike": {"columns": 2, "alone": 5, "few": 5},
        "classes": [
            {"value": "no", "members": 1, "nonmembers": 1},
            {"value": "yes", "members": 2, "nonmembers": 1},
        ],
        "class_count": 2,
        "reading": {"members": {**AS_CSV, "rows": 3}, "nonmembers": {**AS_CSV, "rows": 2}},
    }
    assert seen.blobs == {}


def test_combined_table_is_cut_by_its_member_column() -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    combined = b"used,a,label\n1,10,x\n0,20,y\n1,30,y\n"
    params = {"target": "label", "drop": [], "member_column": "used"}
    seen = look("inspect_table", {"combined": combined}, params)
    assert (seen.result["members"], seen.result["nonmembers"]) == (2, 1)
    assert seen.result["reading"] == {"combined": {**AS_CSV, "rows": 3, "columns": 3}}
    sides = {name: pq.read_table(io.BytesIO(data)) for name, data in seen.blobs.items()}
    assert {name: table.to_pylist() for name, table in sides.items()} == {
        "members": [{"a": 10, "label": "x"}, {"a": 30, "label": "y"}],
        "nonmembers": [{"a": 20, "label": "y"}],
    }


@pytest.mark.parametrize(
    ("combined", "subject"),
    [
        (b"used,a,label\n1,10,x\n2,20,y\n", "member_column"),
        (b"used,a,label\n1,10,x\n,20,y\n", "member_column"),
        (b"used,a,label\n1,10,x\n1,20,y\n", "member_column"),
        (b"other,a,label\n1,10,x\n0,20,y\n", "member_column"),
        (b"used,label\n1,x\n0,y\n", "combined"),
        (b"", "combined"),
        (b"used,a,class\n1,10,x\n0,20,y\n", "target"),
    ],
)
def test_combined_table_that_cannot_be_cut_is_refused_at_the_field(
    combined: bytes, subject: str
) -> None:
    params = {"target": "label", "drop": [], "member_column": "used"}
    assert refusal("inspect_table", {"combined": combined}, params) == subject


@pytest.mark.parametrize(
    ("members", "nonmembers", "subject"),
    [
        (b"", OTHERS, "members"),
        (MEMBERS, b"", "nonmembers"),
        (MEMBERS, OTHERS.replace(b"label", b"class"), "target"),
        (MEMBERS, OTHERS.replace(b"id,", b"nr,"), "drop"),
        (MEMBERS, OTHERS.replace(b"age", b"years"), "nonmembers"),
        (MEMBERS.replace(b"yes", b""), OTHERS, "members"),
    ],
)
def test_table_that_cannot_be_used_is_refused_at_the_field(
    members: bytes, nonmembers: bytes, subject: str
) -> None:
    assert refusal("inspect_table", {"members": members, "nonmembers": nonmembers}) == subject


def test_model_is_described() -> None:
    import sklearn  # noqa: PLC0415
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    model = KNeighborsClassifier(1).fit([[0.0, 1.0], [1.0, 0.0]], ["no", "yes"])
    seen = look("inspect_model", {"model": skops.io.dumps(model)}).result
    assert seen == {
        "family": "knn",
        "format": "skops",
        "retrainable": True,
        "estimator": "KNeighborsClassifier",
        "classes": ["no", "yes"],
        "class_count": 2,
        "features": 2,
        "feature_names": None,
        "sklearn_version": sklearn.__version__,
        "min_samples_leaf": None,
        "stores_rows": True,
        "warnings": [],
        "training": {
            "algorithm": "auto",
            "leaf_size": 30,
            "metric": "minkowski",
            "n_neighbors": 1,
            "p": 2,
            "weights": "uniform",
        },
    }


@pytest.mark.parametrize("data", [b"", pickle.dumps({"a": 1}), b"PK\x03\x04 not a zip", b"\0" * 99])
def test_file_that_is_no_model_is_refused(data: bytes) -> None:
    assert refusal("inspect_model", {"model": data}) == "model"


def test_predictions_are_described() -> None:
    data = b"member,label,p_a,p_b\n1,a,0.9,0.1\n0,b,0.5,0.5\n0,b,0.2,0.8\n"
    found = look("inspect_predictions", {"predictions": data}).result
    assert found.pop("reading")["predictions"]["delimiter"] == ","
    assert found == {
        "family": None,
        "members": 1,
        "nonmembers": 2,
        "population": 0,
        "persons": None,
        "features": 0,
        "classes": ["a", "b"],
        "class_count": 2,
        "subgroups": [],
    }


def test_predictions_of_one_side_are_refused() -> None:
    data = b"member,label,p_a,p_b\n1,a,0.9,0.1\n1,b,0.5,0.5\n"
    assert refusal("inspect_predictions", {"predictions": data}) == "predictions"
