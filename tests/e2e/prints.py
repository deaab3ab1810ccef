"""Every kind of PDF that the portal makes, ordered as people do it, and its pages as pictures."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, expect

from audits.enums import CLIENT_KINDS, ReportKind

PORTFOLIO = "/fleet/reports/new/"
_FLEET = "/fleet.pdf"
_DOTS_PER_INCH = "110"


def ordered(page: Page, start: str) -> str:
    """Look at a report, have it made and wait for its PDF; returns the address of the report."""
    page.goto(start)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    return page.url


def every_kind(page: Page, client: str) -> Iterator[tuple[str, str]]:
    """What each PDF is called, and where it lies, for a client that can have all of them."""
    for kind in CLIENT_KINDS:
        yield kind.value, f"{ordered(page, f'{client}reports/new/?kind={kind.value}')}download/"
    yield ReportKind.PORTFOLIO.value, f"{ordered(page, PORTFOLIO)}download/"
    yield "fleet", _FLEET


def _asked(page: Page, address: str) -> APIResponse:
    """What is made while somebody waits is asked for by a form, as every change is."""
    if address != _FLEET:
        return page.request.get(address)
    page.goto("/fleet/")
    headers = json.loads(page.locator("body").get_attribute("hx-headers") or "{}")
    return page.request.post(address, headers={**headers, "Referer": page.url})


def printed(page: Page, name: str, address: str, folder: Path) -> list[Path]:
    """Fetch a PDF and turn its pages into pictures beside it."""
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.fail("pdftoppm is not installed (package poppler-utils)")
    answer = _asked(page, address)
    assert answer.ok, (address, answer.status)
    file = folder / f"{name}.pdf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(answer.body())
    command = [program, "-png", "-r", _DOTS_PER_INCH, str(file), str(folder / name)]
    subprocess.run(command, check=True)
    return sorted(folder.glob(f"{name}-*.png"))
