"""Fields of pages that take a row: what tests/web/test_matrix_ids.py finds, and compares."""

from django.db import models

from audits.models import Client, Membership, User

# Every field of a page that takes a row, by page: the test finds them and compares.
FIELDS = {
    ("model_upload", "trained_on"),
    ("model_version", "trained_on"),
    ("audit_new", "model_version"),
    ("audit_new", "dataset_version"),
    ("checklist", "items"),
    ("plan", "items"),
    ("plan", "who"),
    ("plans", "items"),
    ("plans", "who"),
    ("models", "models"),
    ("tools", "tools"),
    ("audits", "audits"),
    ("datasets", "datasets"),
    ("reports", "reports"),
    ("people", "picked"),
    ("team", "picked"),
    ("portfolios", "picked"),
    ("vendors", "picked"),
    ("vendors_reported", "picked"),
    ("group_new", "clients"),
    ("group", "clients"),
    ("fleet", "clients"),
    ("fleet", "by"),
    ("fleet", "into"),
    ("team_invite", "clients"),
    ("team_invite", "groups"),
    ("colleague", "clients"),
    ("colleague", "groups"),
    ("report_send", "readers"),
    ("report_schedule_new", "readers"),
    ("report_schedule", "readers"),
    ("reports_bulk", "clients"),
    ("tool_new", "sheet"),
    ("tool_edit", "sheet"),
    ("vendor_decide", "tools"),
    ("token_new", "clients"),
    ("sign_on_settings", "keep_password"),
    ("checklist_answer", "owner"),
    ("checklist", "owner"),
    ("checklist_decide", "owner"),
}
# What fields name that offer numbers without being made of a queryset.
PLAIN: dict[tuple[str, str], type[models.Model]] = {
    ("token_new", "clients"): Client,
    ("sign_on_settings", "keep_password"): Membership,
    ("checklist_answer", "owner"): User,
    ("checklist", "owner"): User,
    ("checklist_decide", "owner"): User,
    ("plan", "who"): User,
    ("plans", "who"): User,
}
# Fields that offer or take numbers which name no row, whatever page they are on: what they count.
NUMBERS = {
    "storage_limit_mb": "how much space a client has",
    "critical": "a bound of the rating policy",
    "days": "how long a token lasts",
    "elevated": "a bound of the rating policy",
    "guarded": "a bound of the rating policy",
    "idle": "days without an audit",
    "dp_delta": "a parameter of the training",
    "dp_epsilon": "a parameter of the training",
    "held_out_percent": "how a table is split",
    "high": "a bound of the rating policy",
    "hue": "a colour",
    "impact": "how much harm a disclosure does",
    "months": "how long an audit speaks",
    "people": "how many use a tool",
    "raised": "levels of impact that the rating policy names",
    "size": "lines on a page",
}
