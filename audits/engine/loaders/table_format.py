"""Which format a table has, told by its first bytes; a file's name is never looked at."""

import codecs
import re
from typing import Final, Literal

from audits.engine.errors import InputError, Subject
from audits.engine.loaders.table_limits import EXPORT_AGAIN

TableFormat = Literal["csv", "json_lines", "parquet", "xlsx"]

START_BYTES: Final = 4096
"""How many bytes `format_of` wants to see."""

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"\x28\xb5\x2f\xfd", "compressed (Zstandard)"),
    (b"\xfd7zXZ\x00", "compressed (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "compressed (7-Zip)"),
    (b"Rar!\x1a\x07", "compressed (RAR)"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"ARROW1\x00\x00", "an Arrow (Feather) file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"$FL2@(#)", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
)
_BZIP2: Final = re.compile(rb"BZh[1-9]1AY&SY")
_MARKUP: Final = re.compile(rb"\s*<(\?xml|!doctype|html)", re.IGNORECASE)
_JSON_LINES: Final = re.compile(rb'\s*\{\s*("|\}|\Z)')
_JSON_ARRAY: Final = re.compile(rb"\s*\[\s*[\[{]")


def format_of(start: bytes, subject: Subject) -> TableFormat:
    """Return the format; text that is nothing else is CSV.

    Raises
    ------
    InputError
        The bytes are known to be something that cannot be read here.
    """
    if start.startswith((b"PAR1", b"PARE")):
        return "parquet"
    if start.startswith((*_ZIP, _OLE)):
        return "xlsx"
    kind = _foreign_kind(start)
    if kind is not None:
        raise InputError(subject, f"the file is {kind}", EXPORT_AGAIN)
    text = start.removeprefix(codecs.BOM_UTF8)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = start.replace(b"\x00", b"")[2:]  # letters and marks in UTF-16, without their NULs
    elif b"\x00" in start:
        raise InputError(
            subject, "the file is neither CSV, Excel, Parquet nor JSON lines", EXPORT_AGAIN
        )
    if _JSON_ARRAY.match(text):
        raise InputError(
            subject, "the file is one JSON list", "write one JSON object per line (JSON lines)"
        )
    return "json_lines" if _JSON_LINES.match(text) else "csv"


def _foreign_kind(start: bytes) -> str | None:
    for magic, kind in _FOREIGN:
        if start.startswith(magic):
            return kind
    if _BZIP2.match(start):
        return "compressed (bzip2)"
    if _MARKUP.match(start.removeprefix(codecs.BOM_UTF8)):
        return "a web page or XML"
    return None
