"""The second wall: managers that filter by the scope, and raise where there is none."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models
from django.db.models import Q

from audits.tenancy import lookups  # noqa: F401 - registers what the managers filter by
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
        return TenantQuerySet(self.model, using=self._db).filter(client_id__any_of=allowed)

    def every_row(self, at: Collection[int] | None = None) -> TenantQuerySet[Row]:
        """The same rows, for a question to all clients in scope; or those `at` some of them."""
        allowed = current_scope().client_ids
        if at is not None:
            allowed = allowed.intersection(at)
        return TenantQuerySet(self.model, using=self._db).filter(client_id__among=allowed)

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
        return ClientQuerySet(self.model, using=self._db).filter(pk__any_of=allowed)


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
        rows: ProviderQuerySet[Row] = ProviderQuerySet(self.model, using=self._db).defer("logo")
        return rows if scope.every_provider else rows.filter(pk=scope.provider_id)


class ProviderRowsQuerySet(TenantQuerySet[Row]):
    """Rows that belong to a provider itself, not to one of its clients."""

    owners = ("provider_id",)

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:  # noqa: ARG004 - one column
        return scope.every_provider or (value is not None and value == scope.house_id)


class ProviderRowsManager(TenantManager[Row]):
    """Rows of the provider whose staff is asking; none for the people of its clients."""

    def get_queryset(self) -> ProviderRowsQuerySet[Row]:
        scope = current_scope()
        rows: ProviderRowsQuerySet[Row] = ProviderRowsQuerySet(self.model, using=self._db)
        return rows if scope.every_provider else rows.filter(provider_id=scope.house_id)


class BreakGlassManager(TenantManager[Row]):
    """Looks at the clients in scope, and the person's own; written for a client in scope alone."""

    def get_queryset(self) -> TenantQuerySet[Row]:
        scope = current_scope()
        rows: TenantQuerySet[Row] = TenantQuerySet(self.model, using=self._db)
        seen = Q(client_id__any_of=scope.client_ids)
        if scope.user_id is not None:
            seen |= Q(user_id=scope.user_id)
        return rows.filter(seen)


class MemberQuerySet(TenantQuerySet[Row]):
    """Who belongs where: written by the provider's staff, or for a client in scope."""

    owners = ("provider_id", "client_id")

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:
        if scope.every_provider:
            return True
        if column == "provider_id":
            return value is not None and value == scope.provider_id
        return scope.house_id is not None or value in scope.client_ids


class MemberManager(TenantManager[Row]):
    """Memberships of the person who asks, of the provider whose staff asks, of clients in scope."""

    def get_queryset(self) -> MemberQuerySet[Row]:
        scope = current_scope()
        rows: MemberQuerySet[Row] = MemberQuerySet(self.model, using=self._db)
        if scope.every_provider:
            return rows
        seen = Q(client_id__any_of=scope.client_ids)
        if scope.house_id is not None:
            seen |= Q(provider_id=scope.house_id)
        if scope.user_id is not None:
            seen |= Q(user_id=scope.user_id)
        return rows.filter(seen)


class GrantQuerySet(ProviderRowsQuerySet[Row]):
    """What staff of a provider may open: written by staff of that provider alone."""


class GrantManager(TenantManager[Row]):
    """Grants of the person who asks, and of the provider whose staff asks."""

    def get_queryset(self) -> GrantQuerySet[Row]:
        scope = current_scope()
        rows: GrantQuerySet[Row] = GrantQuerySet(self.model, using=self._db)
        if scope.every_provider:
            return rows
        seen = Q(provider_id=scope.house_id)
        if scope.user_id is not None:
            seen |= Q(membership__user_id=scope.user_id)
        return rows.filter(seen)


class InvitationQuerySet(TenantQuerySet[Row]):
    """Invitations to a client in scope, or to the staff of the provider whose staff asks."""

    owners = ("provider_id", "client_id")

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:
        if scope.every_provider:
            return True
        if column == "provider_id":
            return value is not None and value == scope.provider_id
        return value in scope.client_ids or (value is None and scope.house_id is not None)


class InvitationManager(TenantManager[Row]):
    """The same, and the one whose link the scope holds: that one to be read alone."""

    def get_queryset(self) -> InvitationQuerySet[Row]:
        scope = current_scope()
        rows: InvitationQuerySet[Row] = InvitationQuerySet(self.model, using=self._db)
        if scope.every_provider:
            return rows
        seen = Q(client_id__any_of=scope.client_ids)
        if scope.house_id is not None:
            seen |= Q(client_id=None, provider_id=scope.house_id)
        if scope.invitation is not None:
            seen |= Q(digest=scope.invitation)
        return rows.filter(seen)


class RatingPolicyQuerySet(InvitationQuerySet[Row]):
    """Policies are written where invitations are: at a client in scope, or by the staff."""


class RatingPolicyManager(TenantManager[Row]):
    """Policies of clients in scope, and of their provider: its clients' people read that one."""

    def get_queryset(self) -> RatingPolicyQuerySet[Row]:
        scope = current_scope()
        rows: RatingPolicyQuerySet[Row] = RatingPolicyQuerySet(self.model, using=self._db)
        if scope.every_provider:
            return rows
        seen = Q(client_id__any_of=scope.client_ids)
        return rows.filter(seen | Q(client=None, provider_id=scope.provider_id))


class TokenQuerySet(TenantQuerySet[Row]):
    """API tokens: a person makes them for nobody else; others may look, and revoke."""

    owners = ("user_id", "provider_id")

    @staticmethod
    def admits(scope: Scope, column: str, value: object) -> bool:
        if scope.every_provider:
            return True
        if column == "provider_id":
            return scope.holder_at in {None, value}
        return value is not None and value == scope.holder_id


class TokenManager(TenantManager[Row]):
    """The person's own tokens, those for the provider whose staff is asking, the one named."""

    def get_queryset(self) -> TokenQuerySet[Row]:
        scope = current_scope()
        rows: TokenQuerySet[Row] = TokenQuerySet(self.model, using=self._db)
        if scope.every_provider:
            return rows
        own = Q(user_id=scope.holder_id)
        if scope.holder_at is not None:
            own &= Q(provider_id=scope.holder_at)
        return rows.filter(own | Q(provider_id=scope.house_id) | Q(prefix=scope.token_prefix))
