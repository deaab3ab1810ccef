from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.models.scoped import ScopedModel
from audits.models.tenant import Provider
from audits.tenancy.managers import TokenManager

LONGEST_DAYS = 365


class ApiToken(ScopedModel):
    """A program's way in, in the name of one person and for the clients of one provider.

    Only a digest of the secret is kept. `client_ids` narrows what the person may open, so an id
    that has gone, or never was theirs, opens nothing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField()
    client_ids = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TokenManager[Self]] = TokenManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_token_ends",
                condition=Q(expires_at__gt=F("created_at"))
                & Q(expires_at__lte=F("created_at") + timedelta(days=LONGEST_DAYS)),
            ),
        ]

    def __str__(self) -> str:
        return self.name
