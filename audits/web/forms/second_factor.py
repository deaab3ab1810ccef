from typing import Any, cast

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST_NAME = 80
_DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


# What the library's parser raises for JSON that is no credential.
_MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)


def _refused() -> forms.ValidationError:
    return forms.ValidationError(_("That passkey was not accepted. Load the page and try again."))


class _AskedForCode(forms.Form):
    """One field for digits, which a phone shows its number pad for."""

    help_text = _("Six digits from your authenticator app, or one of your recovery codes.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        field = cast("forms.CharField", self.fields["code"])
        field.label, field.help_text = _("Code"), self.help_text
        field.widget = forms.TextInput(attrs=_DIGITS)


class CodeForm(_AskedForCode, AuthenticateForm):  # type: ignore[misc]
    """The second step of a log-in."""


class ConfirmByCodeForm(_AskedForCode, ReauthenticateForm):  # type: ignore[misc]
    """A code instead of the password, before something dangerous."""


class ActivateAppForm(_AskedForCode, ActivateTOTPForm):  # type: ignore[misc]
    """The first code that an authenticator app shows: it proves that the app has the secret."""

    help_text = _("The six digits that the app shows now.")


class _Answered(forms.Form):
    """What a browser answers for a passkey: of any other shape it is wrong, not an accident."""

    def clean_credential(self) -> Any:  # noqa: ANN401 - the library's own signature
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _MISSHAPEN as error:
            raise _refused() from error


class PasskeyLogInForm(_Answered, LoginWebAuthnForm):  # type: ignore[misc]
    """A log-in by passkey alone."""


class PasskeyStepForm(_Answered, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step of a log-in."""


class ConfirmByPasskeyForm(_Answered, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of the password, before something dangerous."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey logs in alone unless the person has a plain security key."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=_LONGEST_NAME,
        help_text=_("How you will know it again: the device, or where the key hangs."),
    )
    passwordless = forms.BooleanField(
        label=_("Log in with it alone"),
        required=False,
        initial=True,
        help_text=_(
            "No password is asked for: the device checks fingerprint, face or PIN. Clear this for a"
            " plain security key, which then stands beside your password."
        ),
    )

    def clean(self) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", super().clean())
        except _MISSHAPEN as error:
            raise _refused() from error
