"""What the statistics cost: every figure of a document for 10 000 to 1 000 000 scored records."""

import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from audits.engine import AuditPlan, metrics
from audits.engine.breakdown import Audited
from audits.engine.document import result_document
from audits.engine.policy import FAMILIES, FULL_DEPTH
from audits.engine.signals import per_person
from audits.engine.types import Check, Provenance

SIZES: Final = (10_000, 100_000, 1_000_000)
FAMILY: Final = FAMILIES[FULL_DEPTH]
MOST_SECONDS: Final = 5.0
MOST_BYTES: Final = 2**30
REPEATS: Final = 3
FACTS: Final[Mapping[str, Any]] = {
    "depth": 4, "unit": "record", "population": 0, "features": 20, "classes": 2, "warnings": [],
    "plan_sha256": "0" * 64, "recipe": "clone",
    "model": {
        "family": "logistic_regression", "task": "classification", "member_accuracy": 0.9,
        "nonmember_accuracy": 0.9, "member_error": None, "nonmember_error": None,
        "min_samples_leaf": None, "stores_rows": None, "format": "skops",
    },
}  # fmt: skip
NO_REFERENCES: Final[Mapping[str, Any]] = {
    "count": 0, "recipe": None, "agreement": None, "surrogate": None, "stopped_because": None,
    "seconds": 0.0,
}  # fmt: skip


def _scores(n: int) -> dict[str, Any]:
    """Return scores of n records, half of them members; one attack with many ties."""
    rng = np.random.default_rng(n)
    found = {key: rng.normal(size=n) for key in FAMILY}
    found["label_noise"] = rng.integers(0, 11, n) / 10
    return found


def _whole(scores: Mapping[str, Any], n: int) -> dict[str, Any]:
    """Compute every statistic of a document: four attacks, groups, the list of names."""
    member, units = np.arange(n) < n // 2, np.arange(n, dtype=np.int32)
    groups = {"class": (np.arange(n) % 2, ("no", "yes"))}
    return result_document(
        plan=AuditPlan(target="y", split="random"),
        facts=FACTS,
        scores={
            key: (per_person(s[member], units[member]), per_person(s[~member], units[~member]))
            for key, s in scores.items()
        },
        checks=[Check("schema", True, "")],
        references=NO_REFERENCES,
        provenance=Provenance(),
        total_seconds=0.0,
        audited=Audited(scores, member, units, units, groups),
    )


def _one(scores: Mapping[str, Any], n: int) -> None:
    rmia = scores["rmia"]
    metrics.summarise(rmia[: n // 2], rmia[n // 2 :], seed=0, family_size=len(FAMILY))


def _cost(work: Callable[[], Any]) -> tuple[float, int]:
    """Return the least seconds of some runs, and the most memory of one beyond what there was."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(seconds), most


@pytest.mark.parametrize("size", SIZES)
def bench_metrics(size: int, record_proof: Callable[[str, Mapping[str, Any]], Path | None]) -> None:
    scores = _scores(size)
    rows = {
        "one attack": _cost(lambda: _one(scores, size)),
        "whole document": _cost(lambda: _whole(scores, size)),
    }
    for name, (seconds, memory) in rows.items():
        sys.stdout.write(
            f"\n{name:<16} {size:>9,} records  {seconds:7.2f} s  {memory / 2**20:7.0f} MiB"
        )
    told = {
        name: {"seconds": seconds, "mebibytes": memory / 2**20}
        for name, (seconds, memory) in rows.items()
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record_proof(f"metrics_{size}", {"records": size, "peak_mib_of_process": peak, **told})
    seconds, memory = rows["whole document"]
    assert seconds <= MOST_SECONDS
    assert memory <= MOST_BYTES
