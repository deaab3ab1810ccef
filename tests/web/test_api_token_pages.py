"""The pages of API tokens: made and shown once, listed without their secret, revoked."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audits.models import ApiToken, User
from tests import casts
from tests.factories import World
from tests.tokens import change, make_token, program
from tests.web.reading import browser_of, proven, words

FORM = {"name": "Nightly build", "scopes": ["read"], "days": "90"}
TOKEN = re.compile(r"mia_[0-9A-Za-z]{57}")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def kept(world: World) -> list[str]:
    with world.ours.scope():
        return list(ApiToken.objects.order_by("pk").values_list("name", flat=True))


def test_token_is_shown_once_and_works(world: World) -> None:
    browser = proven(world, "technician")
    answer = browser.post(reverse("token_new"), {**FORM, "scopes": ["read", "results"]})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"
    (text,) = TOKEN.findall(html)
    shown = unescape(words(html))
    assert "js/copy.js" in html
    ends = date_format(timezone.localdate() + timedelta(days=90), "j M Y")
    assert f"Ends on {ends}" in words(html)
    assert 'curl -H "Authorization: Bearer $MIA_TOKEN" http://testserver/api/v1/clients/' in shown
    found = program(text).get(reverse("api:clients")).json()
    assert found["count"] == 2
    for name in ("tokens", "token_new"):
        page = browser.get(reverse(name)).content.decode()
        assert TOKEN.findall(page) == []
    listed = words(browser.get(reverse("tokens")).content.decode())
    assert f"Nightly build {text[:12]}…" in listed
    assert "just now from 127.0.0.1" in listed


def test_token_is_kept_in_no_session(world: World) -> None:
    browser = proven(world, "owner")
    (text,) = TOKEN.findall(browser.post(reverse("token_new"), FORM).content.decode())
    assert text[12:55] not in str(dict(browser.session.items()))


def test_token_is_made_only_by_somebody_who_proved_it_lately(world: World) -> None:
    before = kept(world)
    browser = browser_of(world, "owner")
    for answer in (browser.get(reverse("token_new")), browser.post(reverse("token_new"), FORM)):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (
            302,
            reverse("account_reauthenticate"),
        )
    assert kept(world) == before
    assert proven(world, "owner").post(reverse("token_new"), FORM).status_code == 200
    assert len(kept(world)) == len(before) + 1


def test_form_offers_no_more_than_the_person_may(world: World) -> None:
    offered = {}
    for person in ("technician", "technician_of_first", "owner", "viewer"):
        html = proven(world, person).get(reverse("token_new")).content.decode()
        offered[person] = (
            re.findall(r'<input type="checkbox" name="scopes" value="([^"]+)"', html),
            len(re.findall(r'<input type="checkbox" name="clients"', html)),
        )
    every = ["read", "results", "audits:start", "audits:cancel"]
    assert offered == {
        "technician": (every, 2),
        "technician_of_first": (every, 0),
        "owner": (["read"], 0),
        "viewer": (["read"], 0),
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["audits:start"]}, "scopes"),
        ({"days": "366"}, "days"),
        ({"days": ""}, "days"),
    ],
)
def test_form_names_the_field_that_is_wrong_and_keeps_the_rest(
    world: World, fields: dict[str, object], field: str
) -> None:
    before = kept(world)
    answer = proven(world, "viewer").post(reverse("token_new"), {**FORM, **fields})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert set(re.findall(r'href="#id_([a-z]+)', html)) == {field}
    if field != "name":
        assert 'value="Nightly build"' in html
    assert kept(world) == before


@pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
def test_form_knows_no_client_of_somebody_else(world: World, neighbour: str) -> None:
    foreign = getattr(world, neighbour).client
    with getattr(world, neighbour).scope():
        assert type(foreign).objects.filter(pk=foreign.pk).exists()
    person = "technician" if neighbour == "stranger" else "technician_of_first"
    before, errors = kept(world), []
    for pk in (foreign.pk, 10**9):
        answer = proven(world, person).post(reverse("token_new"), {**FORM, "clients": [pk]})
        html = answer.content.decode()
        if neighbour == "sibling":  # who opens one client is asked for none
            (text,) = TOKEN.findall(html)
            found = program(text).get(reverse("api:clients")).json()["results"]
            assert [row["slug"] for row in found] == [world.here.client.slug]
        else:
            errors.append(words(html).replace(f"choice. {pk} is", "choice. … is"))
            assert kept(world) == before
    assert len(set(errors)) <= 1


def test_token_for_one_client_names_it_in_the_list(world: World) -> None:
    browser = proven(world, "technician")
    browser.post(reverse("token_new"), {**FORM, "clients": [world.sibling.client.pk]})
    listed = words(browser.get(reverse("tokens")).content.decode())
    assert f"Only: {world.sibling.client.name}" in listed


def revoked(world: World, browser: Browser, token: ApiToken) -> int:
    status = browser.post(reverse("token_revoke", args=[token.pk])).status_code
    change(token)
    return status


def test_person_revokes_an_own_token_and_is_asked_first(world: World) -> None:
    token, text = make_token(world.ours.owner, world.ours.provider)
    browser = browser_of(world, "owner")
    assert program(text).get(reverse("api:clients")).status_code == 200
    asked = words(browser.get(reverse("token_revoke", args=[token.pk])).content.decode())
    assert f"The token {token.prefix}… of {world.ours.owner.email} stops" in asked
    change(token)
    assert token.revoked_at is None
    assert revoked(world, browser, token) == 302
    assert token.revoked_at is not None
    assert program(text).get(reverse("api:clients")).status_code == 401
    again = browser.post(reverse("token_revoke", args=[token.pk]), follow=True)
    assert "This token has been revoked already." in again.content.decode()


def test_administrator_sees_and_revokes_tokens_of_the_own_people(world: World) -> None:
    now = timezone.now()
    mine, _ = make_token(world.ours.admin, world.ours.provider, name="Own of the administrator")
    staff, text = make_token(world.ours.technician, world.ours.provider, last_used_at=now)
    make_token(world.theirs.technician, world.theirs.provider, name="Elsewhere")
    browser = browser_of(world, "admin")
    html = browser.get(reverse("tokens_people")).content.decode()
    listed = words(html)
    assert f"{staff.prefix}… · {world.ours.technician.email}" in listed
    assert f"{world.ours.owner_token.prefix}… · {world.ours.owner.email}" in listed
    assert mine.name not in listed
    assert "Elsewhere" not in listed
    assert staff.digest not in html
    answer = browser.post(reverse("token_revoke", args=[staff.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("tokens_people"))
    assert program(text).get(reverse("api:clients")).status_code == 401


@pytest.mark.parametrize(
    "person",
    ["technician", "technician_of_first", "technician_of_none", "owner", "contributor", "viewer"],
)
def test_nobody_else_sees_or_revokes_tokens_of_others(world: World, person: str) -> None:
    """Staff may read the rows of their provider, and still may not touch them."""
    other: User = world.ours.admin
    token, _ = make_token(other, world.ours.provider)
    foreign = world.theirs.owner_token
    with world.theirs.scope():
        assert ApiToken.objects.filter(pk=foreign.pk).exists()
    browser = browser_of(world, person)
    assert browser.get(reverse("tokens_people")).status_code == 404
    absent = reverse("token_revoke", args=[10**9])
    for method in (browser.get, browser.post):
        nothing = method(absent)
        for pk in (token.pk, foreign.pk):
            answer = method(reverse("token_revoke", args=[pk]))
            assert (answer.status_code, answer.content) == (404, nothing.content)
    change(token)
    assert token.revoked_at is None
    assert token.prefix not in browser.get(reverse("tokens")).content.decode()


def test_administrator_of_another_provider_reaches_nothing(world: World) -> None:
    token = world.ours.owner_token
    browser = Browser()
    browser.force_login(world.theirs.admin)
    assert browser.post(reverse("token_revoke", args=[token.pk])).status_code == 404
    change(token)
    assert token.revoked_at is None


def test_lists_without_tokens_teach(world: World) -> None:
    own = words(browser_of(world, "viewer").get(reverse("tokens")).content.decode())
    assert "No API tokens yet" in own
    change(world.ours.owner_token, user=world.ours.owner)
    with world.ours.scope():
        assert ApiToken.objects.count() == 1
    people = words(browser_of(world, "admin").get(reverse("tokens_people")).content.decode())
    assert world.ours.owner.email in people
