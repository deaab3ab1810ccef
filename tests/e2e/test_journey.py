"""The whole main job in a browser, on the portal as it is installed."""

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from audits.enums import Outcome, RatingBadge
from tests.e2e import steps
from tests.e2e.conftest import Desk, Furnished, ask, log_in
from tests.e2e.material import Material

pytestmark = pytest.mark.browser

TECHNICIAN, OWNER = "tess@journey.example", "omar@journey.example"


def _watch_until_finished(page: Page) -> str:
    """The page follows the audit by itself; returns the verdict sentence it ends on."""
    progress = page.locator("#job-progress")
    expect(progress.locator(".badge-word")).to_have_text("Running")
    expect(progress.locator("progress[value]")).to_be_visible(timeout=steps.AUDIT_MILLISECONDS)
    verdict = page.locator(".verdict-sentence")
    expect(verdict).to_be_visible(timeout=steps.AUDIT_MILLISECONDS)
    return steps.words(verdict)


def _read_result(page: Page) -> None:
    """Words first, then the curve, then the figures."""
    outcome = steps.words(page.locator(".verdict .badge-word"))
    assert outcome in {str(Outcome.SERIOUS.label), str(Outcome.SEVERE.label)}
    rating = steps.words(page.locator("section[aria-labelledby=rating] .badge-word"))
    assert rating in {str(RatingBadge.HIGH.label), str(RatingBadge.CRITICAL.label)}
    curves = page.locator("[data-chart-canvas] svg.main-svg .scatterlayer .trace")
    expect(curves.first).to_be_attached()
    assert curves.count() >= 3  # two attacks and guessing, at least
    rows = page.locator("section[aria-labelledby=numbers] tbody tr")
    assert rows.count() >= 3
    for figure in rows.locator("td[data-label=AUC]").all():
        assert re.fullmatch(r"0\.\d{3} \(0\.\d{3}–[01]\.\d{3}\)", steps.words(figure))


def _tick_first_action(page: Page, slug: str) -> None:
    page.goto(f"/c/{slug}/checklist/")
    action = page.locator("section[aria-labelledby=asked] tbody tr a").first
    name = steps.words(action)
    action.click()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label(re.compile("^Somebody without an account")).fill("Omar")
    page.get_by_role("button", name="Save answer").click()
    settled = page.locator("section[aria-labelledby=settled] tbody tr").filter(has_text=name)
    expect(settled).to_contain_text("Omar")
    expect(settled.locator("td[data-label=Answer] .badge-word")).to_have_text("Yes")


def _download(page: Page, folder: Path, name: str) -> bytes:
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download PDF").click()
    coming.value.save_as(folder / name)
    return (folder / name).read_bytes()


def _check_pdf(content: bytes, sentence: str) -> None:
    assert content.startswith(b"%PDF")
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 2
    assert sentence in " ".join(" ".join(page.extract_text() for page in pages).split())


def test_journey_from_log_in_to_the_printed_summary(
    desk: Desk, material: Material, furnished: Furnished, tmp_path: Path
) -> None:
    ask(desk.stack, f"add_provider({TECHNICIAN!r})")
    page = desk.page()
    log_in(page, TECHNICIAN)
    expect(page).to_have_url(re.compile("/fleet/$"))
    slug = steps.create_client(page, "Brightline Lending")
    steps.stock(page, slug, material)
    steps.start_audit(page, slug, depth="Standard")
    audit = page.url
    _watch_until_finished(page)
    _read_result(page)
    _tick_first_action(page, slug)
    page.goto(audit)
    page.get_by_role("link", name="Make report").click()
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    report = page.url
    content = _download(page, tmp_path, "technician.pdf")
    _check_pdf(content, steps.words(page.locator(".verdict-sentence")))
    ask(desk.stack, f"add_owner({TECHNICIAN!r}, {slug!r}, {OWNER!r})")
    owner = desk.page()
    log_in(owner, OWNER)
    expect(owner).to_have_url(re.compile(f"/c/{slug}/$"))
    _read_as_owner(owner, audit)
    for elsewhere in ("/fleet/", f"/c/{furnished.full}/", f"/c/{furnished.full}/reports/"):
        assert owner.request.get(elsewhere).status == 404
    _tick_first_action(owner, slug)
    owner.goto(report)
    assert _download(owner, tmp_path, "owner.pdf") == content


def _read_as_owner(page: Page, audit: str) -> None:
    """The own client alone, in plain words."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("give away who is in its data")
    expect(page.locator("[data-client-switcher]")).to_have_count(0)
    page.get_by_role("link", name="See the full result").click()
    expect(page).to_have_url(audit)
    expect(page.locator(".verdict-sentence")).to_be_visible()
    expect(page.locator("figure svg").first).to_be_visible()
    said = steps.words(page.locator("main"))
    assert re.findall(r"\b(AUC|TPR|FPR|ROC|membership inference)\b", said) == []
