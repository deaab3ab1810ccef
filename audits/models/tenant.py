from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import ClientState
from audits.models.scoped import ScopedModel
from audits.tenancy.managers import ClientManager, ProviderManager


class BrandedModel(ScopedModel):
    """What its reports look like; where a field is empty, what stands above it holds."""

    brand_colour = models.CharField(_("colour of headings"), max_length=7, blank=True)
    brand_band = models.CharField(_("colour of the strip at the top"), max_length=7, blank=True)
    report_sender = models.CharField(_("sender"), max_length=60, blank=True)
    report_footer = models.CharField(_("foot of the page"), max_length=60, blank=True)

    class Meta:
        abstract = True


class Provider(BrandedModel):
    """A managed service provider: as separate from the next one as a client from a client."""

    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    # Made up for load tests, with all its clients; the database keeps the mark as first written.
    synthetic = models.BooleanField(default=False, editable=False)
    # Came with the demo; kept as first written, too.
    is_demo = models.BooleanField(default=False, editable=False)
    logo = models.BinaryField(default=b"", blank=True)
    logo_digest = models.CharField(max_length=16, blank=True)
    # Since when somebody has said how the provider looks to its clients.
    presented_at = models.DateTimeField(null=True, editable=False)
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


class Client(BrandedModel):
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
    # The provider's own organisation: asked what is asked of those who look after others.
    is_house = models.BooleanField(_("this is our own company"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # As its provider: made up for load tests, so that no report may speak of it.
    synthetic = models.BooleanField(default=False, editable=False)
    # Came with the demo, and can be removed with all that belongs to it.
    is_demo = models.BooleanField(default=False, editable=False)
    # Where the provider allows another size than the installation's usual one.
    storage_limit_mb = models.PositiveIntegerField(
        _("space for files, in MB"), null=True, blank=True
    )
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
            models.UniqueConstraint(
                fields=["provider"], name="client_one_house", condition=models.Q(is_house=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name
