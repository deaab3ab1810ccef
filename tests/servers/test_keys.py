import base64
from pathlib import Path

import pytest

from audits.servers.errors import ServerError
from audits.servers.keys import keys_of
from audits.servers.state import open_state


def test_keys_are_made_once_for_this_user_alone(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state")
    made = keys_of(state, first_start=True)
    assert len(base64.urlsafe_b64decode(made["MIA_ENCRYPTION_KEY"])) == 32
    assert len(made["SECRET_KEY"]) == 86
    modes = {path.name: path.stat().st_mode & 0o777 for path in state.keys.iterdir()}
    assert modes == {"secret_key": 0o600, "encryption_key": 0o600}
    assert keys_of(state, first_start=False) == made
    assert keys_of(open_state(tmp_path / "other"), first_start=True) != made


def test_lost_key_beside_a_database_stops_the_start(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state")
    keys_of(state, first_start=True)
    (state.keys / "encryption_key").unlink()
    with pytest.raises(ServerError, match="put it back from a backup"):
        keys_of(state, first_start=False)
    assert not (state.keys / "encryption_key").exists()


def test_key_that_others_may_read_stops_the_start(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state")
    keys_of(state, first_start=True)
    (state.keys / "secret_key").chmod(0o640)
    with pytest.raises(ServerError, match="chmod 600"):
        keys_of(state, first_start=False)
