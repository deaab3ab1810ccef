"""`make screenshots`: every page at three widths in both themes, every page of every kind of PDF.

They lie in var/screenshots, or where MIA_SCREENSHOTS says, by person, width and theme, to be looked
at by somebody. What an earlier run left there is replaced.
"""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.e2e import pages, prints
from tests.e2e.conftest import Desk, Furnished
from tests.e2e.ways import Places, go
from tests.keeper import ROOT
from tests.stack import pause

FOLDER = Path(os.environ.get("MIA_SCREENSHOTS", ROOT / "var" / "screenshots")).resolve()
WIDTHS = (320, 768, 1440)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pytestmark = pytest.mark.browser


# Charts are drawn anew a moment after the window changed.
_CHARTS_FIT = """() => [...document.querySelectorAll("[data-chart-canvas] .plot-container")]
    .every(box => Math.abs(box.clientWidth - box.querySelector("svg").clientWidth) < 2)"""


def _settle(page: Page) -> None:
    while not page.evaluate(_CHARTS_FIT):
        pause()


def _shoot(page: Page, who: str, listed: Places) -> int:
    """Open each page once for each theme, as somebody does who prefers it, and widen it."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for name, place in listed.items():
            go(page, place)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                _settle(page)
                folder = FOLDER / who / f"{width}-{theme}"
                file = folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.png"
                page.screenshot(path=file, full_page=True, animations="disabled")
    return len(listed) * len(THEMES) * len(WIDTHS)


def _said(count: int, what: str, folder: Path) -> None:
    sys.stdout.write(f"\n{count} {what} in {folder}")


def shoot_every_page(desk: Desk, furnished: Furnished) -> None:
    """By person; a folder is called as the address of its person begins."""
    book = pages.bind(desk, furnished)
    people = {who: who.split("@")[0] or "nobody" for who in book.people()}
    for part in (*people.values(), "pdf"):
        shutil.rmtree(FOLDER / part, ignore_errors=True)
    for who, called in people.items():
        page = desk.page(who)
        _said(_shoot(page, called, book.of(who)), "pictures", FOLDER / called)
        page.context.close()
    page = desk.page(furnished.technician)
    for name, address in prints.every_kind(page, f"/c/{furnished.full}/"):
        made = prints.printed(page, name, address, FOLDER / "pdf")
        assert made
        _said(len(made), f"pages of {name}.pdf", FOLDER / "pdf")
