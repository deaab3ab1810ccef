from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audits.enums import SecondStep
from audits.models import Membership, SignOn, SignOnAddress
from audits.queries import sign_on as sign_ons
from audits.services.sign_on import Settings
from audits.web.forms.fields import ColumnsField, choose

_LONGEST_SECRET = 1_000


class SignOnForm(forms.ModelForm[SignOn]):
    """How a provider's people sign in with their company account."""

    issuer = forms.URLField(
        label=_("Issuer"),
        max_length=300,
        assume_scheme="https",
        help_text=SignOn._meta.get_field("issuer").help_text,  # noqa: SLF001 - Django's documented model API
        widget=forms.URLInput(attrs={"placeholder": "https://login.example.org/tenant"}),
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=_LONGEST_SECRET,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    allowed_domains = ColumnsField(
        label=_("E-mail domains"),
        most=50,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("What stands behind the @ of your people's addresses, one a line. Any other"
                    " address is refused."),
    )  # fmt: skip
    is_open = forms.BooleanField(
        label=_("Open"),
        required=False,
        help_text=SignOnAddress._meta.get_field("is_open").help_text,  # noqa: SLF001 - Django's documented model API
    )
    is_required = forms.BooleanField(
        label=_("Required for your staff"),
        required=False,
        help_text=SignOnAddress._meta.get_field("is_required").help_text,  # noqa: SLF001 - the same
    )
    keep_password = forms.MultipleChoiceField(
        label=_("Who keeps a password all the same"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For the day your identity provider is down: somebody careful, with a second"
                    " factor, who uses it for nothing else."),
    )  # fmt: skip

    class Meta:
        model = SignOn
        fields = ("issuer", "client_id", "makes_accounts", "second_step")
        widgets = {"second_step": forms.RadioSelect}  # noqa: RUF012 - Django's own way

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's own signature
        address: SignOnAddress,
        keepers: Iterable[Membership],
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> None:
        super().__init__(*args, **kwargs)
        held = list(keepers)
        self.keepers = [row.pk for row in held]
        choose(self.fields["second_step"], SecondStep.choices, blank=False)
        choose(
            self.fields["keep_password"],
            [(str(row.pk), str(row.user.email)) for row in held],
            blank=False,
        )
        self.fields["client_secret"].help_text = self._secret_help()
        stored = {
            "allowed_domains": "\n".join(self.instance.allowed_domains),
            "is_open": address.is_open,
            "is_required": address.is_required,
            "keep_password": [str(row.pk) for row in held if row.keeps_password],
        }
        self.initial = {**stored, **self.initial}

    def _secret_help(self) -> str:
        if not self.instance.sealed_secret:
            return gettext("Stored encrypted and never shown again.")
        if not self.instance.secret_ending:
            return gettext("One is stored. Leave this empty to keep it.")
        text = gettext("One is stored, ending in %(ending)s. Leave this empty to keep it.")
        return text % {"ending": self.instance.secret_ending}

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"]
        if not issuer.startswith("https://"):
            raise ValidationError(_("The issuer begins with https://."))
        return issuer

    def clean_allowed_domains(self) -> tuple[str, ...]:
        return tuple(name.lower().lstrip("@") for name in self.cleaned_data["allowed_domains"])

    def settings(self) -> Settings:
        """What the service stores."""
        given = self.cleaned_data
        return Settings(
            issuer=given["issuer"],
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            allowed_domains=given["allowed_domains"],
            second_step=SecondStep(given["second_step"]),
            makes_accounts=given["makes_accounts"],
            is_open=given["is_open"],
            is_required=given["is_required"],
            keep_password=tuple(int(pk) for pk in given["keep_password"]),
        )


class IssuerForm(forms.Form):
    """The one thing that a try of the connection needs."""

    issuer = forms.URLField(max_length=300, assume_scheme="https")


class FindForm(forms.Form):
    """The name of a company's address of single sign-on."""

    name = forms.SlugField(
        label=_("Your company's log-in name"),
        max_length=80,
        help_text=_("Your administrator has told it to you. It looks like “northgate-it-4f7k2p”."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].lower()
        if sign_ons.open_address(name) is None:
            raise ValidationError(_("Nobody logs in under this name. Check how it is written."))
        return name


class ConfirmForm(forms.Form):
    """The portal's own password, once."""

    password = forms.CharField(
        label=_("Your password of this portal"),
        max_length=_LONGEST_SECRET,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
