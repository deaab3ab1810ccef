"""A list on paper: tagged, the same bytes for the same rows, whatever stands in a cell."""

import io

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
