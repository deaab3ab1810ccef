from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests import casts
from tests.factories import World


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    """One cast for the whole module: every request here is rolled back, and no longer counted."""
    cache.clear()
    with casts.undone(cast_of_app) as lent:
        yield lent
