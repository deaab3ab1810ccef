"""How a page is reached: by its address, and where that is not enough by what is pressed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.conftest import enter_code
from tests.e2e.people import PASSWORD
from tests.second_factor import SECRET


@dataclass(frozen=True, kw_only=True)
class Way:
    """A page at an address, and then, or instead of the answer there, something else."""

    path: str
    then: Callable[[Page], None] | None = None
    instead: str = ""
    leads_on: bool = False  # the address itself sends the browser to another one


Place = str | Way
Places = Mapping[str, Place]


def go(page: Page, place: Place, *, scripts: bool = True) -> None:
    """Open the page, confirm on the way who it is, and see that it is this page and no other."""
    way = place if isinstance(place, Way) else Way(path=place)
    if way.instead:
        page.route(  # once: while a page is listened to, its browser keeps nothing
            way.path,
            lambda route: route.fulfill(body=way.instead, content_type="text/html"),
            times=1,
        )
    reply = page.goto(way.path)
    assert reply is not None
    assert reply.status == 200, way.path
    if not way.leads_on and _path(page.url) != _path(way.path):
        _confirm(page)
        assert _path(page.url) == _path(way.path), way.path
    if way.then is not None:
        way.then(page)
    if scripts and page.locator("[data-chart-canvas]").count():
        expect(page.locator("[data-chart-canvas] svg.main-svg").first).to_be_attached()


def _path(address: str) -> str:
    return urlsplit(address).path


def _confirm(page: Page) -> None:
    """Where the portal asks once more who it is, say so as the person would."""
    if "/reauthenticate/code/" in page.url:
        enter_code(page, SECRET, button="Confirm")
    elif "/reauthenticate/" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Confirm").click()


def pressed(name: str) -> Callable[[Page], None]:
    """Press the button of that name; on a page where it was pressed already there is none."""

    def press(page: Page) -> None:
        button = page.get_by_role("button", name=name, exact=True)
        if button.count():
            with page.expect_navigation():
                button.first.click()

    return press


def ticked(name: str, *, unfold: bool = False) -> Callable[[Page], None]:
    """Tick the first row of a list and press the button below it."""

    def press(page: Page) -> None:
        listed = page.url
        page.locator("tbody input[type=checkbox]").first.check()
        if unfold:
            page.locator(".bulk-more > summary").click()
        button = page.locator("#bulk").get_by_role("button", name=name, exact=True)
        with page.expect_navigation():
            button.click()
        if "/reauthenticate/" in page.url:
            _confirm(page)
            page.goto(listed)
            press(page)

    return press


def second_step(who: str) -> Callable[[Page], None]:
    """Give the password, and no code yet."""

    def enter(page: Page) -> None:
        page.get_by_label("Email").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_url(re.compile("/accounts/second-step/"))

    return enter
