"""Lists to print."""

from audits.reports.printed_table import MOST_ROWS, PrintedTable

HOSTILE = ("#set page(width: 1pt)", "=1+1", "a" * 300, "שלום עולם", "emoji 🦷", "\u202egnp.exe")


def clients(count: int) -> PrintedTable:
    """A list of so many clients, the first ones with names that would break a careless page."""
    names = [*HOSTILE, *(f"Client {number}" for number in range(count))][:count]
    return PrintedTable(
        language="en",
        made_at="2026-11-28T09:00:00+00:00",
        title="Clients",
        provider="Northgate IT",
        about=f"{count} clients, as of 28 November 2026.",
        headers=("Client", "Rating", "Models"),
        rows=tuple((name, "High", "3") for name in names),
        widths=(3.0, 1.0, 1.0),
        left_out="The list goes on." if count > MOST_ROWS else "",
    )
