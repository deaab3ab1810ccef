"""CSV bytes to a table: encoding, separator and decimal mark are found out and told.

The bytes are surveyed once before they are parsed: encoding, NUL characters, line breaks and the
number of columns, so that what is too large is refused before memory is set aside for it.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.csv_numbers import plain_numbers
from audits.engine.loaders.table_limits import (
    CELL_BYTES,
    EXPORT_AGAIN,
    MEBIBYTE,
    MISSING,
    TableLimits,
    TableReading,
    check_columns,
    check_names,
    check_rows,
    check_unpacked,
)

if TYPE_CHECKING:
    import pyarrow as pa

_HEADER_BYTES: Final = MEBIBYTE
_ROW_BYTES: Final = 16 * MEBIBYTE
"""A block of the parser; no row may be longer."""

_DELIMITERS: Final = ",;\t|"
_SNIFFED_LINES: Final = 200
# A quotation mark opens a value only where a value begins, as the parser sees it.
_QUOTED: Final = re.compile(r'(?<![^,;\t|\r\n])"(?:[^"]++|"")*+"')
_EXCEL_HINT: Final = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What was found out about a file before it is parsed."""

    encoding: str
    delimiter: str
    skipped: int


def read_csv(
    file: BinaryIO, *, subject: Subject, limits: TableLimits
) -> "tuple[pa.Table, TableReading]":
    """Read a CSV file; dates stay text, as pandas reads them.

    Raises
    ------
    InputError
        Of unknown encoding, beyond a limit, or with a row that does not fit the first.
    """
    dialect = _dialect(file, subject, limits)
    parser = _Parser(file, dialect, subject)
    table = parser.parsed()
    check_names(table.column_names, subject)
    check_rows(table.num_rows, subject, limits)
    _refuse_open_quote(file, table, subject)
    table, decimal, thousands = plain_numbers(_dates_as_text(table, parser), parser.text_of)
    encoding = dialect.encoding.removesuffix("-sig")
    return table, TableReading(
        "csv", table.num_rows, table.num_columns, encoding=encoding, delimiter=dialect.delimiter,
        decimal=decimal, thousands=thousands,
    )  # fmt: skip


def _dialect(file: BinaryIO, subject: Subject, limits: TableLimits) -> _Dialect:
    start = file.read(_HEADER_BYTES)
    file.seek(0)
    encoding, lines = _encoding(file, start, subject)
    sample = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    hint = _EXCEL_HINT.match(sample)
    bare = _QUOTED.sub("", sample[hint.end() :] if hint else sample).lstrip("\r\n")
    header, *rest = re.split(r"[\r\n]+", bare, maxsplit=_SNIFFED_LINES)
    delimiter = hint[1] if hint else _delimiter([header, *rest[:-1]])
    columns = header.count(delimiter) + 1
    check_columns(columns, subject, limits, at_least=not rest)
    if not rest and len(start) == _HEADER_BYTES:
        raise InputError(
            subject,
            f"the first line is longer than {_HEADER_BYTES // MEBIBYTE} MiB",
            "put the names of the columns there and one record on every further line",
        )
    if lines > 2 * limits.max_rows or lines * columns * CELL_BYTES > limits.max_unpacked_bytes:
        lines = _unquoted_lines(file, encoding)
        check_unpacked(lines * columns * CELL_BYTES, subject, limits)
        if lines > 2 * limits.max_rows:  # blank lines count here: leave what is near to the parser
            check_rows(lines - 1, subject, limits)
    return _Dialect(encoding, delimiter, 1 if hint else 0)


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text in pieces and leave the file at its start."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(MEBIBYTE):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    finally:
        file.seek(0)


