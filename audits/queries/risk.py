"""The rating of a model as it stands today: newest version, newest finished audit, house policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from audits.enums import Outputs, RatingBadge
from audits.guidance import rating
from audits.models import AIModel, Audit, ModelVersion

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
        treated = RatingBadge(severity.value) if severity is not None else self.badge
        return BADGE_ORDER.index(treated), BADGE_ORDER.index(self.badge)

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
    impact, reveals = model.impact, model.reveals
    if audit is not None and audit.impact > impact:
        impact, reveals = audit.impact, audit.reveals
    valid = audit is not None and audit.outcome != "invalid"
    return rating.rate(
        rating.RatingInput(
            level=int(audit.reached[1]) if audit is not None and valid else None,
            outcome=audit.outcome if audit is not None else None,
            impact=impact,
            exposure=model.exposure,
            grade=audit.grade or None if audit is not None else None,
            reveals=reveals,
            weights_out=model.outputs == Outputs.WEIGHTS and model.exposure == "public",
            stores_rows=bool(version is not None and version.facts.get("stores_rows")),
            expired=bool(
                audit is not None
                and version is not None
                and is_expired(audit=audit, newest=version, now=timezone.now())
            ),
        )
    )


def newest_versions(models: Iterable[AIModel]) -> dict[int, ModelVersion]:
    """Newest version of each model, by model id."""
    rows = ModelVersion.objects.filter(model__in=list(models)).order_by("model_id", "-number")
    return {row.model_id: row for row in rows.distinct("model_id")}


def newest_audits(models: Iterable[AIModel]) -> dict[int, Audit]:
    """Newest finished audit of each model, by model id; without the long document."""
    rows = (
        Audit.objects.filter(model_version__model__in=list(models), completed_at__isnull=False)
        .select_related("model_version")
        .defer("document")
        .order_by("model_version__model_id", "-completed_at", "-pk")
        .distinct("model_version__model_id")
    )
    return {row.model_version.model_id: row for row in rows}


def risks_of(models: Iterable[AIModel]) -> list[ModelRisk]:
    """Rate each model, worst first, in three queries however many there are."""
    listed = list(models)
    versions = newest_versions(listed)
    audits = newest_audits(listed)
    found = [
        ModelRisk(
            model=model,
            version=versions.get(model.pk),
            audit=audits.get(model.pk),
            rating=rate(model=model, version=versions.get(model.pk), audit=audits.get(model.pk)),
        )
        for model in listed
    ]
    return sorted(found, key=lambda risk: risk.sort_key)
