from pathlib import Path

import pytest

from audits.servers.environment import PRODUCTION, connect, is_production, require_complete
from audits.servers.errors import ServerError
from audits.servers.state import locked, open_state, write_json

_COMPLETE = dict.fromkeys(PRODUCTION, "set")


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_names_each_missing_variable(name: str) -> None:
    environment = {key: value for key, value in _COMPLETE.items() if key != name}
    assert is_production(environment)
    with pytest.raises(ServerError, match=f"lacks {name};"):
        require_complete(environment)


def test_production_with_everything_may_start() -> None:
    require_complete(_COMPLETE)


def test_keys_alone_do_not_make_a_production_environment() -> None:
    assert not is_production({"SECRET_KEY": "a", "MIA_ENCRYPTION_KEY": "b"})


def test_command_beside_a_running_start_gets_its_environment(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state")
    write_json(state.environment, {"DATABASE_URL": "postgresql://x", "SECRET_KEY": "s"})
    environment = {"MIA_STATE_DIR": str(state.root), "SECRET_KEY": "mine"}
    with locked(state):
        connect("shell", environment, project=tmp_path)
    assert environment == {
        "MIA_STATE_DIR": str(state.root),
        "DATABASE_URL": "postgresql://x",
        "SECRET_KEY": "mine",
    }


@pytest.mark.parametrize("command", ["up", "audit"])
def test_commands_without_servers_get_nothing(tmp_path: Path, command: str) -> None:
    state = open_state(tmp_path / "state")
    write_json(state.environment, {"DATABASE_URL": "postgresql://x"})
    environment = {"MIA_STATE_DIR": str(state.root)}
    with locked(state):
        connect(command, environment, project=tmp_path)
    assert environment == {"MIA_STATE_DIR": str(state.root)}


def test_environment_of_a_start_that_has_ended_is_not_used(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state")
    write_json(state.environment, {"DATABASE_URL": "postgresql://x"})
    environment = {"MIA_STATE_DIR": str(state.root)}
    connect("shell", environment, project=tmp_path)
    assert environment == {"MIA_STATE_DIR": str(state.root)}
