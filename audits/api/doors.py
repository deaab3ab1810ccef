"""What every endpoint below a client shares: the door of each action, and the rows behind it."""

from typing import ClassVar, Generic, TypeVar, cast

from django.db import models
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from audits import access
from audits.models import Client, TenantModel

Row = TypeVar("Row", bound=TenantModel)


def actor_of(request: Request) -> access.Actor:
    return cast("access.Actor", request.actor)  # type: ignore[attr-defined]


class RowsEndpoint(GenericViewSet[Row], Generic[Row]):
    """Rows of the client that the address names; who may do what is asked before any is read."""

    # What `access.may` is asked for each action; every other one only looks.
    doors: ClassVar[dict[str, str]] = {}
    look: ClassVar[str]

    @property
    def client(self) -> Client:
        return cast("Client", self.request.client)  # type: ignore[attr-defined]

    @property
    def door(self) -> str:
        return self.doors.get(self.action or "", self.look)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        access.require(actor_of(request), self.door, self.client)

    def rows(self) -> models.QuerySet[Row]:
        """Say which rows of the client there are."""
        raise NotImplementedError

    def opened(self, pk: int) -> Row:
        """Open one row, or answer as if it did not exist."""
        return access.open_row(actor_of(self.request), self.rows(), pk, action=self.door)

    def page(self) -> list[Row]:
        """Cut the page that was asked for."""
        return list(self.paginate_queryset(self.rows()) or [])
