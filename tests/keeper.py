"""One set of servers for a whole test run, started when the first test asks.

The controlling process of pytest (the only one without xdist) answers on a socket of its own and
owns the servers; they end with it, however it ends. Nothing is started for tests that need none.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable  # noqa: TC003 - read at run time
from pathlib import Path
from typing import IO, Any

from audits.servers.programs import tethered
from tests import database

ADDRESS_VARIABLE = "MIA_TEST_KEEPER"
_LONGEST_MESSAGE = 65536
_ANSWER_SECONDS = 180.0
_STOP_SECONDS = 20.0
ROOT = Path(__file__).resolve().parent.parent


class KeeperError(Exception):
    """The servers for the tests could not be started."""


class Keeper:
    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mia-test-")
        self._path = Path(self._folder.name) / "keeper"
        self._servers: subprocess.Popen[str] | None = None
        self._environment: dict[str, str] = {}
        self._cluster: database.Cluster | None = None
        self._answers: dict[str, Callable[[str], dict[str, Any]]] = {
            "bare": lambda name: self._made().bare(name),
            "clone": lambda name: self._made().clone(name),
            "redis": self._redis,
        }
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(16)
        # The kernel ties the servers to the thread that starts them, so one thread does it all.
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        os.environ[ADDRESS_VARIABLE] = str(self._path)

    def close(self) -> None:
        """Stop what was started and remove what was made."""
        ask("stop", "")
        self._thread.join(_STOP_SECONDS)
        self._listener.close()
        self._folder.cleanup()
        os.environ.pop(ADDRESS_VARIABLE, None)

    def _serve(self) -> None:
        verb = ""
        while verb != "stop":
            connection, _ = self._listener.accept()
            with connection:
                verb, argument = json.loads(connection.recv(_LONGEST_MESSAGE))
                connection.sendall(json.dumps(self._answer(verb, argument)).encode())

    def _answer(self, verb: str, argument: str) -> dict[str, Any]:
        try:
            if verb == "stop":
                self._stop()
                return {}
            return self._answers[verb](argument)
        except Exception as error:  # noqa: BLE001 - told to the test that asked
            return {"error": f"{type(error).__name__}: {error}"}

    def _made(self) -> database.Cluster:
        """The cluster with its roles and its template."""
        if self._cluster is None:
            named = os.environ.get("MIA_TEST_DATABASE_URL")
            suffix = secrets.token_hex(4)
            self._cluster = database.Cluster(named or self._embedded_admin(), suffix=suffix)
            self._cluster.make_template(migrate=_migrate)
        return self._cluster

    def _redis(self, _argument: str) -> dict[str, Any]:
        named = os.environ.get("MIA_TEST_REDIS_URL")
        if named:
            return {"broker": named, "cache": named}
        self._start_servers()
        return {"broker": self._environment["BROKER_URL"], "cache": self._environment["CACHE_URL"]}

    def _embedded_admin(self) -> str:
        self._start_servers()
        return self._environment["DATABASE_URL"].replace("//mia_app@/mia?", "//postgres@/postgres?")

    def _start_servers(self) -> None:
        if self._servers is not None:
            return
        state = Path(self._folder.name) / "state"
        command = (sys.executable, "-m", "audits.servers", str(state))
        self._servers = subprocess.Popen(
            tethered(command, death_signal="TERM"),
            cwd=ROOT,
            env={name: os.environ[name] for name in os.environ if name not in _PRODUCTION},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        if self._servers.stdout is None:
            raise KeeperError("the servers have no output")
        said = []
        for line in self._servers.stdout:
            said.append(line)
            if line.startswith("mia ") and line.endswith("| ready\n"):
                break
        else:
            raise KeeperError("the embedded servers did not start:\n" + "".join(said))
        self._reader = threading.Thread(target=_swallow, args=[self._servers.stdout], daemon=True)
        self._reader.start()
        self._environment = json.loads((state / "env.json").read_text(encoding="utf-8"))

    def _stop(self) -> None:
        if self._cluster is not None:
            self._cluster.remove()
        if self._servers is not None:
            self._servers.terminate()
            self._servers.wait(_STOP_SECONDS)
            self._reader.join(_STOP_SECONDS)


_PRODUCTION = frozenset({"DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "CACHE_URL"})


def _swallow(stream: IO[str]) -> None:
    """Read what the servers say, so that a full pipe never stops them."""
    with stream:
        stream.read()


def _migrate(owner_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": owner_url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise KeeperError("migrate failed:\n" + done.stderr)


def ask(verb: str, argument: str) -> dict[str, Any]:
    """Ask the keeper of this run."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        connection.connect(os.environ[ADDRESS_VARIABLE])
        connection.sendall(json.dumps([verb, argument]).encode())
        reply: dict[str, Any] = json.loads(connection.recv(_LONGEST_MESSAGE))
    if "error" in reply:
        raise KeeperError(reply["error"])
    return reply
