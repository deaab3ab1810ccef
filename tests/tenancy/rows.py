"""What the wall tests say about any tenant table, so that a new table is tested by existing."""

import re
from collections.abc import Callable
from typing import TypeVar

from django.apps import apps
from django.db import ProgrammingError, models, transaction

from audits.models import ProviderModel, TenantModel
from audits.tenancy import append_only
from tests.factories import ClientCast, ProviderCast

Row = TypeVar("Row", bound=models.Model)
TENANT_MODELS = sorted(
    (row for row in apps.get_app_config("audits").get_models() if issubclass(row, TenantModel)),
    key=lambda model: model.__name__,
)
PROVIDER_MODELS = sorted(
    (row for row in apps.get_app_config("audits").get_models() if issubclass(row, ProviderModel)),
    key=lambda model: model.__name__,
)


# Nobody changes these: the application has no right to, and a trigger refuses their owner too.
APPEND_ONLY = tuple(
    model
    for model in (*TENANT_MODELS, *PROVIDER_MODELS)
    if model._meta.db_table in append_only.TABLES
)
NO_RIGHT = "permission denied|append-only"


def refusal(model: type[models.Model]) -> str:
    """What the database says to a row that may not be written."""
    return f"row-level security|{NO_RIGHT}" if model in APPEND_ONLY else "row-level security"


def reached(model: type[models.Model], write: Callable[[], int]) -> int:
    """How many rows a write reached; where nobody may write, the refusal means none."""
    if model not in APPEND_ONLY:
        return write()
    try:
        with transaction.atomic():
            return write()
    except ProgrammingError as error:
        if re.search(NO_RIGHT, str(error)):
            return 0
        raise


def house_row_of(cast: ProviderCast, model: type[ProviderModel]) -> ProviderModel:
    return cast.rows()[model]


def row_of(cast: ClientCast, model: type[TenantModel]) -> TenantModel:
    return cast.rows()[model]


def copy_of(row: Row) -> Row:
    """An unsaved row with the same content."""
    columns = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{column: getattr(row, column) for column in columns})


def unguarded(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """Every row that the database hands out: no manager in between."""
    return models.QuerySet(model)
