"""A list as it is on a page of the portal, on paper: one table over as many pages as it needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audits.reports import decoding, typesetting
from audits.reports.brand import PLAIN, Brand
from audits.reports.print_text import line, plain

TEMPLATE: Final = Path(__file__).with_suffix(".typ")
MOST_ROWS: Final = 1_000
_MOST_CELLS: Final = 12
_CELL: Final = 120
_MOST_ASKED: Final = 16


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Rows under headers, as words; ``made_at`` (ISO, with offset) becomes the file's time.

    ``left_out`` says below them what is missing where there are more than ``MOST_ROWS``, ``asked``
    above them which rows were asked for: labels with what was chosen there.
    """

    language: str
    made_at: str
    title: str
    provider: str
    about: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    left_out: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    brand: Brand = PLAIN

    def to_json(self) -> str:
        return decoding.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "PrintedTable":
        return decoding.from_json(cls, text)


def render(table: PrintedTable) -> bytes:
    """Make the PDF; the same bytes for the same table."""
    return typesetting.pdf(TEMPLATE, _page_data(table), made_at=table.made_at)


def _page_data(table: PrintedTable) -> dict[str, Any]:
    """Every text cut to its place, every row as long as the headers."""
    columns = len(table.headers[:_MOST_CELLS])
    widths = table.widths if len(table.widths) == columns else (1.0,) * columns
    return {
        "language": table.language,
        "title": plain(table.title, 80),
        "provider": plain(table.provider, 80),
        "about": line(table.about, 300),
        "asked": [
            {"name": line(name, 60), "value": line(value, _CELL)}
            for name, value in table.asked[:_MOST_ASKED]
        ],
        "headers": [line(text, 40) for text in table.headers[:columns]],
        "rows": [
            [line(text, _CELL) for text in (*row, *("",) * columns)[:columns]]
            for row in table.rows[:MOST_ROWS]
        ],
        "widths": list(widths),
        "left_out": plain(table.left_out, 120),
        "brand": typesetting.brand(table.brand),
    }
