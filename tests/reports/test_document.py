"""A report of any length: what it says, for whom it is tagged, and what cannot break it."""

import io
import json
import re
from dataclasses import asdict, replace
from typing import Any

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from audits.charts import heat_map, risk_matrix, roc
from audits.guidance.badges import Badge
from audits.reports import seal
from audits.reports.document import MOST_ROWS, Document, Fact, Section, Table
from tests.reports.documents import BRAND, CODE, appendix, rendered, with_every_text
from tests.reports.test_owner_summary import HOSTILE, pages

_A_LINE_OF_PICTURES = 60  # points

USUAL = appendix()
PDF = rendered(USUAL)


def _structure(node: Any) -> list[Any]:  # noqa: ANN401 - whatever a PDF holds
    if not isinstance(node, pikepdf.Dictionary):
        return []
    children: Any = node.get("/K", [])
    listed = list(children) if isinstance(children, pikepdf.Array) else [children]
    return [node, *(found for child in listed for found in _structure(child))]


def _colours(pdf: pikepdf.Pdf) -> set[str]:
    """Every colour that the pages are filled with."""
    drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    found = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:scn?|rg)\b", drawn)
    return {"#" + "".join(f"{round(float(part) * 255):02x}" for part in one) for one in found}


def test_document_is_the_same_bytes_twice_and_after_json() -> None:
    assert rendered(appendix()) == PDF
    assert rendered(Document.from_json(USUAL.to_json())) == PDF
    assert Document.from_json(USUAL.to_json()).to_json() == USUAL.to_json()


def test_document_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="Document: missing or unknown: more"):
        Document.from_json(json.dumps(asdict(USUAL) | {"more": 1}))


def test_document_says_everything_it_holds() -> None:
    text = " ".join(pages(PDF))
    said = (
        USUAL.client,
        USUAL.provider,
        USUAL.subject,
        USUAL.period,
        USUAL.marking,
        USUAL.lead,
        "High",
        "7 of 19 November 2026",
        "d4" * 32,
        "One sentence.",
        "Attack 2",
        "There is nothing here.",
        "New attacks may do better.",
        "Rating policy 2026.1 applies.",
    )
    assert [one for one in said if one not in text] == []


def test_document_is_tagged_and_its_pictures_are_described() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["dc:title"] == (
            "Technical appendix. Hillside Dental Clinic: No-show forecast, version 2"
        )
        assert str(pdf.Root.Lang) == "en"
        nodes = _structure(pdf.Root.StructTreeRoot)
    kinds = [str(node.S) for node in nodes if "/S" in node]
    assert (kinds.count("/H1"), kinds.count("/H2"), kinds.count("/TH")) == (1, 3, 3)
    assert USUAL.curves is not None
    matrix = risk_matrix.series({"likelihood": 3, "impact": 5, "badge": "high"})
    assert [str(node.Alt) for node in nodes if "/Alt" in node] == [
        risk_matrix.alt_text(matrix),
        roc.alt_text(USUAL.curves),
    ]


def test_document_has_a_bookmark_for_each_section() -> None:
    first, below = pypdf.PdfReader(io.BytesIO(PDF)).outline
    assert first.title == USUAL.client  # type: ignore[union-attr]
    assert [one.title for one in below] == [one.title for one in USUAL.sections]  # type: ignore[union-attr]


def test_every_page_says_which_of_how_many_it_is_and_how_to_check_it() -> None:
    shown = pages(rendered(appendix(rows=200)))
    assert len(shown) > 4
    for number, text in enumerate(shown, start=1):
        assert f"Page {number} of {len(shown)}" in text
        assert "Report X7F2-0042 · data as of 20 November 2026 · template Technical app" in text
        assert f"Ask at portal.example/verify/ with the code {CODE}" in text
    assert seal.digests_in(PDF) == {seal.digest_of(CODE)}


def test_cell_that_gives_a_rating_has_its_mark_in_its_colour_beside_the_word() -> None:
    rows = tuple((badge.value, f"{badge.value} then") for badge in Badge)
    plain = Table("Found", ("Model", "Rating"), rows)
    marks = (*(("", badge.value) for badge in Badge), ("", "high"))
    rated = replace(plain, badges=marks)
    odd = replace(plain, badges=(("purple", "#panic()"), ("", "", "", "low")))

    def shown(table: Table) -> bytes:
        return rendered(replace(USUAL, sections=(Section("part", "Part", tables=(table,)),)))

    assert shown(odd) == shown(plain)
    marked = shown(rated)
    found = [pikepdf.open(io.BytesIO(one)) for one in (marked, shown(plain))]
    assert found[0].open_metadata()["pdfuaid:part"] == "1"
    # The colours of the five ratings; marks are no part of what is read out, the words are.
    inks = {"#2b7a4b", "#2a6f97", "#8a5c00", "#b84300", "#9b1c31"}
    assert inks <= _colours(found[0])
    assert inks & _colours(found[1]) == {"#b84300"}  # that of the verdict above
    nodes, before = (_structure(pdf.Root.StructTreeRoot) for pdf in found)
    kinds = [[str(node.S) for node in found if "/S" in node] for found in (nodes, before)]
    assert kinds[0].count("/Figure") == kinds[1].count("/Figure") == 0
    assert kinds[0].count("/TD") == kinds[1].count("/TD") > 2 * len(rows)
    text = " ".join(pages(marked))
    assert [word for _name, word in rows if word not in text] == []


