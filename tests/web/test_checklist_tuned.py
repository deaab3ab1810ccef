"""What a checklist says about the client itself, and what it asks of a provider alone."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.models import ChecklistItem
from audits.services import checklist
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_company_of_the_provider_is_asked_what_its_clients_are_not(world: World) -> None:
    browser = browser_of(world, "technician")
    fields = {"name": "Quay Managed IT", "time_zone": "UTC", "is_house": "on"}
    title = "Is client data left out of training unless the client has given written permission?"
    assert title not in html_of(world, "technician", address(world, "checklist"))
    assert browser.post(address(world, "client_edit"), fields).status_code == 302
    shown = html_of(world, "technician", address(world, "checklist"))
    assert title in shown
    assert "For the provider" in shown
    elsewhere = {"slug": world.sibling.client.slug}
    refused = browser_of(world, "admin").post(reverse("client_edit", kwargs=elsewhere), fields)
    assert "another entry is your own company already" in refused.content.decode().lower()
    theirs = browser_of(world, "admin").get(reverse("checklist", kwargs=elsewhere))
    assert "For the provider" not in theirs.content.decode()


def test_rows_and_cards_say_what_of_the_client_they_are_about(world: World) -> None:
    """The list names the model; the page of the control and the card give its own step first."""
    client = world.here.client
    with world.here.scope():
        checklist.refresh(client=client)
        model = world.here.model
        item = ChecklistItem.objects.get(control="AI-25").pk
    asked = f"Your staff can ask “{model.name}”."
    own = f"“{model.name}” is open to staff: remove accounts of those who do not need it"
    assert asked in words(html_of(world, "owner", address(world, "checklist")))
    page = reverse("checklist_answer", kwargs={"slug": client.slug, "pk": item})
    technical = words(html_of(world, "technician", page))
    assert asked in technical
    assert own in technical
    plain = words(html_of(world, "owner", page))
    assert own not in plain
    assert f"Close the log-ins to “{model.name}” that nobody needs." in plain
    assert "What shows that it is done" in plain
    assert "The list of people who can log in, and the limit that was set." in plain
    card = reverse("checklist_card", kwargs={"slug": client.slug, "pk": item})
    assert f"Close the log-ins to “{model.name}”" in words(html_of(world, "contributor", card))
