"""A long list of ids as one value: what the scope allows stands in every question."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


class AnyOf(models.Lookup[Collection[int]]):
    """`client_id__any_of=ids`: the same rows as `__in`, which prepares each id by itself.

    With five hundred clients that took longer than the question. Takes ids, not rows.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        ids = sorted(self.rhs)
        if not ids:
            raise EmptyResultSet
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", (*given, ids)


models.BigAutoField.register_lookup(AnyOf)
models.ForeignKey.register_lookup(AnyOf)
