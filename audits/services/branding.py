"""How a provider looks to its clients: its name, and logos that were drawn anew."""

import hashlib
import struct
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from audits import sandbox
from audits.models import Client, ClientLogo, Provider, User
from audits.services import activity, changes
from audits.services.errors import InvalidInput
from audits.services.intake import inspect, not_safe, refuse_known_malware

MOST_BYTES = 2 * 1024 * 1024
_DIGEST = 16
_MOST_DRAWN = 512 * 1024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PARTS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
BOX = (480, 160)  # as `sandbox.pictures` draws it


@transaction.atomic
def rename(*, provider: Provider, actor: User, name: str) -> None:
    """Set the name that clients read; to save it as it is says that it is the right one."""
    changed = changes.write(provider, {"name": name})
    if provider.presented_at is None:
        changes.write(provider, {"presented_at": timezone.now()})
    if changed:
        activity.record_at_provider(
            provider_id=provider.pk,
            actor=actor,
            verb="changed",
            obj=provider,
            details={"fields": changed},
        )


@transaction.atomic
def set_brand(*, of: Provider | Client, actor: User, values: dict[str, str]) -> None:
    """Change what reports look like: everywhere, or at one client."""
    changed = changes.write(of, values)
    if not changed:
        return
    details = {"fields": changed}
    if isinstance(of, Client):
        activity.record(client=of, actor=actor, verb="changed", obj=of, details=details)
        return
    activity.record_at_provider(
        provider_id=of.pk, actor=actor, verb="changed", obj=of, details=details
    )


def set_logo(*, of: Provider | Client, actor: User, upload: BinaryIO) -> None:
    """Redraw an uploaded PNG in the sandbox: on all pages and reports, or on those of one client.

    Raises InvalidInput on "logo" where it is none; then the one before stays.
    """
    refuse_known_malware({"logo": upload})
    try:
        seen = inspect("redraw_logo", files={"logo": upload}, params={}, field="logo")
    except sandbox.Refused as error:
        raise InvalidInput("logo", error.problem, error.remedy) from error
    _keep(of, actor, _plain(seen), "set_logo")


def _plain(seen: sandbox.Outcome) -> bytes:
    """The picture that the child drew, if it is one: a child that was taken over may say anything.

    Raises InvalidInput on "logo" unless it is a small PNG of the size that was asked for, made of
    nothing but its pixels.
    """
    png = seen.blobs.get("png", b"")
    size = _size_of(png)
    if size is None or len(png) > _MOST_DRAWN or size[0] > BOX[0] or size[1] > BOX[1]:
        raise not_safe("logo")
    return png


def _size_of(png: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG whose parts are known ones and end where the file ends."""
    if not png.startswith(_SIGNATURE):
        return None
    place, size = len(_SIGNATURE), None
    while place < len(png):
        if place + 12 > len(png):
            return None
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        if kind not in _PARTS:
            return None
        if kind == b"IHDR":
            size = struct.unpack(">II", png[place + 8 : place + 16])
        place += length + 12
    return (size[0], size[1]) if size is not None and place == len(png) else None


def remove_logo(*, of: Provider | Client, actor: User) -> None:
    """Show what stands above again: the provider's logo, or the portal's own mark."""
    if isinstance(of, Client):
        has_one = ClientLogo.objects.filter(client=of).exists()
    else:
        has_one = bool(of.logo_digest)
    if has_one:
        _keep(of, actor, b"", "removed_logo")


@transaction.atomic
def _keep(of: Provider | Client, actor: User, png: bytes, verb: str) -> None:
    digest = hashlib.sha256(png).hexdigest()[:_DIGEST] if png else ""
    details = {"bytes": len(png), "fingerprint": digest}
    if isinstance(of, Client):
        _keep_of_client(of, png, digest)
        activity.record(client=of, actor=actor, verb=verb, obj=of, details=details)
        return
    of.logo, of.logo_digest = png, digest
    of.save(update_fields=["logo", "logo_digest"])
    activity.record_at_provider(provider_id=of.pk, actor=actor, verb=verb, obj=of, details=details)


def _keep_of_client(client: Client, png: bytes, digest: str) -> None:
    # Two that come at once are kept one after the other.
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    ClientLogo.objects.filter(client=client).delete()
    if png:
        ClientLogo.objects.create(
            provider_id=client.provider_id, client=client, png=png, digest=digest
        )
