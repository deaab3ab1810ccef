"""What leads back to us says the operator's address, whatever a request calls itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.enums import Role
from audits.models import Membership, OutgoingMail, Report, ReportSending
from audits.services import mail
from tests import casts
from tests.datasets import keep_files
from tests.factories import World
from tests.summaries import posted
from tests.web.log_in import forget_tries
from tests.web.reading import address, proven
from tests.web.sign_on.identity_provider import IdentityProvider, started
from tests.web.sign_on.journey import Journey, of, set_up

PUBLIC = "https://portal.example:8443"
# A request may call us by any port: the list of names knows none.
CLAIMED = {"host": "localhost:1234"}


@pytest.fixture
def world(cast_of_app: World, settings: Settings) -> Iterator[World]:
    forget_tries()
    settings.MIA_PUBLIC_URL = PUBLIC
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def provider(tmp_path: Path, settings: Settings) -> Iterator[IdentityProvider]:
    with started(tmp_path) as found:
        settings.MIA_OUTBOUND_ALLOW = [found.endpoint]
        settings.MIA_OUTBOUND_CA_FILE = found.authority
        yield found


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
    asked = posted(world.here.audit)
    answer = browser.post(address(world, "report_make"), asked, headers=CLAIMED)
    assert answer.status_code == 302
    with world.here.scope():
        made = Report.objects.latest("pk")
        assert made.data["check_at"] == "portal.example:8443/verify/"


def test_mailed_link_of_a_report_leads_to_the_public_address(
    world: World, tmp_path: Path, settings: Settings
) -> None:
    settings.STORAGE_URL, settings.MIA_STORAGE_ROOT = f"file://{tmp_path}", tmp_path
    reader = world.ours.owner
    with world.here.scope():
        keep_files(world.here)
        seat = Membership.objects.get(user=reader, client=world.here.client)
        Report.objects.filter(pk=world.here.report.pk).update(held=True)
    technician = proven(world, "technician")
    technician.post(address(world, "report_hand_in", "report"))
    where = address(world, "report_send", "report")
    answer = technician.post(where, {"readers": [seat.pk]}, headers=CLAIMED)
    assert answer.status_code == 302, answer.content.decode()
    with world.here.scope():
        sending = ReportSending.objects.latest("pk")
    body = letter_to(reader.email)
    path = reverse("report_link", kwargs={"slug": world.here.client.slug, "pk": sending.pk})
    assert PUBLIC + path in body
    assert "1234" not in body


def test_single_sign_on_says_and_sends_the_public_address(
    world: World, provider: IdentityProvider
) -> None:
    """What is registered, what people are told and what is asked for: one name for all of it."""
    slug = world.ours.sign_on_address.slug
    entrance = PUBLIC + reverse("sign_on", kwargs={"address": slug})
    callback = PUBLIC + reverse("sign_on_callback", kwargs={"address": slug})
    page = proven(world, "admin").get(reverse("sign_on_settings"), headers=CLAIMED)
    assert re.findall(r"<code id=[^>]+>([^<]+)</code>", page.content.decode()) == [
        callback,
        entrance,
    ]
    set_up(world.ours, provider)
    provider.person, provider.redirect_uris = of(world.ours.technician), {callback}
    browser = Browser(headers=CLAIMED)
    journey = Journey(provider, world.ours.sign_on_address, browser)
    back = journey.authorise(journey.begin())
    assert provider.authorised[-1]["redirect_uri"] == callback
    assert journey.come_back(back.removeprefix(PUBLIC)).status_code == 302
    assert journey.person() == world.ours.technician.pk


def test_without_one_a_link_begins_as_the_request_did(world: World, settings: Settings) -> None:
    settings.MIA_PUBLIC_URL = ""
    sent = {"email": "zoe@elsewhere.example", "role": Role.CLIENT_VIEWER}
    proven(world, "owner").post(address(world, "people_invite"), sent)
    assert "http://testserver/join/" in letter_to(sent["email"])
