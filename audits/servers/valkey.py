"""The embedded Valkey: the broker and the cache, reachable by its socket only."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from audits.servers.binaries import find_valkey
from audits.servers.programs import Program, tethered
from audits.servers.state import StateFolder

STAGE = 1


@dataclass(frozen=True)
class Valkey:
    server: Path
    folder: Path
    socket: Path

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    @property
    def cache_url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=1"

    def program(self, environment: Mapping[str, str], *, durable: bool) -> Program:
        """Build the server's command; every write is in the append-only file within a second."""
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--save": "",
            "--appendonly": "yes" if durable else "no",
            "--appendfsync": "everysec",
            "--daemonize": "no",
            "--loglevel": "warning",
        }
        words = tuple(word for name in options for word in (name, options[name]))
        return Program(
            name="valkey",
            command=tethered((str(self.server), *words), death_signal="TERM"),
            environment=environment,
            folder=self.folder,
            stage=STAGE,
        )

    def is_ready(self) -> bool:
        """Tell whether the server answers and has read its file back."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def prepare(state: StateFolder, environment: Mapping[str, str]) -> Valkey:
    return Valkey(
        server=find_valkey(environment),
        folder=state.valkey,
        socket=state.sockets / "valkey.sock",
    )
