"""The cast once per module, because the wall tests ask every table the same question."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction

from tests.database import django_settings
from tests.factories import World, build_world


@contextmanager
def _cast(url: str, blocker: Any) -> Iterator[World]:  # noqa: ANN401 - pytest-django's own type is private
    """Build the cast under another role, in a transaction that is never committed."""
    with blocker.unblock():
        connection = connections["default"]
        kept = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(django_settings(url))
        try:
            with transaction.atomic():
                yield build_world()
                transaction.set_rollback(True)
        finally:
            connection.close()
            connection.settings_dict.update(kept)


@contextmanager
def _undone(cast: World) -> Iterator[World]:
    with transaction.atomic():
        yield copy.deepcopy(cast)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast_of_owner(
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator[World]:
    with _cast(database_urls["owner_url"], django_db_blocker) as cast:
        yield cast


@pytest.fixture(scope="module")
def cast_of_app(
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator[World]:
    with _cast(database_urls["app_url"], django_db_blocker) as cast:
        yield cast


@pytest.fixture
def world_without_rls(cast_of_owner: World) -> Iterator[World]:
    """The cast as the owner sees it: row-level security is off, the managers stand alone."""
    with _undone(cast_of_owner) as world:
        yield world


@pytest.fixture
def world_with_rls(cast_of_app: World) -> Iterator[World]:
    """The cast as the application sees it."""
    with _undone(cast_of_app) as world:
        yield world
