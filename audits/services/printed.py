"""A list on paper, made while somebody waits: drawn in the sandbox, kept nowhere."""

import logging

from django.utils.translation import gettext as _

from audits import sandbox
from audits.models import User
from audits.reports.printed_table import PrintedTable
from audits.services import limits
from audits.services.errors import NotPossible

logger = logging.getLogger(__name__)


def pdf(*, table: PrintedTable, actor: User) -> bytes:
    """Draw the list. Raises TooMany as for reports, NotPossible where it cannot be drawn."""
    limits.spend_pdf(actor=actor)
    try:
        outcome = sandbox.run(
            "render_table",
            files={},
            params={"table": table.to_json()},
            limits=sandbox.limits_of("report", threads=1),
        )
    except sandbox.SandboxError as error:
        logger.exception("A list could not be printed.")
        raise NotPossible(_("The PDF could not be made. Choose fewer rows.")) from error
    return outcome.blobs["pdf"]
