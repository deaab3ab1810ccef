"""An installation with rows and stored files, and a folder apart from it."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.datasets import keep_files
from tests.factories import World


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the one of the stored files."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def filled(world: World, database_urls: dict[str, Any], storage_folder: Path) -> World:
    """Two providers with two clients each, and a stored file for every row that names one."""
    for cast in (world.here, world.sibling, world.stranger):
        with cast.scope():
            keep_files(cast)
    with psycopg.connect(database_urls["admin_url"]) as connection:
        for (name,) in connection.execute(b"SELECT name FROM audits_storedfile"):
            if not (storage_folder / name).exists():
                (storage_folder / name).write_bytes(name.encode())
    return world
