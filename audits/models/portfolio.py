"""Reports of a provider over its clients, which belong to none of them."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from audits.enums import ReportState
from audits.models.job import ProviderJob
from audits.models.owned import ProviderModel, provider_key


class PortfolioReport(ProviderModel):
    """A frozen document over several clients: `data` is what it says, `sealed` the PDF once made.

    `covers` are the clients in it: whoever may not open one of them does not read it. It is `whole`
    where its maker could open every client of the provider. The PDF lies encrypted under the
    provider's key; `size` and `sha256` are those of the plain file.
    """

    number = models.PositiveIntegerField()
    covers = ArrayField(models.BigIntegerField(), default=list, editable=False)
    whole = models.BooleanField(default=False, editable=False)
    job = models.OneToOneField(
        ProviderJob, on_delete=models.PROTECT, null=True, related_name="report"
    )
    data = models.JSONField()
    # The provider's logo as it was then: the pages are drawn from what is frozen alone.
    logo = models.BinaryField(default=b"", blank=True)
    sealed = models.BinaryField(default=b"", blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            provider_key("portfolioreport"),
            models.UniqueConstraint(
                fields=["provider", "number"], name="portfolioreport_number_once"
            ),
        ]

    def __str__(self) -> str:
        said: dict[str, Any] = self.data
        return str(said["report_number"])

    @property
    def state(self) -> ReportState:
        return ReportState.SUPERSEDED if self.superseded_at is not None else ReportState.DRAFT

    @property
    def is_made(self) -> bool:
        return bool(self.sha256)
