"""What stands on a page can be read where it stands: on a phone, in narrow cards, when turned."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Desk, Furnished
from tests.e2e.steps import AUDIT_MILLISECONDS

pytestmark = pytest.mark.browser

PHONE, TURNED = ViewportSize(width=320, height=900), ViewportSize(width=900, height=320)
_LEAST_PICTURE = 110.0  # pixels up, from the lowest line of the grid to the highest
_LEAST_VALUE = 200.0  # pixels across
_ROOM_FOR_THE_ARROW = 28.0


def _finished(page: Page, told: Furnished) -> str:
    """Wait for the audit; returns the address of its client."""
    client = f"/c/{told.full}/"
    page.goto(f"{client}audits/{told.audit}/")
    expect(page.locator(".verdict-sentence")).to_be_visible(timeout=AUDIT_MILLISECONDS)
    return client


def _height(page: Page, place: str) -> float:
    box = page.locator(place).first.bounding_box()
    assert box is not None
    return box["height"]


def test_names_of_lines_leave_a_chart_its_room(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician)
    _finished(page, furnished)
    canvas = page.locator("[data-chart-canvas]")
    for size, narrow in ((PHONE, "true"), (TURNED, "false"), (PHONE, "true")):
        page.set_viewport_size(size)
        expect(canvas).to_have_attribute("data-narrow", narrow)
        assert _height(page, "[data-chart-canvas] .gridlayer") > _LEAST_PICTURE
        assert page.locator("[data-chart-canvas] .scrollbar[height]:not([height='0'])").count() == 0


def test_paper_has_the_numbers_of_charts_and_their_light_colours(
    desk: Desk, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    _finished(page, furnished)
    page.emulate_media(color_scheme="dark")
    label = page.locator("[data-chart-canvas] .xtick text").first
    expect(label).to_be_visible()
    folded = page.locator(".chart-data, .disclosure-card")
    expect(page.locator("[data-chart-canvas] ~ .chart-data")).not_to_have_attribute("open", "")
    dark = label.evaluate("one => getComputedStyle(one).fill")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".chart-data:not([open]), .disclosure-card:not([open])")).to_have_count(0)
    assert folded.count() > 2
    for one in folded.locator("table").all():
        expect(one).to_be_visible()
    expect(label).not_to_have_css("fill", dark)
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("[data-chart-canvas] ~ .chart-data")).not_to_have_attribute("open", "")
    expect(label).to_have_css("fill", dark)


def test_what_an_owner_summary_says_is_read_in_columns_of_a_width(
    desk: Desk, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    client = _finished(page, furnished)
    page.goto(f"{client}reports/new/preview/?kind=owner_summary&audit={furnished.audit}")
    points = page.locator("ul.points").first
    expect(points).to_have_css("list-style-type", "disc")
    for value in page.locator("section[aria-labelledby=method] dd").all():
        box = value.bounding_box()
        assert box is not None
        assert box["width"] > _LEAST_VALUE


def test_tables_of_a_report_become_cards_on_a_phone(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician)
    page.set_viewport_size(PHONE)
    page.goto("/fleet/reports/new/preview/?sections=everybody")
    frame = page.locator("#part-everybody ~ .table-frame")
    assert frame.locator("td").count() > 0
    assert frame.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    expect(frame.locator("td").first).to_have_attribute("data-label", re.compile("Rating"))


def test_words_of_a_choice_end_before_its_arrow(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/models/new/")
    for choice in page.locator("main select").all():
        room = choice.evaluate("it => parseFloat(getComputedStyle(it).paddingInlineEnd)")
        assert room >= _ROOM_FOR_THE_ARROW


def test_current_page_is_in_sight_among_the_others(desk: Desk, furnished: Furnished) -> None:
    page = desk.page(furnished.admin)
    page.set_viewport_size(PHONE)
    for path in (f"/c/{furnished.full}/people/", "/settings/groups/"):
        page.goto(path)
        expect(page.locator(":is(.tabs, .side-nav) [aria-current]")).to_be_in_viewport(ratio=0.9)


_DRAWN = """() => document.querySelector("main").insertAdjacentHTML("afterbegin",
    '<div class="picture picture-wide" data-from-end><svg viewBox="0 0 568 200"></svg></div>')"""


def test_picture_through_time_begins_at_today_on_a_phone(desk: Desk, furnished: Furnished) -> None:
    """And shows by fading where there is more; whoever scrolled back is left there."""
    page = desk.page(furnished.technician)
    page.set_viewport_size(TURNED)
    page.goto(f"/c/{furnished.full}/models/")
    page.evaluate(_DRAWN)
    picture = page.locator(".picture-wide")
    page.set_viewport_size(PHONE)
    expect(picture).to_have_attribute("data-more-before", "")
    rest = "it => it.scrollWidth - it.clientWidth - it.scrollLeft"
    assert picture.evaluate(rest) < 1
    assert "linear-gradient" in picture.evaluate("it => getComputedStyle(it).maskImage")
    picture.evaluate("it => { it.scrollLeft = 100 }")
    expect(picture).to_have_attribute("data-more-after", "")
    page.set_viewport_size(ViewportSize(width=320, height=700))
    assert picture.evaluate("it => it.scrollLeft") == 100
