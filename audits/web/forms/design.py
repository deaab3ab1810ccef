"""A form with one field of each kind, for the page for developers; nothing of it is kept."""

from django import forms
from django.utils.translation import gettext_lazy as _

_CHOICES = (("", _("Please choose")), ("one", _("The first")), ("two", _("The second")))


class ExampleForm(forms.Form):
    name = forms.CharField(label=_("A line of text"), help_text=_("Help stands under the label."))
    mail = forms.EmailField(label=_("An address"))
    day = forms.DateField(
        label=_("A day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    choice = forms.ChoiceField(label=_("One of several"), choices=_CHOICES)
    ways = forms.MultipleChoiceField(
        label=_("Some of several"),
        choices=_CHOICES[1:],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label=_("Yes or no"), required=False)
    text = forms.CharField(label=_("Several lines"), required=False, widget=forms.Textarea)
    file = forms.FileField(label=_("A file"), required=False)
