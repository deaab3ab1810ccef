"""What stands on the two pages of an owner summary beside its own texts: heads and small print."""

from collections.abc import Mapping
from typing import Any, Final

from audits.reports.words import counted, say

PAPER: Final = (
    "kind", "audit_date", "authorised_by", "report", "rating", "trend_title", "line_title",
    "meaning_title", "place_title", "actions_title", "untested_title", "readiness_title",
    "decisions_title", "care_title", "people_title", "tools_title", "words_title", "method_title",
    "no_action", "all_ran", "axes", "scope", "action", "signature", "date",
)  # fmt: skip
ACTION: Final = ("number", "what", "owner", "effort", "due")
TOOL: Final = ("name", "vendor", "data", "trains", "decision", "review")


def words_of(page: Mapping[str, Any]) -> dict[str, Any]:
    """Return by name what the template says around the texts of this page, each a whole."""
    grade = page["rating"]["grade"]
    return {
        **{key: say(f"owner_summary.paper.{key}") for key in PAPER},
        "action_heads": [say(f"owner_summary.action.{key}") for key in ACTION],
        "tool_heads": [say(f"owner_summary.tool.{key}") for key in TOOL],
        "report_number": say("owner_summary.filled.report_number", number=page["report_number"]),
        # The template knows the numbers of its pages.
        "page": say("document.page", page="{page}", pages="{pages}"),
        "genuine": say("document.genuine", place=page["check_at"], code=page["code"]),
        "system": say("owner_summary.filled.system", name=page["system"], version=page["version"]),
        "letter": say("owner_summary.filled.letter", name=page["letter"]),
        "in_place": say("owner_summary.filled.in_place", percent=page["readiness"]["percent"] or 0),
        "grade": say("owner_summary.filled.grade", grade=grade or ""),
        "tools_left_out": counted("owner_summary.tools_left_out", page["tools_left_out"]),
    }
