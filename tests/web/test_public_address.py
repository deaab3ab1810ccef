"""What leads back to us says the operator's address, whatever a request calls itself."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.enums import Role
from audits.models import OutgoingMail, Report
from audits.services import mail
from tests import casts
from tests.factories import World
from tests.web.log_in import forget_tries
from tests.web.reading import address, proven

PUBLIC = "https://portal.example:8443"
# A request may call us by any port: the list of names knows none.
CLAIMED = {"host": "localhost:1234"}


@pytest.fixture
def world(cast_of_app: World, settings: Settings) -> Iterator[World]:
    forget_tries()
    settings.MIA_PUBLIC_URL = PUBLIC
    with casts.undone(cast_of_app) as lent:
        yield lent


def letter_to(email: str) -> str:
    return mail.read(OutgoingMail.objects.filter(recipient=email).latest("pk")).body


def test_invitation_leads_to_the_public_address(world: World) -> None:
    sent = {"email": "zoe@elsewhere.example", "role": Role.CLIENT_VIEWER}
    answer = proven(world, "owner").post(address(world, "people_invite"), sent, headers=CLAIMED)
    assert answer.status_code == 302
    body = letter_to(sent["email"])
    assert f"{PUBLIC}/join/" in body
    assert "1234" not in body


def test_letter_about_a_password_leads_to_the_public_address(world: World) -> None:
    email = world.ours.owner.email
    answer = Browser().post(reverse("account_reset_password"), {"email": email}, headers=CLAIMED)
    assert answer.status_code == 302
    body = letter_to(email)
    assert f"{PUBLIC}/accounts/" in body
    assert "MIA Portal, portal.example:8443" in body
    assert "1234" not in body


def test_report_names_the_public_address_to_ask_at(world: World) -> None:
    browser = proven(world, "owner")
    assert browser.post(address(world, "report_new", "audit"), headers=CLAIMED).status_code == 302
    with world.here.scope():
        made = Report.objects.latest("pk")
        assert made.data["check_at"] == "portal.example:8443/verify/"


def test_without_one_a_link_begins_as_the_request_did(world: World, settings: Settings) -> None:
    settings.MIA_PUBLIC_URL = ""
    sent = {"email": "zoe@elsewhere.example", "role": Role.CLIENT_VIEWER}
    proven(world, "owner").post(address(world, "people_invite"), sent)
    assert "http://testserver/join/" in letter_to(sent["email"])
