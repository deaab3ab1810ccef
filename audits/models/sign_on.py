from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audits.enums import SecondStep
from audits.models.member import User
from audits.models.owned import ProviderModel, provider_key
from audits.models.tenant import Provider


class SignOnAddress(models.Model):
    """Which provider an address of the log-in leads to, and whether its staff must take it."""

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=80, unique=True)
    is_open = models.BooleanField(
        _("open"),
        default=False,
        help_text=_("Nobody can log in this way while it is closed; passwords then work for all."),
    )
    is_required = models.BooleanField(
        _("required for your staff"),
        default=False,
        help_text=_("Their passwords then open nothing of yours; the exceptions are chosen below."),
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sign_on_required_only_if_open",
                condition=Q(is_required=False) | Q(is_open=True),
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class SignOn(ProviderModel):
    """A provider's own identity provider, which vouches for its people and for nobody else."""

    issuer = models.URLField(
        _("issuer"),
        max_length=300,
        help_text=_("The address of your identity provider, exactly as it writes it itself."),
    )
    client_id = models.CharField(
        _("client ID"), max_length=190, help_text=_("Shown where you registered this portal.")
    )
    sealed_secret = models.TextField(blank=True)
    secret_ending = models.CharField(max_length=4, blank=True)
    allowed_domains = models.JSONField(default=list)
    makes_accounts = models.BooleanField(
        _("make accounts of invited staff"),
        default=False,
        help_text=_(
            "Who is invited to your staff and has no account yet gets one at the first log-in,"
            " without a password. Others never do."
        ),
    )
    second_step = models.CharField(
        _("second factor"), max_length=10, choices=SecondStep, default=SecondStep.TOLD
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("sign_on"),
            models.UniqueConstraint(fields=["provider"], name="sign_on_once"),
        ]

    def __str__(self) -> str:
        return self.issuer


class SignOnIdentity(ProviderModel):
    """A company account that a person has signed in with: issuer and subject, never an address."""

    issuer = models.URLField(max_length=300)
    subject = models.CharField(max_length=191)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            provider_key("sign_on_identity"),
            models.UniqueConstraint(
                fields=["provider", "issuer", "subject"], name="sign_on_identity_once"
            ),
            models.UniqueConstraint(
                fields=["provider", "issuer", "user"], name="sign_on_identity_of_one"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
