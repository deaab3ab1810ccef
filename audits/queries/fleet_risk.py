"""Ratings of every model in scope, client by client, without reading the models one by one.

The database counts models that are alike in everything a rating rests on; each kind is rated once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from audits.enums import Lifecycle, RatingBadge, Trend, Verbatim
from audits.guidance.strictness import MONTHS, Policy, span_of
from audits.models import Audit, ModelVersion
from audits.queries import rating_policy, risk, risk_speaking
from audits.queries.risk import Facts, Standing

TREND_SPAN = timedelta(days=90)
_MODEL = "model_version__model__"
_DATA = "dataset_version__dataset__"
_AUDITED = (
    "client_id",
    "outcome",
    "reached",
    "grade",
    "impact",
    "reveals",
    f"{_DATA}impact",
    f"{_DATA}reveals",
    f"{_MODEL}impact",
    f"{_MODEL}reveals",
    f"{_MODEL}exposure",
    f"{_MODEL}outputs",
    f"{_MODEL}verbatim",
    "past",
    "superseded",
    "stores",
)
_BARE = ("client_id", "impact", "reveals", "exposure", "outputs", "verbatim", "stores")


@dataclass(frozen=True, kw_only=True)
class ClientRisk:
    """How many models a client has, how they stand, and the worst of them."""

    standings: dict[Standing, int]
    # Since when the first of the results that only grew too old has been so.
    expired_since: datetime | None = None

    @cached_property
    def models(self) -> int:
        return sum(self.standings.values())

    @cached_property
    def worst(self) -> Standing | None:
        return min(self.standings, key=lambda one: one.urgency, default=None)

    @cached_property
    def rated(self) -> int:
        """How many models have a result that stands."""
        return sum(n for one, n in self.standings.items() if one.badge not in risk.UNKNOWN)

    @cached_property
    def by_badge(self) -> dict[RatingBadge, tuple[int, RatingBadge | None]]:
        """How many models have each badge, the gravest first, and as what the worst is treated."""
        found: dict[RatingBadge, tuple[int, RatingBadge | None]] = {}
        for standing in sorted(self.standings, key=lambda one: one.urgency):
            count, severity = found.get(standing.badge, (0, standing.severity))
            found[standing.badge] = (count + self.standings[standing], severity)
        return found


NOTHING = ClientRisk(standings={})


class _Rater:
    """Rates models that are alike once; most clients have the same policy, the house's."""

    def __init__(self) -> None:
        self.policies = rating_policy.of_everyone()
        self._found: dict[tuple[Facts, int], Standing] = {}

    def standing(self, client_id: int, facts: Facts) -> Standing:
        policy: Policy = self.policies[client_id]
        key = (facts, id(policy))
        if key not in self._found:
            self._found[key] = Standing.of(facts.rated(policy))
        return self._found[key]


def _flag(condition: Q) -> models.Case:
    return models.Case(
        models.When(condition, then=True), default=False, output_field=models.BooleanField()
    )


def _months_past(now: datetime) -> models.Case:
    """How many months of those after which a result may expire have passed: 12, 6, 3 or 0."""
    return models.Case(
        *(
            models.When(completed_at__lt=now - span_of(months), then=models.Value(months))
            for months in sorted(MONTHS, reverse=True)
        ),
        default=models.Value(0),
        output_field=models.IntegerField(),
    )


def _age(months: int) -> timedelta:
    """An age that any policy judges like all ages past so many months, and not past the next."""
    return span_of(months) + timedelta(seconds=1) if months else timedelta(0)


def by_client() -> dict[int, ClientRisk]:
    """How the models of each client stand today, in four queries; one without any is missing."""
    rater = _Rater()
    newest = ModelVersion.objects.order_by("model_id", "-number").distinct("model_id")
    storing = ModelVersion.objects.filter(pk__in=newest.values("pk"), facts__stores_rows=True)
    found: dict[int, dict[Standing, int]] = {}
    expired: dict[int, datetime] = {}
    for client_id, facts, count, oldest in (
        *_audited(newest, storing.values("model_id")),
        *_never_audited(storing.values("model_id")),
    ):
        standings = found.setdefault(client_id, {})
        standing = rater.standing(client_id, facts)
        standings[standing] = standings.get(standing, 0) + count
        if standing.badge == RatingBadge.EXPIRED and oldest is not None:
            since = oldest + rater.policies[client_id].lasts
            expired[client_id] = min(since, expired.get(client_id, since))
    return {
        client_id: ClientRisk(standings=standings, expired_since=expired.get(client_id))
        for client_id, standings in found.items()
    }


