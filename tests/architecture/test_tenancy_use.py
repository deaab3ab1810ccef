"""Scopes are entered in few places, all of them listed here."""

import ast

from tests.architecture.sources import called, imported, python_files, tree

# Where a scope may be entered: the request, the worker's task, the doors, and commands.
SCOPE_ENTERED_IN = {"audits/access.py", "audits/tasks.py"}
# The tenant itself is created here, and the provider above it.
NEW_CLIENT_IN = {"audits/services/client.py"}
NEW_PROVIDER_IN = {"audits/services/provider.py"}
# Who may see every client, and why: exactly as the code says it.
SYSTEM_SCOPES = {
    "audits/tasks.py": {"leases of every client run out on one clock"},
    "audits/management/commands/add_member.py": {"an operator names clients of any provider"},
}
# Querysets without a manager, and SQL by hand: each place is a hole in the second wall.
UNGUARDED_IN = {
    "audits/queries/members.py": "lists a provider's clients before there is a scope",
}
CURSOR_IN = {
    "audits/tenancy/scopes.py": "announces the scope",
}


def application() -> list[str]:
    return [path for path in python_files("audits") if not path.startswith("audits/tenancy/")]


def places(name: str) -> set[str]:
    return {
        path
        for path in application()
        if {name, f"tenancy.{name}"} & called(path) or f"audits.tenancy.{name}" in imported(path)
    } | {path for path in application() if f"tenancy.{name}" in _passed(path)}


def _passed(path: str) -> set[str]:
    """Names that a file hands on without calling them, as `partial(tenancy.scope, …)` does."""
    return {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def test_scope_is_entered_by_doors_and_tasks_alone() -> None:
    found = {path for path in places("scope") if not path.startswith("audits/management/")}
    assert found == SCOPE_ENTERED_IN


def test_new_clients_and_providers_are_entered_by_their_services_alone() -> None:
    assert places("enter_new_client") == NEW_CLIENT_IN
    assert places("new_provider_scope") == NEW_PROVIDER_IN


def test_system_scope_has_few_callers_each_with_its_reason() -> None:
    found: dict[str, set[str]] = {}
    for path in application():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("system_scope"):
                (reason,) = node.args
                assert isinstance(reason, ast.Constant), path
                found.setdefault(path, set()).add(str(reason.value))
    assert found == SYSTEM_SCOPES
    assert places("system_scope") == set(SYSTEM_SCOPES)


def test_no_query_goes_round_the_managers() -> None:
    unguarded = {"models.QuerySet", "QuerySet", "TenantQuerySet"}
    assert {path for path in application() if unguarded & called(path)} == set(UNGUARDED_IN)


def test_sql_by_hand_is_listed() -> None:
    by_hand = {"connection.cursor", "connections.cursor", "RawSQL"}
    found = {path for path in python_files("audits") if by_hand & called(path)}
    assert found == set(CURSOR_IN)


def test_pages_and_api_ask_no_manager() -> None:
    """No ORM in web and api: rows come from queries, through the doors."""
    for path in python_files("audits/web", "audits/api", "audits/templatetags"):
        assert not {name for name in called(path) if ".objects." in name}, path
