"""The portal's own programs: migrate, web, worker and beat."""

import http.client
import signal
import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from audits.servers.errors import ServerError
from audits.servers.programs import Program, tethered
from audits.servers.state import StateFolder

HOST = "127.0.0.1"
STAGE = 2
# Of one process only one thread at a time runs Python: a page would wait for others being drawn.
_PROCESSES, _THREADS = 4, 1
_CONCURRENCY = 2
_TIED = ("-m", "audits.servers.tied")
_LOG_LEVEL = "WARNING"  # at INFO the beat of every few seconds would bury the rest
_ANSWER_SECONDS = 5.0


def project_folder() -> Path:
    """Folder that holds the package mia_portal."""
    spec = find_spec("mia_portal")
    if spec is None or spec.origin is None:
        raise ServerError("the package mia_portal is not installed")
    return Path(spec.origin).parent.parent


def free_port(port: int) -> int:
    """Check that a port is free; 0 stands for any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ServerError(
                f"port {port} cannot be used: {error.strerror}; choose another with --port, "
                "or --port 0 for any free one"
            ) from error
        return int(probe.getsockname()[1])


def migrate(environment: Mapping[str, str], *, owner_url: str) -> Program:
    """Bring the tables up to date, as the role that owns them."""
    return _program(
        "migrate",
        ("-m", "django", "migrate", "--noinput", "--verbosity", "1"),
        {**environment, "DATABASE_URL": owner_url},
        death_signal="TERM",
    )


def set_up_link(environment: Mapping[str, str], *, address: str) -> Program:
    """Print the link that makes the first account; nothing where there is an account already."""
    arguments = ("-m", "django", "set_up_link", "--address", address, "--if-empty")
    return _program("set-up", arguments, environment, death_signal="TERM")


def web(environment: Mapping[str, str], *, port: int) -> Program:
    arguments = (
        *(*_TIED, "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
        *("--workers", str(_PROCESSES), "--blocking-threads", str(_THREADS)),
        *("--workers-kill-timeout", "5"),
        *("--log-level", "warning", "mia_portal.wsgi:application"),
    )
    return _program("web", arguments, environment, death_signal="TERM")


def worker(environment: Mapping[str, str]) -> Program:
    """Build the worker: when its parent dies it is killed at once, and leases recover its work."""
    arguments = (
        *(*_TIED, "celery", "--quiet", "-A", "mia_portal", "worker", "--pool", "prefork"),
        *("--concurrency", str(_CONCURRENCY), "--hostname", "mia@%h"),
        *("--loglevel", _LOG_LEVEL, "--without-gossip", "--without-mingle"),
    )
    return _program("worker", arguments, environment, death_signal="KILL")


def beat(environment: Mapping[str, str], state: StateFolder) -> Program:
    arguments = (
        *("-m", "celery", "--quiet", "-A", "mia_portal", "beat", "--loglevel", _LOG_LEVEL),
        *("--schedule", str(state.beat_schedule), "--pidfile", ""),
    )
    return _program("beat", arguments, environment, death_signal="TERM")


def answers(port: int) -> bool:
    """Tell whether the web server gives any answer that is not an error of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("HEAD", "/accounts/login/")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _program(
    name: str, arguments: tuple[str, ...], environment: Mapping[str, str], *, death_signal: str
) -> Program:
    return Program(
        name=name,
        command=tethered((sys.executable, *arguments), death_signal=death_signal),
        environment=environment,
        folder=project_folder(),
        stage=STAGE,
        stop_signal=signal.SIGTERM,
    )
