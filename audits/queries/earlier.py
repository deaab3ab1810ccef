"""The result before: what a new one of the same model is held against."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

from audits.enums import Outcome
from audits.guidance.growth import Earlier
from audits.models import Audit


def of(audit: Audit) -> Earlier | None:
    """Return the last valid result of the same model on the same dataset; None without one.

    A predictions file brings records that nobody can tell to be the same, so there is none.
    """
    data = audit.dataset_version
    if data is None or audit.completed_at is None:
        return None
    last = (
        Audit.objects.filter(
            model_version__model=audit.model_version.model_id,
            dataset_version__dataset=data.dataset_id,
            completed_at__lt=audit.completed_at,
        )
        .exclude(outcome=Outcome.INVALID)
        .order_by("-completed_at", "-pk")
        .first()
    )
    if last is None or last.document is None or last.completed_at is None:
        return None
    day = timezone.localdate(last.completed_at, ZoneInfo(audit.client.time_zone))
    return Earlier(document=last.document, day=date_format(day, "j M Y"))
