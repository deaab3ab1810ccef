#!/usr/bin/env python
"""`make demo`: start the portal, fill it with demo clients, say where it is, stay up."""

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from audits.servers.application import project_folder
from audits.servers.errors import ServerError
from audits.servers.launched import Launched


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(text: str) -> None:
    sys.stdout.write(f"\n{text.rstrip()}\n\n")
    sys.stdout.flush()


def _seed(portal: Launched) -> str:
    """Fill the portal, or find it filled; returns how to log in."""
    seeded = portal.manage("seed_demo")
    if seeded.returncode != 0:
        raise ServerError(f"the demo could not be made\n{seeded.stderr}")
    return seeded.stdout


def main() -> int:
    # Anybody who tries the demo has the password alone; every page says that this is relaxed.
    os.environ.setdefault("MIA_REQUIRE_MFA", "0")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--state", type=Path, default=project_folder() / "var" / "state")
    chosen = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with (
            contextlib.suppress(KeyboardInterrupt),
            Launched.started(chosen.state, port=chosen.port) as portal,
        ):
            logins = _seed(portal)
            _show(f"MIA Portal is at {portal.address}\n{logins}Ctrl-C stops it.")
            return portal.process.wait()
    except ServerError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
