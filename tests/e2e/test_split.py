"""Before any training: one table goes in, two files come out, and the audit knows the version."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import Desk, ask, log_in
from tests.e2e.material import TARGET, Material

pytestmark = pytest.mark.browser

TECHNICIAN = "sam@split.example"


def _table(material: Material, folder: Path) -> Path:
    """Every record in one file, two for each person."""
    lines = material.members.read_text().splitlines()
    lines += material.nonmembers.read_text().splitlines()[1:]
    path = folder / "visits.csv"
    numbered = [f"{line},person {at // 2}" for at, line in enumerate(lines[1:])]
    path.write_text("\n".join([f"{lines[0]},visitor", *numbered]) + "\n")
    return path


def _download(page: Page, label: str) -> tuple[str, list[dict[str, str]]]:
    with page.expect_download() as coming:
        page.get_by_role("link", name=label).click()
    text = Path(coming.value.path()).read_text()
    return coming.value.suggested_filename, list(csv.DictReader(io.StringIO(text)))


def _split(page: Page, slug: str, table: Path) -> None:
    steps.register_dataset(page, slug, "Visits")
    page.goto(page.url.replace("upload/", ""))
    page.get_by_role("link", name="Split before training").first.click()
    page.get_by_label("Table with every record").set_input_files(table)
    page.get_by_label("Label column", exact=True).fill(TARGET)
    page.get_by_label(re.compile("^Column that names the person")).fill("visitor")
    page.get_by_label("30%").check()
    page.get_by_role("button", name="Split and store").click()
    # The one thing that only a person knows is asked for, and nothing typed is lost.
    expect(page.locator("[data-error-summary]")).to_contain_text("upload what it was trained on")
    expect(page.get_by_label("Label column", exact=True)).to_have_value(TARGET)
    page.get_by_label("Table with every record").set_input_files(table)
    page.get_by_label("No model has been trained on these records yet").check()
    page.get_by_role("button", name="Split and store").click()
    expect(page.get_by_role("heading", name="Your two files")).to_be_visible()


def test_helper_from_one_table_to_an_audit_that_offers_the_version(
    desk: Desk, material: Material, tmp_path: Path
) -> None:
    ask(desk.stack, f"add_provider({TECHNICIAN!r})")
    page = desk.page()
    log_in(page, TECHNICIAN)
    slug = steps.create_client(page, "Harbour Visits")
    table = _table(material, tmp_path)
    _split(page, slug, table)
    train_name, train = _download(page, "Download training file")
    held_name, held = _download(page, "Download held-out file")
    assert (train_name, held_name) == ("visits-train.csv", "visits-held-out.csv")
    people = [{row["visitor"] for row in side} for side in (train, held)]
    assert not people[0] & people[1]
    assert [len(side) for side in people] == [1_750, 750]
    with table.open() as source:
        whole = list(csv.DictReader(source))

    def written(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
        return sorted(tuple(f"{_number(value)}" for value in row.values()) for row in rows)

    assert written(train + held) == written(whole)
    version = page.url
    page.get_by_role("link", name="Confirm columns").click()
    page.get_by_role("button", name="Confirm columns").click()
    expect(page.get_by_text("The columns are confirmed.")).to_be_visible()
    page.goto(version)
    expect(page.get_by_text("Confirmed by")).to_be_visible()
    steps.register_model(page, slug, "No-show forecast")
    steps.upload_model(page, material.model)
    expect(page.get_by_text("Version 1 is stored.")).to_be_visible()
    page.goto(f"/c/{slug}/audits/new/")
    offered = page.get_by_label(re.compile("^Records")).locator("option")
    expect(offered.nth(1)).to_have_text(
        "Visits, version 1 (3,500 used for training, 1,500 held out)"
    )


def _number(value: str) -> float | str:
    """What a cell means: 0.5 and 0.50 are the same."""
    try:
        return float(value)
    except ValueError:
        return value
