from typing import ClassVar

from django.conf import settings
from django.db import models

from audits.enums import FilePurpose
from audits.models.owned import ProviderModel, TenantModel, provider_key, tenant_key


class ClientKey(TenantModel):
    """The client's key, wrapped by the installation key: without it files and log are noise."""

    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            tenant_key("clientkey"),
            models.UniqueConstraint(fields=["client"], name="clientkey_one_per_client"),
        ]

    def __str__(self) -> str:
        return f"key of client {self.client_id}"


class ProviderKey(ProviderModel):
    """The provider's key, wrapped likewise: without it what its log says is noise."""

    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("providerkey"),
            models.UniqueConstraint(fields=["provider"], name="providerkey_one_per_provider"),
        ]

    def __str__(self) -> str:
        return f"key of provider {self.provider_id}"


class StoredFile(TenantModel):
    """An encrypted file; `name` is random and means nothing outside the storage."""

    purpose = models.CharField(max_length=20, choices=FilePurpose)
    name = models.CharField(max_length=100, unique=True)
    original_name = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [tenant_key("storedfile")]

    def __str__(self) -> str:
        return self.original_name or self.name
