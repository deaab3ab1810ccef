from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import models
from django.db.models import Q

from audits.enums import RatingBadge, Trend
from audits.guidance import rating
from audits.models import AIModel, Audit, Client, Dataset, ModelVersion
from audits.queries import fleet_risk, rating_policy, risk, risk_history, risk_order, technical
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


@dataclass(frozen=True, kw_only=True)
class LastResult:
    """The audit that speaks for a model; its figures are read only for a page that shows them.

    It is not always the newest one: a quick audit hides no thorough one that found as much.
    """

    audit: Audit
    before: RatingBadge | None
    is_newest: bool

    @property
    def trend(self) -> Trend | None:
        """Where its rating went since the result before it; None for the first."""
        if self.before is None or not self.audit.badge:
            return None
        return fleet_risk.trend(RatingBadge(self.audit.badge), self.before)

    @cached_property
    def figures(self) -> list[technical.Fact]:
        rows = Audit.objects.filter(pk=self.audit.pk)
        document = rows.values_list("document", flat=True).get()
        return [technical.headline(document), technical.sizes(document)] if document else []


def last_result(found: ModelRisk, listed: Sequence[Audit]) -> LastResult | None:
    """What was measured last, compared with the finished one before it among those listed."""
    last = found.audit
    if last is None:
        return None
    earlier = (
        RatingBadge(one.badge)
        for one in listed
        if one.completed_at is not None and one.badge and one.pk < last.pk
    )
    newest = max((one.completed_at, one.pk) for one in listed if one.completed_at is not None)
    return LastResult(audit=last, before=next(earlier, None), is_newest=newest[1] == last.pk)


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


def only_auditable(client: Client) -> int | None:
    """The newest version where all are of one model: there is nothing to choose."""
    versions = auditable_versions(client)
    ends = versions.order_by().aggregate(first=models.Min("model_id"), last=models.Max("model_id"))
    if ends["first"] is None or ends["first"] != ends["last"]:
        return None
    return versions.values_list("pk", flat=True).first()
