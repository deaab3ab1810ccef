"""What references cost beside plain fits of the target: 4 to 64 of them, on 1 and 2 threads.

On a data set whose fits are short and on one where they are long: what is done around a fit
weighs the more the shorter it is.

Then whole audits by the command of gradient boosting with a setting that only scikit-learn's own
fits have, which hold Python's lock: two threads of one locked child beside two locked children,
and the same boosting without that setting. It reports: what falls short stands in
`docs/proofs/references.json`.
"""

import itertools
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audits.engine import AuditPlan
from audits.engine.blocks import Workshop
from audits.engine.pipeline import prepare
from audits.engine.types import Provenance
from tests.benchmarks import records
from tests.benchmarks.ours import in_memory
from tests.benchmarks.peers.job import Job

ROOT: Final = Path(__file__).resolve().parents[2]
TARGETS: Final = json.loads((Path(__file__).parent / "targets.json").read_text(encoding="utf-8"))
DATA_SET: Final = "adult"
SLOW_DATA_SET: Final = "diabetes130"
COUNTS: Final = (4, 8, 16, 32, 64)
THREADS: Final = (1, 2)
FITS: Final = 2  # plain fits timed beside each step
BOOSTED: Final = (100, 1_000)  # rounds of models whose references are shared out over processes
CLONED: Final = {"interaction_cst": "pairwise"}  # left to scikit-learn
# Wall clock, in plain fits of the target spread over the threads.
MOST: Final = {"forest": 1.15, "boosting": 1.15, "logistic": 1.15, "mlp": 0.25}
_PROCESSORS: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    if not records.FOLDER.is_dir():
        pytest.skip("MIA_SHARED_DATA names no folder")
    folder = tmp_path_factory.mktemp("records")

    def saved(data_set: str) -> Path:
        path = folder / f"{data_set}.npz"
        if not path.exists():
            records.save(data_set, path)
        return path

    return saved


def _plain_fit(model: Any, members: tuple[NDArray[Any], NDArray[Any]]) -> float:  # noqa: ANN401
    from sklearn.base import clone  # noqa: PLC0415 - the other benchmarks need none of it

    with threadpool_limits(1):
        return _seconds(lambda: clone(model).fit(*members))


def _binning_share(model: Any, members: tuple[NDArray[Any], NDArray[Any]]) -> float:  # noqa: ANN401
    """Return the part of a fit that sorts values into bins, which references could share."""
    from sklearn.ensemble._hist_gradient_boosting.binning import (  # noqa: PLC0415
        _BinMapper,
    )

    mapper, features = _BinMapper(n_bins=256, random_state=0, n_threads=1), members[0]
    binned = [_seconds(lambda: mapper.fit_transform(features.astype(float))) for _ in range(3)]
    return min(binned) / min(_plain_fit(model, members) for _ in range(3))


