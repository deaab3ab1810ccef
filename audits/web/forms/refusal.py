"""Shows a service's refusal at the field it belongs to; nothing that was typed is lost."""

from django import forms

from audits.services.errors import InvalidInput


def show(form: forms.BaseForm, error: InvalidInput) -> None:
    """Attach the refusal to its field, or to the whole form where it has none."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, forms.ValidationError(str(error), code=error.code))
