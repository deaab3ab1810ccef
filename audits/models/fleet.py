"""How each person has set up lists: their columns, what was shown last, views with a name."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import ColumnList
from audits.models.owned import ProviderModel, provider_key


class FleetTable(ProviderModel):
    """The columns of a list, and the length of a page, that a person chose."""

    listing = models.CharField(
        _("list"), max_length=20, choices=ColumnList, default=ColumnList.FLEET
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(_("columns"), default=list, blank=True)
    size = models.PositiveSmallIntegerField(_("rows on a page"), default=25)
    # What of the list was looked at last: what stood in its address after the `?`.
    query = models.CharField(max_length=1000, blank=True)

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("fleet_table"),
            models.UniqueConstraint(
                fields=["provider", "user", "listing"], name="fleet_table_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.listing}, {self.size}"


class FleetView(ProviderModel):
    """A choice of rows that a person gave a name: what stands in the address after the `?`.

    One of a client's list holds for that list at every client.
    """

    listing = models.CharField(
        _("list"), max_length=20, choices=ColumnList, default=ColumnList.FLEET
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            provider_key("fleet_view"),
            models.UniqueConstraint(
                fields=["provider", "user", "listing", "name"], name="fleet_view_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_of_everyone(self) -> bool:
        return ColumnList(self.listing).is_of_everyone
