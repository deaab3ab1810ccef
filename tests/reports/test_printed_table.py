"""A list on paper: tagged, the same bytes for the same rows, whatever stands in a cell."""

import io
import re
from dataclasses import replace

import pikepdf
from pypdf import PdfReader

from audits.reports import printed_table
from audits.reports.printed_table import MOST_ROWS, PrintedTable
from tests.reports import tables


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_list_is_tagged_and_its_head_stands_on_every_page() -> None:
    made = printed_table.render(tables.clients(120))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Clients"
        pages = len(pdf.pages)
    assert pages > 1
    told = text_of(made)
    assert told.count("Rating") == pages
    assert "Client 113" in told
    assert "The list goes on" not in told


def test_same_list_is_the_same_bytes() -> None:
    table = tables.clients(8)
    again = PrintedTable.from_json(table.to_json())
    assert again == table
    assert printed_table.render(table) == printed_table.render(again)


def test_cells_are_text_and_nothing_else() -> None:
    told = text_of(printed_table.render(tables.clients(len(tables.HOSTILE))))
    assert "#set page(width: 1pt)" in told
    assert "=1+1" in told
    assert "\u202e" not in told


def test_very_long_list_says_that_it_goes_on() -> None:
    assert "The list goes on." in text_of(printed_table.render(tables.clients(MOST_ROWS + 1)))


def test_what_was_asked_for_stands_above_the_rows() -> None:
    asked = (("Rating", "High"), ("Sorted by", "#set page(width: 1pt)"))
    told = " ".join(text_of(printed_table.render(replace(tables.clients(2), asked=asked))).split())
    said = "Rating: High Sorted by: #set page(width: 1pt)"
    assert said in told
    assert told.index("2 clients, as of") < told.index(said) < told.index("Models")


def rows_on_pages(count: int) -> list[int]:
    """How many rows stand on each page; some of them are two lines high."""
    rows = tuple((f"Row {n:03}", "High " * (1 + 40 * (n % 5 == 0)), "3") for n in range(count))
    made = printed_table.render(replace(tables.clients(0), rows=rows))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    found = [len(re.findall(r"Row \d{3}", text)) for text in pages]
    assert sum(found) == count
    return found


def test_no_row_or_two_stand_alone_on_the_last_page() -> None:
    """One row more each time: wherever the last page begins, it has three rows."""
    (first, *_rest) = rows_on_pages(80)
    found = [rows_on_pages(count) for count in range(first - 1, first + 6)]
    assert {len(pages) for pages in found} == {1, 2}
    assert [pages[-1] for pages in found if pages[-1] < 3] == []
    assert all(sum(pages[:-1]) <= first for pages in found)
    assert [rows_on_pages(count) for count in (1, 2, 3)] == [[1], [2], [3]]


def test_cell_that_keeps_the_last_rows_together_says_nothing() -> None:
    made = printed_table.render(tables.clients(40))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        parts = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
        kinds = [str(one.get("/S")) for one in parts]
    assert kinds.count("/TH") == 3
    assert kinds.count("/TD") == 40 * 3 + 1
