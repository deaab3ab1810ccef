"""Rules of thumb that can be counted."""

import ast
import re

from tests.architecture.sources import ROOT, called, functions, imported, python_files, tree

# Markup of our own making: no person's words go in unescaped.
MARKUP_IN = {
    "templates/audit/place.html": "the risk matrix, drawn by audits.charts",
    "templates/components/picture.html": "a chart, drawn by audits.charts",
    "templates/components/picture_folded.html": "a chart, drawn by audits.charts",
}
MARKED_IN = {
    "audits/templatetags/icons.py": "what the templates inside it have rendered, and icons of it",
    "audits/templatetags/ui.py": "figures that json_script has escaped",
}
JUNK_DRAWERS = {"utils", "util", "helpers", "common", "misc", "core", "manager", "shared", "lib"}


def test_no_module_is_a_junk_drawer() -> None:
    names = {
        part
        for path in python_files("audits", "mia_portal", "tests")
        for part in path.removesuffix(".py").split("/")
    }
    assert names & JUNK_DRAWERS == set()


def test_save_has_no_logic() -> None:
    found = {
        path
        for path in python_files("audits/models")
        for node in functions(path)
        if node.name in {"save", "full_clean", "clean"}
    }
    assert found == set()


def test_no_signals_of_our_own() -> None:
    for path in python_files("audits", "mia_portal"):
        names = {name for name in imported(path) if name.startswith("django.db.models.signals")}
        assert names == set(), path


def test_services_are_keyword_only_verbs() -> None:
    """`request(*, client, actor, …)`: what changes a client's data names every argument."""
    positional = {
        f"{path}: {node.name}"
        for path in python_files("audits/services")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and any(arg.arg == "actor" for arg in [*node.args.args, *node.args.kwonlyargs])
        and node.args.args
    }
    assert positional == set()


def test_roles_are_compared_in_access_alone() -> None:
    """A page asks `may`; it never looks at a role."""
    for path in python_files("audits/web", "audits/api", "audits/services", "audits/queries"):
        compared = {
            ast.unparse(part)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Compare)
            for part in [node.left, *node.comparators]
        }
        assert not {part for part in compared if re.search(r"\bRole\.|_ROLES\b", part)}, path


def test_no_page_is_open_without_log_in_unless_it_is_listed() -> None:
    """Log-in is required by a middleware; who goes round it says so here."""
    marked = {
        path
        for path in python_files("audits", "mia_portal")
        if "django.contrib.auth.decorators.login_not_required" in imported(path)
        or "rest_framework.permissions.AllowAny" in imported(path)
    }
    assert marked == {
        "audits/web/account_urls.py",
        "audits/web/report_check.py",
        "audits/web/sign_on.py",
        "audits/web/urls.py",
    }


def test_templates_never_switch_escaping_off() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))
    }
    assert found == set(MARKUP_IN)
    marked = {path for path in python_files("audits") if "mark_safe" in {*called(path)}}
    assert marked == set(MARKED_IN)
