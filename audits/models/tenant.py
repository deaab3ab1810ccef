from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import ClientState
from audits.models.scoped import ScopedModel
from audits.tenancy.managers import ClientManager, ProviderManager


class Provider(ScopedModel):
    """A managed service provider: as separate from the next one as a client from a client."""

    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    # Made up for load tests, with all its clients; the database keeps the mark as first written.
    synthetic = models.BooleanField(default=False, editable=False)
    logo = models.BinaryField(default=b"", blank=True)
    logo_digest = models.CharField(max_length=16, blank=True)
    welcome_skipped = models.JSONField(
        default=list, blank=True, help_text=_("Steps of the welcome that were put off.")
    )
    welcome_closed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when the welcome is no longer offered.")
    )

    objects: ClassVar[ProviderManager[Self]] = ProviderManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Client(ScopedModel):
    """A small business that the provider looks after: the tenant."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    contact_name = models.CharField(_("contact"), max_length=200, blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    locale = models.CharField(max_length=10, default="en-gb")
    state = models.CharField(
        _("state"), max_length=20, choices=ClientState, default=ClientState.ACTIVE
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # As its provider: made up for load tests, so that no report may speak of it.
    synthetic = models.BooleanField(default=False, editable=False)
    # Came with the demo, and can be removed with all that belongs to it.
    is_demo = models.BooleanField(default=False, editable=False)
    # Who of the provider looks after it; opens nothing by itself.
    lead = models.ForeignKey(
        "audits.Membership",
        verbose_name=_("looked after by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects: ClassVar[ClientManager[Self]] = ClientManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "id"], name="client_provider_id_uniq"),
        ]

    def __str__(self) -> str:
        return self.name
