from audits.models import Audit
from audits.reports import exports


def audit_json(audit: Audit) -> bytes:
    """The published result document as canonical JSON."""
    return exports.result_json(audit.document or {})
