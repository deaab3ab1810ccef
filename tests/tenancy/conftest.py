from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connections, transaction

from tests.database import django_settings
from tests.factories import World, build_world


@pytest.fixture
def world_without_rls(
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator[World]:
    """The cast as the owner sees it: row-level security is off, the managers stand alone."""
    with django_db_blocker.unblock():
        connection = connections["default"]
        kept = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(django_settings(database_urls["owner_url"]))
        try:
            with transaction.atomic():
                yield build_world()
                transaction.set_rollback(True)
        finally:
            connection.close()
            connection.settings_dict.update(kept)
