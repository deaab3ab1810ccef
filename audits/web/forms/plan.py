from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import Treatment
from audits.models import User
from audits.queries import plan
from audits.queries.plan import PlanFilters
from audits.web.forms.fields import DateField

DUE = (("overdue", _("Overdue")), ("month", _("In 30 days")), ("none", _("Without a date")))


class PlanFilter(forms.Form):
    """What is looked for in an action plan; all of it stands in the address."""

    show = forms.ChoiceField(choices=[(name, name) for name in plan.SHOWN], required=False)
    owner = forms.TypedChoiceField(
        label=_("Owner"), required=False, coerce=int, empty_value=None, choices=()
    )
    due = forms.ChoiceField(label=_("Due"), required=False, choices=[("", _("Any day")), *DUE])
    group = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, data: object, *, owners: Iterable[User]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        people = [(user.pk, str(user)) for user in owners]
        cast("forms.ChoiceField", self.fields["owner"]).choices = [("", _("Anybody")), *people]

    def filters(self) -> PlanFilters:
        """What was chosen, as far as it can be understood."""
        self.is_valid()
        given = self.cleaned_data
        return PlanFilters(
            show=given.get("show", ""),
            owner=given.get("owner"),
            due=given.get("due", ""),
            group=given.get("group"),
        )


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
