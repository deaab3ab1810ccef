"""A list on paper, made while somebody waits: drawn in the sandbox, kept nowhere."""

import logging
from collections.abc import Callable

from django.utils.translation import gettext as _

from audits import sandbox
from audits.models import User
from audits.reports.printed_table import PrintedTable
from audits.services import limits
from audits.services.errors import NotPossible

logger = logging.getLogger(__name__)


def pdf(*, table: Callable[[], PrintedTable], actor: User) -> bytes:
    """Draw a list, which is read and put into words only once the PDF is counted.

    Raises TooMany as for reports, NotPossible where it cannot be drawn, and what `table` raises.
    """
    limits.spend_pdf(actor=actor)
    page = table()
    try:
        outcome = sandbox.run(
            "render_table",
            files={},
            params={"table": page.to_json()},
            limits=sandbox.limits_of("report", threads=1),
        )
    except sandbox.SandboxError as error:
        logger.exception("A list could not be printed.")
        raise NotPossible(_("The PDF could not be made. Choose fewer rows.")) from error
    return outcome.blobs["pdf"]
