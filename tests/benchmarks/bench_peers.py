"""Our audit beside SACRO-ML and ART: same machine, same records, same target, one table.

Each target is a run of its own and leaves a file of its own: all tools attack it one after the
other on one machine. `python -m tests.benchmarks.report` prints the table of the files.

MIA_BENCH_ROWS chooses targets ("adult/forest,retail_basket50/mlp" or "adult"), MIA_BENCH_THREADS
the threads that every tool may use, MIA_BENCH_PYTHON the Python with the peers; `make bench`
provides the last.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from tests.benchmarks import records, report, requirements
from tests.benchmarks.comparison import Scores, gaps

ROOT: Final = Path(__file__).resolve().parents[2]
TARGETS: Final[Mapping[str, Any]] = json.loads(
    (ROOT / "tests/benchmarks/targets.json").read_text(encoding="utf-8")
)
PEERS_PYTHON: Final = Path(os.environ.get("MIA_BENCH_PYTHON", ROOT / ".bench/bin/python"))
THREADS: Final = int(os.environ.get("MIA_BENCH_THREADS", "2"))


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of this folder with its options, and the Python it runs in."""

    name: str
    program: str
    python: Path
    options: Mapping[str, Any]


class ToolError(Exception):
    """A tool gave no answer."""


def _ours(name: str, references: int) -> Tool:
    return Tool(name, "ours", Path(sys.executable), {"references": references, "threads": THREADS})


TOOLS: Final = (
    *(_ours(name, count) for name, count in requirements.OURS_ALL.items()),
    Tool(
        requirements.LIRA,
        "peers.sacro_lira",
        PEERS_PYTHON,
        {"references": 100, "mode": "online-carlini"},
    ),
    Tool(
        "SACRO-ML LiRA offline",
        "peers.sacro_lira",
        PEERS_PYTHON,
        {"references": 16, "mode": "offline"},
    ),
    Tool(
        requirements.SHADOW,
        "peers.art_shadow",
        PEERS_PYTHON,
        {"references": 3, "attack_model": "rf", "shadow_records": "all"},
    ),
)


def _chosen() -> list[tuple[str, str]]:
    every = [(name, family) for name in records.DATA_SETS for family in TARGETS["families"]]
    wanted = {row for row in os.environ.get("MIA_BENCH_ROWS", "").split(",") if row}
    chosen = [(n, f) for n, f in every if not wanted or wanted & {n, f, f"{n}/{f}"}]
    if not chosen:
        raise ValueError(f"MIA_BENCH_ROWS names no row; there are {every}")
    return chosen


def _target(name: str, family: str) -> dict[str, Any]:
    told = dict(TARGETS["families"][family])
    told["settings"] = told["settings"] | TARGETS["exceptions"].get(f"{name}/{family}", {})
    return told


def _answer(tool: Tool, path: Path, target: Mapping[str, Any]) -> tuple[dict[str, Any], Scores]:
    """Run one tool in a process of its own, in a folder that did not exist before."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        job = Path(folder) / "job.json"
        told = {
            "records": str(path),
            "target": target,
            "seed": TARGETS["seed"],
            "folder": folder,
            "options": tool.options,
        }
        job.write_text(json.dumps(told), encoding="utf-8")
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(THREADS))
        done = subprocess.run(
            [tool.python, "-m", f"tests.benchmarks.{tool.program}", str(job)],
            cwd=ROOT,
            env={**os.environ, **threads},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ToolError(f"{tool.name} stopped: {done.stderr.strip()[-2000:]}")
        answer = json.loads((Path(folder) / "answer.json").read_text(encoding="utf-8"))
        scores = np.load(Path(folder) / "scores.npy", allow_pickle=False)
    with np.load(path) as stored:
        n_members = len(stored["y_members"])
        assert len(scores) == n_members + len(stored["y_nonmembers"])
    return dict(answer), Scores(scores[:n_members], scores[n_members:])


def _rows(name: str, family: str, path: Path) -> list[dict[str, Any]]:
    """Return one row per tool, ours first."""
    rows: list[dict[str, Any]] = []
    found: dict[str, Scores] = {}

    def add(tool: Tool) -> None:
        answer, found[tool.name] = _answer(tool, path, _target(name, family))
        row = {"data_set": name, "target": family, "tool": tool.name, **answer}
        rows.append(row | {"figures": found[tool.name].figures()})
        rows[-1]["ratio_to_ours"] = rows[-1]["seconds"] / rows[0]["seconds"]
        _told(report.line(rows[-1]))

    for tool in TOOLS:
        add(tool)
    _compare(rows, found)
    return rows


def _compare(rows: list[dict[str, Any]], found: Mapping[str, Scores]) -> None:
    ours = {name: scores for name, scores in found.items() if name in requirements.OURS_ALL}
    for row in rows:
        if row["tool"] not in ours:
            theirs = found[row["tool"]]
            row["gaps"] = {name: gaps(mine, theirs) for name, mine in ours.items()}


def _told(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


@pytest.fixture(scope="module")
def measured() -> Iterator[list[dict[str, Any]]]:
    """Give the rows of this run, and print what they show when all are there."""
    _told(report.head())
    rows: list[dict[str, Any]] = []
    yield rows
    _told(report.summary(rows, TARGETS["exceptions"], THREADS))


@pytest.mark.parametrize(("name", "family"), _chosen())
def bench_against_peers(
    name: str,
    family: str,
    measured: list[dict[str, Any]],
    tmp_path: Path,
    record_proof: Callable[[str, Mapping[str, Any]], Path | None],
) -> None:
    if not records.FOLDER.is_dir():
        pytest.skip("MIA_SHARED_DATA names no folder")
    if not PEERS_PYTHON.is_file():
        pytest.skip("the peers are not installed; `make bench` does that")
    path = tmp_path / "records.npz"
    records.save(name, path)
    rows = _rows(name, family, path)
    measured += rows
    record_proof(f"peers/{name}_{family}", {"threads": THREADS, "rows": rows})
