"""The two pages about one audit, as the link on its result leads to them."""

from audits.enums import SECTIONS_OF, ReportKind
from audits.models import Audit, Report, User
from audits.queries.report_content import Wish
from audits.services import report


def owner_summary(audit: Audit, actor: User | None, *, check_at: str = "") -> Report:
    """Have them made, with everything in them."""
    wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=audit)
    return report.make(client=audit.client, wish=wish, actor=actor, check_at=check_at)


def posted(audit: Audit) -> dict[str, object]:
    """What the page that shows them beforehand sends to have them made."""
    return {
        "kind": ReportKind.OWNER_SUMMARY.value,
        "audit": audit.pk,
        "sections": [one.value for one in SECTIONS_OF[ReportKind.OWNER_SUMMARY]],
    }