def _costs(stored: Path, family: str, threads: int) -> Iterator[dict[str, Any]]:
    """Yield what references cost so far; a plain fit is timed again beside every step.

    Fewer than a block of a deep audit are those of a plan that asks for no more.
    """
    job = Job(str(stored), TARGETS["families"][family], TARGETS["seed"], "", {})
    model, members, nonmembers = job.fitted()
    inputs = in_memory(model, members, nonmembers)
    deep = AuditPlan(target="label", preset="deep", threads=threads)
    fits = [_plain_fit(model, members)]
    for count in COUNTS:
        plan = replace(deep, most_references=count) if count == COUNTS[0] else deep
        if count in COUNTS[:2]:
            prepared = prepare(inputs, plan, Provenance())
            workshop, made, spent = Workshop(inputs, plan, prepared), 0, 0.0
        while made < count:
            started = time.perf_counter()
            made += workshop.block(made // prepared.facts["block"]).count
            spent += time.perf_counter() - started
        fits += [_plain_fit(model, members) for _ in range(FITS)]
        fit = float(np.median(fits))
        ratio = spent / (made * fit / threads)
        yield {"references": made, "seconds": spent, "fit": fit, "ratio": ratio}


def bench_references(
    stored: Callable[[str], Path], record_proof: Callable[[str, Mapping[str, Any]], Path | None]
) -> None:
    if max(THREADS) > _PROCESSORS:
        pytest.skip(f"{max(THREADS)} threads need as many processors")
    found: dict[str, list[dict[str, Any]]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence, as told to the user elsewhere
        for data_set, family, threads in itertools.product(
            (DATA_SET, SLOW_DATA_SET), TARGETS["families"], THREADS
        ):
            rows = found.setdefault(f"{family}, {data_set}, threads {threads}", [])
            for row in _costs(stored(data_set), family, threads):
                rows.append(row)
                sys.stdout.write(
                    f"\n{data_set:<11} {family:<9} threads {threads}"
                    f"  references {row['references']:>3}"
                    f"  {row['seconds']:7.2f} s  {row['ratio']:5.2f} x"
                    f" (references x {row['fit']:.3f} s of one fit / threads)"
                )
    short = {
        name: f"{rows[-1]['ratio']:.2f} instead of {MOST[name.partition(',')[0]]}"
        for name, rows in found.items()
        if rows[-1]["ratio"] > MOST[name.partition(",")[0]]
    }
    sys.stdout.write("".join(f"\nshort: {name}: {said}" for name, said in short.items()) + "\n")
    record_proof("references", {"most": MOST, "rows": found, "short": short})


def _command(folder: Path, *, processes: int, threads: int) -> dict[str, float]:
    """Run the audit of the files in this folder, each program start included."""
    result = folder / f"result-{processes}-{threads}.json"
    started = time.perf_counter()
    subprocess.run(
        [
            sys.executable, ROOT / "manage.py", "audit", "--model", folder / "model.skops",
            "--members", folder / "members.parquet", "--nonmembers", folder / "nonmembers.parquet",
            "--target", "label", "--preset", "standard", "--json", result,
            "--processes", str(processes), "--threads", str(threads),
        ],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    document = json.loads(result.read_text(encoding="utf-8"))
    return {"seconds": seconds, "references": document["references"]["count"]}


def _whole_audits(
    job: Job, folder: Path, settings: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield what the audit of a boosted model of these settings takes, by how it is shared out."""
    import skops.io  # noqa: PLC0415 - the other benchmarks need none of it

    target = {**job.target, "settings": {**job.target["settings"], **settings}}
    model, members, nonmembers = replace(job, target=target).fitted()
    skops.io.dump(model, folder / "model.skops")
    for name, (features, labels) in (("members", members), ("nonmembers", nonmembers)):
        columns = {f"c{j}": column for j, column in enumerate(features.T)}
        pq.write_table(pa.table(columns | {"label": labels}), folder / f"{name}.parquet")
    for processes, threads in ((1, 1), (1, 2), (2, 1)):
        found = _command(folder, processes=processes, threads=threads)
        yield f"processes {processes}, threads {threads}", found


def bench_processes(
    stored: Callable[[str], Path],
    tmp_path: Path,
    record_proof: Callable[[str, Mapping[str, Any]], Path | None],
) -> None:
    job = Job(str(stored(DATA_SET)), TARGETS["families"]["boosting"], TARGETS["seed"], "", {})
    model, members, _ = job.fitted()
    share = _binning_share(model, members)
    sys.stdout.write(f"\nboosting: sorting values into bins is {share:.1%} of a fit")
    rows = {}
    for rounds, more in itertools.product(BOOSTED, ({}, CLONED)):
        kind = f"rounds {rounds}, " + ("scikit-learn's fits" if more else "LightGBM's fits")
        for shared, row in _whole_audits(job, tmp_path, {"max_iter": rounds, **more}):
            name = f"{kind}, {shared}"
            rows[name] = row
            sys.stdout.write(
                f"\nboosting by the command, {name}: {row['seconds']:.1f} s"
                f" for {row['references']} references"
            )
    told = {"data_set": DATA_SET, "target": "boosting", "binning_share": share, "rows": rows}
    record_proof("processes", told)
