from django.db import models

from audits.models import AIModel, Audit, Client, ModelVersion
from audits.queries import risk
from audits.queries.risk import ModelRisk


def of_client(client: Client) -> models.QuerySet[AIModel]:
    return AIModel.objects.filter(client=client).select_related("client")


def register(client: Client) -> list[ModelRisk]:
    """Every model of the client with its rating, worst first."""
    return risk.risks_of(of_client(client))


def risk_of(model: AIModel) -> ModelRisk:
    """One model with its rating."""
    return risk.risks_of([model])[0]


def versions(model: AIModel) -> list[ModelVersion]:
    """Every version, newest first."""
    return list(
        ModelVersion.objects.filter(model=model)
        .select_related("file", "created_by")
        .order_by("-number")
    )


def audits(model: AIModel) -> list[Audit]:
    """Every audit of any version, newest first, without the long documents."""
    return list(
        Audit.objects.filter(model_version__model=model)
        .select_related("model_version", "dataset_version__dataset", "job", "requested_by")
        .defer("document")
        .order_by("-pk")
    )


def auditable_versions(client: Client) -> models.QuerySet[ModelVersion]:
    """Versions that an audit can be started for, newest first within each model."""
    return (
        ModelVersion.objects.filter(client=client)
        .select_related("model")
        .order_by("model__name", "model_id", "-number")
    )
