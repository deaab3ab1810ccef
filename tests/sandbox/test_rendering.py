"""The owner summary drawn in the child is the one drawn outside."""

from audits import sandbox
from audits.charts import roc
from audits.sandbox import Limits
from tests.reports import factories


def test_owner_summary_is_drawn_inside() -> None:
    summary = factories.owner_summary()
    outcome = sandbox.run(
        "render_owner_summary",
        files={},
        params={"summary": summary.to_json(), "roc_svg": roc.svg(summary.roc).decode()},
        limits=Limits(memory_bytes=2 << 30, cpu_seconds=60, wall_seconds=60, threads=1),
    )
    assert outcome.result == {}
    assert outcome.blobs == {"pdf": factories.rendered(summary)}
