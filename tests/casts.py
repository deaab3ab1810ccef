"""The cast once per module, where many tests ask the same rows: each test is rolled back."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

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
