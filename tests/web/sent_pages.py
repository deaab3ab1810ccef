"""Lines of the matrix for forms that are sent: empty, so that the door answers and then the form.

A page that takes a form has its line here beside the one in which it is shown. Most answer an empty
form as they are shown: with themselves, saying what is missing, to the people who may open them.
"""

from dataclasses import replace

from tests.web.columns import PEOPLE, POST, Page, allowed

LIKE_SHOWN = [
    "set_up",
    "account_login",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_from_key",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "report_check",
    "welcome_step",
    "sign_on_find",
    "sign_on_confirm",
    "sign_on_settings",
    "join",
    "looks",
    "client_new",
    "clients_import",
    "company",
    "team_invite",
    "colleague",
    "group_new",
    "group",
    "token_new",
    "vendor_new",
    "vendor_edit",
    "vendor_terms",
    "vendor_usual",
    "vendor_decide",
    "review",
    "client_edit",
    "people_invite",
    "person",
    "model_new",
    "model_edit",
    "model_upload",
    "model_version",
    "authorise",
    "audit_new",
    "dataset_new",
    "dataset_edit",
    "dataset_upload",
    "dataset_split",
    "dataset_sensitivity",
    "dataset_permission",
    "dataset_retention",
    "dataset_columns",
    "tool_new",
    "tool_import",
    "tool_edit",
    "tool_decide",
    "tool_ask",
    "checklist_answer",
    "checklist_decide",
    "checklist_card",
    "audit_schedule",
    "report_schedule_new",
    "report_schedule",
]
# What an empty form already does, or what else is answered than when the page is opened.
OTHERWISE = [
    Page("account_logout", "", allowed(*PEOPLE, status=302), POST),
    # The cast's company account is nowhere: nobody is led on to it.
    Page("sign_on", "", allowed(*PEOPLE, status=403), POST),
]


def rows(shown: list[Page]) -> list[Page]:
    """The lines, each of a page that `shown` has as it is opened."""
    pages = {page.name: page for page in shown if page.method != POST}
    return [*(replace(pages[name], method=POST) for name in LIKE_SHOWN), *OTHERWISE]
