"""Encrypted files of a client: the only place that knows keys and storage names."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from audits import storage
from audits.enums import FilePurpose
from audits.models import Client, ClientKey, Job, StoredFile, User


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


def _context(client_id: int) -> bytes:
    return f"client:{client_id}".encode()


def key_of(client: Client) -> bytes:
    """Return the client's file key, made on first use."""
    row = ClientKey.objects.filter(client=client).first()
    if row is None:
        wrapped = storage.wrap_key(storage.new_client_key(), context=_context(client.pk))
        # Two first uploads at once must end up with one key.
        row, _ = ClientKey.objects.get_or_create(
            client=client, defaults={"provider_id": client.provider_id, "wrapped": wrapped}
        )
    return storage.unwrap_key(bytes(row.wrapped), context=_context(client.pk))


def store(
    *,
    client: Client,
    purpose: FilePurpose,
    source: BinaryIO,
    original_name: str = "",
    actor: User | None = None,
    max_bytes: int | None = None,
) -> StoredFile:
    """Encrypt a stream under the client's key and register it; without `max_bytes`: an upload."""
    name = secrets.token_hex(16)
    source.seek(0)
    for block in _open_blocks.get():
        block.names.append(name)
    written = storage.write(
        source,
        key=key_of(client),
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
    return storage.open_plain(file.name, key=key_of(file.client))


def delete(file: StoredFile) -> None:
    """Remove the row now and the bytes once that is committed."""
    name = file.name
    file.delete()
    transaction.on_commit(partial(storage.delete, name))


def drop_outputs(job: Job) -> None:
    """Remove what the units of an ended job stored for each other."""
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
