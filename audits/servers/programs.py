"""One program that the supervisor keeps running: what to start and how to stop it."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audits.servers.binaries import require_tool


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    stage: int  # the highest stage is stopped first
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


def tethered(command: tuple[str, ...], *, death_signal: str) -> tuple[str, ...]:
    """Command that gets a signal from the kernel when its parent dies, even by SIGKILL."""
    return (require_tool("setpriv"), "--pdeathsig", death_signal, *command)
