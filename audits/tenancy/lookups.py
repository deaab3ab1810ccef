"""A long list of ids as one value: what the scope allows stands in every question."""

from collections.abc import Collection
from operator import index
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
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
        ids = ",".join(map(str, map(index, sorted(self.rhs))))
        if not ids:
            raise EmptyResultSet
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", (*given, f"{{{ids}}}")


class Among(AnyOf):
    """`client_id__among=ids`: the same rows again, and the list is looked up for each of them.

    For a question that goes through every row that there is. Row-level security asks an index for
    the same clients: PostgreSQL would try each id of one list with each of the other there.
    """

    lookup_name = "among"

    def process_lhs(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        lhs: Expression | None = None,
    ) -> tuple[str, tuple[Any, ...]]:
        column, given = super().process_lhs(compiler, connection, lhs)
        return f"({column} + 0)", tuple(given)


for _field in (models.BigAutoField, models.ForeignKey):
    _field.register_lookup(AnyOf)
    _field.register_lookup(Among)
