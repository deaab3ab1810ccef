"""Permissions to audit: which one holds for a model today."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Count, Max
from django.utils import timezone

from audits.models import AIModel, Authorisation, Client
from audits.queries import risk


def of_client(client: Client) -> models.QuerySet[Authorisation]:
    rows = Authorisation.objects.filter(client=client)
    return rows.select_related("client", "model", "recorded_by", "file", "file__client")


def of_model(model: AIModel) -> list[Authorisation]:
    """Every permission that was ever recorded for the model, newest first."""
    return list(of_client(model.client).filter(model=model))


def _held() -> models.QuerySet[Authorisation]:
    today = timezone.localdate()
    return Authorisation.objects.filter(withdrawn_at=None, given_on__lte=today, ends_on__gte=today)


def current(model: AIModel) -> Authorisation | None:
    """The newest permission that holds today."""
    return _held().select_related("recorded_by", "file").filter(model=model).first()


def missing_at(client: Client) -> set[int]:
    """The client's models in use that may not be audited today, by their ids."""
    allowed = _held().order_by().values("model_id")
    rows = risk.in_use().filter(client=client).exclude(pk__in=allowed)
    return set(rows.values_list("pk", flat=True))


def missing_by_client(clients: Iterable[int]) -> dict[int, int]:
    """How many models in use may not be audited today, of each of these clients that has any."""
    allowed = _held().order_by().values("model_id")
    rows = risk.in_use().filter(client__in=list(clients)).exclude(pk__in=allowed).order_by()
    return dict(rows.values_list("client_id").annotate(count=Count("pk")))


def last_days(models_: Iterable[AIModel]) -> dict[int, date]:
    """Until when each model may be audited, by its id; one that may not is not there."""
    rows = _held().filter(model__in=[model.pk for model in models_]).order_by()
    return dict(rows.values_list("model_id").annotate(last=Max("ends_on")))
