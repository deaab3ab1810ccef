"""Stored bytes whose row is gone and which are still to go."""

from django.db.models import QuerySet

from audits.models import Removal


def waiting() -> QuerySet[Removal]:
    """What waits, the oldest first."""
    return Removal.objects.order_by("pk")
