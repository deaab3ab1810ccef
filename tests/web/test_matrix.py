"""Who gets which answer from which address. An address without a line here fails.

A new page is one line in PAGES: its name, who may open it, and the row that its number names.
"""

import re
from uuid import UUID

from django.db import transaction
from django.test import Client as Browser
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from audits.enums import JobState
from tests.factories import ClientCast, ProviderCast, World
from tests.web import client_pages, sent_pages
from tests.web.columns import (
    ADMINS,
    ALL_OF_CLIENT,
    CLIENT,
    DECIDE,
    EVERYONE,
    GET,
    HOUSE,
    LOGGED_IN,
    LOOK,
    LOOKS_ON,
    MOVED,
    PEOPLE,
    POST,
    SHEET,
    STAFF,
    VENDORS,
    WITHOUT_FACTOR,
    WORK,
    Page,
    allowed,
)
from tests.web.doors import browser_of, everybody
from tests.web.methods import methods_of, views
from tests.web.routes import addresses, route_of

__all__ = ["GET", "PAGES", "PEOPLE", "POST", "Page", "addresses", "browser_of", "everybody"]

PAGES = [
    Page("account_login", "", {**allowed(*PEOPLE, status=302), "anonymous": 200}),
    Page("account_logout", "", allowed(*PEOPLE[1:])),
    Page("account_inactive", "", EVERYONE),
    Page("account_change_password", "", LOGGED_IN),
    Page("account_reset_password", "", EVERYONE),
    Page("account_reset_password_done", "", EVERYONE),
    Page("account_reset_password_from_key", "", EVERYONE),
    Page("account_reset_password_from_key_done", "", EVERYONE),
    Page("account_reauthenticate", "", LOGGED_IN),
    Page("security_txt", "", allowed(anonymous=404)),  # nobody is named: tests/web/test_protection
    Page("robots_txt", "", EVERYONE),
    Page("report_check", "", EVERYONE),
    Page("sign_on_find", "", EVERYONE),
    Page("sign_on", "", EVERYONE),
    Page("sign_on_callback", "", allowed(*PEOPLE, status=403)),
    Page("sign_on_confirm", "", allowed(*PEOPLE, status=302)),
    # --- settings of the provider
    # Once it is there, whoever may change it confirms it first.
    Page("sign_on_settings", "", allowed(*ADMINS, status=302)),
    Page("sign_on_start", "", {**HOUSE, "admin": 302, "their_admin": 302}, POST),
    Page("sign_on_check", "", HOUSE, POST),
    Page("sign_on_unlink", "", allowed(), POST),
    # --- second factor: each person's own, and most of it only after a log-in of a moment ago
    Page("mfa_authenticate", "", allowed(*PEOPLE, status=302)),
    Page("mfa_login_webauthn", "", allowed(*PEOPLE, status=302)),
    Page("mfa_reauthenticate", "", {**LOGGED_IN, **dict.fromkeys(WITHOUT_FACTOR, 302)}),
    Page("mfa_reauthenticate_webauthn", "", MOVED),
    Page("mfa_index", "", MOVED),
    Page("mfa_activate_totp", "", MOVED),
    Page("mfa_deactivate_totp", "", {**MOVED, **dict.fromkeys(WITHOUT_FACTOR, 404)}),
    Page("mfa_view_recovery_codes", "", allowed()),
    Page("mfa_generate_recovery_codes", "", MOVED),
    Page("mfa_list_webauthn", "", MOVED),
    Page("mfa_add_webauthn", "", MOVED),
    Page("mfa_edit_webauthn", "", MOVED),
    Page("mfa_remove_webauthn", "", MOVED),
    Page("security", "", LOGGED_IN),
    Page("second_factor", "", MOVED),
    Page("second_factor_decline", "", MOVED, POST),
    Page("sessions_end", "", MOVED, POST),
    Page("session_end", "", allowed(), POST),
    # --- pages
    Page("home", "", {**allowed(*PEOPLE[1:], status=302)}),
    Page("fleet", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("search", "", LOGGED_IN),
    Page("fleet", "", allowed(*STAFF, "technician_of_none", "their_admin"), POST),
    Page("fleet_map", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("fleet_pdf", "", allowed(*STAFF, "technician_of_none", "their_admin"), POST),
    Page("fleet_csv", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("fleet_json", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("fleet_table", "", allowed(*STAFF, "technician_of_none", "their_admin", status=422), POST),
    Page("fleet_views", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("fleet_views", "", allowed(*STAFF, "technician_of_none", "their_admin"), POST),
    # A view is its person's own, and nobody else's of the same provider.
    Page("fleet_view", "fleet_view", allowed("technician"), POST),
    Page("fleet_view_delete", "fleet_view", allowed("technician", status=302), POST),
    Page("portfolios", "", VENDORS),
    Page("portfolios_file", "", VENDORS),
    Page("portfolio_start", "", VENDORS),
    Page("reports_bulk", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("reports_bulk", "", allowed(*STAFF, "technician_of_none", "their_admin"), POST),
    Page("portfolio_preview", "", VENDORS),
    Page("portfolio_make", "", allowed(*STAFF, "their_admin", status=302), POST),
    # It speaks of both clients: whoever looks after one of them alone does not read it.
    Page("portfolio", "portfolio_report", allowed("admin", "technician")),
    Page("portfolio_download", "portfolio_report", allowed("admin", "technician")),
    Page("portfolio_cancel", "portfolio_report", allowed("admin", "technician", status=302), POST),
    Page("acting", "", allowed(*PEOPLE[1:], status=302)),
    Page("acting", "", allowed(), POST),
    Page("switcher", "", LOGGED_IN),
    # Nobody, because somebody has an account: the first one is made once.
    Page("set_up", "", allowed(anonymous=404)),
    Page("welcome", "", allowed(*ADMINS, status=302)),
    Page("welcome_step", "", allowed(*ADMINS)),
    Page("welcome_skip", "", allowed(*ADMINS, status=302), POST),
    Page("welcome_demo", "", allowed(*ADMINS, status=302), POST),
    Page("welcome_close", "", allowed(*ADMINS, status=302), POST),
    Page("isolation", "", allowed(*ADMINS)),
    Page("isolation", "", allowed(*ADMINS, status=302), POST),
    Page("isolation_check", "isolation_check", allowed("admin")),
    Page("isolation_text", "isolation_check", allowed("admin")),
    Page("isolation_json", "isolation_check", allowed("admin")),
    Page("looks", "", allowed("operator")),
    Page("system_health", "", allowed("operator")),
    Page("design", "", allowed("operator")),
    Page("look_end", "", allowed("operator", status=302), POST),
    Page("client_new", "", allowed("admin", "technician", "their_admin")),
    Page("clients_import", "", allowed("admin", "technician", "their_admin")),
    Page(
        "clients_import_columns",
        "",
        allowed("admin", "technician", "their_admin", status=302),
        POST,
    ),
    # --- people: of the provider, of a client, and those who were asked in
    Page("join", "", {**allowed(*PEOPLE[1:], status=403), "anonymous": 200}),
    Page("company", "", allowed(*ADMINS)),
    Page("branding", "", allowed(*ADMINS)),
    Page("branding", "", allowed(*ADMINS), POST),
    # Who may remove the demo confirms it first, and is led there.
    Page("demo_remove", "", allowed(*ADMINS, status=302)),
    Page("demo_remove", "", allowed(*ADMINS, status=302), POST),
    Page("demo_remove_all", "", allowed("operator", status=302)),
    Page("demo_remove_all", "", allowed("operator", status=302), POST),
    Page("provider_policy", "", allowed(*ADMINS)),
    Page("provider_policy", "", allowed(*ADMINS), POST),
    Page("provider_logo", "", allowed(*STAFF, "technician_of_none", "their_admin")),
    Page("client_logo", "", ALL_OF_CLIENT),
    Page("report_logo", "", ALL_OF_CLIENT),
    Page("team", "", allowed(*ADMINS)),
    Page("team", "", allowed(*ADMINS), POST),
    Page("team_file", "", allowed(*ADMINS)),
    Page("team_pdf", "", allowed(*ADMINS), POST),
    Page("team_invite", "", allowed(*ADMINS, status=302)),
    # Who may change somebody confirms it first, and is led there: the others learn of nothing.
    Page("colleague", "colleague", allowed("admin", status=302)),
    Page("colleague_log_out", "colleague", allowed("admin", status=302), POST),
    Page("colleague_reset_factor", "colleague", allowed("admin", status=302), POST),
    Page("colleague_remove", "colleague", allowed("admin", status=302), POST),
    Page("team_invitation_again", "invitation", allowed("admin", status=302), POST),
    Page("team_invitation_revoke", "invitation", allowed("admin", status=302), POST),
    Page("people", "", DECIDE),
    Page("people_invite", "", allowed(*STAFF, "owner", status=302)),
    Page("person", "member", allowed(*STAFF, "owner", status=302)),
    Page("person_log_out", "member", allowed("admin", status=302), POST),
    Page("person_reset_factor", "member", allowed("admin", status=302), POST),
    Page("person_remove", "member", allowed(*STAFF, "owner", status=302), POST),
    Page("people_invitation_again", "invitation", allowed(*STAFF, "owner", status=302), POST),
    Page("people_invitation_revoke", "invitation", allowed(*STAFF, "owner", status=302), POST),
    Page("tokens", "", {**LOGGED_IN, "operator": 404}),
    Page("tokens_file", "", {**LOGGED_IN, "operator": 404}),
    Page("token_new", "", {**MOVED, "operator": 404}),
    Page("tokens_people", "", allowed(*ADMINS)),
    Page("tokens_people_file", "", allowed(*ADMINS)),
    Page("token_revoke", "owner_token", allowed("admin", "owner")),
    Page("token_revoke", "owner_token", allowed("admin", "owner", status=302), POST),
    Page("groups", "", allowed(*ADMINS)),
    # What opens clients to people is confirmed first.
    Page("group_new", "", allowed(*ADMINS, status=302)),
    Page("group", "group", allowed("admin", status=302)),
    Page("group_delete", "group", allowed("admin", status=302), POST),
    Page("provider_activity", "", allowed(*ADMINS)),
    Page("provider_activity_csv", "", allowed(*ADMINS)),
    Page("provider_activity_json", "", allowed(*ADMINS)),
    Page("provider_activity_pdf", "", allowed(*ADMINS), POST),
    Page("provider_activity_verify", "", allowed(*ADMINS, status=302), POST),
    Page("vendors", "", VENDORS),
    Page("vendor_new", "", VENDORS),
    Page("vendor", "sheet", SHEET),
    Page("vendor_edit", "sheet", SHEET),
    Page("vendor_terms", "sheet", SHEET),
    Page("vendor_usual", "sheet", SHEET),
    Page("vendor_decide", "sheet", SHEET),
    Page("review", "sheet", SHEET),
    Page("review_start", "sheet", allowed(*STAFF, status=302), POST),
    Page("review_complete", "sheet", allowed(*STAFF, status=302), POST),
    Page("client", "", ALL_OF_CLIENT),
    Page("client_edit", "", WORK),
    Page("models", "", LOOK),
    Page("model_new", "", WORK),
    Page("model", "model", LOOK),
    Page("model_edit", "model", WORK),
    Page("model_upload", "model", WORK),
    Page("model_script", "model", WORK),
    Page("model_version", "model_version", WORK),
    Page("model_version_delete", "model_version", allowed(*STAFF, status=302)),
    Page("model_version_delete", "model_version", allowed(*STAFF, status=302), POST),
    Page("datasets", "", LOOK),
    Page("dataset_new", "", WORK),
    Page("dataset", "dataset", LOOK),
    Page("dataset_edit", "dataset", WORK),
    Page("dataset_upload", "dataset", WORK),
    Page("dataset_split", "dataset", WORK),
    Page("dataset_sensitivity", "dataset", WORK),
    Page("dataset_permission", "dataset", WORK),
    Page("dataset_permission_file", "data_permission", WORK),
    Page("dataset_retention", "dataset", WORK),
    Page("dataset_delete", "dataset", allowed(*STAFF, status=302)),
    Page("dataset_delete", "dataset", allowed(*STAFF, status=302), POST),
    Page("dataset_version", "dataset_version", LOOK),
    Page("dataset_columns", "dataset_version", WORK),
    Page("dataset_train_file", "dataset_version", WORK),
    Page("dataset_held_out_file", "dataset_version", WORK),
    Page("tools", "", LOOK),
    Page("tool_new", "", DECIDE),
    Page("tool_import", "", WORK),
    Page("tool_import_columns", "", allowed(*STAFF, status=302), POST),
    Page("tool", "tool", LOOK),
    Page("tool_edit", "tool", WORK),
    Page("tool_review", "tool", allowed(*STAFF, status=302), POST),
    Page("tool_ask", "tool", DECIDE),
    Page("tool_decide", "tool", WORK),
    Page("audits", "", LOOK),
    Page("glossary", "", LOGGED_IN),
    Page("audit_new", "", WORK),
    Page("authorise", "model", DECIDE),
    Page("authorisation_file", "authorisation", DECIDE),
    Page("authorisation_withdraw", "authorisation", allowed(*STAFF, "owner", status=302), POST),
    Page("audit", "audit", LOOK),
    Page("audit_progress", "audit", allowed(*LOOKS_ON, *CLIENT, status=286)),
    Page("audit_cancel", "audit", allowed(*STAFF, status=302), POST),
    Page("audit_acknowledge", "audit", allowed(*STAFF, status=302), POST),
    Page("audit_bring_back", "audit", allowed(*STAFF, status=302), POST),
    Page("audit_actions", "audit", allowed(*STAFF, "owner", status=302), POST),
    Page("audit_again", "audit", allowed(*STAFF, status=302), POST, job=JobState.RUNNING),
    Page("audit_document", "audit", allowed(*LOOKS_ON)),
    Page("audit_figures", "audit", allowed(*LOOKS_ON)),
    Page("audit_members", "audit", allowed(*LOOKS_ON)),
    # --- API: JSON instead of the log-in page
    Page("api:schema", "", allowed(*PEOPLE[1:], anonymous=401)),
    Page("api:clients", "", allowed(*PEOPLE[1:], anonymous=401)),
    Page("api:client", "", {**ALL_OF_CLIENT, "anonymous": 401}),
    Page("api:models", "", {**LOOK, "anonymous": 401}),
    Page("api:model", "model", {**LOOK, "anonymous": 401}),
    Page("api:datasets", "", {**LOOK, "anonymous": 401}),
    Page("api:dataset", "dataset", {**LOOK, "anonymous": 401}),
    Page("api:tools", "", {**LOOK, "anonymous": 401}),
    Page("api:tool", "tool", {**LOOK, "anonymous": 401}),
    Page("api:checklist", "", {**ALL_OF_CLIENT, "anonymous": 401}),
    Page("api:audits", "", {**LOOK, "anonymous": 401}),
    Page("api:audits", "", allowed(*STAFF, status=400, anonymous=401), POST),
    Page("api:audit", "audit", {**LOOK, "anonymous": 401}),
    Page("api:audit_cancel", "audit", allowed(*STAFF, status=409, anonymous=401), POST),
]
PAGES += [one.page(Page, allowed) for one in client_pages.PAGES]
PAGES += sent_pages.rows(PAGES)
# Numbers and words in addresses that name no row of the cast.
OTHER_ARGUMENTS: dict[str, dict[str, object]] = {
    **client_pages.ARGUMENTS,
    "set_up": {"token": "guessed"},
    "join": {"token": "staff of ours"},
    "welcome_step": {"step": "client"},
    "welcome_skip": {"step": "tool"},
    "framework": {"key": "nist-ai-rmf"},
    "framework_file": {"key": "nist-ai-rmf", "ending": "csv"},
    "notes": {"kind": "model"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "set-password"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "session_end": {"session": UUID(int=1)},
    "review": {"key": "what"},
}


def is_of_a_client(page: Page) -> bool:
    return "slug:slug" in route_of(page.name)


def cast_of(page: Page, world: World) -> ClientCast | ProviderCast:
    """Whose rows the numbers of this page name: the first client's, or the provider's own."""
    return world.here if is_of_a_client(page) or not page.row else world.ours


def address_of(
    page: Page, cast: ClientCast | ProviderCast, *, pk: int | None = None, slug: str = ""
) -> str:
    """The page's address; `pk` and `slug` replace those of the cast."""
    route = route_of(page.name)
    arguments: dict[str, object] = dict(OTHER_ARGUMENTS.get(page.name, {}))
    if "slug:slug" in route:
        assert isinstance(cast, ClientCast)
        arguments["slug"] = slug or cast.client.slug
    if "slug:address" in route:
        owner = cast.client.provider_id if isinstance(cast, ClientCast) else cast.provider.pk
        arguments["address"] = f"quay-{owner}"
    if page.row:
        arguments["pk"] = getattr(cast, page.row).pk if pk is None else pk
    return reverse(page.name, kwargs=arguments)


def asked(browser: Browser, page: Page, address: str) -> tuple[int, bytes]:
    """Status and body; whatever the request wrote is taken back."""
    return answered(browser, page, address)[:2]


# Headers that are new with every answer.
_OF_THE_ANSWER = {"X-Request-ID", "Set-Cookie"}
_NONCE = re.compile("'nonce-[^']+'")


def answered(browser: Browser, page: Page, address: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers; whatever the request wrote is taken back."""
    with transaction.atomic():
        kind = "application/json" if page.name.startswith("api:") else MULTIPART_CONTENT
        answer = browser.get(address) if page.method == GET else browser.post(address, None, kind)
        body = answer.getvalue()
        transaction.set_rollback(True)
    headers = {
        name: _NONCE.sub("", value)
        for name, value in answer.headers.items()
        if name not in _OF_THE_ANSWER
    }
    return answer.status_code, body, headers


def test_matrix_has_a_line_for_every_address() -> None:
    assert {name for name, _ in addresses()} == {page.name for page in PAGES}


def test_matrix_has_a_line_for_every_method_that_an_address_takes() -> None:
    """A page without a line for POST takes no form: tests/web/test_matrix_answers.py tries it."""
    lines = {(page.name, page.method) for page in PAGES}
    assert len(lines) == len(PAGES)
    assert lines == {(name, method) for name, view in views() for method in methods_of(view)}


def test_matrix_names_a_row_wherever_an_address_has_a_number() -> None:
    numbered = {name for name, route in addresses() if "<int:pk>" in route}
    assert numbered == {page.name for page in PAGES if page.row}


def test_addresses_of_a_client_carry_its_slug_and_nothing_else_names_one() -> None:
    """The scope comes from `slug`; a number alone must never lead to a client's row.

    Below `settings/`, `tools/` and `fleet/reports/` numbers name rows of the provider itself, which
    no client's scope shows.
    """
    bare = [
        route
        for _, route in addresses()
        if "<int:" in route
        and "slug:slug" not in route
        and not route.startswith(("settings/", "tools/", "fleet/reports/"))
    ]
    assert bare == []
