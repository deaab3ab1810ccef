"""What the engine costs: `make bench` prints it; seconds long, so no part of the ordinary suite."""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from audits.engine import AuditPlan, audit
from audits.engine.metrics import summarise
from audits.engine.pipeline import prepare, reference_block
from audits.engine.types import Provenance
from tests.engine import cast

RECORDS = 4000  # on each side
MILLION = 1_000_000
METRIC_SECONDS = 5.0
# Asking the references about every record is part of the cost, beside the fits themselves.
REFERENCE_OVERHEAD = 1.5


def _told(name: str, value: float, unit: str) -> None:
    sys.stdout.write(f"\n{name:<52} {value:8.2f} {unit}")


def _processor_seconds(work: Callable[[], Any]) -> float:
    """Processor time of all threads: the same on a busy machine."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _forest() -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=40, random_state=0, n_jobs=1)


def bench_statistics_of_a_million_records() -> None:
    rng = np.random.default_rng(8)
    member, nonmember = rng.normal(0.1, 1, MILLION // 2), rng.normal(0, 1, MILLION // 2)
    spent = _processor_seconds(lambda: summarise(member, nonmember, seed=0, family_size=4))
    _told("Statistics of one attack, a million records", spent, "s")
    assert spent <= METRIC_SECONDS


def bench_references_against_plain_fits() -> None:
    inputs = cast.halves(_forest(), RECORDS)
    features, labels = cast.problem(RECORDS)
    fit = _processor_seconds(lambda: _forest().fit(features, labels))
    plan = AuditPlan(target="label", preset="standard")
    prepared = prepare(inputs, plan, Provenance())
    block = _processor_seconds(lambda: reference_block(inputs, plan, prepared, 0))
    _told(f"One fit of the target, {RECORDS:,} records", fit, "s")
    size = prepared.facts["block"]
    _told(f"A block of {size} references, in plain fits", block / fit, "fits")
    assert block <= REFERENCE_OVERHEAD * size * fit


def bench_standard_audit() -> None:
    inputs = cast.halves(_forest(), RECORDS)
    started = time.monotonic()
    found = audit(inputs, AuditPlan(target="label", preset="standard", split="random")).document
    _told(f"A standard audit, {RECORDS:,} + {RECORDS:,} records", time.monotonic() - started, "s")
    assert found["references"]["count"] > 0
