"""The activity log: append-only lines, each chained to the one before it.

A line says who did what to which object. What it says in words (names, values before and after,
the address it came from) lies apart, encrypted under the key of the client or provider: without
the key the chain can still be verified, and tells nothing any more. The database itself numbers and
hashes the lines when their transaction ends (`tenancy/append_only.py`) and refuses every change.
"""

import hashlib
from datetime import UTC
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audits.enums import Via
from audits.models.owned import ProviderModel, TenantModel, provider_key, tenant_key


def netstring(*parts: str) -> bytes:
    """Write texts one after the other so that no two lists of texts give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(b"%d:%b," % (len(part), part) for part in encoded)


class ChainedLine(models.Model):
    """What every line of a log has; sequence and hashes are the database's own."""

    sequence = models.BigIntegerField(null=True, editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)
    # Neither a key of the database nor a cascade: a line outlives the account it names.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    via = models.CharField(max_length=10, choices=Via, blank=True)
    request_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    payload_digest = models.BinaryField(max_length=32)
    previous_hash = models.BinaryField(max_length=32, null=True, editable=False)
    hash = models.BinaryField(max_length=32, null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"

    @property
    def chain(self) -> str:
        """The chain's name, as it goes into every hash."""
        raise NotImplementedError

    def facts(self) -> tuple[str, ...]:
        """What the line claims, in the order and spelling that is hashed."""
        return (
            f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            str(self.actor_id or ""),
            self.via,
            str(self.request_id or ""),
            self.verb,
            self.object_type,
            str(self.object_id),
            bytes(self.payload_digest).hex(),
        )

    def bound(self) -> bytes:
        """What the encrypted payload is tied to: this line, saying just this."""
        return netstring(self.chain, str(self.pk), *self.facts())

    def hash_after(self, previous: bytes, sequence: int) -> bytes:
        """Say what the hash must be at this place: the same rule as in the database."""
        place = (self.chain, str(sequence), previous.hex())
        return hashlib.sha256(netstring(*place, *self.facts())).digest()


class ChainPayload(models.Model):
    """The words of a line, and the salt of their digest, encrypted under one key."""

    # Not a foreign key: that a key is gone is what erasing means.
    key = models.BigIntegerField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"payload {self.pk}"


class ChainHead(models.Model):
    """How far a chain has come, kept apart from its lines: cutting off the end shows."""

    sequence = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"line {self.sequence}"


class Activity(ChainedLine, TenantModel):
    """Who did what to which object of a client: one line for each write."""

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("activity"),
            models.UniqueConstraint(fields=["client", "sequence"], name="activity_sequence_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "actor", "-id"], name="activity_by_person"),
            models.Index(fields=["client", "object_type", "object_id"], name="activity_by_object"),
            models.Index(
                fields=["client"], condition=Q(sequence__isnull=True), name="activity_unsealed"
            ),
        ]

    @property
    def chain(self) -> str:
        return f"client:{self.client_id}"


class ActivityPayload(ChainPayload, TenantModel):
    """The words of a line of a client's log."""

    line = models.OneToOneField(Activity, on_delete=models.DO_NOTHING, related_name="payload")

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [tenant_key("activitypayload")]


class ActivityHead(ChainHead, TenantModel):
    """The end of a client's chain."""

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            tenant_key("activityhead"),
            models.UniqueConstraint(fields=["client"], name="activityhead_one_per_client"),
        ]


class ProviderActivity(ChainedLine, ProviderModel):
    """What happened at the provider itself: its team, its groups, its settings."""

    class Meta(ProviderModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            provider_key("provider_activity"),
            models.UniqueConstraint(
                fields=["provider", "sequence"], name="provider_activity_sequence_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "actor", "-id"], name="provider_activity_by_person"),
            models.Index(
                fields=["provider", "object_type", "object_id"], name="provider_activity_by_obj"
            ),
            models.Index(
                fields=["provider"],
                condition=Q(sequence__isnull=True),
                name="provider_activity_unsealed",
            ),
        ]

    @property
    def chain(self) -> str:
        return f"provider:{self.provider_id}"


class ProviderActivityPayload(ChainPayload, ProviderModel):
    """The words of a line of a provider's log."""

    line = models.OneToOneField(
        ProviderActivity, on_delete=models.DO_NOTHING, related_name="payload"
    )

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [provider_key("provideractivitypayload")]


class ProviderActivityHead(ChainHead, ProviderModel):
    """The end of a provider's chain."""

    class Meta(ProviderModel.Meta):
        constraints: ClassVar = [
            provider_key("provideractivityhead"),
            models.UniqueConstraint(fields=["provider"], name="provideractivityhead_one"),
        ]
