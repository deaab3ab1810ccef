"""Documents drawn in the child: typesetting gets limits and no way out."""

from audits.sandbox.values import Call, Reply


def render_owner_summary(call: Call) -> Reply:
    """Draw the owner summary in ``params["summary"]`` (its JSON) into the blob ``pdf``.

    ``params["roc_svg"]`` is the picture that the caller drew for it.
    """
    from audits.reports import owner_summary  # noqa: PLC0415 - only this entry needs it

    summary = owner_summary.OwnerSummary.from_json(call.params["summary"])
    return Reply({}, {"pdf": owner_summary.render(summary, roc_svg=call.params["roc_svg"])})
