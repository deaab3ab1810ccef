"""The first hour of a provider: the set-up link, then five steps that can wait."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.enums import Answer, DataClass, JobState, Role, ToolDecision, TrainsOnData
from audits.models import AITool, Audit, ChecklistItem, Client, Provider, User
from audits.queries import welcome as queries
from audits.services import demo, set_up
from tests import casts
from tests.factories import PASSWORD, World
from tests.second_factor import protect

FORM = {
    "company": "Quay Managed IT",
    "name": "Ada Quay",
    "email": "ada@quay.example",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def founder() -> Browser:
    """Somebody who has used the set-up link and set up a second factor."""
    browser = Browser()
    address = reverse("set_up", kwargs={"token": set_up.new_link()})
    answer = browser.post(address, FORM)
    assert (answer.status_code, answer["Location"]) == (302, reverse("welcome"))
    assert browser.get(reverse("welcome"))["Location"] == reverse("second_factor")
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200  # no password once more
    protect(User.objects.get())
    return browser


def _step(key: str) -> str:
    return reverse("welcome_step", kwargs={"step": key})


@pytest.mark.django_db
def test_set_up_page_keeps_what_was_typed_and_names_the_field() -> None:
    address = reverse("set_up", kwargs={"token": set_up.new_link()})
    for wrong, said in (
        ({"again": "another one entirely"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "too short"),
    ):
        page = Browser().post(address, {**FORM, **wrong}).content.decode()
        assert said in page
        assert 'value="Quay Managed IT"' in page
        assert PASSWORD not in page
    assert not User.objects.exists()


@pytest.mark.django_db
def test_welcome_leads_through_what_is_still_open(founder: Browser) -> None:
    assert founder.get(reverse("welcome"))["Location"] == _step("company")
    # The name that set-up asked for, kept as it is: now it has been looked at.
    assert founder.post(_step("company"), {"name": FORM["company"]})["Location"] == _step("client")
    assert "A client comes first" in founder.get(_step("tool")).content.decode()
    client = {"name": "Harbour Dental", "time_zone": "UTC"}
    assert founder.post(_step("client"), client)["Location"] == _step("tool")
    tool = {
        "name": "Dictation",
        "data_class": DataClass.HEALTH,
        "trains_on_data": TrainsOnData.UNKNOWN,
        "decision": ToolDecision.UNDECIDED,
    }
    assert founder.post(_step("tool"), tool)["Location"] == _step("checklist")
    page = founder.get(_step("checklist")).content.decode()
    assert "Where you stand" not in page
    given = {"answer": Answer.PARTLY, "reason": "", "owner_name": "", "due": "", "note": ""}
    assert founder.post(_step("checklist"), given)["Location"] == _step("colleague")
    assert reverse("team_invite") in founder.get(_step("colleague")).content.decode()
    assert "4 of 5 steps" in founder.get(reverse("fleet")).content.decode()
    asked = {"email": "bo@quay.example", "role": Role.TECHNICIAN, "reach": "every"}
    assert founder.post(reverse("team_invite"), asked)["Location"] == reverse("team")
    assert reverse("welcome") not in founder.get(reverse("fleet")).content.decode()


@pytest.mark.django_db
def test_empty_fleet_offers_the_demo_client_beside_the_first_of_ones_own(founder: Browser) -> None:
    founder.post(reverse("welcome_close"))
    page = founder.get(reverse("fleet")).content.decode()
    assert f'href="{reverse("client_new")}"' in page
    assert f'<a class="button" href="{_step("client")}">Try it on a demo client</a>' in page
    assert reverse("welcome_demo") in founder.get(_step("client")).content.decode()


@pytest.mark.django_db
def test_set_up_is_gone_for_everybody_once_it_was_used(founder: Browser) -> None:
    assert founder.get("/accounts/set-up/anything/").status_code == 404
    assert Browser().get("/accounts/set-up/anything/").status_code == 404


def test_welcome_offers_a_demo_client_with_a_real_audit(world: World, storage_folder: Path) -> None:
    browser = Browser()
    browser.force_login(world.ours.admin)
    assert reverse("welcome_demo") in browser.get(_step("client")).content.decode()
    begin = {"begin": "demo"}
    assert browser.post(reverse("welcome_demo"), begin).status_code == 302
    with tenancy.system_scope("the test looks at what is stored"):
        made = Client.objects.get(name=demo.CLIENTS[0].name)
        assert made.provider_id == world.ours.provider.pk
        audit = Audit.objects.get(client=made)
        assert audit.job is not None
        assert (audit.job.state, audit.document) == (JobState.QUEUED, None)
    again = browser.post(reverse("welcome_demo"), begin, follow=True).content.decode()
    assert "is there already" in again
    technician = Browser()
    technician.force_login(world.ours.technician)
    assert technician.post(reverse("welcome_demo"), begin).status_code == 404
    assert len(list(storage_folder.iterdir())) == 3


def test_welcome_step_can_be_put_off_and_taken_up_again(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.admin)
    with world.ours.scope():
        assert Provider.objects.get().welcome_skipped == []
    browser.post(reverse("welcome_skip", kwargs={"step": "checklist"}))
    with world.ours.scope():
        assert Provider.objects.get().welcome_skipped == ["checklist"]
    assert browser.get(reverse("welcome"))["Location"] != _step("checklist")
    page = browser.get(_step("checklist")).content.decode()
    assert "Skipped" in page
    answer = {"answer": Answer.YES, "reason": "", "owner_name": "", "due": "", "note": ""}
    browser.post(_step("checklist"), answer)
    with world.here.scope():
        assert ChecklistItem.objects.get().answer == Answer.YES
    with world.sibling.scope():
        assert ChecklistItem.objects.get().answer == Answer.UNANSWERED


@pytest.mark.parametrize(
    ("values", "done"),
    [
        ({}, 0),
        ({"logo_digest": "0123456789abcdef"}, 1),
        ({"presented_at": timezone.now()}, 1),
    ],
)
def test_welcome_asks_how_the_company_looks_until_somebody_said_so(
    world: World, values: dict[str, object], done: int
) -> None:
    with world.ours.scope():
        Provider.objects.update(**{"logo_digest": "", "presented_at": None, **values})
        provider = Provider.objects.get()
        assert queries.of_provider(provider).step("company").done == done


def test_welcome_is_no_longer_offered_once_closed(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.admin)
    assert reverse("welcome") in browser.get(reverse("fleet")).content.decode()
    browser.post(reverse("welcome_close"))
    assert reverse("welcome") not in browser.get(reverse("fleet")).content.decode()
    technician = Browser()
    technician.force_login(world.theirs.technician)
    assert reverse("welcome") not in technician.get(reverse("fleet")).content.decode()


@pytest.mark.parametrize("step", ["nonsense", "company/../client"])
def test_welcome_knows_no_other_step(world: World, step: str) -> None:
    browser = Browser()
    browser.force_login(world.ours.admin)
    for address in (f"/welcome/{step}/", f"/welcome/{step}/skip/"):
        assert browser.post(address).status_code == 404


def test_welcome_tool_step_adds_to_a_client_of_the_own_provider(world: World) -> None:
    browser = Browser()
    browser.force_login(world.theirs.admin)
    tool = {
        "name": "Scheduling helper",
        "data_class": DataClass.HEALTH,
        "trains_on_data": TrainsOnData.UNKNOWN,
        "decision": ToolDecision.UNDECIDED,
    }
    assert browser.post(_step("tool"), tool).status_code == 302
    with world.stranger.scope():
        assert AITool.objects.filter(name="Scheduling helper").exists()
    for cast in (world.here, world.sibling):
        with cast.scope():
            assert not AITool.objects.filter(name="Scheduling helper").exists()
