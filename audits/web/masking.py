"""API tokens are taken out of what is written down: log lines, and letters about errors."""

import logging
import re
from typing import Any

from django.utils.log import AdminEmailHandler
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from audits.services import token_text

_MASK = f"{token_text.START}********"
_TOKEN = re.compile(token_text.PATTERN)


def masked(text: str) -> str:
    """Put a mask over every token in a text, wherever it came from."""
    return _TOKEN.sub(_MASK, text)


class MaskedFormatter(logging.Formatter):
    """A log line with its traceback, without tokens."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class MaskedReporter(ExceptionReporter):
    """What Django tells the operators about an error, without tokens.

    Headers named like a secret are masked by Django itself; this looks at addresses, variables
    and messages as well.
    """

    def get_traceback_html(self) -> SafeString:
        return SafeString(masked(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(masked(super().get_traceback_text()))


class MaskedEmailHandler(AdminEmailHandler):
    """Letters to the operators, where `ADMINS` names some: subject and text without tokens."""

    def send_mail(self, subject: object, message: object, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature, passed on untouched
        super().send_mail(masked(str(subject)), masked(str(message)), *args, **kwargs)
