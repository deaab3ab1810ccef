"""The rating of a model as it stands today: newest version, newest finished audit, its policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from audits.enums import (
    Exposure,
    Lifecycle,
    Outcome,
    Outputs,
    RatingBadge,
    Reveals,
    Verbatim,
)
from audits.guidance import rating
from audits.guidance.strictness import Policy
from audits.models import AIModel, Audit, Dataset, ModelVersion
from audits.queries import rating_policy
from audits.queries.risk_speaking import AUDIT_LASTS, newest_audits

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


def in_use() -> models.QuerySet[AIModel]:
    """Models that count: one that is retired is looked at, and neither rated nor asked about."""
    return AIModel.objects.exclude(lifecycle=Lifecycle.RETIRED)


class Sensitivity(NamedTuple):
    """How sensitive the records are, and what being among them says about a person."""

    impact: int
    reveals: str


class Said(NamedTuple):
    """Of the audit that speaks for a model what its rating rests on, and the badge of that time."""

    pk: int
    version: int
    outcome: str
    reached: str
    grade: str
    completed_at: datetime | None
    badge: str
    of_audit: Sensitivity
    of_data: Sensitivity | None


Described = AIModel | Dataset | Audit | Sensitivity


def sensitivity_of(*described: Described | None) -> Sensitivity:
    """The worst of what was said: model, dataset and audit all speak of the same people."""
    said = [one for one in described if one is not None]
    return Sensitivity(
        impact=max(one.impact for one in said), reveals=worst_reveals(one.reveals for one in said)
    )


def worst_reveals(said: Iterable[str]) -> str:
    """Of what was said about being in the data the worst."""
    return min((Reveals(one) for one in said), key=_REVEALS_ORDER.index)


def sensitivity_today(model: AIModel, audit: Audit | None) -> Sensitivity:
    """What the rating rests on: editing an entry can raise it, only a new audit can lower it."""
    data = audit.dataset_version if audit is not None else None
    return sensitivity_of(model, audit, data.dataset if data is not None else None)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """Until when the rating wants something done.

    It counts from when the audit that speaks for the model was finished; of a model that was never
    audited from when it was entered. A stricter policy shortens it from that same day, and a result
    that expired keeps it: only a new audit says that there is nothing to do any more.
    """

    at: datetime
    days: int
    since_audit: bool
    is_critical: bool = False

    @property
    def is_overdue(self) -> bool:
        return timezone.localdate(self.at) < timezone.localdate()


def deadline_of(
    rated: rating.Rating, *, model: AIModel, audit: Audit | Said | None
) -> Deadline | None:
    """Until when to act on a rating; None where it asks for nothing by a day, as of the retired."""
    if rated.deadline_days is None or model.lifecycle == Lifecycle.RETIRED:
        return None
    measured = audit.completed_at if audit is not None else None
    return Deadline(
        at=(measured or model.created_at) + timedelta(days=rated.deadline_days),
        days=rated.deadline_days,
        since_audit=measured is not None,
        is_critical=RatingBadge(rated.badge) == RatingBadge.CRITICAL,
    )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A badge, and what the model is to be treated as; None where nothing is known."""

    badge: RatingBadge
    severity: RatingBadge | None

    @classmethod
    def of(cls, rated: rating.Rating) -> "Standing":
        severity = rated.severity
        return cls(
            badge=RatingBadge(rated.badge.value),
            severity=RatingBadge(severity.value) if severity is not None else None,
        )

    @property
    def urgency(self) -> tuple[int, int]:
        """Place in a list that is read from the top: by what it is to be treated as, then badge."""
        shown = BADGE_ORDER.index(self.badge)
        if self.severity is None:
            return shown, shown
        # A result that has expired is not known to be fine, however good it once was.
        return min(shown, BADGE_ORDER.index(self.severity)), shown

    @property
    def needs_attention(self) -> bool:
        return self.severity in NEEDS_ATTENTION


@dataclass(frozen=True, kw_only=True)
class ModelRisk:
    """A model with its newest version, its newest finished audit and what that means today."""

    model: AIModel
    version: ModelVersion | None
    audit: Audit | None
    rating: rating.Rating

    @property
    def standing(self) -> Standing:
        return Standing.of(self.rating)

    @property
    def badge(self) -> RatingBadge:
        return self.standing.badge

    @property
    def deadline(self) -> Deadline | None:
        return deadline_of(self.rating, model=self.model, audit=self.audit)

    @property
    def is_retired(self) -> bool:
        return self.model.lifecycle == Lifecycle.RETIRED

    @property
    def is_review_overdue(self) -> bool:
        return is_review_overdue(self.model)

    @property
    def urgency(self) -> tuple[int, int]:
        """Place in a list that is read from the top."""
        return self.standing.urgency

    @property
    def needs_attention(self) -> bool:
        return self.standing.needs_attention

    @property
    def sort_key(self) -> tuple[int, int, str]:
        return *self.urgency, self.model.name.casefold()


