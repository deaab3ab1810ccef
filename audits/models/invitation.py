from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import CLIENT_ROLES, MEMBER_ROLES, STAFF_ROLES
from audits.models.scoped import ScopedModel
from audits.models.tenant import Client, Provider
from audits.tenancy.managers import InvitationManager

_OPEN = Q(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(ScopedModel):
    """One link for one address, to one role at one place; only the link's digest is kept.

    Without a client it leads to the provider's own staff, with what may be opened there.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, related_name="+")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=MEMBER_ROLES)
    all_clients = models.BooleanField(default=False)
    granted_clients = models.JSONField(default=list, blank=True)
    granted_groups = models.JSONField(default=list, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[InvitationManager[Self]] = InvitationManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "client", "email"],
                condition=_OPEN,
                nulls_distinct=False,
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                name="invitation_role_fits_level",
                condition=(
                    Q(client__isnull=True, role__in=[role.value for role in STAFF_ROLES])
                    | Q(
                        client__isnull=False,
                        all_clients=False,
                        granted_clients=[],
                        granted_groups=[],
                        role__in=[role.value for role in CLIENT_ROLES],
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.email
