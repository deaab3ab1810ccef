from django.db import models

from audits.models import AITool, Client


def of_client(client: Client) -> models.QuerySet[AITool]:
    """Third-party AI tools of the client, by name."""
    return AITool.objects.filter(client=client).select_related("client")
