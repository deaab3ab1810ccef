"""Programs of PostgreSQL that do their work, but for the end of it: a connection that is lost."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import psycopg

from audits.servers import clients
from audits.services.backup import Place

# What happens at the last word: it arrives or not, then the answer does not come back.
_PSQL = """#!{python}
import os, signal, subprocess, sys
parent = os.getppid()
psql = subprocess.Popen([{real!r}, *sys.argv[1:]], stdin=subprocess.PIPE)
for line in sys.stdin.buffer:
    if line == b"COMMIT;\\n":
        break
    psql.stdin.write(line)
    psql.stdin.flush()
else:
    psql.stdin.close()
    sys.exit(psql.wait())
if {arrives}:
    psql.stdin.write(line)
psql.stdin.close()
psql.wait()
for command in {commands!r}:
    subprocess.run([{real!r}, "--no-psqlrc", "--command", command, {admin!r}], check=True)
if {kind!r} == "killed":
    os.kill(parent, signal.SIGKILL)
elif {kind!r} == "interrupted":
    os.kill(parent, signal.SIGINT)
    sys.exit(0)
print("psql: error: connection to server was lost", file=sys.stderr)
sys.exit(2)
"""


def reached_badly(
    place: Place,
    folder: Path,
    kind: str,
    *,
    arrives: bool,
    admin: str = "",
    commands: tuple[str, ...] = (),
) -> Place:
    """The same installation, reached by a psql that loses the answer to its last word."""
    with psycopg.connect(place.conninfo) as connection:
        server = connection.info.server_version // 10_000
    real = clients.to_restore(
        {}, server=server, dumped_with=clients.to_dump({}, server=server).version
    )
    folder.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        text = f'#!/bin/sh\nexec {real.program(name)} "$@"\n'
        if name == "psql":
            text = _PSQL.format(
                python=sys.executable,
                real=real.program(name),
                arrives=arrives,
                kind=kind,
                admin=admin,
                commands=commands,
            )
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o700)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
    return replace(place, environment={"MIA_PG_BIN": str(folder)})
