from typing import Any

import pytest

from audits.queries.file_reading import read_from_file, readings

CSV = {
    "format": "csv",
    "rows": 3,
    "columns": 2,
    "encoding": "cp1252",
    "delimiter": ";",
    "decimal": ",",
    "thousands": ".",
    "sheet": None,
    "dates": [],
}
EXCEL = {"format": "xlsx", "sheet": "Patients", "dates": ["admitted", "born"]}


@pytest.mark.parametrize(
    ("reading", "lines"),
    [
        ({}, []),
        (
            {"members": CSV, "nonmembers": {**CSV, "rows": 5}},
            [
                "Read as CSV, separated by semicolons, decimal comma, points between thousands, "
                "Windows-1252"
            ],
        ),
        (
            {"nonmembers": {"format": "parquet"}, "members": EXCEL},
            [
                "Used for training: read as Excel, sheet “Patients”, "
                "dates as days since 1970: admitted, born",
                "Held out: read as Parquet",
            ],
        ),
        (
            {
                "combined": {"format": "json_lines", "encoding": "utf-8"},
                "population": {"format": "parquet", "dates": list("abcdef")},
            },
            [
                "Used for training and held out: read as JSON lines, UTF-8",
                "Further records: read as Parquet, dates as days since 1970: a, b, c, d, e, …",
            ],
        ),
    ],
)
def test_readings_are_told_once_where_files_are_alike(
    reading: dict[str, Any], lines: list[str]
) -> None:
    assert readings({"reading": reading}) == lines


def test_version_from_before_readings_were_kept_says_nothing() -> None:
    assert readings({}) == []


def test_what_was_read_from_the_file_of_a_model_is_told() -> None:
    facts = {
        "estimator": "RandomForestClassifier",
        "class_count": 2,
        "features": 12,
        "sklearn_version": "1.7.2",
        "min_samples_leaf": 5,
        "stores_rows": False,
        "warnings": ["It was saved by an older version."],
        "training": {"max_depth": 8, "max_features": "sqrt", "alpha": 0.0001},
    }
    assert read_from_file(facts) == [
        "Read from the file: RandomForestClassifier, 2 classes, 12 columns, smallest leaf 5, "
        "scikit-learn 1.7.2",
        "Trained with: max_depth 8, max_features sqrt, alpha 0.0001",
        "It was saved by an older version.",
    ]
    perceptron = {"estimator": "MlpClassifier", "training": {"hidden": [64, 32]}}
    assert read_from_file({**perceptron, "stores_rows": True}) == [
        "Read from the file: MlpClassifier",
        "The file holds training records as they are.",
        "Trained with: hidden 64 × 32",
    ]
    assert read_from_file({"members": 3}) == []
