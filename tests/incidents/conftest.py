from collections.abc import Iterator

import pytest

from tests import casts
from tests.factories import World


@pytest.fixture
def world(cast_marked: World) -> Iterator[World]:
    """The cast with words of its own for each client, and files that can be downloaded."""
    with casts.undone(cast_marked) as lent:
        yield lent
