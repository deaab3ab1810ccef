"""Starting the real command: in a process of its own, with an empty environment."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

MIA = [sys.executable, "-m", "audits.cli", "audit"]
MANAGE = [sys.executable, str(ROOT / "manage.py"), "audit"]


def without_layers(program: list[str]) -> list[str]:
    """Return words that run a program where no sandbox layer can be had."""
    return [sys.executable, str(Path(__file__).parent / "without_layers.py"), *program]


def start(words: list[str], folder: Path, *, program: list[str]) -> "subprocess.Popen[str]":
    # The program is found by its folder alone: neither PATH nor HOME nor any setting is there.
    return subprocess.Popen(
        [*program, *words],
        env={} if program is MANAGE else {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
