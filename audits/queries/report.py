from django.db import models

from audits.models import Client, Report


def of_client(client: Client) -> models.QuerySet[Report]:
    """Reports of the client, newest first."""
    return (
        Report.objects.filter(client=client)
        .select_related("client", "job", "file", "audit__model_version__model", "created_by")
        .order_by("-number")
    )
