from typing import Any

from django.db import transaction

from audits.models import AITool, Client, User
from audits.services import activity, changes, checklist, names


@transaction.atomic
def save(*, client: Client, actor: User, tool: AITool | None, values: dict[str, Any]) -> AITool:
    """Add a third-party AI tool, or change what is known and decided about it."""
    if tool is None:
        verb, changed = "added", sorted(values)
        with names.refused_if_taken():
            tool = AITool.objects.create(provider_id=client.provider_id, client=client, **values)
    else:
        verb, changed = "changed", changes.write(tool, values)
    activity.record(
        client=client,
        actor=actor,
        verb=verb,
        obj=tool,
        details={"decision": tool.decision, "fields": changed},
    )
    checklist.refresh(client=client)
    return tool
