from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from audits.models import SetUpLink
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def _said(*arguments: str) -> str:
    out = StringIO()
    call_command("set_up_link", "--address", "https://portal.example/", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_a_link_that_opens_the_set_up_page() -> None:
    said = _said("--if-empty")
    assert said.startswith(
        "Set up the portal within 24 hours, once: https://portal.example/accounts/set-up/"
    )
    path = said.split("https://portal.example", 1)[1].strip()
    assert Browser().get(path).status_code == 200
    make_user("first@quay.example")
    assert Browser().get(path).status_code == 404


def test_command_prints_the_public_address_before_any_other(settings: Settings) -> None:
    settings.MIA_PUBLIC_URL = "https://public.example"
    assert "once: https://public.example/accounts/set-up/" in _said()
    settings.MIA_PUBLIC_URL = ""
    with pytest.raises(CommandError, match="Say where the portal is"):
        call_command("set_up_link")


def test_command_is_silent_or_refuses_once_somebody_has_an_account() -> None:
    make_user("first@quay.example")
    assert _said("--if-empty") == ""
    with pytest.raises(CommandError, match="is set up"):
        _said()
    assert not SetUpLink.objects.exists()
