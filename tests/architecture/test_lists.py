"""Every list has filters, columns, views, ticks and files, or an exemption with its reason."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT

TEMPLATES = ROOT / "templates"
FILES = "components/list_files.html"
# What a list has, and how its template shows it: what it includes, or what is written in it.
FEATURES = {
    "filters": r'class="filters|(lists|fleet|checklist)/filters\.html',
    "columns": r"(lists/columns_menu|fleet/columns_form)\.html",
    "views": r"lists/views_menu\.html",
    "ticks": r"lists/bulk\.html",
    "CSV and JSON": r"components/list_files\.html",
    "PDF": r"pdf=\"|as pdf_url",
}
_USED = re.compile(r'\{% (?:include|extends) "([^"]+)"')
_TABLE = re.compile(r'<table class="table table-cards')
_LINE = re.compile(r"^\| (`[^|]+`) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _names() -> list[str]:
    return sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def _reached(name: str) -> Iterator[str]:
    """The template and whatever it includes or extends, but for the frames of pages."""
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen or one in {"portal.html", "base.html", "settings/frame.html"}:
            continue
        seen.add(one)
        yield one
        waiting += _USED.findall(_text(one))


def _owners() -> list[str]:
    """Templates of a list that can be taken away."""
    return [
        name
        for name in _names()
        if FILES in _USED.findall(_text(name)) and not name.startswith("design/")
    ]


def _lacking(owner: str) -> set[str]:
    """What a list has not; an address that a page hands to it counts as its own."""
    pages = [name for name in _names() if owner in _USED.findall(_text(name))]
    parts = [one for one in _reached(owner) if one != FILES]
    written = "\n".join(_text(one) for one in (*parts, *pages))
    return {feature for feature, sign in FEATURES.items() if not re.search(sign, written)}


def _bare() -> set[str]:
    """Tables of rows that are a part of no list that can be taken away."""
    owned = {one for owner in _owners() for one in _reached(owner)}
    tables = {name for name in _names() if _TABLE.search(_text(name))}
    return {name for name in tables - owned if not name.startswith("design/")}


def exemptions() -> dict[str, set[str]]:
    """What ARCHITECTURE.md says that a list has not, each line with its reason."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    part = text.split("| list (its template) | without | because |", 1)[1].split("\n\n", 1)[0]
    found: dict[str, set[str]] = {}
    for names, without, why in _LINE.findall(part):
        assert len(why.split()) > 2, names
        lacking = set(FEATURES) if without == "all" else set(without.split(", "))
        assert lacking <= set(FEATURES), without
        for name in re.findall(r"`([^`]+)`", names):
            assert name not in found, name
            found[name] = lacking
    return found


@pytest.mark.parametrize("owner", _owners())
def test_list_has_everything_or_says_why_not(owner: str) -> None:
    assert _lacking(owner) == exemptions().get(owner, set())


def test_table_without_files_is_exempt_and_no_exemption_is_left_over() -> None:
    known = exemptions()
    assert {name for name in known if known[name] == set(FEATURES)} == _bare()
    assert set(known) == _bare() | {owner for owner in _owners() if _lacking(owner)}


def test_lists_of_people_are_found_at_all() -> None:
    """Whoever takes the signs away fails here, not in silence."""
    complete = {owner for owner in _owners() if not _lacking(owner)}
    assert complete >= {
        "ai_model/list.html",
        "people/list.html",
        "team/list.html",
        "portfolio/list.html",
        "vendor/register.html",
        "checklist/list.html",
        "plan/fleet.html",
        "fleet/fleet.html",
    }
