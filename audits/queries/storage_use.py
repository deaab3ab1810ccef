"""How much of its space a client uses, and for what."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Sum

from audits.enums import FilePurpose
from audits.models import Client, StoredFile

MEBIBYTE = 1 << 20
_NEARLY = 0.9


@dataclass(frozen=True)
class Share:
    """What the files of one purpose take."""

    purpose: str
    files: int
    size: int


@dataclass(frozen=True)
class Space:
    """What a client uses of what it may use."""

    limit: int
    shares: list[Share]

    @property
    def used(self) -> int:
        return sum(share.size for share in self.shares)

    @property
    def percent(self) -> int:
        return round(100 * self.used / self.limit) if self.limit else 100

    @property
    def is_full(self) -> bool:
        return self.used >= self.limit

    @property
    def is_nearly_full(self) -> bool:
        return self.used >= _NEARLY * self.limit


def limit_of(client: Client) -> int:
    """The client's own limit in bytes, else the installation's usual one."""
    if client.storage_limit_mb is None:
        usual: int = settings.MIA_CLIENT_STORAGE_BYTES
        return usual
    return client.storage_limit_mb * MEBIBYTE


def of_client(client: Client) -> Space:
    """Count the client's stored files, the largest share first."""
    rows = (
        StoredFile.objects.filter(client=client)
        .order_by()
        .values_list("purpose")
        .annotate(files=Count("pk"), size=Sum("size"))
    )
    shares = [Share(str(FilePurpose(purpose).label), files, size) for purpose, files, size in rows]
    return Space(limit_of(client), sorted(shares, key=lambda share: -share.size))


def used_by(client: Client) -> int:
    """Bytes of all stored files of the client."""
    found = StoredFile.objects.filter(client=client).aggregate(size=Sum("size"))["size"]
    return int(found or 0)
