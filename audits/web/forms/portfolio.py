from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from audits.enums import SECTIONS_OF, ReportKind
from audits.web.forms.fields import choose

_OFFERED = SECTIONS_OF[ReportKind.PORTFOLIO]


class PortfolioForm(forms.Form):
    """What stands in a portfolio report."""

    sections = forms.MultipleChoiceField(
        label=_("What stands in it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who needs attention, and how to read it, always do."),
    )

    def __init__(self, data: QueryDict | None) -> None:
        every = [one.value for one in _OFFERED]
        super().__init__(data, initial={"sections": every})
        choose(self.fields["sections"], [(one.value, one.label) for one in _OFFERED], blank=False)

    def left_out(self) -> frozenset[str]:
        return frozenset(one.value for one in _OFFERED) - set(self.cleaned_data["sections"])

    def carried(self) -> list[tuple[str, str]]:
        """What was chosen, as hidden fields of the form that makes the report."""
        given = cast("QueryDict", self.data)
        return [("sections", value) for value in given.getlist("sections")]
