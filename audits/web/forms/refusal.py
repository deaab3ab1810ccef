"""Shows a service's refusal at the field it belongs to; nothing that was typed is lost."""

from django import forms

from audits.services.errors import InvalidInput


def show(form: forms.BaseForm, error: InvalidInput) -> None:
    """Attach the refusal to its field, or to the whole form where it has none."""
    field = error.field if error.field in form.fields else None
    problem = error.problem[:1].upper() + error.problem[1:]
    remedy = error.remedy[:1].upper() + error.remedy[1:]
    text = " ".join(part.rstrip(".") + "." for part in (problem, remedy) if part)
    form.add_error(field, text)
