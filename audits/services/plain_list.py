"""Lists of other programs as plain text: read, cut into columns, judged cell by cell.

They are read here and not in a locked child: a list is at most 256 KiB of plain text, cut by
Python's own `csv` into at most 500 rows of short texts, none of which is opened or computed.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from django.utils.translation import gettext as _

from audits.services.errors import InvalidInput

MOST_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 500
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 1_000

_DELIMITERS: Final = ",;\t|"
# A spreadsheet runs a cell that starts like this; full-width forms are folded before looking.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "|", "%")
_SEPARATORS: Final = re.compile(r"[;\t\r\n]")
# Joiners inside Persian or Indian words and inside pictures that are made of several signs.
_JOINERS: Final = re.compile(r"(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
Heads = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list as text: its columns, and its rows with the number they have in a spreadsheet."""

    text: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row as it would be taken over; `problem` keeps it out, `skipped` says why it is not new."""

    number: int
    name: str
    problem: str = ""
    skipped: str = ""

    @property
    def is_new(self) -> bool:
        return not self.problem and not self.skipped


Judged = TypeVar("Judged", bound=Row)


def told_apart(rows: Iterable[Judged], *, listed: Container[str], already: str) -> list[Judged]:
    """Mark rows whose name is `listed` (folded) with `already`, and those that repeat another."""
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        spelled = row.name.casefold()
        if row.problem:
            found.append(row)
        elif spelled in listed:
            found.append(replace(row, skipped=already))
        elif spelled in seen:
            same = _("the same as row %(row)s") % {"row": seen[spelled]}
            found.append(replace(row, skipped=same))
        else:
            seen[spelled] = row.number
            found.append(row)
    return found


def decoded(data: bytes) -> str:
    """The text of a file. Raises InvalidInput on "file" for anything but a small plain text."""
    if len(data) > MOST_BYTES:
        raise _refused(
            _("the file has more than %(most)s KB") % {"most": MOST_BYTES // 1024},
            _("export fewer columns or a shorter time"),
        )
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text
    raise _refused(_("the text is neither UTF-8 nor Windows-1252"), _("save it as CSV (UTF-8)"))


def read(text: str) -> Table:
    """Cut a text into columns and rows. Raises InvalidInput on "file", naming the row."""
    if len(text.encode()) > 3 * MOST_BYTES:  # as many as a letter of the file may have become
        raise _refused(_("the list is too long"), _("export fewer columns or a shorter time"))
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text):
        raise _refused(
            _("it holds characters that no text has, as workbooks and pictures do"),
            _("export the list as CSV"),
        )
    rows = list(_rows(text))
    if len(rows) < 2:  # noqa: PLR2004 - a head and a row
        raise _refused(
            _("it has no row below the names of the columns"),
            _("put those into the first line, and one entry into every further one"),
        )
    (_first, head), *rest = rows
    columns = tuple(cell.strip() or _("column %(n)s") % {"n": n} for n, cell in enumerate(head, 1))
    for number, cells in rest:
        if len(cells) != len(columns):
            told = {"row": number, "got": len(cells), "wanted": len(columns)}
            raise _refused(
                _("row %(row)s has %(got)s values where the first row has %(wanted)s") % told,
                _("put quotation marks around values that hold the separator"),
            )
    return Table(text=text, columns=columns, rows=tuple(rest))


def _rows(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows that say anything, each with its number; bounded in number, width and cell."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if number > MOST_ROWS + 1:
                raise _refused(
                    _("it has more than %(most)s rows") % {"most": MOST_ROWS},
                    _("cut it into several lists"),
                )
            if len(cells) > MOST_COLUMNS:
                raise _refused(
                    _("it has more than %(most)s columns") % {"most": MOST_COLUMNS},
                    _("leave out those that are not needed"),
                )
            if any(len(cell) > LONGEST_CELL for cell in cells):
                told = {"row": number, "most": LONGEST_CELL}
                raise _refused(
                    _("row %(row)s has a value of more than %(most)s characters") % told,
                    _("look for a quotation mark that is never closed"),
                )
            yield number, tuple(cells)
    except csv.Error as error:
        raise _refused(
            _("row %(row)s cannot be read") % {"row": number + 1},
            _("look for a quotation mark that is never closed"),
        ) from error


def _delimiter(text: str) -> str:
    """The separator that cuts most of the first lines as it cuts the head; a comma if none does."""
    lines = text.splitlines()[:50]

    def fit(mark: str) -> tuple[int, int]:
        wanted = lines[0].count(mark) if lines else 0
        return (sum(line.count(mark) == wanted for line in lines) if wanted else 0, wanted)

    return max(_DELIMITERS, key=fit)


def _refused(problem: str, remedy: str) -> InvalidInput:
    return InvalidInput("file", problem, remedy)


def guessed(columns: Sequence[str], known: Heads) -> dict[str, int]:
    """Which columns most likely say what, by the words at their heads; each column once."""
    words = [set(re.findall(r"[a-z]+", column.lower())) for column in columns]
    found: dict[str, int] = {}
    for field, heads in known.items():
        for head in heads:
            free = (n for n, own in enumerate(words) if head in own and n not in found.values())
            place = next(free, None)
            if place is not None:
                found[field] = place
                break
    return found


def cell(cells: Sequence[str], place: int | None) -> str:
    return " ".join(cells[place].split()) if place is not None else ""


def where(number: int, columns: Sequence[str], place: int | None, problem: str) -> str:
    column = columns[place][:60] if place is not None else ""
    told = {"row": number, "column": column, "problem": problem}
    return _("row %(row)s, column “%(column)s”: %(problem)s") % told


def problem_of(text: str, *, longest: int) -> str:
    # A spreadsheet may cut at another separator than the list has: every piece begins a cell.
    first, *further = _SEPARATORS.split(unicodedata.normalize("NFKC", text))
    if first.lstrip(" '\"").startswith(_FORMULA_STARTS):
        return _("begins as a formula does in a spreadsheet")
    if any(piece.lstrip(" '\"").startswith(_FORMULA_STARTS) for piece in further):
        return _("has after a “;” what a spreadsheet takes for a formula")
    shown = _JOINERS.sub("", text)
    if any(unicodedata.category(sign) in {"Cf", "Co", "Cs", "Cn"} for sign in shown):
        return _("holds characters that nobody can see")
    if len(text) > longest:
        return _("is longer than %(most)s characters") % {"most": longest}
    return ""
