"""A report of any length: headings, sentences, tables and pictures in, a tagged PDF/UA-1 out.

What stands in it is decided before; here texts are cut to their place and pictures are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

from audits.charts import distributions, dots, heat_map, rating_spread, risk_matrix, roc
from audits.charts.lettering import legible
from audits.charts.values import Chart
from audits.guidance.badges import Badge
from audits.reports import decoding, seal, typesetting
from audits.reports.brand import PLAIN, Brand
from audits.reports.print_text import line, plain
from audits.reports.words import counted, say

TEMPLATE: Final = Path(__file__).with_suffix(".typ")
VERSION: Final = "7"
"""Of the template: raised when the pages say or show something else for the same values."""
MOST_ROWS: Final = 2_000
_MOST_CELLS: Final = 8
_MOST_PARTS: Final = 200
_CELL: Final = 240
_SENTENCE: Final = 900
_BADGES: Final = frozenset(Badge)


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what holds; `is_code` is set in letters of one width and broken anywhere."""

    name: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headers; ``widths`` are shares of the page, ``empty`` stands where no row is.

    ``badges`` are as the rows are: the rating that a cell gives in words, empty where it gives
    none. What is missing at the end of a row gives none either.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    empty: str = ""
    note: str = ""
    badges: tuple[tuple[str, ...], ...] = ()

    @property
    def labelled(self) -> list[list[tuple[str, str, str]]]:
        """Each row as headers, cells and badges, for places too narrow for columns."""
        return [
            [(header, *cell) for header, cell in zip(self.headers, row, strict=False)]
            for row in self.marked
        ]

    @property
    def marked(self) -> list[list[tuple[str, str]]]:
        """Each row as its cells and the badges of these."""
        return [
            list(zip(row, self._marks(number), strict=False))
            for number, row in enumerate(self.rows)
        ]

    def _marks(self, number: int) -> Iterator[str]:
        given = self.badges[number] if number < len(self.badges) else ()
        return chain((one if one in _BADGES else "" for one in given), repeat(""))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, in this order; ``pictures`` names charts."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where likelihood and impact meet, and the badge of that."""

    likelihood: int | None
    impact: int | None
    badge: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything in a report, already worded and already decided.

    ``made_at`` is an ISO date-time with offset: it becomes the file's creation time, so that the
    same document makes the same bytes. ``badge`` picks colour and word of the verdict at the top;
    empty where the report gives none.
    """

    kind: str
    language: str
    made_at: str
    title: str
    report_number: str
    provider: str
    client: str
    subject: str
    data_as_of: str
    template: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    footer: str
    period: str = ""
    marking: str = ""
    badge: str = ""
    badge_word: str = ""
    struck_through: bool = False
    lead: str = ""
    policies: tuple[str, ...] = ()
    curves: roc.RocSeries | None = None
    people: dots.DotsSeries | None = None
    place: Place | None = None
    spread: rating_spread.RatingSpreadSeries | None = None
    by_models: heat_map.HeatMapSeries | None = None
    scores: distributions.DistributionsSeries | None = None
    brand: Brand = PLAIN
    code: str = ""
    check_at: str = ""

    def to_json(self) -> str:
        return decoding.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Document":
        return decoding.from_json(cls, text)


def render(document: Document, *, roc_svg: str = "", logo: bytes = b"") -> bytes:
    """Make the PDF; the same bytes for the same document, picture and logo.

    ``roc_svg`` is ``roc.svg(document.curves)`` as text, drawn by the caller where there is a curve.
    """
    page = _page_data(document, roc_svg) | {"logo": list(logo)}
    return typesetting.pdf(TEMPLATE, page, made_at=document.made_at)


def _page_data(document: Document, roc_svg: str) -> dict[str, Any]:
    """Every text cut to its place, every picture drawn."""
    code = document.code if seal.is_code(document.code) else ""
    pictures = drawn(document, roc_svg)
    about = plain(say("about.subject", client=document.client, subject=document.subject), 160)
    return {
        "language": document.language,
        "title": say("about.title", title=plain(document.title, 60), about=about),
        "kind": plain(document.title, 60),
        "footer": plain(document.footer, 190),
        "brand": typesetting.brand(document.brand),
        "provider_name": plain(document.provider, 80),
        "provider": line(document.provider, 48),
        "client": line(document.client, 80),
        "subject": line(document.subject, 110),
        "period": line(document.period, 60) if document.period else "",
        "marking": plain(document.marking, 150),
        "told": _told(document, code),
        "policies": [line(text, 160) for text in document.policies[:4]],
        "code": code,
        "mark": f"{seal.MARK}{code}" if code else "",
        "badge": document.badge,
        "badge_word": line(document.badge_word, 24),
        "struck_through": document.struck_through,
        "lead": line(document.lead, _SENTENCE) if document.lead else "",
        "facts": [_fact(one) for one in document.facts[:_MOST_PARTS]],
        "sections": [_section(one, pictures) for one in document.sections],
    }


def _told(document: Document, code: str) -> dict[str, str]:
    """What the page says by itself; the numbers of pages are known to the typesetter alone."""
    return {
        "foot": say(
            "document.foot",
            number=line(document.report_number, 72, word_limit=72),
            day=line(document.data_as_of, 40),
            template=plain(document.template, 40),
        ),
        "page": say("document.page", page="{page}", pages="{pages}"),
        "genuine": say(
            "document.genuine",
            place=plain(document.check_at, 44, word_limit=44),
            code=code,
        ),
        "rating": say("document.rating"),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    value = plain(fact.value, 1_000, word_limit=80) if fact.is_code else line(fact.value, 400)
    return {"name": line(fact.name, 60), "value": value or "–", "is_code": fact.is_code}


def _section(section: Section, pictures: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "title": plain(section.title, 90) or "–",
        "paragraphs": [line(text, _SENTENCE) for text in section.paragraphs[:_MOST_PARTS]],
        "pictures": [pictures[name] for name in section.pictures if name in pictures],
        "facts": [_fact(one) for one in section.facts[:_MOST_PARTS]],
        "tables": [_table(one) for one in section.tables],
        "points": [line(text, _SENTENCE) for text in section.points[:_MOST_PARTS]],
    }


def _table(table: Table) -> dict[str, Any]:
    columns, left_out = len(table.headers[:_MOST_CELLS]), len(table.rows) - MOST_ROWS
    widths = table.widths if len(table.widths) == columns else (1.0,) * columns
    return {
        "caption": line(table.caption, 200),
        "headers": [line(text, 60) for text in table.headers[:columns]],
        "rows": [
            [_cell(text, mark) for text, mark in (*row, *(("", ""),) * columns)[:columns]]
            for row in table.marked[:MOST_ROWS]
        ],
        "widths": list(widths),
        "empty": line(table.empty, 200) if table.empty else "",
        "note": line(table.note, 600) if table.note else "",
        "left_out": counted("document.left_out", left_out) if left_out > 0 else "",
    }


def _cell(text: str, mark: str) -> str | dict[str, str]:
    """A text, or one with the mark of the rating that it gives."""
    said = line(text, _CELL)
    return {"said": said, "mark": mark} if mark else said


def drawn(document: Document, roc_svg: str) -> dict[str, dict[str, str]]:
    """The pictures by name: those for which the document holds figures."""
    found: dict[str, dict[str, str]] = {}
    if document.curves is not None and roc_svg:
        found["roc"] = _picture(roc, document.curves, roc_svg)
    if document.people is not None:
        found["dots"] = _picture(dots, document.people, dots.svg(document.people).decode())
    if document.place is not None:
        place = document.place
        matrix = risk_matrix.series(
            {"likelihood": place.likelihood, "impact": place.impact, "badge": place.badge}
        )
        found["matrix"] = _picture(risk_matrix, matrix, risk_matrix.svg(matrix).decode())
    for module, series in (
        (rating_spread, document.spread),
        (heat_map, document.by_models),
        (distributions, document.scores),
    ):
        if series is not None:
            drawing = _picture(module, series, module.svg(series).decode())
            found[module.NAME] = drawing | {"wide": "yes" if module is heat_map else ""}
    return found


def _picture(chart: Chart, series: Any, svg: str) -> dict[str, str]:  # noqa: ANN401 - as in Chart
    title, alt = legible(chart.title(series)), legible(chart.alt_text(series))
    return {"title": title, "alt": alt, "svg": svg, "wide": ""}
