"""Lines of the matrix for a client's checklist, plan, frameworks, log, reports and files."""

from collections.abc import Callable
from typing import Any, NamedTuple

_STAFF = ("admin", "technician", "technician_of_first", "technician_of_group")
_DECIDING = (*_STAFF, "owner")
_ANSWERING = (*_DECIDING, "contributor")
_READING = (*_DECIDING, "viewer", "operator")
_EVERYONE = (*_READING, "contributor")
_LOOKS_ON = (*_STAFF, "operator")
_LOG = (*_DECIDING, "operator")
_LOGGED_IN = (*_EVERYONE, "technician_of_none", "their_admin")
_FLEET = (*_STAFF, "technician_of_none", "their_admin")


class Line(NamedTuple):
    """A page, the row that its number names, and what the people who may get."""

    name: str
    row: str
    people: tuple[str, ...]
    status: int = 200
    method: str = "get"

    def page(self, made: Callable[..., Any], allowed: Callable[..., dict[str, int]]) -> Any:  # noqa: ANN401 - a line of the matrix, which imports this module
        """Write it as the matrix has its lines."""
        expected = allowed(*self.people, status=self.status)
        return made(self.name, self.row, expected, self.method)


# Words in addresses of these pages that name no row of the cast.
ARGUMENTS: dict[str, dict[str, object]] = {
    **{
        f"{name}_file": {"ending": "csv"}
        for name in (
            "models", "datasets", "tools", "audits", "checklist", "people", "vendors", "fleet_map",
            "reports", "portfolios", "team", "tokens", "tokens_people", "frameworks",
            "audit_schedules", "audit_schedule_days", "report_schedules", "report_schedule_days",
            "groups", "vendors_reported", "vendor_clients", "dataset_versions", "dataset_columns",
            "provider_policy", "client_policy", "model_versions",
        )
    },
    **{
        f"{name}_chart": {"ending": "svg"}
        for name in ("checklist", "tool", "vendor", "client", "model")
    },
    "list_columns": {"listing": "models"},
    "list_view_new": {"listing": "models"},
    "list_pdf": {"listing": "models"},
    "report_schedule_new": {"kind": "owner_summary"},
    "audit_chart": {"name": "roc", "ending": "csv"},
    "audit_groups": {"ending": "csv"},
}  # fmt: skip
PAGES = [
    Line("checklist", "", _EVERYONE),
    Line("checklist_answer", "checklist_item", _ANSWERING),
    Line("checklist", "", _DECIDING, 200, "post"),
    Line("checklist_confirm", "checklist_item", _DECIDING, 302, "post"),
    Line("checklist_reopen", "checklist_item", _DECIDING, 302, "post"),
    Line("checklist_decide", "checklist_item", _DECIDING),
    Line("checklist_comment", "checklist_item", _ANSWERING, 200, "post"),
    Line("checklist_cards", "", _ANSWERING, 302),
    Line("checklist_card", "checklist_item", _ANSWERING),
    Line("checklist_edition", "", _STAFF),
    Line("checklist_edition_adopt", "", _STAFF, 302, "post"),
    Line("checklist_evidence_new", "checklist_item", _ANSWERING, 200, "post"),
    Line("checklist_evidence_file", "checklist_evidence", _ANSWERING),
    Line("checklist_evidence_remove", "checklist_evidence", _DECIDING, 302, "post"),
    Line("fleet_work", "", _FLEET),
    Line("client_work", "", _READING),
    Line("plan", "", _READING),
    Line("plan", "", _DECIDING, 200, "post"),
    Line("models", "", _STAFF, 200, "post"),
    Line("tools", "", _STAFF, 200, "post"),
    Line("audits", "", _STAFF, 200, "post"),
    Line("datasets", "", _STAFF, 200, "post"),
    Line("reports", "", _STAFF, 200, "post"),
    Line("people", "", _DECIDING, 200, "post"),
    Line("plan_csv", "", _READING),
    Line("plan_json", "", _READING),
    Line("activity", "", _LOG),
    Line("activity_csv", "", _LOG),
    Line("activity_json", "", _LOG),
    Line("activity_pdf", "", _STAFF, 200, "post"),
    Line("activity_verify", "", _LOG, 302, "post"),
    Line("frameworks", "", _READING),
    Line("frameworks_file", "", _READING),
    Line("framework", "", _READING),
    Line("framework_file", "", _READING),
    Line("client_policy", "", _READING),
    Line("client_policy", "", _STAFF, 200, "post"),
    Line("reports", "", _READING),
    Line("reports_file", "", _READING),
    Line("list_pdf", "", _STAFF, 200, "post"),
    Line("report", "report", _READING),
    Line("report_download", "report", _READING),
    Line("notes", "model", _STAFF),
    Line("notes", "model", _STAFF, 200, "post"),
    Line("note_delete", "note", _STAFF, 302, "post"),
    Line("preview", "", _STAFF, 302, "post"),
    Line("preview_end", "", _LOGGED_IN, 302, "post"),
    Line("report_start", "", _DECIDING),
    Line("report_preview", "", _DECIDING),
    Line("report_make", "", _DECIDING, 200, "post"),
    Line("report_send", "report", _STAFF),
    Line("report_send", "report", _STAFF, 200, "post"),
    Line("report_hand_in", "report", _STAFF, 302, "post"),
    Line("report_send_back", "report", _STAFF, 302, "post"),
    Line("report_link", "report_sending", _READING, 302),
    Line("list_columns", "", _STAFF, 302, "post"),
    Line("list_view_new", "", _STAFF, 200, "post"),
    Line("report_schedules", "", _STAFF),
    Line("report_schedule_new", "", _STAFF),
    Line("report_schedule", "report_schedule", _STAFF),
    Line("report_schedule_pause", "report_schedule", _STAFF, 302, "post"),
    Line("report_schedule_resume", "report_schedule", _STAFF, 302, "post"),
    Line("report_schedule_delete", "report_schedule", _STAFF),
    Line("report_schedule_delete", "report_schedule", _STAFF, 302, "post"),
    Line("audit_schedules", "", _STAFF),
    Line("audit_schedule", "model", _STAFF),
    Line("audit_schedule_pause", "model", _STAFF, 302, "post"),
    Line("audit_schedule_resume", "model", _STAFF, 302, "post"),
    Line("audit_schedule_delete", "model", _STAFF),
    Line("audit_schedule_delete", "model", _STAFF, 302, "post"),
    Line("client_branding", "", _STAFF),
    Line("client_branding", "", _STAFF, 200, "post"),
    Line("client_space", "", _STAFF),
    # Who manages the provider allows more; the others look.
    Line("client_space", "", ("admin",), 200, "post"),
    Line("plans", "", _FLEET),
    Line("plans", "", _FLEET, 200, "post"),
    Line("plans_csv", "", _FLEET),
    Line("plans_json", "", _FLEET),
    Line("plans_pdf", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("plans_columns", "", _FLEET, 302, "post"),
    Line("plans_view_new", "", _FLEET, 200, "post"),
    Line("vendors", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("vendors_reported", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("portfolios", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("portfolios_pdf", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("portfolios_columns", "", _FLEET, 302, "post"),
    Line("portfolios_view_new", "", _FLEET, 200, "post"),
    Line("team_columns", "", _FLEET, 302, "post"),
    Line("team_view_new", "", _FLEET, 200, "post"),
    Line("vendors_pdf", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("vendors_columns", "", _FLEET, 302, "post"),
    Line("vendors_view_new", "", _FLEET, 200, "post"),
    Line("vendors_reported", "", (*_STAFF, "their_admin")),
    Line("vendors_reported_pdf", "", (*_STAFF, "their_admin"), 200, "post"),
    Line("vendors_reported_columns", "", _FLEET, 302, "post"),
    Line("vendors_reported_view_new", "", _FLEET, 200, "post"),
    # --- lists and charts as files, and what an audit would do
    Line("models_file", "", _READING),
    Line("datasets_file", "", _READING),
    Line("tools_file", "", _READING),
    Line("audits_file", "", _READING),
    Line("checklist_file", "", _EVERYONE),
    Line("people_file", "", _DECIDING),
    Line("audit_schedules_file", "", _STAFF),
    Line("audit_schedule_days_file", "", _STAFF),
    Line("report_schedules_file", "", _STAFF),
    Line("report_schedule_days_file", "", _STAFF),
    Line("client_policy_file", "", _READING),
    Line("dataset_versions_file", "dataset", _READING),
    Line("dataset_columns_file", "dataset_version", _READING),
    Line("groups_file", "", ("admin", "their_admin")),
    Line("provider_policy_file", "", ("admin", "their_admin")),
    Line("vendors_file", "", (*_STAFF, "their_admin")),
    Line("vendors_reported_file", "", (*_STAFF, "their_admin")),
    Line("vendor_clients_file", "sheet", _STAFF),
    Line("fleet_map_file", "", _FLEET),
    Line("audit_look", "", _STAFF, 200, "post"),
    Line("model_versions_file", "model", _LOOKS_ON),
    Line("audit_groups", "audit", _LOOKS_ON),
    Line("audit_chart", "audit", _LOOKS_ON),
    Line("audit_evidence", "audit", _LOOKS_ON),
    Line("checklist_chart", "", _EVERYONE),
    # The cast's review is not completed: tests/web/test_files_to_take.py has one that is.
    Line("tool_chart", "tool", ()),
    Line("vendor_chart", "sheet", ()),
    # The cast's first audit ended today, so there is no line yet: it is drawn there too.
    Line("client_chart", "", ()),
    Line("model_chart", "model", ()),
]
