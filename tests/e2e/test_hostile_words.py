"""Names of 300 characters without a space, from right to left, of signs: no page breaks."""

import json
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Desk, ask

pytestmark = pytest.mark.browser

TECHNICIAN = "hana@hostile.example"
WIDTHS = (320, 768, 1280, 1920)
# Asked again with each frame; the page allows no text to be run, as waiting for a text would.
_FITS = """most => new Promise(told => {
    const page = document.scrollingElement, end = performance.now() + most;
    const look = () => page.scrollWidth <= page.clientWidth ? told(true)
        : performance.now() > end ? told(false) : requestAnimationFrame(look);
    look();
})"""
_CHARTS_MS = 5_000
# A box that holds text and shows less of it than there is, without a way to scroll to the rest.
# What is clipped away wholly is for screen readers only.
_CUT = """() => [...document.querySelectorAll("main *, header *")].filter(it =>
    it.childElementCount === 0 && it.innerText && it.scrollWidth > it.clientWidth + 1
    && it.clientWidth > 0 && getComputedStyle(it).overflowX === "hidden"
    && getComputedStyle(it).textOverflow !== "ellipsis"
    && getComputedStyle(it).clipPath !== "inset(50%)").map(it => it.outerHTML.slice(0, 120))"""
_KINDS: tuple[Literal["long", "right_to_left", "signs"], ...] = ("long", "right_to_left", "signs")


def scrolls_sideways(page: Page) -> bool:
    """Say whether a page is wider than its window, once its charts were drawn to the new width."""
    return not page.evaluate(_FITS, _CHARTS_MS)


@pytest.mark.parametrize("kind", _KINDS)
def test_no_page_breaks_whatever_things_are_called(desk: Desk, kind: str) -> None:
    who = f"{kind}-{TECHNICIAN}"
    told = json.loads(ask(desk.stack, f"furnish_hostile({who!r}, {kind!r})", of="hostile"))
    page = desk.page(who)
    broken = []
    for path in told["pages"]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert told["name"][:20] in page.content(), path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if scrolls_sideways(page):
                broken.append(f"{path} scrolls sideways at {width}")
            broken += [f"{path} cuts at {width}: {one}" for one in page.evaluate(_CUT)]
    page.goto(next(path for path in told["pages"] if path.endswith("/models/")))
    page.locator("tbody input[name=models]").first.check()
    with page.expect_navigation():
        page.locator("button[value=retire]").click()
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    if scrolls_sideways(page):
        broken.append("what is asked before models are retired scrolls sideways")
    assert broken == []


def test_a_list_of_200_rows_stands_at_every_width(desk: Desk) -> None:
    who = f"many-{TECHNICIAN}"
    told = json.loads(ask(desk.stack, f"furnish_many({who!r}, 200)", of="hostile"))
    page = desk.page(who)
    for path, rows in told["pages"].items():
        page.goto(path)
        assert page.locator("main tbody tr").count() >= rows, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert not scrolls_sideways(page), (path, width)
