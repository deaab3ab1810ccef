"""A page that takes longer, or weighs more, than is promised fails its measurement."""

from typing import Any

import pytest

from tests.benchmarks import bench_web
from tests.benchmarks.bench_web import FIRST_PAINT_BYTES, TARGETS


def figures(*, slow: str = "", late: float | None = None, painted: int = 0) -> dict[str, Any]:
    pages: dict[str, Any] = {name: {"p95_ms": limit - 1.0} for name, limit in TARGETS.items()}
    pages["models"] = {"p95_ms": 9999.0}  # nothing is promised of it
    if slow:
        pages[slow] = {"p95_ms": late}
    return {"pages": pages, "first_paint_bytes": {"total": painted}}


@pytest.mark.parametrize(
    ("told", "missed"),
    [
        (figures(), {}),
        (figures(slow="fleet", late=150.0), {"fleet": 150.0}),
        (figures(slow="search"), {"search": None}),
        (figures(painted=FIRST_PAINT_BYTES), {"first_paint": FIRST_PAINT_BYTES}),
        (figures(painted=FIRST_PAINT_BYTES - 1), {}),
    ],
)
def test_what_is_over_its_promise_is_named(told: dict[str, Any], missed: dict[str, Any]) -> None:
    assert bench_web._missed(told) == missed
