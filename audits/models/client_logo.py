from typing import ClassVar

from django.db import models

from audits.models.owned import TenantModel, tenant_key


class ClientLogo(TenantModel):
    """The logo on reports of one client alone; without a row its provider's stands there.

    A table of its own, so that no list of clients reads pictures.
    """

    png = models.BinaryField()
    digest = models.CharField(max_length=16)

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            tenant_key("clientlogo"),
            models.UniqueConstraint(fields=["client"], name="clientlogo_once"),
        ]

    def __str__(self) -> str:
        return self.digest
