"""Programs of this folder, run as the user of the tests and as a plain one."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"

# In a mount namespace of its own the folders that root keeps for itself are covered, but for
# what Python needs; then root becomes nobody.
_AS_NOBODY = """
set -e
hold=$1; blocked=$2; shift 2
i=0; kept=
while [ "$1" != -- ]; do
    mkdir -p "$hold/$i"; mount --bind "$1" "$hold/$i"; kept="$kept $i:$1"; i=$((i+1)); shift
done
shift
if [ -n "$blocked" ]; then
    mount -t tmpfs -o mode=755 none "$blocked"
    for pair in $kept; do mkdir -p "${pair#*:}"; mount --bind "$hold/${pair%%:*}" "${pair#*:}"; done
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs -- "$@"
"""


def _first_closed_folder(path: Path) -> Path | None:
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def _as_nobody(hold: Path) -> list[str]:
    needed = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT]
    closed = {folder: path for path in needed if (folder := _first_closed_folder(path))}
    if len(closed) > 1:
        pytest.skip(f"more than one closed folder on the way to Python: {sorted(closed)}")
    blocked = next(iter(closed), None)
    kept = [str(path) for path in needed if blocked and path.is_relative_to(blocked)]
    start = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _AS_NOBODY, "sh"]
    return [*start, str(hold), str(blocked or ""), *kept, "--"]


@pytest.fixture(scope="session", params=["this user", "a plain user"])
def user_prefix(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Words before a command that make it run as one kind of user or the other."""
    if request.param == "this user":
        yield []
        return
    if os.geteuid() != 0:
        pytest.skip("the tests run as a plain user already")
    with tempfile.TemporaryDirectory() as hold:
        prefix = _as_nobody(Path(hold))
        tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            pytest.skip(f"no mount namespace to become a plain user in: {tried.stderr.strip()}")
        for left in Path(hold).iterdir():
            left.rmdir()
        yield prefix


@pytest.fixture(scope="session")
def run_program(user_prefix: list[str]) -> Callable[[str], Any]:
    """Run one of the programs; return what it printed as JSON."""

    def run(name: str) -> Any:  # noqa: ANN401 - whatever the program printed
        done = subprocess.run(
            [*user_prefix, sys.executable, "-W", "error", str(PROGRAMS / name)],
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
