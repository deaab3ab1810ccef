"""Addresses that answer a browser and are no page of their own to walk, each with why."""

_FILE = "a file to take away"
_PASSKEY = "walked in test_second_factor.py, by somebody who has a passkey"
_LEADS_ON = "leads on to a page that is walked"

WHY = {
    "mfa_authenticate": "walked as what the log-in leads to",
    "mfa_login_webauthn": "answers a script of the log-in",
    "mfa_reauthenticate_webauthn": _PASSKEY,
    "mfa_view_recovery_codes": _PASSKEY,
    "mfa_add_webauthn": _PASSKEY,
    "mfa_edit_webauthn": _PASSKEY,
    "mfa_remove_webauthn": _PASSKEY,
    "mfa_index": _LEADS_ON,
    "mfa_list_webauthn": _LEADS_ON,
    "welcome": _LEADS_ON,
    "checklist_card": "checklist_cards leads on to it, and is walked to there",
    "report_link": _LEADS_ON,
    "sign_on": "there once a company has set it up: tests/e2e/test_sign_on.py",
    "sign_on_callback": "answers an identity provider: tests/e2e/test_sign_on.py",
    "sign_on_confirm": "comes after an identity provider: tests/web/sign_on",
    "set_up": "there while nobody has an account: drawn by corners.py",
    "audit_progress": "a part of the page of a running audit, which is walked",
    "portfolio_download": _FILE,
    "authorisation_file": _FILE,
    "dataset_permission_file": _FILE,
    "dataset_train_file": _FILE,
    "dataset_held_out_file": _FILE,
    "checklist_evidence_file": _FILE,
    "report_download": _FILE,
}
