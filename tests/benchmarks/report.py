"""The comparison as text of fixed width; run as a program, that of the files in docs/proofs."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import requirements

ROOT: Final = Path(__file__).resolve().parents[2]
TARGETS: Final = ROOT / "tests/benchmarks/targets.json"
PROOFS: Final = ROOT / "docs/proofs/peers"

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
    ("processor", 9, lambda row: f"{row['processor_seconds']:.2f}"),
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


def summary(rows: Sequence[Row], exceptions: Mapping[str, Any], threads: int) -> str:
    """Return what the rows show of each of our settings, and how the targets were made."""
    told = (
        f"\n{tool}\n{_conclusions(requirements.judged(rows, tool))}\n{_families(rows, tool)}\n"
        for tool in requirements.OURS_ALL
    )
    return f"\n{_same_target(rows, exceptions, threads)}\n{''.join(told)}\n{_matched(rows)}\n"


def _families(rows: Sequence[Row], tool: str) -> str:
    lines = ["Families, every data set counting alike (geometric mean of speeds, mean of catches):"]
    for one in requirements.by_family(rows, tool):
        catch = (
            f"{one['times_the_catch']:.2f} times the TPR at 1 % FPR"
            if "times_the_catch" in one
            else f"TPR at 0.5 % FPR {one['gap']:+.4f} (standard error {one['error']:.4f})"
        )
        short = "" if one["holds"] else ", short"
        lines.append(
            f"    {one['family']} ({one['rows']}), {one['peer']}: "
            f"{one['speed']:.2f} times as fast ({one['work']:.2f} in seconds of processors), "
            f"{catch}{short}"
        )
    return "\n".join(lines)


def _matched(rows: Sequence[Row]) -> str:
    lines = ["Chosen for each row afterwards: the fastest of our settings that catches enough"]
    for one in requirements.matched(rows):
        lines.append(f"{one['requirement']}: {one['hold']} of {one['rows']} rows.")
        lines += [f"    {row}: {shown}" for row, shown in one["shown"].items()]
    return "\n".join(lines)


def _conclusions(judged: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for one in judged:
        lines.append(f"{one['requirement']}: {one['hold']} of {one['rows']} rows.")
        lines += [f"    {row}: {short}" for row, short in one["short"].items()]
    return "\n".join(lines)


def _same_target(rows: Sequence[Row], exceptions: Mapping[str, Any], threads: int) -> str:
    """Say with which libraries the target was fitted; the recipe and the seed are shared."""
    found = {name: set[str]() for name in ("scikit-learn", "numpy")}
    for row in rows:
        for name, versions in found.items():
            versions.add(row["versions"][name])
    told = ", ".join(f"{name} {' and '.join(sorted(found[name]))}" for name in found)
    fitted = "each environment fits the target itself, from the same records, settings and seed"
    settings = "; ".join(f"{row} with {json.dumps(changed)}" for row, changed in exceptions.items())
    shared = f"every tool may use {threads} threads, the peers fit one model after the other"
    return f"{told}; {fitted}; {shared}. Settings of single rows: {settings}."


def _print_proofs() -> None:
    """Print the table of all targets measured so far, each with its date and commit."""
    rows: list[Row] = []
    out = [head()]
    threads = 0
    for path in sorted(PROOFS.glob("*.json")):
        proof = json.loads(path.read_text(encoding="utf-8"))
        machine = f"{proof['machine']['processors']} processors, {proof['machine']['architecture']}"
        out.append(f"{path.stem}: {proof['date']}, commit {proof['commit'][:7]}, {machine}")
        out += [line(row) for row in proof["figures"]["rows"]]
        rows += proof["figures"]["rows"]
        threads = proof["figures"]["threads"]
    exceptions = json.loads(TARGETS.read_text(encoding="utf-8"))["exceptions"]
    sys.stdout.write("\n".join(out) + "\n" + summary(rows, exceptions, threads))


if __name__ == "__main__":
    _print_proofs()
