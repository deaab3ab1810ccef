"""What of an audit may be taken away as a file; None where the audit has no such thing."""

from audits.models import Audit
from audits.reports import exports


def audit_json(audit: Audit) -> bytes | None:
    """The published result document as canonical JSON."""
    return None if audit.document is None else exports.result_json(audit.document)


def figures_csv(audit: Audit) -> bytes | None:
    """Every figure of every attack."""
    return None if audit.document is None else exports.metrics_csv(audit.document)


def exposed_csv(audit: Audit) -> bytes | None:
    """The members that stand out; a void audit names nobody, an early one kept no list.

    Once the records are deleted nobody is named any more.
    """
    if audit.document is None or audit.document.get("exposed") is None or audit.records_deleted_at:
        return None
    return exports.exposed_csv(audit.document)
