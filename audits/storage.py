"""Encrypted files: the only way in which uploads and results reach a disk or come back.

A file is cut into chunks, each sealed with AES-256-GCM under a key that is derived for this file
alone (client key, random salt). A chunk's nonce is its number and whether it is the last; its
name and header are authenticated with it. So a file that was cut short, reordered, lengthened,
renamed or taken from elsewhere does not open. Plain bytes live in sealed memory only.

StorageError
├── TooLargeError          the source is longer than allowed
├── AbsentError            there is no such file
├── DamagedError           not what was written here, or another key, name or context
└── InstallationKeyError   the installation key is missing or not a key
"""

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SALT_BYTES = 32
_CHUNK_BYTES = 1 << 20
_MAGIC = b"MIAFILE1"
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES
_KEY_VERSION = b"\x01"
_NONCE = struct.Struct(">IQ")  # last chunk or not, number of the chunk
_TEXT = b"MIATEXT1"


class StorageError(Exception):
    """A stored file cannot be written or read."""


class TooLargeError(StorageError):
    """The source is longer than allowed; nothing was kept."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"the file is larger than {max_bytes:,} bytes")
        self.max_bytes = max_bytes


class AbsentError(StorageError):
    """There is no such file."""


class DamagedError(StorageError):
    """The bytes are not those written under this name, key and context."""


class InstallationKeyError(StorageError):
    """MIA_ENCRYPTION_KEY is missing or no key."""


@dataclass(frozen=True)
class Written:
    """What was stored: digest and length of the plain bytes."""

    sha256: str
    size: int


def new_client_key() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


def wrap_key(key: bytes, *, context: bytes) -> bytes:
    """Encrypt a client key under the installation key; ``context`` says whose key it is."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_installation_key()).encrypt(nonce, key, _KEY_VERSION + context)
    return _KEY_VERSION + nonce + sealed


def unwrap_key(wrapped: bytes, *, context: bytes) -> bytes:
    """Return the client key.

    Raises
    ------
    DamagedError
        It was altered, or wrapped for another context or by another installation key.
    """
    version, rest = wrapped[:1], wrapped[1:]
    nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    if version != _KEY_VERSION or len(sealed) != _KEY_BYTES + _TAG_BYTES:
        raise DamagedError("this is no wrapped key")
    try:
        return AESGCM(_installation_key()).decrypt(nonce, sealed, _KEY_VERSION + context)
    except InvalidTag as error:
        raise DamagedError("the key was not wrapped here for this client") from error


