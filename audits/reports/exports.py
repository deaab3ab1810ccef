"""What a person may download and open elsewhere: results as JSON, tables as CSV."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from audits.reports.decoding import canonical

Cell = str | int | float | None

# A spreadsheet runs a cell that starts like this; full-width forms are folded before looking.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "|", "%")
# What a spreadsheet, or a reader of its own, passes over before it looks.
_PASSED_OVER: Final = "\ufeff\u200b \t\r\n\v\f\u00a0"
# Where a cell begins for a spreadsheet whose separator is another than ours: there a mark of
# quotation in the middle of a line holds nothing together, and none hides what it stands before.
_FURTHER_START: Final = re.compile(rf"([;\t\r\n])(?=[{_PASSED_OVER}\"]*([^{_PASSED_OVER}\"]))")
_QUOTED: Final = frozenset('",;\t\r\n')
_METRIC_HEADERS: Final = (
    "attack",
    "measure",
    "value",
    "low_95",
    "high_95",
    "reportable",
    "rated",
    "members",
    "nonmembers",
    "audit_valid",
)

_EXPOSED_HEADERS: Final = ("rank", "record", "records_in_all", "p")


def result_json(document: Mapping[str, Any]) -> bytes:
    """Write a result document: UTF-8, sorted keys, one text for one result; NaN is an error."""
    return (canonical(document) + "\n").encode()


def csv_table(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table that opens as text and numbers, never as formulas, in a spreadsheet."""
    lines = [_line(headers)]
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"a row has {len(row)} cells under {len(headers)} headers")
        lines.append(_line(row))
    return "".join(lines).encode("utf-8-sig")


def metrics_csv(document: Mapping[str, Any]) -> bytes:
    """List every figure of every attack, one a row, with limits, flags and sample sizes.

    Figures of a void audit say so: there they mean nothing.
    """
    records = document["records"]
    told = (records["members"], records["nonmembers"], _yes_no(document["valid"]))
    rows: list[tuple[Cell, ...]] = []
    for key in sorted(document["attacks"]):
        attack = document["attacks"][key]
        rows.append((key, "auc", *_figure(attack["auc"]), *told))
        for rate, figure in attack["tpr"].items():
            rows.append((key, f"tpr at fpr {rate}", *_figure(figure), *told))
    return csv_table(_METRIC_HEADERS, rows)


def exposed_csv(document: Mapping[str, Any]) -> bytes:
    """List the members that stand out, most exposed first: a row for each record that is named."""
    rows: list[tuple[Cell, ...]] = []
    for rank, member in enumerate(document["exposed"]["members"], start=1):
        records = member.get("row_count", len(member["rows"]))
        rows.extend((rank, record, records, member["p"]) for record in member["rows"])
    return csv_table(_EXPOSED_HEADERS, rows)


def _figure(figure: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return limits and flags; no numbers below the power guard, no flags in older results."""
    shown = figure.get("reportable", True)
    numbers = (figure[name] if shown else None for name in ("value", "low", "high"))
    return (*numbers, *(_yes_no(figure.get(name)) for name in ("reportable", "rated")))


def _yes_no(flag: bool | None) -> str | None:  # noqa: FBT001 - a value to be written
    return None if flag is None else "yes" if flag else "no"


def _line(cells: Sequence[Cell]) -> str:
    """Write a row; one of a single empty cell is quoted, or it would read as no row at all."""
    written = [_quoted(str(_safe(cell))) for cell in cells]
    return (",".join(written) if written != [""] else '""') + "\r\n"


def _quoted(text: str) -> str:
    """Hold a cell together for every separator that a spreadsheet may have, not for ours alone."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED & set(text) else text


def _safe(cell: Cell) -> str | int | float:
    """Leave numbers alone; put an apostrophe before text that a spreadsheet would run."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    text = _FURTHER_START.sub(_guarded, cell.replace("\0", ""))
    risky = _is_formula(text.lstrip(_PASSED_OVER)[:1])
    return f"'{text}" if risky or text[:1] in ("\t", "\r", "\n") else text


def _guarded(found: re.Match[str]) -> str:
    return f"{found[1]}'" if _is_formula(found[2]) else found[1]


def _is_formula(sign: str) -> bool:
    return unicodedata.normalize("NFKC", sign)[:1] in _FORMULA_STARTS if sign else False
