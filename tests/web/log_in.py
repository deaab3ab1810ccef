"""Logging in as a browser does it: address and password, then the second step."""

from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from audits.models import OutgoingMail, User
from audits.services import mail
from tests.factories import PASSWORD

LOG_IN, SECOND_STEP = "account_login", "mfa_authenticate"


def forget_tries() -> None:
    """Failed log-ins are counted for minutes, which outlasts a test."""
    cache.clear()


def last_letter() -> mail.Letter:
    """The newest letter to anybody, as its reader gets it."""
    return mail.read(OutgoingMail.objects.latest("pk"))


def after_password(user: User, *, password: str = PASSWORD, next_page: str = "") -> Browser:
    """A browser that has sent the right password and nothing else."""
    browser = Browser()
    sent = {"login": user.email, "password": password, "next": next_page}
    answer = browser.post(reverse(LOG_IN), sent)
    assert answer.status_code == 302, answer.content.decode()
    return browser


def is_in(browser: Browser) -> bool:
    """Say whether the browser gets to see the person's own page."""
    return browser.get(reverse("security")).status_code == 200


def logged_in(user: User) -> Browser:
    """A browser of somebody without a second factor, logged in a moment ago."""
    browser = after_password(user)
    assert is_in(browser)
    return browser
