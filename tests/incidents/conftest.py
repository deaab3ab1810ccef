from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests import casts
from tests.datasets import keep_files
from tests.factories import World
from tests.incidents.marks import mark


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    """The cast with words of its own for each client, and files that can be downloaded."""
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        mark(lent)
        for cast in (lent.here, lent.sibling, lent.stranger):
            with cast.scope():
                keep_files(cast)
        yield lent
