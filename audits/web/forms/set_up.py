from django import forms
from django.utils.translation import gettext_lazy as _

from audits.models import Provider
from audits.web.forms.account import NewAccountForm
from audits.web.forms.report_brand import LogoField


class SetUpForm(NewAccountForm):
    """The first account of an installation and the company it belongs to."""

    company = forms.CharField(
        label=_("Your company"),
        max_length=200,
        help_text=_("The service provider, as its clients know it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    field_order = ("company", "name", "email", "password", "again")


class ProviderForm(forms.ModelForm[Provider]):
    """What clients see of their provider: its name and its logo."""

    logo = LogoField(
        help_text=_("A PNG picture of at most 2 MB. It stands at the top of your clients' pages.")
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Provider
        fields = ("name",)
        labels = {"name": _("Name of your company")}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "name": _("It stands on your clients' pages and on every report."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not self.instance.logo_digest:
            self.fields["remove_logo"].widget = forms.HiddenInput()
