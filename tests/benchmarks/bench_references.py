"""What references cost beside plain fits of the target: 4 to 64 of them, on 1 and 2 threads."""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audits.engine import AuditPlan
from audits.engine.pipeline import prepare, reference_block
from audits.engine.types import Block, Provenance
from tests.benchmarks import records
from tests.benchmarks.ours import in_memory
from tests.benchmarks.peers.job import Job

TARGETS: Final = json.loads((Path(__file__).parent / "targets.json").read_text(encoding="utf-8"))
DATA_SET: Final = "adult"
COUNTS: Final = (4, 8, 16, 32, 64)
REPEATS: Final = 3  # of the plain fit; the fastest counts
# Wall clock, in plain fits of the target spread over the threads.
MOST: Final = {"forest": 1.15, "boosting": 1.15, "logistic": 1.15, "mlp": 0.25}
_NO_SLOWDOWN: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not records.FOLDER.is_dir():
        pytest.skip("MIA_SHARED_DATA names no folder")
    path = tmp_path_factory.mktemp("records") / f"{DATA_SET}.npz"
    records.save(DATA_SET, path)
    return path


def _plain_fit(model: Any, members: tuple[NDArray[Any], NDArray[Any]]) -> float:  # noqa: ANN401
    from sklearn.base import clone  # noqa: PLC0415 - the other benchmarks need none of it

    with threadpool_limits(1):
        return min(_seconds(lambda: clone(model).fit(*members)) for _ in range(REPEATS))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("family", list(TARGETS["families"]))
def bench_references(stored: Path, family: str, threads: int) -> None:
    if threads > _NO_SLOWDOWN:
        pytest.skip(f"{threads} threads need as many processors")
    job = Job(str(stored), TARGETS["families"][family], TARGETS["seed"], "", {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence, as told to the user elsewhere
        model, members, nonmembers = job.fitted()
        fit = _plain_fit(model, members)
        inputs = in_memory(model, members, nonmembers)
        plan = AuditPlan(target="label", preset="deep", threads=threads)
        prepared = prepare(inputs, plan, Provenance())
        blocks, spent, ratio = list[Block](), 0.0, np.inf
        for count in COUNTS:
            while sum(len(block.log_p) for block in blocks) < count:
                started = time.perf_counter()
                blocks.append(reference_block(inputs, plan, prepared, len(blocks)))
                spent += time.perf_counter() - started
            made = sum(len(block.log_p) for block in blocks)
            ratio = spent / (made * fit / threads)
            sys.stdout.write(
                f"\n{family:<9} threads {threads}  references {made:>3}  {spent:7.2f} s"
                f"  {ratio:5.2f} x (references x {fit:.3f} s of one fit / threads)"
            )
    assert ratio <= MOST[family]
