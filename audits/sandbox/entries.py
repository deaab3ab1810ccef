"""What the locked child can be asked to do: code, so that no caller's data reaches elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType

from audits.sandbox.values import Entry

# joblib looks for a semaphore when it is imported, and never uses threads if that is refused.
_WITH_FITS = ("joblib",)

ENTRIES: Mapping[str, Entry] = MappingProxyType(
    {
        "inspect_table": Entry(target="audits.sandbox.intake:inspect_table"),
        "split_table": Entry(target="audits.sandbox.intake:split_table"),
        "inspect_model": Entry(target="audits.sandbox.intake:inspect_model", preload=_WITH_FITS),
        "inspect_predictions": Entry(target="audits.sandbox.intake:inspect_predictions"),
        "check_fit": Entry(target="audits.sandbox.audit_steps:check_fit", preload=_WITH_FITS),
        "prepare": Entry(target="audits.sandbox.audit_steps:prepare", preload=_WITH_FITS),
        "reference_block": Entry(
            target="audits.sandbox.audit_steps:reference_block", preload=_WITH_FITS
        ),
        "decide": Entry(target="audits.sandbox.audit_steps:decide", preload=_WITH_FITS),
        "conclude": Entry(target="audits.sandbox.audit_steps:conclude", preload=_WITH_FITS),
        "audit": Entry(target="audits.sandbox.audit_steps:audit", preload=_WITH_FITS),
        "redraw_logo": Entry(target="audits.sandbox.pictures:redraw_logo"),
        "render_owner_summary": Entry(target="audits.sandbox.rendering:render_owner_summary"),
        "render_table": Entry(target="audits.sandbox.rendering:render_table"),
        "render_document": Entry(target="audits.sandbox.rendering:render_document"),
    }
)
