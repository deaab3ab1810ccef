from django.db import models
from django.db.models import Q

from audits.guidance import rating
from audits.models import AIModel, Audit, Client, Dataset, ModelVersion
from audits.queries import rating_policy, risk, risk_history, risk_order
from audits.queries.risk import ModelRisk
from audits.queries.risk_history import History
from audits.queries.risk_order import Placed


def of_client(client: Client) -> models.QuerySet[AIModel]:
    return AIModel.objects.filter(client=client).select_related("client")


def register(client: Client) -> list[Placed]:
    """Every model of the client with its rating, worst first; those that are retired come last."""
    models = AIModel.objects.filter(client=client)
    return risk_order.placed(models, rating_policy.of_client(client))


def risk_of(model: AIModel) -> ModelRisk:
    """One model with its rating."""
    return risk.risks_of([model])[0]


def history(model: AIModel) -> History:
    """How the model was rated at any time."""
    return risk_history.of_models(model.client, [model])


def versions(model: AIModel) -> list[ModelVersion]:
    """Every version, newest first."""
    return list(
        ModelVersion.objects.filter(model=model)
        .select_related("file", "created_by", "trained_on__dataset")
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


def proposed_impact(model: AIModel) -> Dataset | None:
    """The most sensitive dataset that the model learned from, if the model is entered as less.

    That is one that a version names, or one that an audit measured it on.

    Only a dataset that somebody has decided about proposes; the entry of the model stays as it is
    until a person changes it.
    """
    linked = Q(versions__audits__model_version__model=model) | Q(versions__trained__model=model)
    rows = Dataset.objects.filter(linked, impact_decided_at__isnull=False).distinct()
    own = _effective(model.impact, model.reveals)
    above = [row for row in rows if _effective(row.impact, row.reveals) > own]
    return max(above, key=lambda row: _effective(row.impact, row.reveals), default=None)


def _effective(impact: int, reveals: str) -> int:
    return rating.effective_impact(impact, rating.Reveals(reveals))[0]


def versions_of_client(client: Client) -> models.QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(client=client).select_related("client", "model", "file")


def auditable_versions(client: Client) -> models.QuerySet[ModelVersion]:
    """Versions that an audit can be started for, newest first within each model."""
    return (
        ModelVersion.objects.filter(client=client, file__isnull=False)
        .select_related("model")
        .order_by("model__name", "model_id", "-number")
    )
