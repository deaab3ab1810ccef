"""What the engine costs: `make bench` prints it; seconds long, so no part of the ordinary suite."""

import sys
import time

from sklearn.ensemble import RandomForestClassifier

from audits.engine import AuditPlan, audit
from tests.engine import cast

RECORDS = 4000  # on each side


def _told(name: str, value: float, unit: str) -> None:
    sys.stdout.write(f"\n{name:<52} {value:8.2f} {unit}")


def _forest() -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=40, random_state=0, n_jobs=1)


def bench_standard_audit() -> None:
    inputs = cast.halves(_forest(), RECORDS)
    started = time.monotonic()
    found = audit(inputs, AuditPlan(target="label", preset="standard", split="random")).document
    _told(f"A standard audit, {RECORDS:,} + {RECORDS:,} records", time.monotonic() - started, "s")
    assert found["references"]["count"] > 0
