"""What is wrong with a page: for axe, in both themes, at both widths, and sideways."""

from functools import cache
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.ways import Place, Way, go

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
_FOUND = """async options => {
    const found = await axe.run({...options, resultTypes: ["violations"]});
    const said = found.violations.map(one => one.id + ": " + one.nodes[0].html.slice(0, 200));
    const sheet = document.scrollingElement;
    return sheet.scrollWidth > sheet.clientWidth ? [...said, "scrolls sideways"] : said;
}"""


@cache
def _script() -> str:
    return str(Axe().axe_script)


def _width(page: Page) -> int:
    size = page.viewport_size
    return size["width"] if size is not None else 0


def problems(page: Page, name: str, runs: Runs = _EVERY_RULE) -> list[str]:
    """What is wrong with the page as it stands, at each width by these rules.

    It begins at the width that the page has: changing it lays out everything and draws every chart.
    """
    found = []
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_script())
    for width, options in sorted(runs, key=lambda run: run[0] != _width(page)):
        if width != _width(page):
            page.set_viewport_size({"width": width, "height": 900})
        said: list[str] = page.evaluate(_FOUND, options or {})
        found += [f"{name} at {width}: {one}" for one in said]
    return found


def one_theme(number: int) -> Themes:
    """Every rule in a single theme: of pages one after the other, the light and the dark one."""
    return _ALTERNATELY[number % 2]


# Colours fade from one theme to the other, be it for a moment: what fades is brought to its end,
# and so is what begins to fade by that. Within what is folded nothing would end by itself.
_CHANGED = """() => {
    const fading = () => document.getAnimations().filter(one => one instanceof CSSTransition);
    for (let found = fading(), n = 0; found.length && n < 20; found = fading(), n += 1)
        found.forEach(one => one.finish());
}"""


def turn(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Change the theme of the page as it stands."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(_CHANGED)


def visit(page: Page, name: str, place: Place, themes: Themes = BOTH_THEMES) -> list[str]:
    """In these themes, each after the other on one load where no chart is drawn anew for it."""
    found, is_open = [], False
    if isinstance(place, Way):  # what is pressed on the way is pressed on a wide screen
        page.set_viewport_size({"width": _WIDE, "height": 900})
    for scheme, runs in themes:
        turn(page, scheme)
        if not is_open or page.locator("[data-chart-canvas]").count():
            go(page, place)
        is_open = True
        found += problems(page, f"{name}, {scheme}", runs)
    return found
