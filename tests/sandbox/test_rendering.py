"""A report drawn in the child is the one drawn outside."""

import base64
import io

from PIL import Image

from audits import sandbox
from audits.charts import roc
from audits.reports import printed_table
from audits.sandbox import Limits
from tests.reports import documents, factories, tables


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 16), (20, 120, 90)).save(out, "PNG")
    return out.getvalue()


PICTURE = _picture()


def test_owner_summary_is_drawn_inside() -> None:
    summary = factories.owner_summary()
    outcome = sandbox.run(
        "render_owner_summary",
        files={},
        params={"summary": summary.to_json()},
        limits=Limits(memory_bytes=2 << 30, cpu_seconds=60, wall_seconds=60, threads=1),
    )
    assert outcome.result == {}
    assert outcome.blobs == {"pdf": factories.rendered(summary)}


def test_list_is_drawn_inside() -> None:
    made = tables.clients(3)
    outcome = sandbox.run(
        "render_table",
        files={},
        params={"table": made.to_json()},
        limits=sandbox.limits_of("report", threads=1),
    )
    assert outcome.blobs == {"pdf": printed_table.render(made)}


def test_document_is_drawn_inside() -> None:
    made = documents.appendix()
    assert made.curves is not None
    outcome = sandbox.run(
        "render_document",
        files={},
        params={
            "document": made.to_json(),
            "roc_svg": roc.svg(made.curves).decode(),
            "logo": base64.b64encode(PICTURE).decode(),
        },
        limits=Limits(memory_bytes=2 << 30, cpu_seconds=60, wall_seconds=60, threads=1),
    )
    assert outcome.blobs == {"pdf": documents.rendered(made, logo=PICTURE)}
