"""Pages ask what somebody may do; only the doors know what a role is."""

import re

from audits.enums import Role
from tests.architecture.sources import ROOT, lines, python_files

NAMES = "|".join(role.value for role in Role)
ROLE_IN_CODE = re.compile(rf"\bRole\.|_ROLES\b|\bis_staff\b|\bstaff_role\b|[\"'](?:{NAMES})[\"']")
ROLE_IN_PAGE = re.compile(
    rf"\bis_staff\b|\bstaff_role\b|\.role\s*(?:==|!=|in\b)|[\"'](?:{NAMES})[\"']"
)


def test_no_role_is_named_in_pages_api_and_tags() -> None:
    paths = python_files("audits/web", "audits/api", "audits/templatetags")
    assert len(paths) > 30
    found = {
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate(lines(path), start=1)
        if ROLE_IN_CODE.search(line)
    }
    assert found == set()


def test_no_role_is_named_in_templates() -> None:
    pages = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert len(pages) > 80
    found = {
        str(path.relative_to(ROOT))
        for path in pages
        if ROLE_IN_PAGE.search(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_patterns_find_what_they_are_for() -> None:
    for text in ("if role == Role.TECHNICIAN", "role in STAFF_ROLES", 'if role == "msp_admin"'):
        assert ROLE_IN_CODE.search(text)
    for text in ("{% if actor.is_staff %}", "{% if row.role == x %}", "{% if a == 'technician' %}"):
        assert ROLE_IN_PAGE.search(text)
