"""Scopes are entered in few places, all of them listed here."""

import ast

from tests.architecture.sources import ROOT, called, imported, python_files, tree

# Where a scope may be entered: the request, the worker's task, the doors, and commands.
SCOPE_ENTERED_IN = {"audits/access.py", "audits/homes.py", "audits/tasks.py"}
# The tenant itself is created here, and the provider above it.
NEW_CLIENT_IN = {"audits/services/client.py"}
NEW_PROVIDER_IN = {"audits/services/provider.py"}
# Where less is seen than the running scope shows: the check pushes from inside one client, and
# what has changed is counted without what has not. Pages of staff leave out where they are guests.
NARROWED_IN = {
    "audits/access.py",
    "audits/services/portfolio.py",
    "audits/services/isolation_probes.py",
    "audits/queries/client_figures.py",
}
# Who may see every client, and why: exactly as the code says it.
SYSTEM_SCOPES = {
    "audits/homes.py": {
        "an operator begins a look at one client of any provider",
        "an operator looks for the providers that came with the demo",
    },
    "audits/tasks.py": {
        "leases of every client run out on one clock",
        "figures of every client age by one clock",
        "looks at every client end by one clock",
        "days of audits come at every client by one clock",
        "days of reports come at every client by one clock",
        "the last days of records of every client pass by one clock",
    },
    "audits/management/commands/add_member.py": {"an operator names clients of any provider"},
    "audits/management/commands/verify_activity.py": {
        "an operator verifies the log of any client and provider"
    },
    "audits/management/commands/seed_scale.py": {"what was made up for load tests goes as a whole"},
    "audits/management/commands/tenancy_check.py": {"an operator asks whether the walls stand"},
}
# Querysets without a manager, and SQL by hand: each place is a hole in the second wall.
UNGUARDED_IN = {
    "audits/queries/members.py": "lists a provider's clients before there is a scope",
}
CURSOR_IN = {
    "audits/tenancy/scopes.py": "announces the scope",
    "audits/tenancy/waiting.py": "counts work that waits, over everybody's: a number alone",
    "audits/tenancy/installation.py": "counts over everybody's rows: numbers alone",
    "audits/tenancy/former.py": "asks the catalogue which tables there are",
    "audits/tenancy/made_up.py": "has the database remove what is made up, which looks at the mark",
    "audits/tenancy/inspection.py": "asks the catalogue what stands, and pushes against it",
}

# Django's cache holds what no transaction and no policy guards: each use builds its keys from the
# tenant and says here how.
CACHED_IN: dict[str, str] = {
    "audits/cache.py": "every key names its owner: a client, a provider, a person or a token",
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


def test_scope_is_narrowed_in_few_places() -> None:
    assert places("narrowed") == NARROWED_IN


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


def test_cache_is_used_in_listed_places_alone() -> None:
    names = ("django.core.cache", "django.views.decorators.cache.cache_page")
    found = {
        path
        for path in python_files("audits", "mia_portal")
        if any(name.startswith(names) for name in imported(path))
    }
    assert found == set(CACHED_IN)
    pages = (ROOT / "templates").rglob("*.html")
    assert [page for page in pages if "{% cache" in page.read_text(encoding="utf-8")] == []
