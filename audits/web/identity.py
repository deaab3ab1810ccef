"""What the log-in library asks of this installation."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from audits import storage
from audits.enums import MailKind
from audits.models import User
from audits.queries.sessions import device_of
from audits.services import mail
from audits.web import addresses, reauthentication, sign_on_answers

_PURPOSE = b"second factor"
_STAGES = {"allauth.mfa.stages.AuthenticateStage": "audits.web.second_step.SecondStep"}

_NOTICES_LAST = timedelta(days=7)


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: people are invited by their provider."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's signature
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:  # noqa: ANN401 - the library's signature
        """After the password was right: staff of some providers must come another way."""
        instead = sign_on_answers.instead_of_password(request, user)
        response: HttpResponse | None = instead or super().pre_login(request, user, **kwargs)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Letters of the library go the way of all others."""
        site = get_current_site(self.request)
        site.domain = addresses.own_name(self.request)
        shown = {"request": self.request, "current_site": site}
        letter = self.render_mail(template_prefix, email, {**shown, "email": email, **context})
        is_key = template_prefix.endswith("password_reset_key")
        lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT) if is_key else _NOTICES_LAST
        mail.send(
            recipient=email,
            kind=MailKind.ACCOUNT,
            subject=letter.subject,
            body=letter.body,
            lasts=lasts,
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a letter: it leads to us, whatever the request called us."""
        found = urlsplit(super().get_reset_password_from_key_url(key))
        return addresses.absolute(self.request, found.path)

    def get_login_stages(self) -> list[str]:
        return [_STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        return addresses.client_ip(request)

    def is_reauthentication_required(self, *, app: str, **_kwargs: Any) -> bool:  # noqa: ANN401, ARG002 - the library's signature
        """A log-in of a few minutes ago proves as much as a password typed again."""
        return not reauthentication.is_recent_in_person(cast("HttpRequest", context.request))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets encrypted, and names things as people know them."""

    error_messages = {  # noqa: RUF012 - the library's own way
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Take the newest one that the app shows."),
    }

    def encrypt(self, text: str) -> str:
        return storage.seal_text(text, context=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return storage.unseal_text(encrypted_text, context=_PURPOSE)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002, ARG002 - the library's signature
        return device_of(context.request.META.get("HTTP_USER_AGENT", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "MIA Portal"}
