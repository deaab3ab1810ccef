"""Columns about people, found on the public data sets, beside what their manifest calls sensitive.

The word list was written with these tables at hand, so recall here says that nothing was forgotten,
not how the list does on tables that nobody has seen.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.guidance.columns import MOST_VALUES, Column, look_at
from tests.benchmarks.records import FOLDER


def columns_of(table: pa.Table, target: str | None) -> Iterator[Column]:
    for name in table.column_names:
        if name == target:
            continue
        values = table[name]
        sample = values.drop_null().slice(0, MOST_VALUES).to_pylist()
        yield Column(
            name=name,
            values=[str(value) for value in sample],
            rows=table.num_rows,
            distinct=len(values.unique()),
            is_number=pa.types.is_integer(values.type) or pa.types.is_floating(values.type),
        )


def row_of(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    table = pq.read_table(folder / told["file"])
    named = {
        found.column: found.kind.key for found in look_at([*columns_of(table, told["target"])])
    }
    labelled = set(told["sensitive_columns"])
    return {
        "data_set": told["name"],
        "columns": table.num_columns,
        "labelled": len(labelled),
        "found": len(labelled & named.keys()),
        "missed": sorted(labelled - named.keys()),
        "beyond_the_labels": {name: named[name] for name in sorted(named.keys() - labelled)},
    }


def bench_columns_about_people(record_proof: Callable[..., Path | None]) -> None:
    if not FOLDER.is_dir():
        pytest.skip("MIA_SHARED_DATA names no folder")
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    rows = [row_of(FOLDER, told) for told in manifest["datasets"]]
    found = sum(row["found"] for row in rows)
    beyond = sum(len(row["beyond_the_labels"]) for row in rows)
    labelled = sum(row["labelled"] for row in rows)
    for row in rows:
        print(  # noqa: T201 - a benchmark prints its table
            f"{row['data_set']:20}{row['found']:4} of{row['labelled']:3}  "
            f"beyond: {', '.join(row['beyond_the_labels']) or '-'}"
        )
    figures = {"rows": rows, "recall": found / labelled, "precision": found / (found + beyond)}
    print(f"recall {figures['recall']:.2f}, precision {figures['precision']:.2f}")  # noqa: T201
    assert len(rows) == 20
    record_proof("columns", figures)
