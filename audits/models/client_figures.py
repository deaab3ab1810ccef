"""What the fleet shows of a client, counted once and kept until something about it changes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.models.owned import TenantModel, tenant_key


class ClientFigures(TenantModel):
    """One client's figures as they were counted, by which rules and until when they hold."""

    figures = models.JSONField(_("figures"), default=dict)
    basis = models.CharField(max_length=100, blank=True)
    until = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            tenant_key("client_figures"),
            models.UniqueConstraint(fields=["client"], name="client_figures_once"),
        ]

    def __str__(self) -> str:
        return f"figures of client {self.client_id}"


class ClientChange(TenantModel):
    """Something was written that the figures of a client rest on: triggers say so, nobody else.

    A row of its own for each change, so that two who write about one client never wait for each
    other, and so that it is seen when the change itself is: with the commit of both.
    """

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [tenant_key("client_change")]

    def __str__(self) -> str:
        return f"change at client {self.client_id}"
