from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audits.models.scoped import ScopedModel
from audits.models.tenant import Client, Provider
from audits.tenancy.managers import RatingPolicyManager


class RatingPolicy(ScopedModel):
    """What a provider asks for beyond the house policy, or a client beyond its provider.

    Without a client it is the provider's, which holds for all of its clients and which their people
    may read. The database lets nobody change or delete one: another policy is the next revision.
    `asks` is what `guidance.strictness.Asked` stores.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.PositiveIntegerField()
    asks = models.JSONField()
    reason = models.CharField(_("reason"), max_length=1000)
    # Neither a key of the database nor a cascade: a policy outlives the account it names.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[RatingPolicyManager[Self]] = RatingPolicyManager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "client", "number"],
                nulls_distinct=False,
                name="ratingpolicy_number_once",
            ),
        ]

    def __str__(self) -> str:
        return _("revision %(number)s") % {"number": self.number}
