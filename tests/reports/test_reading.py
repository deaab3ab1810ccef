"""Reports for who hears them and for who sees badly: order, tags, contrast on the printed page."""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pikepdf
import pytest

from tests.reports import documents, factories, printed
from tests.reports.documents import BRAND, CODE

_ENOUGH = 4.5


def _owner() -> bytes:
    usual = replace(factories.owner_summary(), code=CODE, check_at="portal.example/verify/")
    return factories.rendered(usual)


def _branded() -> bytes:
    return documents.rendered(replace(documents.appendix(), brand=BRAND))


def _long() -> bytes:
    return documents.rendered(documents.appendix(rows=200))


MAKERS: dict[str, Callable[[], bytes]] = {
    "owner summary": _owner,
    "report with a brand": _branded,
    "table of 200 rows": _long,
}


@cache
def _made(name: str) -> bytes:
    return MAKERS[name]()


@pytest.mark.parametrize("name", MAKERS)
def test_it_is_read_aloud_in_the_order_in_which_it_is_printed(name: str) -> None:
    with pikepdf.open(io.BytesIO(_made(name))) as pdf:
        read = printed.read_aloud(pdf)
        spoken = [(one.page, one.mark) for one in read]
        shown = [
            (number, mark)
            for number, page in enumerate(pdf.pages)
            for mark in sorted(printed.marked(page)[0])
        ]
    assert len(spoken) > 30
    # Pictures are spoken by their description; they hold no line of text of their own.
    assert [one for one in spoken if one in set(shown)] == shown
    assert spoken == sorted(spoken)


@pytest.mark.parametrize("name", MAKERS)
def test_headings_follow_each_other_down_the_page(name: str) -> None:
    with pikepdf.open(io.BytesIO(_made(name))) as pdf:
        tops = [printed.marked(page)[0] for page in pdf.pages]
        heads = [
            (one.page, -tops[one.page][one.mark])
            for one in printed.read_aloud(pdf)
            if {"/H1", "/H2"} & set(one.inside) and one.mark in tops[one.page]
        ]
    assert len(heads) > 3
    assert heads == sorted(heads)


@pytest.mark.parametrize("name", MAKERS)
def test_every_word_is_marked_as_content_or_as_decoration(name: str) -> None:
    with pikepdf.open(io.BytesIO(_made(name))) as pdf:
        assert [printed.marked(page)[1] for page in pdf.pages] == [0] * len(pdf.pages)


@pytest.mark.parametrize("name", MAKERS)
def test_no_heading_level_is_left_out_and_every_table_has_headers(name: str) -> None:
    with pikepdf.open(io.BytesIO(_made(name))) as pdf:
        nodes = printed.structure(pdf.Root.StructTreeRoot)
        kinds = [str(node.S) for node in nodes if "/S" in node]
        tables = [node for node in nodes if node.get("/S") == "/Table"]
        heads = [
            [str(one.S) for one in printed.structure(table) if "/S" in one] for table in tables
        ]
        pictures = [node for node in nodes if node.get("/S") == "/Figure"]
        silent = [node for node in pictures if not str(node.get("/Alt", "")).strip()]
    levels = [int(kind[2]) for kind in kinds if kind[:2] == "/H" and kind[2:].isdigit()]
    assert levels[0] == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    assert tables
    assert [found for found in heads if "/TH" not in found] == []
    assert pictures
    assert silent == []


@pytest.mark.parametrize("name", MAKERS)
def test_every_line_stands_out_from_its_paper(name: str) -> None:
    found = printed.lines(_made(name))
    assert len(found) > 50
    assert [one for one in found if one.contrast < _ENOUGH] == []


def test_pale_print_is_found() -> None:
    """The measure sees what it is for: a brand colour that nobody could read on white."""
    pale = replace(BRAND, colour="#c8c8c8")
    found = printed.lines(documents.rendered(replace(documents.appendix(), brand=pale)))
    assert [one.text for one in found if one.contrast < _ENOUGH] != []
