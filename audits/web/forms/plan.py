from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import Treatment
from audits.web.forms.fields import DateField


class RiskDecisionForm(forms.Form):
    """What is decided about an open action, and who stands for it."""

    treatment = forms.ChoiceField(
        label=_("What is decided?"),
        choices=[
            (Treatment.FIX, _("Fix: do what it asks for")),
            (Treatment.ACCEPT, _("Accept: live with it as it is")),
            (Treatment.AVOID, _("Avoid: stop what makes it necessary")),
            (Treatment.TRANSFER, _("Transfer: somebody else bears it, by contract or insurance")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    signature = forms.CharField(
        label=_("Name of the person who decides"),
        max_length=200,
        help_text=_("As it would be signed. It is printed in reports."),
    )
    decided_on = DateField(label=_("Date"))

    def __init__(self, *args: Any, signer: str, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["signature"].initial = signer
        self.fields["decided_on"].initial = timezone.localdate
