"""Excel workbooks written by hand: what is in them, valid or not, is up to the test."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = f'<Types xmlns="{_PACKAGE}/content-types"/>'
_FORMATS = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21, 46))
_STYLES = f'<styleSheet xmlns="{_MAIN}"><cellXfs count="5">{_FORMATS}</cellXfs></styleSheet>'
DATE, MOMENT, TIME, DURATION = 1, 2, 3, 4
"""Styles of number cells."""

Value = str | float | bool | tuple[float, int] | None
"""A cell; a pair is a number with its style, None an empty cell."""


def letters(column: int) -> str:
    """27 is AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def cell(value: Value, column: int, row: int) -> str:
    at = f'r="{letters(column)}{row}"'
    if value is None:
        return f'<c {at} s="1"/>'
    if isinstance(value, str):
        text = f'<t xml:space="preserve">{escape(value)}</t>'
        return f'<c {at} t="inlineStr"><is>{text}</is></c>'
    if isinstance(value, bool):
        return f'<c {at} t="b"><v>{int(value)}</v></c>'
    number, style = value if isinstance(value, tuple) else (value, 0)
    return f'<c {at} s="{style}"><v>{number}</v></c>'


def sheet(rows: Sequence[Sequence[Value]], *, top: int = 1) -> str:
    """Return the rows of a sheet as XML, the first of them in row `top`."""
    return "".join(
        f'<row r="{row}">{"".join(cell(one, at, row) for at, one in enumerate(cells, 1))}</row>'
        for row, cells in enumerate(rows, top)
    )


def parts(sheets: Mapping[str, str], *, hidden: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the parts of a workbook: names of sheets to the XML of their rows."""
    listed = related = ""
    made: dict[str, str] = {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="r{number}"/>'
        target = f"worksheets/sheet{number}.xml"
        related += f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="{target}"/>'
        made[f"xl/{target}"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    related += f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    book = f'<Relationship Id="b" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    head = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{book}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{related}</Relationships>",
        "xl/styles.xml": _STYLES,
    }
    return {name: text.encode() for name, text in {**head, **made}.items()}


def zipped(contents: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return made.getvalue()


def workbook(rows: Sequence[Sequence[Value]], name: str = "Sheet1") -> io.BytesIO:
    """Return an open workbook of one sheet."""
    return io.BytesIO(zipped(parts({name: sheet(rows)})))


def spaces(mebibytes: int) -> bytes:
    """Return a deflated run of spaces, some thousandth of it, without making the run."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = squeeze.compress(b" " * 2**20) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(b" " * 2**20) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return first + again * (mebibytes - 1) + squeeze.flush()


def with_packed(archive: bytes, name: str, packed: bytes, *, claimed: int) -> bytes:
    """Return the zip with one more deflated part, which claims to unpack to `claimed` bytes."""
    spot = archive.rfind(b"PK\x01\x02", 0, archive.rfind(b"PK\x05\x06"))
    directory_at = archive.find(b"PK\x01\x02")
    assert spot >= directory_at > 0
    directory = archive[directory_at : archive.rfind(b"PK\x05\x06")]
    count = archive.count(b"PK\x01\x02", directory_at)
    sizes = struct.pack("<LLL", 0, len(packed), claimed)
    fixed = struct.pack("<HHHHH", 20, 0, 8, 0, 0)
    title = name.encode()
    local = b"PK\x03\x04" + fixed + sizes + struct.pack("<HH", len(title), 0) + title + packed
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fixed + sizes
    entry += struct.pack("<HHHHHLL", len(title), 0, 0, 0, 0, 0, directory_at) + title
    start = directory_at + len(local)
    end = struct.pack("<HHHHLLH", 0, 0, count + 1, count + 1, len(directory) + len(entry), start, 0)
    return archive[:directory_at] + local + directory + entry + b"PK\x05\x06" + end