def is_review_overdue(model: AIModel) -> bool:
    """Whether the day of its next review is over; a retired model has none any more."""
    due, is_retired = model.next_review, model.lifecycle == Lifecycle.RETIRED
    return due is not None and due < timezone.localdate() and not is_retired


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a rating rests on, as values: of one model, or of many alike.

    `expired` is what the house says of the result, `age` how old it is, for a stricter policy.
    """

    outcome: str | None
    reached: str
    grade: str
    impact: int
    reveals: str
    exposure: str
    outputs: str
    stores_rows: bool
    verbatim: bool
    expired: bool
    age: timedelta | None

    def rated(self, policy: Policy) -> rating.Rating:
        valid = self.outcome is not None and self.outcome != Outcome.INVALID
        return rating.rate(
            rating.RatingInput(
                level=int(self.reached[1]) if valid else None,
                outcome=self.outcome,
                impact=self.impact,
                exposure=self.exposure,
                grade=self.grade or None,
                reveals=self.reveals,
                weights_out=self.outputs == Outputs.WEIGHTS and self.exposure in OUTSIDE,
                stores_rows=self.stores_rows,
                verbatim=self.verbatim,
                expired=self.expired,
                age=self.age,
            ),
            policy,
        )


def facts_of(
    model: AIModel, said: Said | None, *, newest: int | None, stores: bool, now: datetime
) -> Facts:
    """What the rating of a model rests on, by its newest version and what was said of one.

    A result speaks for the version it measured, for twelve months as the house has it.
    """
    described = (said.of_audit, said.of_data) if said is not None else ()
    found = sensitivity_of(model, *described)
    measured = said.completed_at if said is not None else None
    aged = measured is not None and measured < now - AUDIT_LASTS
    superseded = said is not None and newest is not None and said.version != newest
    return Facts(
        outcome=said.outcome if said is not None else None,
        reached=said.reached if said is not None else "",
        grade=said.grade if said is not None else "",
        impact=found.impact,
        reveals=found.reveals,
        exposure=model.exposure,
        outputs=model.outputs,
        stores_rows=stores,
        verbatim=model.verbatim == Verbatim.YES,
        expired=aged or superseded,
        age=now - measured if measured is not None else None,
    )


def _said_by(audit: Audit) -> Said:
    data = audit.dataset_version
    return Said(
        pk=audit.pk,
        version=audit.model_version_id,
        outcome=audit.outcome,
        reached=audit.reached,
        grade=audit.grade,
        completed_at=audit.completed_at,
        badge=audit.badge,
        of_audit=sensitivity_of(audit),
        of_data=sensitivity_of(data.dataset) if data is not None else None,
    )


def rate(
    *,
    model: AIModel,
    version: ModelVersion | None,
    audit: Audit | None,
    policy: Policy,
    at: datetime | None = None,
) -> rating.Rating:
    """Rate a model by its stored result, its present exposure and the policy of its client.

    `at` is the moment by which the age of the result is judged, where that is not now.
    """
    said = _said_by(audit) if audit is not None else None
    newest = version.pk if version is not None else None
    stores = bool(version is not None and version.facts.get("stores_rows"))
    now = at or timezone.now()
    return facts_of(model, said, newest=newest, stores=stores, now=now).rated(policy)


def newest_versions(listed: Iterable[AIModel]) -> dict[int, ModelVersion]:
    """Newest version of each model, by model id."""
    rows = (
        ModelVersion.objects.filter(model__in=list(listed))
        .select_related("trained_on__dataset")
        .defer("trained_on__profile")
        .order_by("model_id", "-number")
    )
    return {row.model_id: row for row in rows.distinct("model_id")}


def of_model(
    model: AIModel, version: ModelVersion | None, audit: Audit | None, policy: Policy
) -> ModelRisk:
    """Rate a model by the audit that speaks for it."""
    rated = rate(model=model, version=version, audit=audit, policy=policy)
    return ModelRisk(model=model, version=version, audit=audit, rating=rated)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A model with what speaks for it, before any policy judges it."""

    model: AIModel
    version: ModelVersion | None
    audit: Audit | None


def measured(chosen: Iterable[AIModel]) -> list[Measured]:
    """Each model with its newest version and its audit, in three queries however many there are."""
    listed = list(chosen)
    versions = newest_versions(listed)
    audits = newest_audits(listed)
    return [
        Measured(model=model, version=versions.get(model.pk), audit=audits.get(model.pk))
        for model in listed
    ]


def rated(found: Iterable[Measured], policies: Mapping[int, Policy]) -> list[ModelRisk]:
    """Rate each by the policy of its client, worst first."""
    risks = [
        of_model(one.model, one.version, one.audit, policies[one.model.client_id]) for one in found
    ]
    return sorted(risks, key=lambda risk: risk.sort_key)


def risks_under(chosen: Iterable[AIModel], policy: Policy) -> list[ModelRisk]:
    """Rate models of one client whose policy is at hand, worst first, in three queries."""
    found = measured(chosen)
    return rated(found, {one.model.client_id: policy for one in found})


def risks_of(chosen: Iterable[AIModel]) -> list[ModelRisk]:
    """Rate each model, worst first, in four queries however many there are."""
    found = measured(chosen)
    return rated(found, rating_policy.of_models(one.model for one in found))
