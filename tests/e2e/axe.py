"""What is wrong with a page: for axe, in both themes, at both widths, and sideways."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.ways import Place, go

_NARROW, _WIDE = 320, 1280
# Colours are the slow rules. They depend on the theme and not on the width: every rule runs wide in
# the light theme, all but these on the narrow screen, these alone in the dark theme.
_OF_COLOUR = ["color-contrast", "link-in-text-block"]
_COLOUR_ALONE = {"runOnly": {"type": "rule", "values": _OF_COLOUR}}
_ALL_BUT_COLOUR = {"rules": {rule: {"enabled": False} for rule in _OF_COLOUR}}
Runs = tuple[tuple[int, dict[str, Any] | None], ...]
_EVERY_RULE: Runs = ((_NARROW, _ALL_BUT_COLOUR), (_WIDE, None))
ON_A_PHONE: Runs = ((_NARROW, None),)
Themes = tuple[tuple[Literal["light", "dark"], Runs], ...]
BOTH_THEMES: Themes = (("light", _EVERY_RULE), ("dark", ((_WIDE, _COLOUR_ALONE),)))
_ALTERNATELY: tuple[Themes, ...] = ((("light", _EVERY_RULE),), (("dark", _EVERY_RULE),))


# What axe finds in order is not gathered, and of a violation only the first place is told.
_FOUND = """options => axe.run({...options, resultTypes: ["violations"]}).then(
    found => found.violations.map(one => one.id + ": " + one.nodes[0].html.slice(0, 200)))"""


def _violations(page: Page, options: dict[str, Any] | None) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(_FOUND, options or {})
    return found


def problems(page: Page, name: str, runs: Runs = _EVERY_RULE) -> list[str]:
    """What is wrong with the page as it stands, at each width by these rules."""
    found = []
    for width, options in runs:
        page.set_viewport_size({"width": width, "height": 900})
        said = _violations(page, options)
        if page.evaluate(
            "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
        ):
            said.append("scrolls sideways")
        found += [f"{name} at {width}: {one}" for one in said]
    return found


def one_theme(number: int) -> Themes:
    """Every rule in a single theme: of pages one after the other, the light and the dark one."""
    return _ALTERNATELY[number % 2]


def visit(page: Page, name: str, place: Place, themes: Themes = BOTH_THEMES) -> list[str]:
    """In these themes, each on a fresh load: a change of theme fades."""
    found = []
    for scheme, runs in themes:
        page.emulate_media(color_scheme=scheme)
        go(page, place)
        found += problems(page, f"{name}, {scheme}", runs)
    return found