def _encoding(file: BinaryIO, start: bytes, subject: Subject) -> tuple[str, int]:
    """Return the encoding that fits all bytes, and the number of line breaks."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "cp1252"]
    for encoding in candidates:
        lines = 0
        try:
            for text in _decoded(file, encoding):
                if "\x00" in text:
                    raise InputError(
                        subject, "the text holds NUL characters, as binary files do", EXPORT_AGAIN
                    )
                lines += max(text.count("\n"), text.count("\r"))
        except UnicodeDecodeError:
            continue
        return encoding, lines
    raise InputError(
        subject, "the text is neither UTF-8, UTF-16 nor Windows-1252", "save it as UTF-8"
    )


def _unquoted_lines(file: BinaryIO, encoding: str) -> int:
    """Count the line breaks outside of quotation marks."""
    lines, quoted = 0, False
    for text in _decoded(file, encoding):
        for part in text.split('"'):
            if not quoted:
                lines += max(part.count("\n"), part.count("\r"))
            quoted = not quoted
        quoted = not quoted  # a piece of text ends without a quotation mark
    return lines


def _delimiter(lines: list[str]) -> str:
    """Return the separator that cuts most lines as it cuts the header; a comma if none does."""

    def fit(mark: str) -> tuple[int, int]:
        wanted = lines[0].count(mark)
        return (sum(line.count(mark) == wanted for line in lines) if wanted else 0, wanted)

    return max(_DELIMITERS, key=fit)


class _Parser:
    """One file and how it is parsed, as often as it takes."""

    def __init__(self, file: BinaryIO, dialect: _Dialect, subject: Subject) -> None:
        from pyarrow import csv as pacsv  # noqa: PLC0415 - heavy

        self._file = file
        self._subject = subject
        self._csv = pacsv
        self._misfit: Any = None
        encoding = dialect.encoding.removesuffix("-sig")
        self._read = pacsv.ReadOptions(
            use_threads=False, block_size=_ROW_BYTES, encoding=encoding, skip_rows=dialect.skipped
        )
        self._parse = pacsv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=self._stop
        )

    def _stop(self, row: Any) -> str:  # noqa: ANN401 - pyarrow's own type
        self._misfit = row
        return "error"

    def parsed(self, texts: list[str] | None = None) -> "pa.Table":
        """Parse all columns by their values, or the named ones as text."""
        import pyarrow as pa  # noqa: PLC0415 - heavy

        self._file.seek(0)
        convert = self._csv.ConvertOptions(
            null_values=list(MISSING),
            strings_can_be_null=True,
            include_columns=texts,
            column_types={name: pa.string() for name in texts or ()},
        )
        try:
            return self._csv.read_csv(
                pa.PythonFile(self._file, "r"), read_options=self._read,
                parse_options=self._parse, convert_options=convert,
            )  # fmt: skip
        except (pa.ArrowException, UnicodeError, ValueError) as error:
            raise self._refusal(str(error)) from error

    def text_of(self, names: list[str]) -> "pa.Table":
        """Return these columns as they are written."""
        return self.parsed(names)

    def _refusal(self, said: str) -> InputError:
        if self._misfit is not None:
            row = self._misfit
            return InputError(
                self._subject,
                f"row {row.number:,} has {row.actual_columns:,} values where the first row has "
                f"{row.expected_columns:,}",
                "repair it, or put quotation marks around values that hold the separator",
            )
        if "straddling" in said:
            return InputError(
                self._subject,
                f"a row is longer than {_ROW_BYTES // MEBIBYTE} MiB",
                "look for a quotation mark that is never closed",
            )
        if "Empty CSV" in said:
            return InputError(
                self._subject, "the file is empty", "choose the file with the records"
            )
        detail = said.partition("\n")[0].removeprefix("CSV parse error: ")[:120]
        return InputError(self._subject, f"the file cannot be read as CSV ({detail})", EXPORT_AGAIN)


def _dates_as_text(table: "pa.Table", parser: _Parser) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy

    dates = [field.name for field in table.schema if pa.types.is_temporal(field.type)]
    if not dates:
        return table
    written = parser.text_of(dates)
    for name in dates:
        at = table.column_names.index(name)
        table = table.set_column(at, name, written.column(name))
    return table


def _refuse_open_quote(file: BinaryIO, table: "pa.Table", subject: Subject) -> None:
    """Refuse a last value that runs on to the end of the file: the records in it are lost."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    last = table.column(table.num_columns - 1)
    if not table.num_rows or not pa.types.is_string(last.type):
        return
    value = last[-1].as_py()
    if value is None or not ("\n" in value or "\r" in value):
        return
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 64))
    end = file.read().replace(b"\x00", b"").rstrip(b"\r\n")  # UTF-16 spells with NULs
    file.seek(0)
    if not end.endswith(b'"'):
        raise InputError(
            subject,
            f"a quotation mark in row {table.num_rows + 1:,} is never closed",
            "close it, or write it twice where it belongs to the text",
        )
