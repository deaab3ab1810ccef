from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audits.enums import Hue
from audits.models.member import Membership
from audits.models.owned import ProviderModel, provider_key
from audits.models.tenant import Client


class ClientGroup(ProviderModel):
    """Clients that belong together, for the provider's own use: grants to staff, and filters."""

    name = models.CharField(_("name"), max_length=60)
    hue = models.PositiveSmallIntegerField(_("colour"), choices=Hue, default=Hue.BLUE)

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            provider_key("client_group"),
            models.UniqueConstraint(fields=["provider", "name"], name="client_group_name_once"),
            models.CheckConstraint(
                condition=models.Q(hue__in=Hue.values), name="client_group_hue_is_one_of_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClientGroupMember(ProviderModel):
    """A client in a group. Its people never learn of it: the row is the provider's."""

    group = models.ForeignKey(ClientGroup, on_delete=models.CASCADE, related_name="members")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("client_group_member"),
            models.UniqueConstraint(fields=["group", "client"], name="client_group_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} ∋ {self.client_id}"


class GroupGrant(ProviderModel):
    """A group whose clients a technician may open: those of today and those that join it."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="group_grants"
    )
    group = models.ForeignKey(ClientGroup, on_delete=models.CASCADE, related_name="grants")

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("group_grant"),
            models.UniqueConstraint(fields=["membership", "group"], name="group_grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} → {self.group_id}"
