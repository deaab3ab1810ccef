"""Which of a model's audits speaks for it, today or at any time before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from audits.enums import Outcome, Preset
from audits.models import AIModel, Audit

AUDIT_LASTS: Final = timedelta(days=365)


def _when(condition: Q) -> models.Case:
    """1 where the condition holds, else 0: something to sort by."""
    return models.Case(models.When(condition, then=1), default=0)


def speaking(finished: models.QuerySet[Audit], *, at: datetime) -> models.QuerySet[Audit]:
    """Of these finished audits the one that spoke for each model at a time.

    The newest one, but: a comparison that was not valid measured nothing, so it never
    hides one that did; the newest version counts before older ones; an inconclusive result
    never hides a conclusive one of the same version that still stands; and neither does a quick
    audit hide a thorough one that found as much or more: it looks with weaker attacks. That goes
    by the house policy for everybody: a stricter one makes results expire, and lets no other one
    speak.
    """
    return (
        finished.annotate(
            valid=_when(~Q(outcome=Outcome.INVALID)),
            fresh=_when(Q(completed_at__gte=at - AUDIT_LASTS)),
            conclusive=_when(~Q(outcome=Outcome.INCONCLUSIVE)),
            slighter=_when(Q(preset=Preset.QUICK) & Q(models.Exists(_thorough(at)))),
        )
        .order_by(
            "model_version__model_id",
            "-valid",
            "-model_version__number",
            "-fresh",
            "-conclusive",
            "slighter",
            "-completed_at",
            "-pk",
        )
        .distinct("model_version__model_id")
    )


def _thorough(at: datetime) -> models.QuerySet[Audit]:
    """Audits of the same version that stood at a time, looked harder and found as much."""
    return Audit.objects.filter(
        model_version=models.OuterRef("model_version"),
        completed_at__range=(at - AUDIT_LASTS, at),
        reached__gte=models.OuterRef("reached"),
    ).exclude(Q(preset=Preset.QUICK) | Q(outcome__in=(Outcome.INVALID, Outcome.INCONCLUSIVE)))


def newest_audits(listed: Iterable[AIModel]) -> dict[int, Audit]:
    """The audit that speaks for each model today, by model id; without the long document."""
    finished = Audit.objects.filter(
        model_version__model__in=list(listed), completed_at__isnull=False
    ).select_related("model_version__model", "dataset_version__dataset")
    rows = speaking(finished.defer("document", "dataset_version__profile"), at=timezone.now())
    return {row.model_version.model_id: row for row in rows}
