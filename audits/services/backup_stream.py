"""The shell of a backup: any number of bytes, sealed in chunks under one key.

A file begins with a plain header: what it is, a random salt, and a mark by which a wrong key is
told from a damaged file. Chunks are sealed as those of stored files (AES-256-GCM, the number of
the chunk and whether it is the last in its nonce, the header authenticated with each), so a file
that was cut off, lengthened, reordered or changed in one bit does not open. Only one chunk is in
memory at a time.

BackupError
├── WrongKeyError      sealed under another key
└── DamagedError       cut off, changed, or no backup at all
"""

import secrets
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audits.services.errors import ServiceError

_MAGIC = b"MIABACKUP1\n"
_SALT_BYTES = 32
_MARK_BYTES = 16
_KEY_BYTES = 32
_TAG_BYTES = 16
_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES + _MARK_BYTES
_NONCE = struct.Struct(">IQ")  # last chunk or not, number of the chunk


class BackupError(ServiceError):
    """A backup cannot be made, read or restored; the text is fit to be shown as it is."""


class WrongKeyError(BackupError):
    """The file was sealed under another key."""


class DamagedError(BackupError):
    """The file is not, byte for byte, the backup that was made."""


def _derived(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher of one file, and the mark by which its key is known."""
    both = HKDF(SHA256(), _KEY_BYTES + _MARK_BYTES, salt=salt, info=_MAGIC).derive(key)
    return AESGCM(both[:_KEY_BYTES]), both[_KEY_BYTES:]


class Sealing:
    """Takes plain bytes and writes sealed ones; only `close` makes the file whole."""

    def __init__(self, file: BinaryIO, *, key: bytes) -> None:
        salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher, mark = _derived(key, salt)
        self._header = _MAGIC + salt + mark
        self._file, self._number, self._rest = file, 0, bytearray()
        file.write(self._header)

    def write(self, data: bytes) -> int:
        """Take some bytes; a chunk is kept back until it is known not to be the last."""
        self._rest += data
        while len(self._rest) > _CHUNK_BYTES:
            self._seal(bytes(self._rest[:_CHUNK_BYTES]), is_last=False)
            del self._rest[:_CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        self._seal(bytes(self._rest), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _NONCE.pack(is_last, self._number)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class Opening:
    """Reads sealed bytes and gives plain ones, each chunk only after its seal was found whole."""

    def __init__(self, file: BinaryIO, *, key: bytes) -> None:
        self._header = file.read(_HEADER_BYTES)
        if not self._header.startswith(_MAGIC):
            raise DamagedError("This file is no backup of MIA Portal.")
        if len(self._header) < _HEADER_BYTES:
            raise DamagedError(_CUT_OFF)
        salt = self._header[len(_MAGIC) : len(_MAGIC) + _SALT_BYTES]
        self._cipher, mark = _derived(key, salt)
        if not secrets.compare_digest(mark, self._header[-_MARK_BYTES:]):
            raise WrongKeyError(
                "This backup was sealed under another key, or its first bytes were changed. Give"
                " the key that was in force when it was made."
            )
        self._file, self._number, self._rest = file, 0, memoryview(b"")
        self._next = file.read(_CHUNK_BYTES + _TAG_BYTES)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer at the end, all that are left without a size."""
        parts, missing = [], size
        while missing != 0:
            if not self._rest and not self._advance():
                break
            part = self._rest if missing < 0 else self._rest[:missing]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            missing -= len(part) if missing > 0 else 0
        return b"".join(parts)

    def _advance(self) -> bool:
        """Open the next chunk; False after the last."""
        sealed = self._next
        if self._number and not sealed:
            return False
        self._next = self._file.read(_CHUNK_BYTES + _TAG_BYTES)
        is_last = not self._next
        try:
            # A view: taking a little of it copies that little, and not all that is left.
            self._rest = memoryview(self._opened(sealed, is_last=is_last))
        except (InvalidTag, ValueError) as error:
            raise DamagedError(self._problem(sealed, is_last=is_last)) from error
        self._number += 1
        return bool(self._rest) or not is_last

    def _opened(self, sealed: bytes, *, is_last: bool) -> bytes:
        return self._cipher.decrypt(_NONCE.pack(is_last, self._number), sealed, self._header)

    def _problem(self, sealed: bytes, *, is_last: bool) -> str:
        """Tell a file that ends too early from one that was changed."""
        if is_last and len(sealed) < _CHUNK_BYTES + _TAG_BYTES:
            return _CUT_OFF_OR_CHANGED
        if is_last:
            try:
                self._opened(sealed, is_last=False)
            except InvalidTag:
                return _CHANGED
            return _CUT_OFF
        return _CHANGED


_CUT_OFF = "This backup is cut off: its end is missing. Copy it again from where it was made."
_CHANGED = "This backup was changed after it was made. Copy it again from where it was made."
_CUT_OFF_OR_CHANGED = (
    "This backup is cut off or was changed after it was made. Copy it again from where it was made."
)
