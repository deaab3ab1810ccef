"""The options of the command-line audit: one grammar for `manage.py audit` and `mia audit`."""

import argparse
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from audits.sandbox import kinds

_ARGUMENT = re.compile(r"argument (?P<option>[^:]+): (?P<problem>.*)", re.DOTALL)
_BESIDE_MODEL = ("members", "nonmembers", "target")
_NOT_WITH_PREDICTIONS = (
    "members", "nonmembers", "target", "population", "drop", "group", "weight", "references",
)  # fmt: skip
_FILES = ("model", "members", "nonmembers", "population", "predictions")

DESCRIPTION = """\
Find out how well an attacker can tell a model's training records from other records.

Give either the model (skops, ONNX or safetensors) with the records it was trained on and comparable
records it never saw, or a predictions file: columns member (0 or 1), label, and p_<class> for every
class (p_label if only the probability of the label is known, prediction for numbers); if you can,
x_<column> for every column of the record, person, and population (1: further, not scored).
Tables are CSV, Excel (.xlsx), Parquet or JSON lines. Neither database, secret key nor environment
variable is needed."""

EPILOG = """\
exit code: 0 completed, whatever the verdict; 2 wrong usage or input; 3 cannot run here (no
sandbox layer, out of memory or time); 130 interrupted; 1 a defect of this program"""


class UsageError(Exception):
    """What was typed cannot be used: at which option or file, why, and what to do."""

    def __init__(self, subject: str, problem: str, remedy: str) -> None:
        super().__init__(f"{subject}: {problem}; {remedy}")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say it in one line, in the form of every other error."""
        matched = _ARGUMENT.fullmatch(message)
        option, problem = (matched["option"], matched["problem"]) if matched else ("", message)
        if not matched and message.startswith("unrecognized arguments: "):
            option = message.removeprefix("unrecognized arguments: ")
            problem = "this option is not known"
        remedy = f"see {self.prog} --help"
        raise UsageError(option or "options", " ".join(problem.split()), remedy)


@dataclass(frozen=True, kw_only=True)
class AuditArguments:
    """A checked command line."""

    files: dict[str, Path]
    target: str | None
    drop: tuple[str, ...]
    group: str | None
    weight: str | None
    subgroups: tuple[str, ...]
    split: str
    preset: str
    references: int | None
    seed: int
    threads: int
    processes: int
    output: str | None
    max_memory_gib: float | None
    max_minutes: float | None


def _whole(text: str, *, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number >= {least}")
    return value


_seed = partial(_whole, least=0)
_count = partial(_whole, least=1)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def parser(program: str) -> argparse.ArgumentParser:
    """Return the parser; its errors are UsageErrors."""
    made = _Parser(
        prog=program,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_arguments(made)
    return made


def add_arguments(to: argparse.ArgumentParser) -> None:
    """Add the options."""
    inputs = to.add_argument_group("input")
    inputs.add_argument("--model", metavar="FILE", help="the model: skops, ONNX or safetensors")
    inputs.add_argument("--members", metavar="FILE", help="records the model was trained on")
    inputs.add_argument("--nonmembers", metavar="FILE", help="records it was not trained on")
    inputs.add_argument("--population", metavar="FILE", help="more records, only to calibrate with")
    inputs.add_argument("--predictions", metavar="FILE", help="predictions in place of all these")
    inputs.add_argument("--target", metavar="COLUMN", help="the column the model predicts")
    inputs.add_argument(
        "--drop", metavar="COLUMN", nargs="+", action="extend", default=[], help="to be left out"
    )
    inputs.add_argument("--group", metavar="COLUMN", help="which person a record belongs to")
    inputs.add_argument("--weight", metavar="COLUMN", help="sample weights used in training")
    inputs.add_argument(
        "--subgroup", metavar="COLUMN", nargs="+", action="extend", default=[],
        help="columns whose values get figures of their own, at most five",
    )  # fmt: skip
    _add_how(to.add_argument_group("how"))
    result = to.add_argument_group("result")
    result.add_argument(
        "--json", metavar="OUT", help="write the result as JSON; - for standard output"
    )


def _add_how(how: "argparse._ArgumentGroup") -> None:
    how.add_argument(
        "--split",
        choices=("random", "unknown"),
        default="unknown",
        help="random: members were drawn at random before training (default: %(default)s)",
    )
    how.add_argument(
        "--preset",
        choices=("quick", "standard", "deep"),
        default="standard",
        help="how many reference models to train (default: %(default)s)",
    )
    how.add_argument(
        "--references", metavar="N", type=_count, help="fewer than the preset's, in fours"
    )
    how.add_argument(
        "--processes", metavar="N", type=_count, default=1,
        help="locked processes at once; changes no number (default: 1)",
    )  # fmt: skip
    how.add_argument(
        "--threads", metavar="N", type=_count, default=2,
        help="threads of each process; changes no number (default: 2)",
    )  # fmt: skip
    how.add_argument(
        "--seed", metavar="N", type=_seed, default=0, help="whole number >= 0 (default: 0)"
    )
    how.add_argument(
        "--max-memory-gib", metavar="N", type=_positive,
        help="of each process (default: four fifths of this machine, shared by all)",
    )  # fmt: skip
    how.add_argument(
        "--max-minutes", metavar="N", type=_positive,
        help="reference models end in time for a verdict "
        f"(default: {kinds.AUDIT_SECONDS / 60:g})",
    )  # fmt: skip


def parse(words: list[str], *, program: str) -> AuditArguments:
    """Check a command line.

    Raises
    ------
    UsageError
        It cannot be used.
    """
    return checked(parser(program).parse_args(words))


def checked(given: argparse.Namespace) -> AuditArguments:
    """Check parsed options against each other and against the disk.

    Raises
    ------
    UsageError
        They cannot be used.
    """
    _check_combination(given)
    files = {name: Path(value) for name in _FILES if (value := getattr(given, name)) is not None}
    for path in files.values():
        _check_file(path)
    if given.json is not None and given.json != "-":
        _check_output(Path(given.json))
    return AuditArguments(
        files=files,
        target=given.target,
        drop=tuple(given.drop),
        group=given.group,
        weight=given.weight,
        subgroups=tuple(given.subgroup),
        split=given.split,
        preset=given.preset,
        references=given.references,
        seed=given.seed,
        threads=given.threads,
        processes=given.processes,
        output=given.json,
        max_memory_gib=given.max_memory_gib,
        max_minutes=given.max_minutes,
    )


def _check_combination(given: argparse.Namespace) -> None:
    if given.model is None and given.predictions is None:
        raise UsageError(
            "--model",
            "neither a model nor predictions were given",
            "give --model with --members, --nonmembers and --target, or --predictions",
        )
    if given.model is not None and given.predictions is not None:
        raise UsageError("--predictions", "it excludes --model", "give one of the two")
    if given.predictions is not None:
        for name in _NOT_WITH_PREDICTIONS:
            if getattr(given, name):
                raise UsageError(f"--{name}", "it has no use with --predictions", "leave it out")
        return
    for name in _BESIDE_MODEL:
        if getattr(given, name) is None:
            raise UsageError(f"--{name}", "it is missing", "give it together with --model")


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise UsageError(str(path), "this is a folder", "name a file in it")
    if not path.exists():
        raise UsageError(str(path), "there is no such file", "check the name")
    if not path.is_file():
        raise UsageError(str(path), "this is no regular file", "write the content to a file first")


def _check_output(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"--json {path}", "this is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"--json {path}", "its folder does not exist", "make the folder first")
