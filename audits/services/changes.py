from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.db import models

from audits.models import Client, Provider, ProviderModel, TenantModel
from audits.services import names


class Change(TypedDict):
    """A field's value before and after; the log masks those of secrets and cuts long ones."""

    before: Any
    after: Any


def write(
    row: TenantModel | ProviderModel | Client | Provider, values: Mapping[str, Any]
) -> dict[str, Change]:
    """Save these fields of a row and return those that changed, each with both values.

    The row is locked and compared as it stands in the database: a form has often written into
    `row` already, and somebody else may have saved meanwhile.
    """
    stored = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    for field, value in values.items():
        setattr(row, field, value)
    changed = between(stored, row, values)
    if changed:
        with names.refused_if_taken():
            row.save(update_fields=list(changed))
    return changed


def between(stored: models.Model, row: models.Model, fields: Iterable[str]) -> dict[str, Change]:
    """Say which of these fields differ, and how."""
    return {
        name: {"before": getattr(stored, name), "after": getattr(row, name)}
        for name in sorted(fields)
        if getattr(row, name) != getattr(stored, name)
    }
