"""Why a new decision about a tool is asked for: the log of its client holds it."""

from audits.models import Activity, AITool
from audits.queries.activity_content import DamagedLineError, content_of


def reason(tool: AITool) -> str:
    """What was said when a decision was asked for last; empty where nothing was, or is left."""
    rows = Activity.objects.filter(
        client=tool.client, verb="asked", object_type="aitool", object_id=tool.pk
    )
    line = rows.select_related("client", "payload").order_by("-pk").first()
    if line is None:
        return ""
    try:
        return str(content_of(line).details.get("reason", ""))
    except DamagedLineError:
        return ""
