"""Decisions that somebody leaves to others: they asked for every one of them."""

from dataclasses import dataclass

from audits.enums import ToolDecision
from audits.models import AITool, User, VendorSheet
from audits.queries import assignees, vendor

_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class LeftToOthers:
    """The tools that others decide about, and the first few of these by name.

    `names` is empty where several clients wait, each for people of its own.
    """

    tools: list[AITool]
    names: list[str]
    has_more: bool

    @property
    def is_waiting(self) -> bool:
        """Say whether one of them has no decision yet."""
        return any(tool.decision == ToolDecision.UNDECIDED for tool in self.tools)

    @property
    def is_one_client(self) -> bool:
        return len({tool.client_id for tool in self.tools}) == 1


def of_sheet(sheet: VendorSheet, user: User) -> LeftToOthers | None:
    """Every tool of the sheet in scope; None where one is this person's to decide, or none is."""
    tools = list(vendor.users_of(sheet))
    if not tools or any(tool.requested_by_id != user.pk for tool in tools):
        return None
    found = LeftToOthers(tools=tools, names=[], has_more=False)
    if not found.is_one_client:
        return found
    staff = assignees.of_client(tools[0].client).provider
    names = [str(one) for one in staff if one.pk != user.pk]
    return LeftToOthers(tools=tools, names=names[:_NAMED], has_more=len(names) > _NAMED)
