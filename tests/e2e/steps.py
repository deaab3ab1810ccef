"""What a technician does in the browser, one form at a time."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.material import TARGET, Material

AUDIT_MILLISECONDS = 300_000


def words(place: Locator) -> str:
    """What is read there, in one line."""
    return " ".join(place.inner_text().split())


def slug_in(page: Page) -> str:
    found = re.search(r"/c/([\w-]+)/", page.url)
    assert found is not None, page.url
    return found[1]


def create_client(page: Page, name: str) -> str:
    """Returns the client's name in addresses."""
    page.goto("/fleet/")
    page.get_by_role("link", name="Add client").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add client").click()
    page.wait_for_url(re.compile(r"/c/[\w-]+/$"))
    return slug_in(page)


def register_model(page: Page, slug: str, name: str) -> None:
    """Leaves the page where its file is uploaded."""
    page.goto(f"/c/{slug}/models/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Most sensitive data it was trained on").select_option("4")
    page.get_by_label("Yes: being listed").check()
    page.get_by_label("Who can reach it").select_option("customers")
    page.get_by_role("button", name="Add model").click()
    page.wait_for_url("**/upload/")


def register_dataset(page: Page, slug: str, name: str) -> None:
    """Leaves the page where its files are uploaded."""
    page.goto(f"/c/{slug}/datasets/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Kind of data").select_option("finance")
    page.get_by_label("How sensitive it is").select_option("4")
    page.get_by_label("Yes: being listed").check()
    page.get_by_role("button", name="Add dataset").click()
    page.wait_for_url("**/upload/")


def store(page: Page) -> None:
    page.get_by_role("button", name="Check and store").click()


def upload_model(page: Page, file: Path) -> None:
    page.get_by_label("File", exact=True).set_input_files(file)
    store(page)


def upload_records(page: Page, members: Path, nonmembers: Path) -> None:
    page.get_by_label("Used for training", exact=True).set_input_files(members)
    page.get_by_label("Held out", exact=True).set_input_files(nonmembers)
    page.get_by_label("Label column", exact=True).fill(TARGET)
    page.get_by_label("Drawn at random before training").check()
    store(page)


def authorise(page: Page) -> None:
    """Record who allows audits of the model on whose page we are."""
    page.get_by_role("link", name="Record permission").click()
    page.get_by_label("Permission given by").fill("Priya Shah")
    page.get_by_label("Role of that person").fill("managing director")
    page.get_by_label(re.compile("has agreed to an attack")).check()
    page.get_by_role("button", name="Record permission").click()
    expect(page.get_by_text("may be audited.")).to_be_visible()


def stock(page: Page, slug: str, material: Material) -> None:
    """A model with its file and a dataset with its records."""
    register_dataset(page, slug, "Loan applications")
    upload_records(page, material.members, material.nonmembers)
    expect(page.get_by_text("Version 1 is stored.")).to_be_visible()
    register_model(page, slug, "Default score")
    upload_model(page, material.model)
    expect(page.get_by_text("Version 1 is stored.")).to_be_visible()
    authorise(page)


def start_audit(page: Page, slug: str, *, depth: str) -> None:
    page.goto(f"/c/{slug}/audits/new/")
    page.get_by_label("Model", exact=True).select_option(index=1)
    page.get_by_label(re.compile("^Records")).select_option(index=1)
    page.get_by_label(depth, exact=True).check()
    page.get_by_role("button", name="Start audit").click()
    page.wait_for_url(re.compile(r"/audits/\d+/$"))
