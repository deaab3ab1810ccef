"""Lists of clients: looked over first, then set up in one go, never beyond what one may give."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from audits import tenancy
from audits.models import (
    Activity,
    Client,
    ClientGroupMember,
    Grant,
    ProviderActivity,
)
from tests import casts
from tests.chains import details
from tests.factories import CLIENT, GROUP, World
from tests.web.reading import browser_of, words

UPLOAD, COLUMNS = "/clients/import/", "/clients/import/columns/"
HEAD = "Company,Sector,Contact,Mail,Segment,Engineer\n"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def looked_at(browser: Browser, text: str) -> tuple[str, dict[str, str]]:
    """Upload a list; the words of the preview and the fields that it would send back."""
    answer = browser.post(UPLOAD, {"file": SimpleUploadedFile("clients.csv", text.encode())})
    html = answer.content.decode()
    assert answer.status_code == 200
    hidden = re.findall(r'<input type="hidden" name="(text|seen)" value="([^"]*)"', html)
    chosen = re.findall(r'<select name="(\w+)".*?<option value="([^"]*)" selected', html, re.DOTALL)
    return words(html), {name: unescape(value) for name, value in [*hidden, *chosen]}


def names_of(world: World) -> set[str]:
    with tenancy.system_scope("the test looks at what is stored"):
        rows = Client.objects.filter(provider=world.ours.provider)
        return set(rows.values_list("name", flat=True))


def test_list_is_shown_before_anything_is_written_and_then_set_up(world: World) -> None:
    person = world.ours.technician_of_none
    text = (
        HEAD
        + f"Quay Dental,Dentist,Ada Quay,ada@quay.example,{GROUP},{person.email}\n"
        + "Bay Loans,Lender,,,,\n"
        + f"{CLIENT},,,,,\n"
        + "bay loans,,,,,\n"
    )
    browser, before = browser_of(world, "admin"), names_of(world)
    said, fields = looked_at(browser, text)
    assert names_of(world) == before
    assert "Set up 2 clients" in said
    assert "a client of yours already" in said
    assert "the same as row 3" in said
    answer = browser.post(COLUMNS, {**fields, "confirmed": "on"}, follow=True)
    assert "2 clients are set up" in words(answer.content.decode())
    assert names_of(world) - before == {"Quay Dental", "Bay Loans"}
    again = browser.post(COLUMNS, {**fields, "confirmed": "on"}, follow=True)
    assert "Nothing was added" in words(again.content.decode())  # sent twice: nothing twice
    with tenancy.system_scope("the test looks at what is stored"):
        assert Client.objects.filter(provider=world.ours.provider, name="Bay Loans").count() == 1
    with tenancy.system_scope("the test looks at what is stored"):
        made = Client.objects.get(name="Quay Dental")
        assert (made.industry, made.contact_name) == ("Dentist", "Ada Quay")
        assert made.contact_email == "ada@quay.example"
        assert ClientGroupMember.objects.filter(client=made, group=world.ours.group).exists()
        assert Grant.objects.filter(client=made, membership__user=person).exists()
        assert Activity.objects.filter(client=made, verb="created").count() == 1
    with world.ours.scope():
        lines = ProviderActivity.objects.filter(verb="changed").order_by("-pk")[:2]
        told = [details(line)["clients_added"] for line in lines]
    assert told == [["Quay Dental"], ["Quay Dental"]]


def test_technician_gives_neither_groups_nor_grants(world: World) -> None:
    """Who may set up clients but not hand them out learns nothing of groups and team."""
    text = HEAD + f"One,,,,{GROUP},\nTwo,,,,,{world.ours.admin.email}\nThree,,,,,\n"
    said, fields = looked_at(browser_of(world, "technician"), text)
    assert "names no group that you can give" in said
    assert "nobody in your team, or not for you to give" in said
    assert "Set up 1 client" in said
    browser_of(world, "technician").post(COLUMNS, {**fields, "confirmed": "on"})
    assert {"One", "Two", "Three"} & names_of(world) == {"Three"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("=cmd(),,,,,", "begins as a formula"),
        (",Dentist,,,,", "is empty"),
        ("Harbour,,,not-an-address,,", "is no e-mail address"),
        ("x" * 201 + ",,,,,", "longer than 200 characters"),
        ("Harbour,,,,Nowhere,", "names no group"),
    ],
)
def test_row_that_cannot_be_is_named_and_left_out(world: World, row: str, said: str) -> None:
    before, browser = names_of(world), browser_of(world, "admin")
    shown, fields = looked_at(browser, f"{HEAD}{row}\n")
    assert said in shown
    assert "row 2" in shown
    browser.post(COLUMNS, {**fields, "confirmed": "on"})
    assert names_of(world) == before


def test_group_and_people_of_another_provider_are_nobody(world: World) -> None:
    with world.theirs.scope():
        assert world.theirs.group.name == GROUP
    text = HEAD + f"One,,,,,{world.theirs.technician.email}\nTwo,,,,{GROUP},\n"
    browser = browser_of(world, "admin")
    said, fields = looked_at(browser, text)
    assert "nobody in your team" in said
    browser.post(COLUMNS, {**fields, "confirmed": "on"})
    with tenancy.system_scope("the test looks at what is stored"):
        made = Client.objects.get(name="Two")
        assert made.provider_id == world.ours.provider.pk
        member = ClientGroupMember.objects.get(client=made)
        assert member.group_id == world.ours.group.pk


def test_columns_that_were_not_looked_at_are_shown_first(world: World) -> None:
    browser, before = browser_of(world, "admin"), names_of(world)
    _said, fields = looked_at(browser, HEAD + "One,Two,,,,\n")
    answer = browser.post(COLUMNS, {**fields, "name": "1", "confirmed": "on"})
    assert answer.status_code == 200
    assert names_of(world) == before
