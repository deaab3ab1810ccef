from typing import Any

import pytest

from audits.templatetags.readings import readings

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
