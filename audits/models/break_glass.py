from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import GreaterThanOrEqual

from audits.models.owned import TenantModel, tenant_key
from audits.tenancy.managers import BreakGlassManager

LONGEST_MINUTES = 60
SHORTEST_REASON = 10


class BreakGlass(TenantModel):
    """A platform operator's look at one client: why, for how long, and what was opened."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500)
    # As the operator named the client: its name is out of sight again when the look is over.
    slug = models.SlugField(max_length=80)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Which pages the log names already.
    opened = models.JSONField(default=list)

    objects: ClassVar[BreakGlassManager[Self]] = BreakGlassManager()

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("breakglass"),
            models.CheckConstraint(
                name="breakglass_is_short",
                condition=Q(
                    ends_at__gt=F("started_at"),
                    ends_at__lte=F("started_at") + timedelta(minutes=LONGEST_MINUTES),
                ),
            ),
            models.CheckConstraint(
                name="breakglass_has_a_reason",
                condition=GreaterThanOrEqual(Length("reason"), SHORTEST_REASON),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["client", "ends_at"], condition=Q(ended_at=None), name="breakglass_open"
            ),
            models.Index(fields=["user", "-id"], name="breakglass_by_operator"),
        ]

    def __str__(self) -> str:
        return self.slug
