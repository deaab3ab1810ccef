"""The largest audit that is taken: tables of 1 000 000 rows, by the command, in its locked child.

The child may have 6 GiB, as in the portal: an audit that needed more would be stopped.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import csv

ROOT: Final = Path(__file__).resolve().parents[2]
SIZES: Final = (100_000, 1_000_000)
COLUMNS: Final = 12


def _table(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    features = np.round(rng.normal(size=(n, COLUMNS)), 6)
    return features, (features[:, 0] + rng.normal(size=n) > 0).astype(np.int64)


def _write(folder: Path, n: int) -> None:
    import skops.io  # noqa: PLC0415 - the other benchmarks need none of it
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - as above

    for seed, name in enumerate(("members", "nonmembers")):
        features, labels = _table(n, seed)
        if name == "members":
            model = HistGradientBoostingClassifier(max_iter=30, random_state=0)
            skops.io.dump(model.fit(features, labels), folder / "model.skops")
        columns = {f"c{j}": column for j, column in enumerate(features.T)}
        csv.write_csv(pa.table(columns | {"label": labels}), folder / f"{name}.csv")


@pytest.mark.parametrize("n", SIZES)
def bench_large_audit(
    n: int, tmp_path: Path, record_proof: Callable[[str, Mapping[str, Any]], Path | None]
) -> None:
    _write(tmp_path, n)
    result = tmp_path / "result.json"
    started = time.perf_counter()
    subprocess.run(
        [
            sys.executable, ROOT / "manage.py", "audit", "--model", tmp_path / "model.skops",
            "--members", tmp_path / "members.csv", "--nonmembers", tmp_path / "nonmembers.csv",
            "--target", "label", "--split", "random", "--preset", "standard", "--json", result,
            "--threads", "2",
        ],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    document = json.loads(result.read_text(encoding="utf-8"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    row = {
        "rows_of_each_table": n,
        "columns": COLUMNS,
        "bytes_of_csv": sum(path.stat().st_size for path in tmp_path.glob("*.csv")),
        "references": document["references"]["count"],
        "seconds": seconds,
        "peak_bytes": peak,
        "outcome": document["verdict"]["outcome"],
    }
    sys.stdout.write(f"\n{n:>9,} + {n:,} rows  {seconds:7.1f} s  {peak / 2**20:6.0f} MiB")
    record_proof(f"large_{n}", row)
    assert document["records"]["members"] == n
