from typing import Any

from django.db import transaction

from audits.models import AITool, Client, User
from audits.services import activity, checklist, names


@transaction.atomic
def save(*, client: Client, actor: User, tool: AITool | None, values: dict[str, Any]) -> AITool:
    """Add a third-party AI tool, or change what is known and decided about it."""
    verb = "added" if tool is None else "changed"
    with names.refused_if_taken():
        if tool is None:
            tool = AITool.objects.create(provider_id=client.provider_id, client=client, **values)
        else:
            for field, value in values.items():
                setattr(tool, field, value)
            tool.save(update_fields=list(values))
    activity.record(
        client=client, actor=actor, verb=verb, obj=tool, details={"decision": tool.decision}
    )
    checklist.refresh(client=client)
    return tool
