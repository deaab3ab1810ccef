from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ToolDecision
from audits.models import AITool, Client, User, VendorSheet
from audits.queries import tool as tools
from audits.queries import vendor
from audits.queries.facts import IMPACT_BY_CLASS
from audits.services import activity, changes, checklist, names
from audits.services.errors import NotPossible

_APPROVALS = (ToolDecision.APPROVE, ToolDecision.APPROVE_LISTED)


@transaction.atomic
def save(*, client: Client, actor: User, tool: AITool | None, values: dict[str, Any]) -> AITool:
    """Report a third-party AI tool, or change what is known of it.

    Who reports a tool asks for a decision about it, which is therefore somebody else's to take.
    """
    details: dict[str, Any]
    values = {**values, **_told_by(values.get("sheet"), tool)}
    if "sheet" in values:  # the client's people read the plan, and never see a sheet
        values["plan"] = values["sheet"].tier if values["sheet"] is not None else ""
    if tool is None:
        verb, details = "added", {}
        with names.refused_if_taken():
            tool = AITool.objects.create(
                provider_id=client.provider_id,
                client=client,
                **{"requested_by": actor, "requested_at": timezone.now(), **values},
            )
    else:
        changed = changes.write(tool, values)
        if _reaches_further(changed):  # whoever says what it is now asks for a decision about that
            asked = {"requested_by": actor, "requested_at": timezone.now()}
            if tool.decision in _APPROVALS:
                asked["next_review"] = timezone.localdate()
            changed |= {
                name: change
                for name, change in changes.write(tool, asked).items()
                if name == "next_review"
            }
        if "sheet" in changed:  # the client's people read the log, and never see a sheet
            changed["sheet"] = _as_numbers(changed["sheet"])
        verb, details = "changed", {"fields": changed}
    activity.record(client=client, actor=actor, verb=verb, obj=tool, details=details)
    checklist.refresh(client=client)
    return tool


def _told_by(sheet: VendorSheet | None, tool: AITool | None) -> dict[str, Any]:
    """What a sheet that is new to a tool says of it: training, and whether a review runs."""
    if sheet is None or (tool is not None and tool.sheet_id == sheet.pk):
        return {}
    row = vendor.row_of(sheet)
    told: dict[str, Any] = {}
    if row.review is not None:
        told["trains_on_data"] = row.trains
    if row.draft is not None:
        told["in_review_since"] = timezone.now()
    return told


def _as_numbers(change: changes.Change) -> changes.Change:
    """The numbers of two sheets, or of one and none, for a log that must not name them."""
    before, after = (getattr(change[side], "pk", None) for side in ("before", "after"))
    return {"before": before, "after": after}


def _reaches_further(changed: Mapping[str, changes.Change]) -> bool:
    """Say whether a decision spoke of something else: of less sensitive data, another product."""
    if not {"name", "vendor", "sheet"}.isdisjoint(changed):
        return True
    data = changed.get("data_class")
    return data is not None and IMPACT_BY_CLASS[data["after"]] > IMPACT_BY_CLASS[data["before"]]


@transaction.atomic
def ask(*, tool: AITool, actor: User, reason: str = "") -> AITool:
    """Ask for a new decision about a tool, and say why; who asks does not take it.

    Raises NotPossible where somebody waits for one already.
    """
    tool = AITool.objects.select_for_update(no_key=True).get(pk=tool.pk)
    if tools.is_asked_for(tool):
        raise NotPossible(_("A decision is asked for already."))
    changes.write(tool, {"requested_by": actor, "requested_at": timezone.now()})
    told = {"reason": reason.strip()} if reason.strip() else {}
    activity.record(client=tool.client, actor=actor, verb="asked", obj=tool, details=told)
    return tool
