"""Lists on paper: how many rows fit, and what is said where more are there."""

from datetime import date

from audits.models import AITool
from audits.queries import list_print
from audits.queries.narrowing import Asked
from audits.queries.tool import ToolRow
from audits.reports.printed_table import MOST_ROWS
from tests.factories import make_client


def rows(count: int) -> list[ToolRow]:
    today = date(2026, 11, 28)
    return [ToolRow(tool=AITool(name=f"Tool {n}"), sheet=None, today=today) for n in range(count)]


def test_list_that_is_too_long_says_first_how_much_of_it_is_there(provider_id: int) -> None:
    tenant = make_client(provider_id)
    kind = list_print.PRINTED["tools"]
    whole = list_print.table(tenant, kind, rows(MOST_ROWS))
    assert (len(whole.rows), whole.left_out) == (MOST_ROWS, "")
    assert whole.about.startswith(f"{tenant.name}, 1,000 rows, as of ")
    long = list_print.table(tenant, kind, rows(5 * MOST_ROWS))
    said = "Only the first 1,000 of 5,000 rows. The CSV and JSON files have all."
    assert (long.rows, long.left_out) == (whole.rows, said)
    assert long.about.startswith(f"{said} {tenant.name}, 5,000 rows, as of ")


def test_one_row_is_one_row(provider_id: int) -> None:
    tenant = make_client(provider_id)
    table = list_print.table(tenant, list_print.PRINTED["tools"], rows(1))
    assert table.about.startswith(f"{tenant.name}, 1 row, as of ")
    assert table.rows[0][0] == "Tool 0"


def test_list_says_of_how_many_rows_it_has_some_and_what_was_asked_for(provider_id: int) -> None:
    tenant = make_client(provider_id)
    kind = list_print.PRINTED["tools"]
    asked = Asked(choices=[("Decision", "Rejected")], order="Tool, ascending")
    some = list_print.table(tenant, kind, rows(2), every=rows(1_200), asked=asked)
    assert some.about.startswith(f"{tenant.name}, 2 of 1,200 rows, as of ")
    assert some.asked == (("Decision", "Rejected"), ("Sorted by", "Tool, ascending"))
    whole = list_print.table(tenant, kind, rows(2), every=rows(2), asked=Asked())
    assert whole.about.startswith(f"{tenant.name}, 2 rows, as of ")
    assert whole.asked == (("Filters", "None"),)
    ticked = list_print.table(tenant, kind, rows(1), every=rows(2), asked=Asked(is_ticked=True))
    assert ticked.about.startswith(f"{tenant.name}, 1 of 2 rows, as of ")
    assert ticked.asked == (("Rows", "Only those that were ticked"),)
