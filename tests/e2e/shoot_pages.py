"""`make screenshots`: every page at three widths in both themes, and every page of the PDF.

They lie in var/screenshots, by person, width and theme, to be looked at by somebody.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.conftest import Desk, Furnished
from tests.keeper import ROOT

FOLDER = ROOT / "var" / "screenshots"
WIDTHS = (320, 768, 1280)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_DOTS_PER_INCH = "110"

pytestmark = pytest.mark.browser


def _shoot(page: Page, who: str, listed: Mapping[str, str]) -> int:
    """Open each page once for each theme, as somebody does who prefers it, and widen it."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for name, path in listed.items():
            page.goto(path)
            if page.locator("[data-chart-canvas]").count():
                expect(page.locator("[data-chart-canvas] svg.main-svg").first).to_be_attached()
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                folder = FOLDER / who / f"{width}-{theme}"
                file = folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.png"
                page.screenshot(path=file, full_page=True, animations="disabled")
    return len(listed) * len(THEMES) * len(WIDTHS)


def _print(page: Page, address: str) -> int:
    """Fetch the PDF of a report and turn its pages into pictures."""
    answer = page.request.get(f"{address}download/")
    assert answer.ok, answer.status
    folder = FOLDER / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "report.pdf"
    file.write_bytes(answer.body())
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.fail(f"pdftoppm is not installed (package poppler-utils); the PDF is {file}")
    command = [program, "-png", "-r", _DOTS_PER_INCH, str(file), str(folder / "report")]
    subprocess.run(command, check=True)
    return len([*folder.glob("report-*.png")])


def _said(count: int, what: str, folder: Path) -> None:
    sys.stdout.write(f"\n{count} {what} in {folder.relative_to(ROOT)}")


def shoot_every_page(desk: Desk, furnished: Furnished) -> None:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    book = pages.bind(desk, furnished)
    for who, listed in (("technician", book.staff), ("owner", book.owner), ("admin", book.admin)):
        page = desk.page(getattr(furnished, who))
        _said(_shoot(page, who, listed), "pictures", FOLDER / who)
        page.context.close()
    nobody = desk.page()
    _said(_shoot(nobody, "nobody", pages.before_log_in(furnished)), "pictures", FOLDER / "nobody")
    printed = _print(desk.page(furnished.technician), book.staff["report"])
    _said(printed, "pages of the PDF", FOLDER / "pdf")
    assert printed