def seal_text(text: str, *, context: bytes) -> str:
    """Encrypt a short secret under the installation key; ``context`` says what it is for."""
    sealed = seal(text.encode(), key=_installation_key(), bound=context)
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def unseal_text(sealed: str, *, context: bytes) -> str:
    """Return the secret.

    Raises
    ------
    DamagedError
        It was altered, or sealed for another purpose or under another installation key.
    """
    try:
        raw = base64.b64decode(sealed, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise DamagedError("this is no sealed secret") from error
    return unseal(raw, key=_installation_key(), bound=context).decode()


def installation_key_problem() -> str | None:
    """Say what is wrong with MIA_ENCRYPTION_KEY, None if nothing is."""
    if not settings.MIA_ENCRYPTION_KEY:
        return "is not set"
    is_key = decoded_key(settings.MIA_ENCRYPTION_KEY) is not None
    return None if is_key else "is not 32 bytes in base64"


def decoded_key(text: str) -> bytes | None:
    """Read a key as operators write it, 32 bytes in URL-safe base64; None for anything else."""
    try:
        key = base64.b64decode(text, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == _KEY_BYTES else None


def installation_mark() -> str:
    """Tell one installation key from another without giving anything of it away."""
    mark = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"MIAMARK1").derive(_installation_key())
    return mark.hex()


def _installation_key() -> bytes:
    key = decoded_key(settings.MIA_ENCRYPTION_KEY)
    if key is None:
        raise InstallationKeyError(f"MIA_ENCRYPTION_KEY {installation_key_problem()}")
    return key


def seal(data: bytes, *, key: bytes, bound: bytes) -> bytes:
    """Encrypt a few bytes that are kept in the database; they open only with ``bound``."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _text_cipher(key).encrypt(nonce, data, bound)


def unseal(sealed: bytes, *, key: bytes, bound: bytes) -> bytes:
    """Return the bytes.

    Raises
    ------
    DamagedError
        They were altered, or sealed under another key or bound to something else.
    """
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return _text_cipher(key).decrypt(nonce, rest, bound)
    except (InvalidTag, ValueError) as error:
        raise DamagedError("this was not sealed here, under this key and for this") from error


def _text_cipher(key: bytes) -> AESGCM:
    """Return the cipher of texts: files and texts never share a key."""
    return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt=None, info=_TEXT).derive(key))


def write(source: BinaryIO, *, key: bytes, name: str, max_bytes: int) -> Written:
    """Encrypt ``source`` into a new file; it is there whole or not at all.

    Parameters
    ----------
    source
        Read from where it stands.
    key
        The client's key, 32 bytes.
    name
        A new, random name; it is bound to the content.
    max_bytes
        The most plain bytes to take.

    Raises
    ------
    TooLargeError
        The source is longer.
    """
    sealed = _Sealed(source, key=key, name=name, max_bytes=max_bytes)
    given = _backend().save(name, sealed)
    if given != name:  # pragma: no cover - _save refuses a name that is taken
        raise StorageError(f"{name} was stored as {given}")
    return Written(sealed.digest.hexdigest(), sealed.plain_bytes)


def open_plain(name: str, *, key: bytes) -> BinaryIO:
    """Return the plain bytes in a sealed memory file: read-only, with a descriptor, never on disk.

    Raises
    ------
    AbsentError, DamagedError
    """
    descriptor = os.memfd_create("plain", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with contextlib.closing(_stored(name)) as stored:
            for chunk in _opened(stored, key=key, name=name):
                _write_all(descriptor, chunk)
        fcntl.fcntl(
            descriptor,
            fcntl.F_ADD_SEALS,
            fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL,
        )
        os.lseek(descriptor, 0, os.SEEK_SET)
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def delete(name: str) -> None:
    """Remove a file; one that is gone already is fine."""
    _backend().delete(name)


def _stored(name: str) -> "File[Any]":
    try:
        return _backend().open(name, "rb")
    except FileNotFoundError as error:
        raise AbsentError(f"there is no file {name}") from error


class _AtomicFileStorage(FileSystemStorage):
    """Writes beside the final name and renames: no reader meets half a file."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return the name itself: it is bound to the content, another would not open it."""
        del max_length
        return name

    def _save(self, name: str, content: "File[Any]") -> str:
        final = Path(self.path(name))
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = final.with_name(f".{final.name}.{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, never replaces a file that is already there.
            final.hardlink_to(partial)
        except FileExistsError as error:
            raise StorageError(f"the name {name} is taken") from error
        finally:
            partial.unlink()
        sync_folder(final.parent)
        return name


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before anything else happens."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _backend() -> FileSystemStorage:
    url = settings.STORAGE_URL
    scheme, separator, path = url.partition("://")
    if scheme == "file" and separator and path.startswith("/"):
        return _AtomicFileStorage(location=settings.MIA_STORAGE_ROOT)
    if scheme == "s3":
        raise StorageError("STORAGE_URL: s3:// is not part of this version; use file:///path")
    raise StorageError(f"STORAGE_URL: {url!r} is not known; use file:///path")


class _Sealed(File):  # type: ignore[type-arg]
    """Turns a plain source into encrypted chunks while it is read."""

    def __init__(self, source: BinaryIO, *, key: bytes, name: str, max_bytes: int) -> None:
        super().__init__(source, name)
        self.digest = hashlib.sha256()
        self.plain_bytes = 0
        self._source = source
        self._key = key
        self._name = name
        self._max_bytes = max_bytes

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield header and sealed chunks; the size of a chunk belongs to the format."""
        del chunk_size
        header = _MAGIC + secrets.token_bytes(_SALT_BYTES)
        cipher = _cipher(self._key, header)
        bound = _bound(header, self._name)
        yield header
        number, chunk = 0, self._take()
        while True:
            following = self._take() if len(chunk) == _CHUNK_BYTES else b""
            nonce = _NONCE.pack(not following, number)
            yield cipher.encrypt(nonce, chunk, bound)
            if not following:
                return
            number, chunk = number + 1, following

    def _take(self) -> bytes:
        """Return a full chunk, or less at the end of the source."""
        parts, missing = [], _CHUNK_BYTES
        while missing and (part := self._source.read(missing)):
            parts.append(part)
            missing -= len(part)
        chunk = b"".join(parts)
        self.plain_bytes += len(chunk)
        if self.plain_bytes > self._max_bytes:
            raise TooLargeError(self._max_bytes)
        self.digest.update(chunk)
        return chunk


def _opened(stored: "File[Any]", *, key: bytes, name: str) -> Iterator[bytes]:
    header = _exactly(stored, _HEADER_BYTES)
    if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
        raise DamagedError(f"{name} was not written here")
    cipher = _cipher(key, header)
    bound = _bound(header, name)
    sealed_bytes = _CHUNK_BYTES + _TAG_BYTES
    number, sealed = 0, _exactly(stored, sealed_bytes)
    while True:
        following = _exactly(stored, sealed_bytes) if len(sealed) == sealed_bytes else b""
        try:
            yield cipher.decrypt(_NONCE.pack(not following, number), sealed, bound)
        except (InvalidTag, ValueError) as error:
            raise DamagedError(f"{name} was altered, or belongs to another client") from error
        if not following:
            return
        number, sealed = number + 1, following


def _cipher(key: bytes, header: bytes) -> AESGCM:
    derived = HKDF(SHA256(), _KEY_BYTES, salt=header[len(_MAGIC) :], info=_MAGIC).derive(key)
    return AESGCM(derived)


def _bound(header: bytes, name: str) -> bytes:
    return header + name.encode()


def _exactly(stored: "File[Any]", count: int) -> bytes:
    parts = []
    while count and (part := stored.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
