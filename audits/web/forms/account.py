from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from audits.charts.lettering import legible


def refuse_several_lines(name: str) -> None:
    """A name stands in sentences of pages and letters; it is no text of its own."""
    if legible(name) != name:
        raise ValidationError(
            _("A name is one line, without characters that nobody can see. Type it in by hand.")
        )


class NewAccountForm(forms.Form):
    """Name and password of a new account; its address is known already, or asked beside it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        validators=[refuse_several_lines],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password, once more"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts()[:1])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return given
