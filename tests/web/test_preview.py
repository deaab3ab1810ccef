"""“View as client”: staff see what the owner sees, may do no more than both, and save nothing."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.access import actor_for, may, opened
from audits.actors import as_owner
from audits.models import AITool, Grant, User
from audits.rights import ACTIONS
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, words

# What a client's owner opens most, and what only staff open.
OWNERS = ("client", "reports", "checklist", "tools", "audits", "plan")
STAFFS = ("audit_new", "client_edit", "checklist_edition", "tool_import")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def browser(world: World) -> Browser:
    """A technician who looks at the first client as its owner does."""
    found = browser_of(world, "technician")
    assert found.post(address(world, "preview")).status_code == 302
    return found


@pytest.mark.parametrize("name", OWNERS)
def test_page_is_the_very_one_that_the_owner_sees(
    world: World, browser: Browser, name: str
) -> None:
    url = address(world, name)
    # What a page says about the reader's own account is not the client's.
    User.objects.filter(pk=world.ours.owner.pk).update(second_factor_declined_at=timezone.now())
    own = browser_of(world, "owner").get(url).content.decode()
    seen = browser.get(url).content.decode()
    assert words(seen) == words(own)
    assert "Back to my view" in seen
    assert "Back to my view" not in own


def test_nothing_else_is_open_meanwhile(world: World, browser: Browser) -> None:
    for name in STAFFS:
        assert browser.get(address(world, name)).status_code == 404
    notes = {"slug": world.here.client.slug, "kind": "model", "pk": world.here.model.pk}
    elsewhere = reverse("client", kwargs={"slug": world.sibling.client.slug})
    for url in (reverse("notes", kwargs=notes), elsewhere, reverse("fleet"), reverse("vendors")):
        assert browser.get(url).status_code == 404
        assert browser_of(world, "technician").get(url).status_code == 200
    assert browser.get("/").headers["Location"] == address(world, "client")


def test_nothing_is_saved_meanwhile(world: World, browser: Browser) -> None:
    given = {"name": "Slides", "data_class": "internal"}
    answer = browser.post(address(world, "tool_new"), given)
    assert answer.status_code == 403
    assert "nothing was saved" in words(answer.content.decode())
    sent = json.dumps({"model_version": world.here.model_version.pk})
    told = browser.post(address(world, "api:audits"), sent, "application/json")
    assert told.status_code == 403
    with world.here.scope():
        assert not AITool.objects.filter(name="Slides").exists()
    assert browser_of(world, "owner").post(address(world, "tool_new"), given).status_code == 302


def test_own_view_comes_back(world: World, browser: Browser) -> None:
    answer = browser.post(reverse("preview_end"))
    assert answer.headers["Location"] == address(world, "client")
    assert browser.get(reverse("fleet")).status_code == 200
    html = browser.get(address(world, "client")).content.decode()
    assert ("View as client" in html, "Back to my view" in html) == (True, False)


def test_logging_out_works_meanwhile(browser: Browser) -> None:
    assert browser.post(reverse("account_logout")).status_code == 302
    assert browser.get(reverse("glossary")).status_code == 302


def test_ending_what_never_began_leads_home(world: World) -> None:
    answer = browser_of(world, "owner").post(reverse("preview_end"))
    assert answer.headers["Location"] == reverse("home")


def test_choice_of_somebody_else_is_none(world: World) -> None:
    browser = browser_of(world, "technician")
    session = browser.session
    told = {"user": world.ours.admin.pk, "client": world.here.client.pk, "slug": "any"}
    session["as_owner_of"] = told
    session.save()
    assert browser.get(reverse("fleet")).status_code == 200


def test_choice_opens_nothing_once_the_client_is_taken_away(world: World) -> None:
    browser = browser_of(world, "technician_of_first")
    browser.post(address(world, "preview"))
    assert browser.get(address(world, "client")).status_code == 200
    with world.ours.scope():
        Grant.objects.filter(membership__user=world.ours.technician_of_first).delete()
    assert browser.get(address(world, "client")).status_code == 404
    assert browser.post(reverse("acting"), {"provider": 1}).status_code == 403
    assert browser.post(reverse("preview_end")).status_code == 302
    assert browser.get(reverse("fleet")).status_code == 200


def test_owners_eyes_never_see_more_than_the_own_role_and_the_owners(world: World) -> None:
    owner, client = actor_for(world.ours.owner), world.here.client
    for name in ("admin", "technician", "technician_of_first", "technician_of_group"):
        own = actor_for(world.ours.people()[name])
        seen = as_owner(own, client.pk)
        for action in ACTIONS:
            for thing in (client, world.here.model, world.sibling.client, None):
                allowed = may(own, action, thing) and may(owner, action, thing)
                assert may(seen, action, thing) == allowed, (name, action)


def test_whoever_may_not_look_so_stays_who_they_are(world: World) -> None:
    for name in ("owner", "viewer", "contributor", "technician_of_none"):
        own = actor_for(world.ours.people()[name])
        assert as_owner(own, world.here.client.pk) == own
    own = actor_for(world.ours.technician)
    assert as_owner(own, world.stranger.client.pk) == own
    assert as_owner(own, None) == own


def test_scope_is_the_owners(world: World) -> None:
    """The rows of the provider are out of reach of the database itself."""
    slug, pk = world.here.client.slug, world.here.client.pk
    with opened(world.ours.technician, slug=slug, as_owner_of=pk) as (actor, client):
        assert (client, actor.is_staff, actor.only_looks) == (world.here.client, False, True)
        assert not type(world.ours.sheet).objects.filter(pk=world.ours.sheet.pk).exists()
    with opened(world.ours.technician, slug=None, as_owner_of=pk) as (actor, _):
        assert actor.client_ids == {pk}
