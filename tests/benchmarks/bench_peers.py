"""Our audit beside SACRO-ML and ART: same machine, same records, same target, one table.

MIA_BENCH_ROWS chooses rows ("adult/forest,retail_basket50/mlp" or "adult"), MIA_BENCH_THREADS the
threads of every tool, MIA_BENCH_PYTHON the Python with the peers; `make bench` provides the last.
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


TOOLS: Final = (
    *(
        Tool(name, "ours", Path(sys.executable), {"references": count, "threads": THREADS})
        for name, count in zip(requirements.OURS_ALL, (16, 8, 4, 64), strict=True)
    ),
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


def _rows(name: str, family: str, path: Path, failures: list[str]) -> Iterator[dict[str, Any]]:
    """Yield one row per tool, ours first; a tool that stops is no reason to leave the others."""
    ours: dict[str, tuple[dict[str, Any], Scores]] = {}
    for tool in TOOLS:
        try:
            answer, scores = _answer(tool, path, _target(name, family))
        except ToolError as failure:
            failures.append(f"{name}/{family}: {failure}")
            continue
        row = {"data_set": name, "target": family, "tool": tool.name, **answer}
        row["figures"] = scores.figures()
        if tool.program == "ours":
            ours[tool.name] = row, scores
        else:
            row["gaps"] = {name: gaps(mine, scores) for name, (_, mine) in ours.items()}
        if requirements.OURS in ours:
            row["ratio_to_ours"] = row["seconds"] / ours[requirements.OURS][0]["seconds"]
        yield row


def _told(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


def _same_target(rows: list[dict[str, Any]]) -> str:
    """Say with which libraries the target was fitted; the recipe and the seed are shared."""
    found = {name: set[str]() for name in ("scikit-learn", "numpy")}
    for row in rows:
        for name, versions in found.items():
            versions.add(row["versions"][name])
    told = ", ".join(f"{name} {' and '.join(sorted(found[name]))}" for name in found)
    fitted = "each environment fits the target itself, from the same records, settings and seed"
    settings = "; ".join(
        f"{row} with {json.dumps(changed)}" for row, changed in TARGETS["exceptions"].items()
    )
    return f"{told}; {fitted}; threads: {THREADS}. Settings of single rows: {settings}."


def bench_against_peers(
    tmp_path: Path, record_proof: Callable[[str, Mapping[str, Any]], Path | None]
) -> None:
    if not records.FOLDER.is_dir():
        pytest.skip("MIA_SHARED_DATA names no folder")
    if not PEERS_PYTHON.is_file():
        pytest.skip("the peers are not installed; `make bench` does that")
    rows: list[dict[str, Any]] = []
    failures: list[str] = []
    _told(report.head())
    for name, family in _chosen():
        path = tmp_path / f"{name}.npz"
        if not path.exists():
            records.save(name, path)
        for row in _rows(name, family, path, failures):
            rows.append(row)
            _told(report.line(row))
    judged = {name: requirements.judged(rows, name) for name in requirements.OURS_ALL}
    _told(f"{_same_target(rows)}\n")
    for name, found in judged.items():
        _told(f"{name}\n{report.conclusions(found)}\n")
    assert not failures, "\n".join(failures)
    if len(_chosen()) == len(records.DATA_SETS) * len(TARGETS["families"]):
        record_proof("peers", {"threads": THREADS, "rows": rows, "requirements": judged})