def test_long_table_repeats_its_headers_and_says_what_it_leaves_out() -> None:
    shown = pages(rendered(appendix(rows=200)))
    with_rows = [text for text in shown if "Attack 1" in text]
    assert len(with_rows) > 3
    assert all("Attack At 1% AUC" in text for text in with_rows)
    assert "and 5 more in the portal" in " ".join(pages(rendered(appendix(rows=MOST_ROWS + 5))))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_document_stands_whatever_the_text(text: str) -> None:
    shown = pages(rendered(with_every_text(text)))
    assert [f"Page {n} of {len(shown)}" in page for n, page in enumerate(shown, 1)] == [True] * len(
        shown
    )
    assert "root:x:0:0" not in "".join(shown)


def test_a_short_list_is_never_parted_by_the_end_of_a_page() -> None:
    names = [f"Fact {number} of eight" for number in range(8)]
    facts = tuple(Fact(name, "What holds.") for name in names)
    on_the_second = 0
    for filled in range(30, 60, 3):
        above = tuple(f"Line {number}." for number in range(filled))
        part = Section("part", "Part", paragraphs=above, facts=facts)
        shown = pages(rendered(replace(USUAL, sections=(part,))))
        holding = [number for number, text in enumerate(shown) for name in names if name in text]
        assert len(holding) == len(names)
        assert len(set(holding)) == 1, filled
        on_the_second += holding[0] == 1
    assert on_the_second > 0


@pytest.mark.parametrize("above", [22, 26, 28, 30])
def test_a_table_leaves_no_row_or_two_behind_where_a_page_ends(above: int) -> None:
    def rows_on_pages(count: int) -> list[int]:
        lines = tuple("A line." for _ in range(above))
        rows = tuple((f"Row {number:03}",) for number in range(count))
        table = Table("Found", ("Attack",), rows)
        section = Section("long", "Long", paragraphs=lines, tables=(table,))
        shown = pages(rendered(replace(USUAL, sections=(section,), curves=None, place=None)))
        return [found for page in shown if (found := page.count("Row "))]

    assert rows_on_pages(10) == [10]
    assert rows_on_pages(40)[0] >= 3


def test_long_table_ends_with_at_least_three_rows_on_its_last_page() -> None:
    """One row more each time: wherever the last page begins, it has three rows."""

    def rows_on_pages(count: int) -> list[int]:
        rows = tuple((f"Row {number:03}",) for number in range(count))
        section = Section("long", "Long", tables=(Table("Found", ("Attack",), rows),))
        shown = pages(rendered(replace(USUAL, sections=(section,), curves=None, place=None)))
        return [found for page in shown if (found := page.count("Row "))]

    (first, *_rest) = rows_on_pages(80)
    found = [rows_on_pages(count) for count in range(first - 1, first + 6)]
    assert {len(one) for one in found} == {1, 2}
    assert [one[-1] for one in found if one[-1] < 3] == []


def test_two_pictures_of_a_section_share_a_line() -> None:
    assert USUAL.people is not None
    part = replace(USUAL.sections[0], pictures=("dots", "matrix"))
    printed = rendered(replace(USUAL, sections=(part,)))
    with pdfium.PdfDocument(printed) as pdf:
        assert len(pdf) == 1
        found = pdf[0].get_textpage()
        heights = {}
        for words in ("Outsiders", "Guarded"):
            index, count = found.search(words).get_next()
            heights[words] = found.get_charbox(index)[1]
            assert count == len(words)
    assert abs(heights["Outsiders"] - heights["Guarded"]) < _A_LINE_OF_PICTURES


@pytest.mark.parametrize("sign", ["\x01", "\ud800", "\ufffe", "\uffff"])
def test_document_draws_a_name_with_signs_that_no_picture_may_hold(sign: str) -> None:
    clients = [(f"Har{sign}bour", [(f"Fore{sign}cast", "high")])]
    part = replace(USUAL.sections[0], pictures=(heat_map.NAME,))
    mapped = heat_map.series({"clients": clients})
    printed = rendered(replace(USUAL, sections=(part,), by_models=mapped))
    with pdfium.PdfDocument(printed) as pdf:
        assert "Harbour" in pdf[0].get_textpage().get_text_range()


def test_document_without_verdict_or_curves_prints() -> None:
    bare = replace(USUAL, badge="", lead="", curves=None, place=None, policies=(), facts=())
    text = " ".join(pages(rendered(bare)))
    assert "Risk rating" not in text
    assert USUAL.sections[0].title in text


def test_brand_colours_the_page_and_signs_its_foot() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (240, 80), (20, 120, 90, 200)).save(out, "PNG")
    branded = rendered(replace(USUAL, brand=BRAND), logo=out.getvalue())
    assert branded == rendered(replace(USUAL, brand=BRAND), logo=out.getvalue())
    assert all("Northgate IT, 12 High Street · Company 123456" in text for text in pages(branded))
    with pikepdf.open(io.BytesIO(branded)) as pdf:
        drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
        assert len(pdf.pages[0].get_images()) >= 1
    for colour in ((0x7A, 0x1F, 0x5C), (0xFF, 0xD2, 0x3F)):
        red = f"{colour[0] / 255:.4f}".rstrip("0").encode()
        assert red in drawn


def test_colour_that_is_none_never_reaches_the_page() -> None:
    wild = replace(BRAND, colour='red" #eval("1")', band="#GGGGGG")
    assert rendered(replace(USUAL, brand=replace(wild, sender="", footer=""))) == PDF
