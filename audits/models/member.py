from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import CLIENT_ROLES, MEMBER_ROLES, STAFF_ROLES, Role
from audits.models.scoped import ScopedModel
from audits.models.tenant import Client, Provider
from audits.tenancy.managers import GrantManager, MemberManager


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, *, name: str = "") -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who logs in with an e-mail address; what they may do is in their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    # Of the platform, of no provider: opens one client at a time, for a reason, in its own log.
    is_operator = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    second_factor_declined_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Membership(ScopedModel):
    """One person's role: at a provider (`client` empty) or at one client."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, blank=True)
    role = models.CharField(max_length=20, choices=MEMBER_ROLES)
    all_clients = models.BooleanField(
        default=False, help_text=_("Staff only: every client of the provider, new ones included.")
    )
    keeps_password = models.BooleanField(
        default=False,
        help_text=_("May still log in with a password where single sign-on is required."),
    )
    # Of this place alone: an account may be used at other ones, which is nobody's business here.
    seen_at = models.DateTimeField(null=True, editable=False)
    # Sessions that began before open nothing here any more, wherever else they are used.
    logged_out_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[MemberManager[Self]] = MemberManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "provider", "client"],
                name="membership_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["provider", "id"], name="membership_provider_id_uniq"),
            models.CheckConstraint(
                name="membership_role_fits_level",
                condition=(
                    Q(client__isnull=True, role__in=[role.value for role in STAFF_ROLES])
                    | Q(
                        client__isnull=False,
                        all_clients=False,
                        role__in=[role.value for role in CLIENT_ROLES],
                    )
                ),
            ),
            models.CheckConstraint(
                name="membership_admin_opens_every_client",
                condition=~Q(role=Role.MSP_ADMIN.value) | Q(all_clients=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.get_role_display()}"


class Grant(ScopedModel):
    """A client that a technician may open; without a grant there is nothing to see."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)

    objects: ClassVar[GrantManager[Self]] = GrantManager()

    class Meta:
        base_manager_name = "objects"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["membership", "client"], name="grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} → {self.client_id}"
