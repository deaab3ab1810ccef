"""Encrypted files of a client: the only place that knows their names in storage."""

import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from audits import storage
from audits.enums import FilePurpose
from audits.models import AnyJob, Client, ProviderJob, StoredFile, User
from audits.services import activity, keys, removal, storage_space
from audits.services.errors import NotPossible


class Written:
    """Names of files written in the running block, so that a failure can take them back."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def discard_all(self) -> None:
        while self.names:
            storage.delete(self.names.pop())


_open_blocks: ContextVar[tuple[Written, ...]] = ContextVar("mia_written", default=())


@contextmanager
def undone_on_error() -> Iterator[Written]:
    """Delete every file written inside the block if the block fails: nothing half-saved stays."""
    block = Written()
    token = _open_blocks.set((*_open_blocks.get(), block))
    try:
        yield block
    except BaseException:
        block.discard_all()
        raise
    finally:
        _open_blocks.reset(token)


@transaction.atomic
def store(
    *,
    client: Client,
    purpose: FilePurpose,
    source: BinaryIO,
    original_name: str = "",
    actor: User | None = None,
    max_bytes: int | None = None,
) -> StoredFile:
    """Encrypt a stream under the client's key and register it; without `max_bytes`: an upload.

    Raises InvalidInput where there is no space for it.
    """
    name, key = secrets.token_hex(16), keys.of_client(client)[1]
    storage_space.require(client=client, purpose=purpose, size=source.seek(0, os.SEEK_END))
    source.seek(0)
    for block in _open_blocks.get():
        block.names.append(name)
    written = storage.write(
        source,
        key=key,
        name=name,
        max_bytes=max_bytes or settings.MIA_MAX_UPLOAD_BYTES,
    )
    return StoredFile.objects.create(
        provider_id=client.provider_id,
        client=client,
        purpose=purpose,
        name=name,
        original_name=original_name[:255],
        size=written.size,
        sha256=written.sha256,
        created_by=actor,
    )


def store_bytes(
    *,
    client: Client,
    purpose: FilePurpose,
    data: bytes,
    original_name: str = "",
    actor: User | None = None,
) -> StoredFile:
    """Encrypt bytes that this installation made itself."""
    with in_memory(data) as source:
        return store(
            client=client,
            purpose=purpose,
            source=source,
            original_name=original_name,
            actor=actor,
            max_bytes=max(len(data), 1),
        )


def open_plain(file: StoredFile) -> BinaryIO:
    """Open the plain bytes, in memory only."""
    return storage.open_plain(file.name, key=keys.of_client(file.client)[1])


@transaction.atomic
def hand_out(
    *,
    file: StoredFile | None,
    purposes: Collection[FilePurpose],
    actor: User,
    about: models.Model,
) -> BinaryIO:
    """Open the plain bytes for a person to take away, and write down who took which file.

    Raises NotPossible where there is no file, or one of another purpose. A row whose bytes are not
    there is a fault of the installation and no answer to a person.
    """
    if file is None or file.purpose not in purposes:
        raise NotPossible(_("There is no file to download here."))
    plain = open_plain(file)
    activity.record(
        client=file.client,
        actor=actor,
        verb="downloaded",
        obj=about,
        details={
            "kind": str(FilePurpose(file.purpose).label),
            "file": file.original_name,
            "sha256": file.sha256,
        },
    )
    return plain


def delete(file: StoredFile) -> None:
    """Remove the row now, the bytes after the commit or as soon as the storage answers."""
    name = file.name
    file.delete()
    removal.ask(name)


def drop_outputs(job: AnyJob) -> None:
    """Remove what the units of an ended job stored for each other."""
    if isinstance(job, ProviderJob):
        job.units.update(sealed=b"")
        return
    units = job.units.filter(output_file__isnull=False).select_related("output_file")
    stale = [unit.output_file for unit in units if unit.output_file is not None]
    units.update(output_file=None)
    for file in stale:
        delete(file)


def in_memory(data: bytes) -> BinaryIO:
    """Put bytes in a file that has a descriptor and no place on the disk."""
    file = os.fdopen(os.memfd_create("bytes", os.MFD_CLOEXEC), "w+b")
    file.write(data)
    file.seek(0)
    return file
