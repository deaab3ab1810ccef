"""What the wall tests say about any tenant table, so that a new table is tested by existing."""

from typing import TypeVar

from django.apps import apps
from django.db import models

from audits.models import TenantModel
from tests.factories import ClientCast

Row = TypeVar("Row", bound=models.Model)
TENANT_MODELS = sorted(
    (row for row in apps.get_app_config("audits").get_models() if issubclass(row, TenantModel)),
    key=lambda model: model.__name__,
)


def row_of(cast: ClientCast, model: type[TenantModel]) -> TenantModel:
    return cast.rows()[model]


def copy_of(row: Row) -> Row:
    """An unsaved row with the same content."""
    columns = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{column: getattr(row, column) for column in columns})


def unguarded(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """Every row that the database hands out: no manager in between."""
    return models.QuerySet(model)
