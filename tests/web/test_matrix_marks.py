"""Marks of every client in every text column: what tests/web/test_matrix_answers.py looks for."""

from tests.web import marked

# Pages whose answer to a GET shows nothing of the client in words: files and fragments.
SAYS_NO_NAME = {
    "client_logo",
    "report_logo",
    "audit_figures",
    "audit_groups",
    "audit_members",
    "audit_progress",
    "audit_chart",
    "checklist_chart",
    "tool_chart",
    "client_chart",
    "model_chart",
    "people_file",
    "report_schedules_file",
    "framework_file",
    "frameworks_file",
    "client_policy_file",
}

# Pages that name a provider to whoever knows its address, and why.
ENTRANCES = {
    "sign_on": "an entrance says whose it is",
    "join": "an invitation says to whose team it leads",
}
# Everybody else sees at least what is their provider's own, such as its fact sheets, as soon as
# they were given a client.
SEE_NOTHING = {"anonymous", "technician_of_none"}


def test_every_text_column_is_marked_or_has_its_reason() -> None:
    assert set(marked.UNMARKED) <= marked.every_text_field()
    assert all(marked.UNMARKED.values())


def test_every_json_column_is_marked_or_has_its_reason() -> None:
    assert marked.every_json_field() == set(marked.JSON)
