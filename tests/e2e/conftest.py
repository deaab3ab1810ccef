"""A browser before a running portal: who is logged in, what it complained about, what it saw."""

import json
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.material import Material, make
from tests.e2e.people import PASSWORD
from tests.second_factor import SECRET, code_at, counter_now
from tests.stack import LiveStack, pause

if TYPE_CHECKING:
    from tests.e2e.pages import Book

_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
_PATIENCE_MILLISECONDS = 60_000
_FAILED = pytest.StashKey[bool]()
_BOOKS: dict[str, "Book"] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    report: Any = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def ask(stack: LiveStack, call: str, *, of: str = "people") -> str:
    """Call a function of tests/e2e/people.py, or of another file, beside the running portal."""
    told = stack.manage("shell", "--no-imports", "-c", f"from tests.e2e import {of}\n{of}.{call}")
    assert told.returncode == 0, told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One browser for a module: Playwright's loop must not outlive it into database tests."""
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return make(tmp_path_factory.mktemp("material"))


@dataclass(kw_only=True)
class Desk:
    """Opens pages for people and keeps every complaint of the browser."""

    browser: Browser
    stack: LiveStack
    sessions: dict[str, Any]
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(
        self,
        who: str = "",
        *,
        scripts: bool = True,
        host: str = "127.0.0.1",
        any_certificate: bool = False,
    ) -> Page:
        """An empty page of a window of its own; `who` is logged in already."""
        context = self.browser.new_context(
            base_url=self.stack.address.replace("127.0.0.1", host),
            viewport={"width": 1280, "height": 900},
            reduced_motion="reduce",
            java_script_enabled=scripts,
            ignore_https_errors=any_certificate,
            storage_state=self._session(who) if who else None,
        )
        context.set_default_timeout(_PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self._listen(said.type, f"{said.text} at {page.url}"))
        page.on("pageerror", lambda error: self.complaints.append(f"{error} at {page.url}"))
        return page

    def become(self, page: Page, who: str) -> None:
        """Hand the window on to somebody else; what it has kept of scripts and styles stays."""
        cookies = self._session(who)["cookies"] if who else []
        page.context.clear_cookies()
        page.context.add_cookies(cookies)

    def _listen(self, kind: str, said: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(said)

    def _session(self, who: str) -> Any:  # noqa: ANN401 - Playwright's own structure
        if who not in self.sessions:
            page = self.page()
            log_in(page, who)
            self.sessions[who] = page.context.storage_state()
            page.context.close()
        return self.sessions[who]


def log_in(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    if "/accounts/second-step/" in page.url:
        enter_code(page, SECRET, button="Log in")
    page.wait_for_url(lambda url: "/accounts/" not in url)


def enter_code(page: Page, secret: str, *, button: str) -> None:
    """Type the code of an app; once more with the next one where the first ran out on the way."""
    asked = page.url
    for _ in range(3):
        tried = counter_now()
        page.get_by_label("Code", exact=True).fill(code_at(tried, secret))
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()
        if page.url != asked:
            return
        while counter_now() == tried:
            pause()
    raise AssertionError(f"no code is taken at {asked}")


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Cookies of everybody who has logged in once."""
    return {}


@pytest.fixture
def desk(
    browser: Browser,
    live_stack: LiveStack,
    sessions: dict[str, Any],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Desk]:
    """Pages to work with; a failed test leaves pictures of them in its own folder."""
    made = Desk(browser=browser, stack=live_stack, sessions=sessions)
    yield made
    for index, context in enumerate(made.contexts):
        for page in context.pages:
            if request.node.stash.get(_FAILED, False):
                page.screenshot(path=tmp_path / f"page-{index}.png", full_page=True)
        context.close()
    assert made.complaints == []


@dataclass(frozen=True, kw_only=True)
class Furnished:
    """A provider whose one client has something of everything, and the other nothing."""

    technician: str
    owner: str
    admin: str
    full: str
    bare: str
    audit: int
    model: int
    dataset: int
    colleague: int
    person: int
    group: int
    join: str


@pytest.fixture(scope="session")
def furnished(live_stack: LiveStack) -> Furnished:
    who = ("robin@furnished.example", "olu@lakeside.example", "ada@furnished.example")
    told = json.loads(ask(live_stack, f"furnish{who!r}"))
    return Furnished(technician=who[0], owner=who[1], admin=who[2], **told)


@pytest.fixture
def book(desk: Desk, furnished: Furnished) -> "Book":
    """Addresses of every page; the audit is waited for once."""
    from tests.e2e import pages  # noqa: PLC0415 - that file needs this one

    if furnished.full not in _BOOKS:
        _BOOKS[furnished.full] = pages.bind(desk, furnished)
    return _BOOKS[furnished.full]
