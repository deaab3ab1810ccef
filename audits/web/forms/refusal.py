"""Shows a service's refusal at the field it belongs to; nothing that was typed is lost."""

from typing import TypeVar

from django import forms

from audits.services.errors import InvalidInput, NotPossible, TooMany

Refusal = TypeVar("Refusal", bound=InvalidInput | NotPossible | TooMany)


def show(form: forms.BaseForm, error: Refusal) -> Refusal:
    """Attach the refusal to its field, or to the whole form where it has none."""
    named = error if isinstance(error, InvalidInput) else None
    field = named.field if named is not None and named.field in form.fields else None
    code = named.code if named is not None else ""
    form.add_error(field, forms.ValidationError(str(error), code=code))
    return error