def _audited(
    newest: models.QuerySet[ModelVersion], storing: models.QuerySet[ModelVersion, Any]
) -> Iterable[tuple[int, Facts, int, datetime | None]]:
    """Models that are alike, and when the oldest of their results was finished.

    One whose result is of an earlier version has no such day: it did not grow too old.
    """
    now = timezone.now()
    speaking = risk_speaking.speaking(Audit.objects.filter(completed_at__isnull=False), at=now)
    rows = (
        Audit.objects.filter(pk__in=speaking.values("pk"))
        .exclude(model_version__model__lifecycle=Lifecycle.RETIRED)
        .order_by()
        .annotate(
            past=_months_past(now),
            superseded=_flag(~Q(model_version__in=newest.values("pk"))),
            stores=_flag(Q(model_version__model__in=storing)),
        )
        .values_list(*_AUDITED)
        .annotate(models=Count("pk"), oldest=Min("completed_at"))
    )
    for row in rows:
        of = dict(zip((*_AUDITED, "models", "oldest"), row, strict=True))
        impacts = (of["impact"], of[f"{_MODEL}impact"], of[f"{_DATA}impact"])
        reveals = (of["reveals"], of[f"{_MODEL}reveals"], of[f"{_DATA}reveals"])
        facts = Facts(
            outcome=of["outcome"],
            reached=of["reached"],
            grade=of["grade"],
            impact=max(one for one in impacts if one is not None),
            reveals=risk.worst_reveals(one for one in reveals if one is not None),
            exposure=of[f"{_MODEL}exposure"],
            outputs=of[f"{_MODEL}outputs"],
            stores_rows=of["stores"],
            verbatim=of[f"{_MODEL}verbatim"] == Verbatim.YES,
            expired=of["past"] == max(MONTHS) or of["superseded"],
            age=_age(of["past"]),
        )
        yield of["client_id"], facts, of["models"], None if of["superseded"] else of["oldest"]


def _never_audited(
    storing: models.QuerySet[ModelVersion, Any],
) -> Iterable[tuple[int, Facts, int, None]]:
    finished = Audit.objects.filter(model_version__model=OuterRef("pk"), completed_at__isnull=False)
    rows = (
        risk.in_use()
        .filter(~Exists(finished))
        .order_by()
        .annotate(stores=_flag(Q(pk__in=storing)))
        .values_list(*_BARE)
        .annotate(models=Count("pk"))
    )
    for client_id, impact, reveals, exposure, outputs, verbatim, stores, count in rows:
        facts = Facts(
            outcome=None,
            reached="",
            grade="",
            impact=impact,
            reveals=reveals,
            exposure=exposure,
            outputs=outputs,
            stores_rows=stores,
            verbatim=verbatim == Verbatim.YES,
            expired=False,
            age=None,
        )
        yield client_id, facts, count, None


def worst_at(moment: datetime) -> dict[int, RatingBadge]:
    """The worst badge of each client at an earlier time, as audits said it then, in one query.

    A client without a finished audit that early is missing: what it was is not known.
    """
    finished = Audit.objects.filter(completed_at__lte=moment)
    rows = (
        Audit.objects.filter(pk__in=risk_speaking.speaking(finished, at=moment).values("pk"))
        .order_by()
        .annotate(aged=_flag(Q(completed_at__lt=moment - risk_speaking.AUDIT_LASTS)))
        .values_list("client_id", "badge", "aged")
        .distinct()
    )
    found: dict[int, RatingBadge] = {}
    for client_id, stored, aged in rows:
        badge = RatingBadge.EXPIRED if aged else RatingBadge(stored)
        found[client_id] = min(found.get(client_id, badge), badge, key=risk.BADGE_ORDER.index)
    return found


def trend(now: RatingBadge | None, before: RatingBadge | None) -> Trend:
    """Say where a client went from one badge to another."""
    if now is None or before is None:
        return Trend.UNKNOWN
    step = risk.BADGE_ORDER.index(now) - risk.BADGE_ORDER.index(before)
    if step > 0 and now in risk.UNKNOWN:
        return Trend.UNKNOWN  # nothing got better because a result expired or settled nothing
    if step == 0:
        return Trend.SAME
    return Trend.BETTER if step > 0 else Trend.WORSE
