"""The second wall: managers that filter by the scope, and raise where there is none."""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models

from audits.tenancy.scopes import Scope, ScopeError, current_scope

Row = TypeVar("Row", bound=models.Model)


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of the clients in scope; what is written is checked against the same scope."""

    # The columns that say whose a row is.
    owners: ClassVar[tuple[str, ...]] = ("client_id",)

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:  # noqa: ARG004 - others look at it
        """Say whether a row with this value in an owner column may be written."""
        return value in scope.client_ids

    def refuse_foreign(self, values: Iterable[tuple[str, object]]) -> None:
        """Raise ScopeError where a value would put a row outside the scope."""
        scope = current_scope()
        for column, value in values:
            if column in self.owners and not self.admits(scope, column, value):
                raise ScopeError(
                    f"{self.model.__name__}: {column} is not in scope; nothing was changed."
                )

    def refuse_foreign_row(self, row: models.Model) -> None:
        self.refuse_foreign((column, getattr(row, column)) for column in self.owners)

    def _insert(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Django's own signature, passed on untouched
        for row in objs:
            self.refuse_foreign_row(row)
        return super()._insert(objs, *args, **kwargs)  # type: ignore[misc]

    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]

    def _update(self, values: Any) -> Any:  # noqa: ANN401 - Django's own signature: what save() calls
        self.refuse_foreign((field.attname, value) for field, _, value in values)
        return super()._update(values)  # type: ignore[misc]

    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]

    def update(self, **values: Any) -> int:  # noqa: ANN401 - Django's own signature
        meta = self.model._meta  # noqa: SLF001 - Django's documented model API
        self.refuse_foreign(
            (
                meta.pk.attname if name == "pk" else getattr(meta.get_field(name), "attname", name),
                value.pk if isinstance(value, models.Model) else value,
            )
            for name, value in values.items()
        )
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def raw(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401 - Django's own signature
        raise ScopeError("Raw SQL passes by the scope; use the query API.")


class TenantManager(models.Manager[Row]):
    """Fail-closed: also the base manager, so that `save` and foreign keys pass through it."""

    def get_queryset(self) -> TenantQuerySet[Row]:
        allowed = current_scope().client_ids
        return TenantQuerySet(self.model, using=self._db).filter(client_id__in=allowed)

    def _insert(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Django's own signature
        return self.get_queryset()._insert(objs, *args, **kwargs)  # noqa: SLF001 - the same hook one level down


class ClientQuerySet(TenantQuerySet[Row]):
    """The client table: its own id is the tenant, and its provider may not be another one."""

    owners = ("id", "provider_id")

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:
        if column == "provider_id":
            return scope.every_provider or value == scope.provider_id
        return value in scope.client_ids


class ClientManager(TenantManager[Row]):
    """Clients in scope, with the same refusal outside a scope."""

    def get_queryset(self) -> ClientQuerySet[Row]:
        allowed = current_scope().client_ids
        return ClientQuerySet(self.model, using=self._db).filter(pk__in=allowed)


class ProviderQuerySet(TenantQuerySet[Row]):
    """The provider table, whose own id is the provider in scope."""

    owners = ("id",)

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:  # noqa: ARG004 - one column
        return scope.every_provider or value == scope.provider_id


class ProviderManager(TenantManager[Row]):
    """The provider in scope alone; every one for the few who may see all."""

    def get_queryset(self) -> ProviderQuerySet[Row]:
        scope = current_scope()
        rows: ProviderQuerySet[Row] = ProviderQuerySet(self.model, using=self._db)
        return rows if scope.every_provider else rows.filter(pk=scope.provider_id)
