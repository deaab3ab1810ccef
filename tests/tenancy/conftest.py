from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests import casts
from tests.factories import World


@pytest.fixture(scope="module")
def cast_of_owner(
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator[World]:
    with casts.kept(database_urls["owner_url"], django_db_blocker) as cast:
        yield cast


@pytest.fixture
def world_without_rls(cast_of_owner: World) -> Iterator[World]:
    """The cast as the owner sees it: row-level security is off, the managers stand alone."""
    with casts.undone(cast_of_owner) as world:
        yield world


@pytest.fixture
def world_with_rls(cast_of_app: World) -> Iterator[World]:
    """The cast as the application sees it."""
    with casts.undone(cast_of_app) as world:
        yield world


@pytest.fixture(scope="module")
def owners_marked_cast(
    cast_of_owner: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The owner's cast with a mark of its own in every text, and files to download."""
    from tests.web import marked  # noqa: PLC0415 - most of these tests ask for no page

    with marked.furnished(cast_of_owner, tmp_path_factory.mktemp("marked")):
        yield cast_of_owner
