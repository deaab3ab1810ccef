"""Every page of a client that has something of everything, for staff and for the owner."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, Furnished
from tests.e2e.steps import AUDIT_MILLISECONDS


@dataclass(frozen=True, kw_only=True)
class Book:
    """Addresses by the name of their page."""

    staff: dict[str, str]
    owner: dict[str, str]


def _first_link(page: Page, listing: str, place: str) -> str:
    page.goto(listing)
    found = page.locator(place).first.get_attribute("href")
    assert found is not None
    return found


def _report(page: Page, audit: str) -> str:
    """Wait for the audit, make its report and wait for that; returns its address."""
    page.goto(audit)
    expect(page.locator(".verdict-sentence")).to_be_visible(timeout=AUDIT_MILLISECONDS)
    page.get_by_role("button", name="Make report").click()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    return page.url


def bind(desk: Desk, told: Furnished) -> Book:
    client, bare = f"/c/{told.full}/", f"/c/{told.bare}/"
    audit, model = f"{client}audits/{told.audit}/", f"{client}models/{told.model}/"
    dataset = f"{client}datasets/{told.dataset}/"
    page = desk.page(told.technician)
    shared = {
        "client": client,
        "tools": f"{client}tools/",
        "audits": f"{client}audits/",
        "report": _report(page, audit),
        "audit": audit,
        "checklist": f"{client}checklist/",
        "checklist_answer": _first_link(page, f"{client}checklist/", "section tbody a"),
        "reports": f"{client}reports/",
        "switcher": "/switcher/",
        "account_change_password": "/accounts/password/change/",
        "account_logout": "/accounts/logout/",
    }
    staff = {
        "fleet": "/fleet/",
        "client_new": "/clients/new/",
        "client_edit": f"{client}edit/",
        "models": f"{client}models/",
        "model_new": f"{client}models/new/",
        "model": model,
        "model_edit": f"{model}edit/",
        "model_upload": f"{model}upload/",
        "model_script": f"{model}script/",
        "datasets": f"{client}datasets/",
        "dataset_new": f"{client}datasets/new/",
        "dataset": dataset,
        "dataset_edit": f"{dataset}edit/",
        "dataset_upload": f"{dataset}upload/",
        "tool_new": f"{client}tools/new/",
        "tool": _first_link(page, f"{client}tools/", "tbody a"),
        "audit_new": f"{client}audits/new/",
        "bare client": bare,
        "bare models": f"{bare}models/",
        "bare datasets": f"{bare}datasets/",
        "bare tools": f"{bare}tools/",
        "bare audits": f"{bare}audits/",
        "bare audit_new": f"{bare}audits/new/",
        "bare checklist": f"{bare}checklist/",
        "bare reports": f"{bare}reports/",
    }
    page.context.close()
    return Book(staff=shared | staff, owner=shared)
