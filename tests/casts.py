"""The cast once, where many tests ask the same rows: each test is rolled back."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from tests.database import django_settings
from tests.factories import World, build_world


@contextmanager
def kept(url: str, blocker: Any) -> Iterator[World]:  # noqa: ANN401 - pytest-django's own type is private
    """Build the cast under a role, in a transaction that is never committed."""
    with blocker.unblock():
        connection = connections["default"]
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(django_settings(url))
        try:
            with transaction.atomic():
                yield build_world()
                transaction.set_rollback(True)
        finally:
            connection.close()
            connection.settings_dict.update(before)


@contextmanager
def undone(cast: World) -> Iterator[World]:
    """Lend a copy of the cast; whatever is done to it or its rows is taken back."""
    with transaction.atomic():
        yield copy.deepcopy(cast)
        transaction.set_rollback(True)


@cache
def _built(_url: str) -> tuple[date, World]:
    with transaction.atomic():
        return timezone.localdate(), build_world()


def committed(url: str) -> World | None:
    """Build the cast in a database of its own, once; None after midnight: its dates count days."""
    connect(url)
    day, cast = _built(url)
    return cast if day == timezone.localdate() else None


def connect(url: str) -> None:
    """Lead the connection of the tests to another database; nothing where it leads there."""
    connection = connections["default"]
    wanted = django_settings(url)
    if any(connection.settings_dict[name] != wanted[name] for name in wanted):
        connection.close()
        connection.settings_dict.update(wanted)


def is_lent(request: pytest.FixtureRequest) -> bool:
    """Say whether a test plays with the cast and is rolled back, so that a kept cast will do."""
    marker = request.node.get_closest_marker("django_db")
    return (
        "world" in request.fixturenames
        and "transactional_db" not in request.fixturenames
        and not (marker is not None and marker.kwargs.get("transaction"))
    )
