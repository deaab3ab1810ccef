"""What the settings make of an environment."""

from typing import Any

import pytest
from django.core.cache.backends.db import Options
from django.db import router

from audits.models import User
from mia_portal import settings
from mia_portal.routers import TABLE_CACHE

REDIS = "django.core.cache.backends.redis.RedisCache"
TABLE = "django.core.cache.backends.db.DatabaseCache"


@pytest.mark.parametrize(
    ("broker", "named", "backend", "location"),
    [
        ("redis://cache.example:6379/1", "", REDIS, "redis://cache.example:6379/1"),
        ("redis+socket:///run/redis.sock", "", REDIS, "unix:///run/redis.sock"),
        (
            "redis+socket:///run/redis.sock?virtual_host=2",
            "",
            REDIS,
            "unix:///run/redis.sock?db=2",
        ),
        ("amqp://guest@broker.example//", "", TABLE, "mia_cache"),
        (
            "amqp://guest@broker.example//",
            "redis://cache.example/0",
            REDIS,
            "redis://cache.example/0",
        ),
    ],
)
def test_cache_is_the_named_one_else_the_broker_else_a_table(
    monkeypatch: pytest.MonkeyPatch, broker: str, named: str, backend: str, location: str
) -> None:
    monkeypatch.setattr(settings, "BROKER_URL", broker)
    monkeypatch.setenv("CACHE_URL", named)
    found = settings._cache()
    assert (found["BACKEND"], found["LOCATION"]) == (backend, location)


def test_cache_table_has_a_connection_of_its_own_outside_of_transactions() -> None:
    entry: Any = type("Entry", (), {"_meta": Options("mia_cache")})  # as Django's cache has it
    assert router.db_for_write(entry) == router.db_for_read(entry) == TABLE_CACHE
    assert router.db_for_write(User) == router.db_for_read(User) == "default"
    assert not router.allow_migrate(TABLE_CACHE, "audits")
    assert settings.DATABASES[TABLE_CACHE]["CONN_HEALTH_CHECKS"]
