from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from audits.access import Actor
from audits.access import scopes_for as offered_scopes
from audits.enums import TokenScope
from audits.queries import client as clients
from audits.services.api_token import DEFAULT_DAYS

DAYS = (7, 30, DEFAULT_DAYS, 180, 365)


class ApiTokenForm(forms.Form):
    """What a program may do in the person's name, where, and for how long."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Where it is used, such as “nightly build”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        initial=[TokenScope.READ],
        help_text=_("Never more than you may yourself, now or later."),
    )
    clients = forms.TypedMultipleChoiceField(
        label=_("Only these clients"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all that you may open, later ones included."),
    )
    days = forms.TypedChoiceField(
        label=_("Ends after"),
        coerce=int,
        choices=[
            (days, ngettext_lazy("%(n)s day", "%(n)s days", "n") % {"n": days}) for days in DAYS
        ],
        initial=DEFAULT_DAYS,
    )

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        scopes, opened = self.fields["scopes"], clients.clients()
        scopes.choices = [(one.value, one.label) for one in offered_scopes(actor)]  # type: ignore[attr-defined]
        if len(opened) > 1:
            self.fields["clients"].choices = [(one.pk, one.name) for one in opened]  # type: ignore[attr-defined]
        else:
            del self.fields["clients"]
