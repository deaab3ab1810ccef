from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, ToolCategory, ToolDecision
from audits.models import VendorSheet
from audits.services.vendor import LONGEST_TERMS
from audits.web.forms.fields import DateField, choose
from audits.web.forms.meanwhile import Meanwhile


class VendorSheetForm(Meanwhile, forms.ModelForm[VendorSheet]):
    """What a tool is, in one plan."""

    class Meta:
        model = VendorSheet
        fields = ("vendor", "product", "tier", "category", "is_shared", "notes")
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "tier": _("Terms follow the plan: the free and the business plan are two sheets."),
            "is_shared": _("Then what is built from one client's data must be kept from the next."),
            "notes": _("For your own team: the people of your clients never see this sheet."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        choose(self.fields["category"], ToolCategory.choices, blank=False)


class TermsForm(forms.Form):
    """A copy of the terms: where they stand, of which day they are, what they say."""

    url = forms.CharField(
        label=_("Link to the terms"),
        max_length=500,
        required=False,
        validators=[URLValidator(schemes=["https", "http"])],
        widget=forms.URLInput,
    )
    dated = DateField(
        label=_("Date of the terms"),
        required=False,
        help_text=_("As the vendor gives it, mostly at the top or the bottom of the page."),
    )
    text = forms.CharField(
        label=_("Text of the terms"),
        required=False,
        max_length=LONGEST_TERMS,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "Paste it whole: a link shows what the vendor says today, a copy what it said."
        ),
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()

    def clean_dated(self) -> date | None:
        dated: date | None = self.cleaned_data["dated"]
        # Vendors announce terms ahead of their day, but not by more than a year.
        if dated is not None and dated > timezone.localdate() + timedelta(days=366):
            raise ValidationError(_("No terms are announced so long before their day."))
        return dated

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("text") and not given.get("dated"):
            raise ValidationError(_("Give the text of the terms or at least their date."))
        return given


class CopyForm(forms.Form):
    """Which saved copy of the terms is read, as the address says."""

    copy = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def chosen(self) -> int | None:
        return self.cleaned_data["copy"] if self.is_valid() else None


class UsualDecisionForm(forms.Form):
    """What is usually decided about a tool."""

    decision = forms.ChoiceField(
        label=_("Usual decision"),
        choices=[
            (ToolDecision.UNDECIDED.value, _("None: each client is looked at by itself")),
            *[choice for choice in ToolDecision.choices if choice[0] != ToolDecision.UNDECIDED],
        ],
        widget=forms.RadioSelect,
        help_text=_("It stands ready in the form when you decide for a client."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Data that may go in"),
        choices=DataClass.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-inline"}),
        help_text=_("Only where listed data is approved."),
    )
    conditions = forms.CharField(
        label=_("Conditions"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: object, *, sheet: VendorSheet) -> None:
        initial = {
            "decision": sheet.default_decision,
            "kinds": sheet.default_data,
            "conditions": sheet.default_conditions,
        }
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
