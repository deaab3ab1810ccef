"""How each of many models stands today, worst first, from the few values that a rating rests on.

A list needs the standing of all of them to be in order, and whole rows of those alone that it
shows: `rated` reads these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from audits.enums import Lifecycle, RatingBadge
from audits.guidance.strictness import Policy
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import risk
from audits.queries.risk import ModelRisk, Said, Sensitivity, Standing

_VALUES = ("pk", "model_version_id", "outcome", "reached", "grade", "completed_at")
_OF_AUDIT = ("impact", "reveals")
_OF_DATA = ("dataset_version__dataset__impact", "dataset_version__dataset__reveals")


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A model and how it stands today."""

    model: AIModel
    said: Said | None
    standing: Standing

    @property
    def badge(self) -> RatingBadge:
        return self.standing.badge

    @property
    def is_retired(self) -> bool:
        return self.model.lifecycle == Lifecycle.RETIRED

    @property
    def is_review_overdue(self) -> bool:
        return risk.is_review_overdue(self.model)

    @property
    def place(self) -> tuple[bool, int, int, str]:
        """Where it stands in a list that is read from the top; what is retired comes last."""
        return (self.is_retired, *self.standing.urgency, self.model.name.casefold())


def placed(chosen: Iterable[AIModel], policies: Mapping[int, Policy]) -> list[Placed]:
    """Place each model by the policy of its client, in three queries however many there are."""
    listed, now = list(chosen), timezone.now()
    versions, audits = _versions(listed), _audits(listed, now)
    found = []
    for model in listed:
        said = audits.get(model.pk)
        newest, stores = versions.get(model.pk, (None, False))
        facts = risk.facts_of(model, said, newest=newest, stores=stores, now=now)
        standing = Standing.of(facts.rated(policies[model.client_id]))
        found.append(Placed(model=model, said=said, standing=standing))
    return sorted(found, key=lambda one: one.place)


def rated(shown: Iterable[Placed], policies: Mapping[int, Policy]) -> list[ModelRisk]:
    """Read these in whole, in the order in which they come; two queries."""
    models = [one.model for one in shown]
    found = {one.model.pk: one for one in risk.rated(risk.measured(models), policies)}
    return [found[model.pk] for model in models]


def _versions(listed: list[AIModel]) -> dict[int, tuple[int, bool]]:
    """The newest version of each model, and whether its file holds records of the training."""
    rows = ModelVersion.objects.filter(model__in=listed).order_by("model_id", "-number")
    values = rows.distinct("model_id").values_list("model_id", "pk", "facts__stores_rows")
    return {model: (pk, bool(stores)) for model, pk, stores in values}


def _audits(listed: list[AIModel], now: datetime) -> dict[int, Said]:
    """What the audit that speaks for each model said."""
    finished = Audit.objects.filter(model_version__model__in=listed, completed_at__isnull=False)
    columns = ("model_version__model_id", *_OF_AUDIT, *_OF_DATA, *_VALUES)
    found = {}
    for model, impact, reveals, of_data, data_reveals, *values in risk.speaking(
        finished, at=now
    ).values_list(*columns):
        found[model] = Said(
            *values,
            of_audit=Sensitivity(impact, reveals),
            of_data=Sensitivity(of_data, data_reveals) if of_data is not None else None,
        )
    return found
