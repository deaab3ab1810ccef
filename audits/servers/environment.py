"""The environment variables of an installation, and how other commands find a running one's."""

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from audits.servers.errors import ServerError
from audits.servers.state import DEFAULT_FOLDER, StateFolder, is_locked, read_json

# A production installation sets all of these; one of the first three alone shows the intention.
PRODUCTION = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BROKER_URL",
    "STORAGE_URL",
    "SECRET_KEY",
    "MIA_ENCRYPTION_KEY",
    "ALLOWED_HOSTS",
)
_INTENTION = PRODUCTION[:3]
_WITHOUT_SERVERS = frozenset({"up", "audit"})


def is_production(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in _INTENTION)


def missing(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the variables that a production installation still lacks."""
    return tuple(name for name in PRODUCTION if not environment.get(name))


def require_complete(environment: Mapping[str, str]) -> None:
    lacking = missing(environment)
    if lacking:
        raise ServerError(
            f"this environment names a database or broker of its own but lacks {', '.join(lacking)}"
            "; set what is missing, or unset all of it to start the embedded servers"
        )


def state_path(environment: Mapping[str, str], *, project: Path) -> Path:
    return Path(environment.get("MIA_STATE_DIR") or project / DEFAULT_FOLDER)


def connect(command: str, environment: MutableMapping[str, str], *, project: Path) -> None:
    """Give a command of manage.py the environment of the `up` that runs beside it, if one does."""
    if command in _WITHOUT_SERVERS or is_production(environment):
        return
    state = StateFolder(state_path(environment, project=project).absolute())
    if not is_locked(state):
        return
    for name, value in read_json(state.environment).items():
        environment.setdefault(name, str(value))
