"""Looks of platform operators: the open one decides what an operator may see."""

from django.db.models import QuerySet
from django.db.models.functions import Now

from audits.models import BreakGlass, Client


def _open() -> QuerySet[BreakGlass]:
    """By the database's clock: a look is over when its time is, whoever notices."""
    return BreakGlass.objects.filter(ended_at=None, ends_at__gt=Now())


def open_look(user_id: int) -> BreakGlass | None:
    """The look that an operator has open now."""
    return _open().filter(user_id=user_id).order_by("-pk").first()


def open_at(client: Client) -> BreakGlass | None:
    """The newest look at a client that is open now, with who looks."""
    rows = _open().filter(client=client).select_related("user", "client")
    return rows.order_by("-pk").first()


def latest_of(user_id: int, limit: int = 20) -> list[BreakGlass]:
    """The newest looks of an operator."""
    return list(BreakGlass.objects.filter(user_id=user_id).order_by("-pk")[:limit])


def overdue() -> QuerySet[BreakGlass]:
    """Looks whose time is over and whose end nobody has written down yet."""
    rows = BreakGlass.objects.filter(ended_at=None, ends_at__lte=Now())
    return rows.select_related("client", "user").order_by("pk")
