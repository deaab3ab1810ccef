"""The comparison as text of fixed width."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]


def _rate(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row['figures'][name]:.4f} ±{row['figures'][name + '_error']:.4f}"


def _ratio(row: Row) -> str:
    ratio = row.get("ratio_to_ours")
    return "" if ratio is None else f"{ratio:.2f}"


COLUMNS: Final[tuple[tuple[str, int, Callable[[Row], str]], ...]] = (
    ("data set", -16, lambda row: str(row["data_set"])),
    ("target", -8, lambda row: str(row["target"])),
    ("tool", -22, lambda row: str(row["tool"])),
    ("attack", -13, lambda row: str(row["attack"])),
    ("references", 10, lambda row: str(row["references"])),
    ("seconds", 9, lambda row: f"{row['seconds']:.2f}"),
    ("ratio to ours", 13, _ratio),
    ("peak MiB", 8, lambda row: f"{row['peak_mib']:.0f}"),
    ("AUC", 14, _rate("auc")),
    ("TPR@1 %", 14, _rate("tpr_at_1pct")),
    ("TPR@0.5 %", 14, _rate("tpr_at_0_5pct")),
    ("TPR@0.1 %", 14, _rate("tpr_at_0_1pct")),
)


def _laid(cells: Iterable[tuple[str, int]]) -> str:
    return "  ".join(
        text.rjust(width) if width > 0 else text.ljust(-width) for text, width in cells
    ).rstrip()


def head() -> str:
    line = _laid((name, width) for name, width, _ in COLUMNS)
    return f"{line}\n{'-' * len(line)}"


def line(row: Row) -> str:
    return _laid((told(row), width) for _, width, told in COLUMNS)


def conclusions(judged: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for one in judged:
        lines.append(f"{one['requirement']}: {one['hold']} of {one['rows']} rows.")
        lines += [f"    {row}: {short}" for row, short in one["short"].items()]
    return "\n".join(lines)
