"""The rating of a model as it stands today: newest version, newest finished audit, house policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from audits.enums import Exposure, Outcome, Outputs, RatingBadge, Reveals
from audits.guidance import rating
from audits.models import AIModel, Audit, Dataset, ModelVersion

AUDIT_LASTS = timedelta(days=365)

# Worst first: a fleet is read from the top. What nobody has measured stands before what is fine.
BADGE_ORDER = (
    RatingBadge.CRITICAL,
    RatingBadge.HIGH,
    RatingBadge.ELEVATED,
    RatingBadge.EXPIRED,
    RatingBadge.INCONCLUSIVE,
    RatingBadge.UNTESTED,
    RatingBadge.GUARDED,
    RatingBadge.LOW,
)
NEEDS_ATTENTION = frozenset({RatingBadge.CRITICAL, RatingBadge.HIGH, RatingBadge.ELEVATED})
UNKNOWN = frozenset({RatingBadge.EXPIRED, RatingBadge.INCONCLUSIVE, RatingBadge.UNTESTED})
# Who is outside the house: a model file in their hands is as good as public.
OUTSIDE = frozenset({Exposure.PUBLIC, Exposure.CUSTOMERS})
# What being in the data says, the worst first.
_REVEALS_ORDER = (Reveals.YES, Reveals.NO, Reveals.PUBLIC)


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """How sensitive the records are, and what being among them says about a person."""

    impact: int
    reveals: str


def sensitivity_of(*described: AIModel | Dataset | Audit | None) -> Sensitivity:
    """The worst of what was said: model, dataset and audit all speak of the same people."""
    said = [one for one in described if one is not None]
    return Sensitivity(
        impact=max(one.impact for one in said),
        reveals=min((Reveals(one.reveals) for one in said), key=_REVEALS_ORDER.index),
    )


def sensitivity_today(model: AIModel, audit: Audit | None) -> Sensitivity:
    """What the rating rests on: editing an entry can raise it, only a new audit can lower it."""
    data = audit.dataset_version if audit is not None else None
    return sensitivity_of(model, audit, data.dataset if data is not None else None)


@dataclass(frozen=True, kw_only=True)
class ModelRisk:
    """A model with its newest version, its newest finished audit and what that means today."""

    model: AIModel
    version: ModelVersion | None
    audit: Audit | None
    rating: rating.Rating

    @property
    def badge(self) -> RatingBadge:
        return RatingBadge(self.rating.badge.value)

    @property
    def urgency(self) -> tuple[int, int]:
        """Place in a list that is read from the top: by what it is to be treated as, then badge."""
        severity = self.rating.severity
        shown = BADGE_ORDER.index(self.badge)
        if severity is None:
            return shown, shown
        # A result that has expired is not known to be fine, however good it once was.
        return min(shown, BADGE_ORDER.index(RatingBadge(severity.value))), shown

    @property
    def needs_attention(self) -> bool:
        severity = self.rating.severity
        return severity is not None and RatingBadge(severity.value) in NEEDS_ATTENTION

    @property
    def sort_key(self) -> tuple[int, int, str]:
        return *self.urgency, self.model.name.casefold()


def is_expired(*, audit: Audit, newest: ModelVersion, now: datetime) -> bool:
    """A result speaks for the version it measured, for twelve months."""
    aged = audit.completed_at is not None and audit.completed_at < now - AUDIT_LASTS
    return aged or audit.model_version_id != newest.pk


def rate(*, model: AIModel, version: ModelVersion | None, audit: Audit | None) -> rating.Rating:
    """Rate a model by its stored result and its present exposure."""
    found = sensitivity_today(model, audit)
    valid = audit is not None and audit.outcome != Outcome.INVALID
    return rating.rate(
        rating.RatingInput(
            level=int(audit.reached[1]) if audit is not None and valid else None,
            outcome=audit.outcome if audit is not None else None,
            impact=found.impact,
            exposure=model.exposure,
            grade=audit.grade or None if audit is not None else None,
            reveals=found.reveals,
            weights_out=model.outputs == Outputs.WEIGHTS and model.exposure in OUTSIDE,
            stores_rows=bool(version is not None and version.facts.get("stores_rows")),
            expired=bool(
                audit is not None
                and version is not None
                and is_expired(audit=audit, newest=version, now=timezone.now())
            ),
        )
    )


def newest_versions(listed: Iterable[AIModel]) -> dict[int, ModelVersion]:
    """Newest version of each model, by model id."""
    rows = ModelVersion.objects.filter(model__in=list(listed)).order_by("model_id", "-number")
    return {row.model_id: row for row in rows.distinct("model_id")}


def _when(condition: Q) -> models.Case:
    """1 where the condition holds, else 0: something to sort by."""
    return models.Case(models.When(condition, then=1), default=0)


def newest_audits(listed: Iterable[AIModel]) -> dict[int, Audit]:
    """The audit that speaks for each model, by model id; without the long document.

    The newest finished one, but: a comparison that was not valid measured nothing, so it never
    hides one that did; the newest version counts before older ones; and an inconclusive result
    never hides a conclusive one of the same version that still stands.
    """
    rows = (
        Audit.objects.filter(model_version__model__in=list(listed), completed_at__isnull=False)
        .select_related("model_version__model", "dataset_version__dataset")
        .defer("document")
        .annotate(
            valid=_when(~Q(outcome=Outcome.INVALID)),
            fresh=_when(Q(completed_at__gte=timezone.now() - AUDIT_LASTS)),
            conclusive=_when(~Q(outcome=Outcome.INCONCLUSIVE)),
        )
        .order_by(
            "model_version__model_id",
            "-valid",
            "-model_version__number",
            "-fresh",
            "-conclusive",
            "-completed_at",
            "-pk",
        )
        .distinct("model_version__model_id")
    )
    return {row.model_version.model_id: row for row in rows}


def of_model(model: AIModel, version: ModelVersion | None, audit: Audit | None) -> ModelRisk:
    """Rate a model by the audit that speaks for it."""
    rated = rate(model=model, version=version, audit=audit)
    return ModelRisk(model=model, version=version, audit=audit, rating=rated)


def risks_of(chosen: Iterable[AIModel]) -> list[ModelRisk]:
    """Rate each model, worst first, in three queries however many there are."""
    listed = list(chosen)
    versions = newest_versions(listed)
    audits = newest_audits(listed)
    found = [of_model(model, versions.get(model.pk), audits.get(model.pk)) for model in listed]
    return sorted(found, key=lambda risk: risk.sort_key)
