"""Documents drawn in the child: typesetting gets limits and no way out."""

import base64

from audits.sandbox.values import Call, Reply


def render_owner_summary(call: Call) -> Reply:
    """Draw the owner summary in ``params["summary"]`` (its JSON) into the blob ``pdf``.

    ``params["logo"]`` is the provider's logo as base64, which may be absent.
    """
    from audits.reports import owner_summary  # noqa: PLC0415 - only this entry needs it

    summary = owner_summary.OwnerSummary.from_json(call.params["summary"])
    return Reply({}, {"pdf": owner_summary.render(summary, logo=_logo(call))})


def render_document(call: Call) -> Reply:
    """Draw the report in ``params["document"]`` (its JSON) into the blob ``pdf``.

    ``params["roc_svg"]`` is the curve that the caller drew for it, empty where there is none.
    """
    from audits.reports import document  # noqa: PLC0415 - only this entry needs it

    frozen = document.Document.from_json(call.params["document"])
    made = document.render(frozen, roc_svg=call.params["roc_svg"], logo=_logo(call))
    return Reply({}, {"pdf": made})


def render_table(call: Call) -> Reply:
    """Draw the list in ``params["table"]`` (its JSON) into the blob ``pdf``."""
    from audits.reports import printed_table  # noqa: PLC0415 - only this entry needs it

    table = printed_table.PrintedTable.from_json(call.params["table"])
    return Reply({}, {"pdf": printed_table.render(table)})


def _logo(call: Call) -> bytes:
    return base64.b64decode(call.params.get("logo", ""))
