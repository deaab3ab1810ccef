"""Files that cannot be used: the form says what is wrong, where, and keeps what was typed."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps
from tests.e2e.conftest import Desk, Furnished
from tests.e2e.material import TARGET, Material

pytestmark = pytest.mark.browser


def test_pickle_renamed_to_skops_leads_to_the_script(
    desk: Desk, material: Material, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/models/{furnished.model}/upload/")
    page.get_by_label(re.compile("^Note")).fill("from the data team")
    steps.upload_model(page, material.pickled)
    problem = page.get_by_role("alert").filter(has_text="Please correct this")
    expect(problem).to_contain_text("pickle")
    expect(page.get_by_label(re.compile("^Note"))).to_have_value("from the data team")
    described = page.get_by_label("File", exact=True).get_attribute("aria-describedby") or ""
    shown = [page.locator(f"[id='{part}']") for part in described.split()]
    assert any("pickle" in steps.words(place) for place in shown)
    page.get_by_role("link", name="Get the script for this model").click()
    expect(page.locator("#script-skops")).to_contain_text("tumour-triage.skops")
    expect(page.locator("#script-predictions")).to_contain_text("predict_proba")
    page.goto(f"/c/{furnished.full}/models/{furnished.model}/")
    expect(page.get_by_text("from the data team")).to_have_count(0)


def test_table_without_the_label_column_is_refused_at_its_field(
    desk: Desk, material: Material, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/datasets/{furnished.dataset}/upload/")
    page.get_by_label(re.compile("^Columns to leave out")).fill("measure_7")
    steps.upload_records(page, material.unlabelled, material.nonmembers)
    expect(page.get_by_role("alert").filter(has_text="Please correct this")).to_be_focused()
    field = page.get_by_label("Label column", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(TARGET)
    expect(page.get_by_label(re.compile("^Columns to leave out"))).to_have_value("measure_7")
    described = field.get_attribute("aria-describedby") or ""
    shown = [page.locator(f"[id='{part}']") for part in described.split()]
    assert any(f"has no column '{TARGET}'" in steps.words(place) for place in shown)
    page.goto(f"/c/{furnished.full}/datasets/{furnished.dataset}/")
    expect(page.get_by_text("unlabelled.csv")).to_have_count(0)


def test_back_to_a_form_that_was_refused_shows_the_form(desk: Desk, furnished: Furnished) -> None:
    """What is shown after sending is kept by no cache, so a browser has only the address."""
    page = desk.page(furnished.technician)
    form = f"/c/{furnished.full}/models/new/"
    page.goto(form)
    page.locator("main form button.button-primary").click()
    problem = page.get_by_role("alert").filter(has_text="Please correct this")
    expect(problem).to_be_focused()
    page.goto(f"/c/{furnished.full}/models/")
    page.go_back()
    expect(page).to_have_url(re.compile(f"{form}$"))
    expect(page.locator("main form button.button-primary")).to_be_visible()
    expect(problem).to_have_count(0)
