import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Session(models.Model):
    """A log-in that goes on: when and where it was last used, so that it can be ended from afar."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # Every provider whose pages it has shown: each ends, and counts, these alone.
    provider_ids = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        ordering: ClassVar = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.begun_at:%Y-%m-%d %H:%M}"
