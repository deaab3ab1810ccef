"""The living page of the design system leaves nothing out."""

import re
from pathlib import Path

from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.queries import design
from audits.templatetags.ui import KINDS, badge_of
from tests.architecture.sources import ROOT
from tests.factories import World
from tests.web.doors import browser_of

COMPONENTS = ROOT / "templates/components"
# The frame of every page: it stands around the living page itself.
FRAME = {
    "client_switcher", "entrance_aside", "error_page", "head", "houses", "jobs_indicator", "logo",
    "messages", "page_header", "search", "second_factor_notices", "user_menu",
}  # fmt: skip
# Drawn by tags, by Django's forms, or inside another component.
DRAWN = {
    "badge", "colour_input", "field", "field_error", "field_help", "field_optional", "form",
    "form_errors", "progress", "rating_scale",
}  # fmt: skip
# About a row of a client, and at home on one page each.
OF_A_CLIENT = {
    "action_rows", "brand_form", "brand_look", "chart", "chart_files", "chart_scripts",
    "client_bar", "history", "invitations", "invited", "job_log", "list_files", "look",
    "only_looks", "person_remove", "picture_folded", "post_button", "rating_badges",
    "trace", "upload_progress",
}  # fmt: skip


def _included(folder: Path) -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.html"))
    return set(re.findall(r'"components/(\w+)\.html"', text))


def test_every_component_is_shown_or_says_why_not() -> None:
    every = {path.stem for path in COMPONENTS.glob("*.html")}
    shown = _included(ROOT / "templates/design")
    assert shown - {"page_header"} == every - FRAME - DRAWN - OF_A_CLIENT
    assert every >= FRAME | DRAWN | OF_A_CLIENT


def test_living_page_shows_every_status_token_and_state_to_an_operator(world: World) -> None:
    page = browser_of(world, "operator").get(reverse("design")).content.decode()
    words = {badge_of(kind, value).word for kind, enum in KINDS.items() for value in enum.values}
    assert {word for word in words if word not in page} == set()
    tokens = design.tokens()
    named = [one.name for one in tokens.colours] + [one.name for one in tokens.others]
    assert {"accent", "overlay", "s4", "font"} <= set(named)
    assert {name for name in named if f"--{name}" not in page} == set()
    assert "No sign of life for 140 seconds" in page
    assert "Please correct this" in page
    assert "hx-trigger" not in page.split('<main id="main"')[1]


def test_living_page_is_open_to_developers_and_to_nobody_else(
    world: World, settings: Settings
) -> None:
    browser = browser_of(world, "technician")
    assert browser.get(reverse("design")).status_code == 404
    settings.DEBUG = True
    assert browser.get(reverse("design")).status_code == 200
