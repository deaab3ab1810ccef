"""Which connection a question goes by: the cache table, where there is one, has its own."""

from typing import Any, Final

TABLE_CACHE: Final = "cache"
_LABEL: Final = "django_cache"  # Django's own, of what stands for a cache table


class TableCacheRouter:
    """Lead the cache table to a connection beside the request's, as a cache server has one.

    On the connection of the request its rows would be rolled back with a refused request, and
    whoever is refused could ask again without end.
    """

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:  # noqa: ANN401 - Django's own signature
        return _own(model)

    def db_for_write(self, model: Any, **_hints: Any) -> str | None:  # noqa: ANN401 - Django's own signature
        return _own(model)

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool | None:  # noqa: ANN401 - Django's own signature
        return False if db == TABLE_CACHE else None


def _own(model: Any) -> str | None:  # noqa: ANN401 - a stand-in of Django's, no model class
    return TABLE_CACHE if model._meta.app_label == _LABEL else None  # noqa: SLF001 - Django's own name
