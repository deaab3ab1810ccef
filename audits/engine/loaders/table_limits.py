"""What a table may cost, and its refusals in the same words for every format."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from audits.engine.errors import InputError, Subject

MEBIBYTE: Final = 2**20
CELL_BYTES: Final = 8
"""What one value of a column takes at least: most are 64-bit numbers."""

MISSING: Final = (
    "", "#N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
    "null",
)  # fmt: skip
"""Words for a missing value in tables that people write: CSV and Excel."""

_NAME_LETTERS: Final = 200
_MOST_NAMES: Final = 100

EXPORT_AGAIN: Final = "export the table as CSV, Excel (.xlsx), Parquet or JSON lines"


@dataclass(frozen=True, slots=True)
class TableLimits:
    """What a table may cost; all are checked before or while it is read."""

    max_bytes: int = 512 * MEBIBYTE
    max_rows: int = 1_000_000
    max_columns: int = 2_000
    max_unpacked_bytes: int = 2_048 * MEBIBYTE


DEFAULT_LIMITS: Final = TableLimits()


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a file was read: what was found out about it, not asked.

    Attributes
    ----------
    format
        "csv", "parquet", "xlsx" or "json_lines".
    rows, columns
        Of the table.
    encoding, delimiter, decimal, thousands
        Of the text: a Python codec, the separator, "." or ",", and the mark between groups of
        three digits; None where the format leaves no choice or none was used.
    sheet
        Name of the sheet of a workbook; None elsewhere.
    dates
        Columns of dates and times that became numbers of days.
    """

    format: str
    rows: int
    columns: int
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    sheet: str | None = None
    dates: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; names are cut, they are a stranger's."""
        sheet = None if self.sheet is None else self.sheet[:_NAME_LETTERS]
        dates = [name[:_NAME_LETTERS] for name in self.dates[:_MOST_NAMES]]
        return {**asdict(self), "sheet": sheet, "dates": dates}


def check_columns(
    count: int, subject: Subject, limits: TableLimits, *, at_least: bool = False
) -> None:
    """Refuse too many columns; `at_least` where the count was broken off."""
    if count > limits.max_columns:
        raise InputError(
            subject,
            f"{'at least ' * at_least}{count:,} columns are more than {limits.max_columns:,}",
            "leave out what the model does not use",
        )


def check_rows(
    count: int, subject: Subject, limits: TableLimits, *, at_least: bool = False
) -> None:
    """Refuse too many records; `at_least` where the count was broken off."""
    if count > limits.max_rows:
        raise InputError(
            subject,
            f"{'at least ' * at_least}{count:,} records are more than {limits.max_rows:,}",
            "give a random part of them",
        )


def check_unpacked(size: int, subject: Subject, limits: TableLimits) -> None:
    if size > limits.max_unpacked_bytes:
        allowed = limits.max_unpacked_bytes // MEBIBYTE
        raise InputError(
            subject, f"the file unpacks to more than {allowed:,} MiB", "give fewer records"
        )


def check_names(names: Iterable[str], subject: Subject) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(
                subject, f"column {name!r} appears twice", "give every column a name of its own"
            )
