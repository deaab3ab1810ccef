from collections.abc import Mapping
from typing import Any

from audits.models import Client, TenantModel
from audits.services import names


def write(row: TenantModel | Client, values: Mapping[str, Any]) -> list[str]:
    """Save these fields of a row and return the names of those that changed.

    The row is locked and compared as it stands in the database: a form has often written into
    `row` already, and somebody else may have saved meanwhile.
    """
    stored = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    for field, value in values.items():
        setattr(row, field, value)
    changed = sorted(name for name in values if getattr(row, name) != getattr(stored, name))
    if changed:
        with names.refused_if_taken():
            row.save(update_fields=changed)
    return changed
