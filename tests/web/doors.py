"""Who of the cast asks for a page; everybody logged in once, where page after page is asked for."""

from dataclasses import replace

from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from audits.models import User
from tests.factories import World


def everybody(world: World) -> dict[str, User]:
    """Who has an account, by the columns of the matrix."""
    elsewhere = {"their_admin": world.theirs.admin, "operator": world.here.operator}
    return {**world.ours.people(), **elsewhere}


def browser_of(world: World, name: str) -> Browser:
    browser = Browser()
    people = everybody(world)
    if name in world.sessions:
        browser.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[name]
    elif name in people:
        browser.force_login(people[name])
    return browser


def log_everybody_in(cast: World) -> World:
    """Each has opened a page before, so that the session is known and nothing is written anew."""
    sessions = {name: _session(browser_of(cast, name)) for name in everybody(cast)}
    return replace(cast, sessions=sessions)


def _session(browser: Browser) -> str:
    browser.get(reverse("glossary"))
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)
