"""How each of many models stands today, worst first, from the few values that a rating rests on.

Lists read these instead of whole rows: to be in order they need the rating of every model, also of
those that are not on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from audits.enums import Lifecycle, RatingBadge
from audits.guidance.rating import Rating
from audits.guidance.strictness import Policy
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import risk, risk_speaking
from audits.queries.risk import Deadline, Said, Sensitivity, Standing

_SAID = ("pk", "model_version_id", "outcome", "reached", "grade", "completed_at", "badge")
_OF_AUDIT = ("impact", "reveals")
_OF_DATA = ("dataset_version__dataset__impact", "dataset_version__dataset__reveals")


class Newest(NamedTuple):
    """Of the newest version of a model what lists show, and whether it holds training records."""

    pk: int
    number: int
    family: str
    stores_rows: bool | None


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A model with what a list shows of its newest version, of its audit and of its rating."""

    model: AIModel
    version: Newest | None
    audit: Said | None
    rating: Rating
    standing: Standing

    @property
    def badge(self) -> RatingBadge:
        return self.standing.badge

    @property
    def deadline(self) -> Deadline | None:
        return risk.deadline_of(self.rating, model=self.model, audit=self.audit)

    @property
    def is_review_overdue(self) -> bool:
        return risk.is_review_overdue(self.model)

    @property
    def is_retired(self) -> bool:
        return self.model.lifecycle == Lifecycle.RETIRED

    @property
    def place(self) -> tuple[bool, int, int, str]:
        """Where it stands in a list that is read from the top; what is retired comes last."""
        return (self.is_retired, *self.standing.urgency, self.model.name.casefold())


def placed(models_of_client: Iterable[AIModel], policy: Policy) -> list[Placed]:
    """Rate each by the policy of its client, worst first, in three queries however many there are.

    That is how `risk.risks_of` rates them from whole rows.
    """
    listed, now = list(models_of_client), timezone.now()
    versions, audits = _versions(listed), _audits(listed, now)
    found = [_placed(one, versions.get(one.pk), audits.get(one.pk), policy, now) for one in listed]
    return sorted(found, key=lambda one: one.place)


def _placed(
    model: AIModel, version: Newest | None, audit: Said | None, policy: Policy, now: datetime
) -> Placed:
    newest, stores = (version.pk, bool(version.stores_rows)) if version else (None, False)
    rated = risk.facts_of(model, audit, newest=newest, stores=stores, now=now).rated(policy)
    return Placed(
        model=model, version=version, audit=audit, rating=rated, standing=Standing.of(rated)
    )


def _versions(listed: list[AIModel]) -> dict[int, Newest]:
    """The newest version of each model."""
    own = [one.pk for one in listed]
    rows = ModelVersion.objects.filter(model__any_of=own).order_by("model_id", "-number")
    values = rows.distinct("model_id").values_list(
        "model_id", "pk", "number", "family", "facts__stores_rows"
    )
    return {model: Newest(*found) for model, *found in values}


def _audits(listed: list[AIModel], now: datetime) -> dict[int, Said]:
    """What the audit that speaks for each model said."""
    own = [one.pk for one in listed]
    finished = Audit.objects.filter(model_version__model__any_of=own, completed_at__isnull=False)
    values = risk_speaking.speaking(finished, at=now).values_list(
        "model_version__model_id", *_OF_AUDIT, *_OF_DATA, *_SAID
    )
    return {model: _said(*found) for model, *found in values}


def _said(impact: int, reveals: str, data_impact: Any, data_reveals: Any, *said: Any) -> Said:  # noqa: ANN401 - the columns of a row
    of_data = Sensitivity(data_impact, data_reveals) if data_impact is not None else None
    return Said._make((*said, Sensitivity(impact, reveals), of_data))
