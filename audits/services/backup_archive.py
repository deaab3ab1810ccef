"""What is in a backup: a tar stream of the database in parts, the stored files, and the manifest.

The manifest comes last, because only then every hash is known; whoever reads it has read and
checked everything before it. Stored files go in as they lie in the storage, encrypted under the
keys of their clients, which the database holds wrapped under the installation key.
"""

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from audits.services.backup_stream import BackupError, DamagedError, Opening, Sealing

FORMAT = 1
_DATABASE, _FILES, _MANIFEST = "database/", "files/", "manifest.json"
_PIECE = 1 << 20
_LARGEST_MANIFEST = 512 << 20
# Big enough for few reads of a large file, small enough to be cut up for each of many small ones.
_BLOCK = 64 << 10
_INSIDE = "This backup does not hold what its manifest says. Make a new one."


@dataclass(frozen=True)
class Kept:
    """Length and SHA-256 of something in a backup."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    product_version: str
    made_at: str
    # Names of the migrations that were applied, by app.
    migrations: dict[str, list[str]]
    # The major version of the server, and of the program that read it.
    postgres: int
    pg_dump: int
    # The roles that the rights in the database are about.
    owner_role: str
    app_role: str
    # Tells whether another installation key is in force; gives nothing of it away.
    installation_mark: str
    database: Kept
    files: dict[str, Kept] = field(default_factory=dict)
    # Named by rows, and not in the storage when the backup was made.
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def files_size(self) -> int:
        return sum(kept.size for kept in self.files.values())

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read what `to_json` wrote, of this or an earlier version.

        A field that was added since has a default, which stands for what an earlier version did.
        Raises DamagedError, or BackupError where a later version wrote it.
        """
        try:
            told: dict[str, Any] = json.loads(data)
            written_as = int(told.get("format", FORMAT))
        except (ValueError, TypeError, AttributeError) as error:
            raise DamagedError(_INSIDE) from error
        if written_as > FORMAT:
            raise BackupError(
                f"This backup was made by a newer version, {told.get('product_version', '')}: its"
                f" format is {written_as}, this version reads {FORMAT}. Install that version or a"
                " later one, then restore."
            )
        try:
            told["database"] = Kept(**told["database"])
            told["files"] = {name: Kept(**kept) for name, kept in told.get("files", {}).items()}
            return cls(**{name: told[name] for name in cls.__dataclass_fields__ if name in told})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedError(_INSIDE) from error


class Writing:
    """A backup that is being written; without `finish` it does not open."""

    def __init__(self, file: BinaryIO, *, key: bytes) -> None:
        self._sealing = Sealing(file, key=key)
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `finish`; without it there is no backup
            fileobj=cast("BinaryIO", self._sealing), mode="w|", format=tarfile.PAX_FORMAT
        )
        self._database, self._size, self._parts = hashlib.sha256(), 0, 0

    def add_dump(self, part: bytes) -> None:
        """Put the next part of the database in."""
        self._add(f"{_DATABASE}{self._parts:08d}", io.BytesIO(part), len(part))
        self._database.update(part)
        self._size, self._parts = self._size + len(part), self._parts + 1

    @property
    def database(self) -> Kept:
        return Kept(size=self._size, sha256=self._database.hexdigest())

    def add_file(self, name: str, path: Path) -> Kept:
        """Put a stored file in, as it lies there."""
        with path.open("rb") as file:
            hashing = _Hashing(file)
            self._add(f"{_FILES}{name}", hashing, path.stat().st_size)
        return Kept(size=hashing.size, sha256=hashing.digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        data = manifest.to_json()
        self._add(_MANIFEST, io.BytesIO(data), len(data))
        self._tar.close()
        self._sealing.close()

    def _add(self, name: str, source: Any, size: int) -> None:  # noqa: ANN401 - whatever has `read`
        entry = tarfile.TarInfo(name)
        entry.size = size
        self._tar.addfile(entry, source)
        self._tar.members = []  # type: ignore[attr-defined] # the library remembers every entry; there may be very many


class _Hashing:
    """Hashes what is read of a file while it is put in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        self.size += len(data)
        return data


class Visitor:
    """Takes what a backup holds while it is read; this one lets everything pass by."""

    def dump(self, part: bytes) -> None:
        """Take a part of the database."""

    def file(self, name: str) -> "contextlib.AbstractContextManager[BinaryIO | None]":
        """Open a place for the bytes of a stored file."""
        del name
        return contextlib.nullcontext()


def read(path: Path, *, key: bytes, visitor: Visitor | None = None) -> Manifest:
    """Read a whole backup, hand on what it holds, and compare every hash with the manifest.

    Raises WrongKeyError, DamagedError, or BackupError where a later version made it.
    """
    visitor = visitor or Visitor()
    database, size, files = hashlib.sha256(), 0, dict[str, Kept]()
    manifest: Manifest | None = None
    with path.open("rb") as file:
        opening = Opening(file, key=key)
        for name, source in _entries(opening):
            if name.startswith(_DATABASE):
                part = source.read()
                database.update(part)
                size += len(part)
                visitor.dump(part)
            elif name.startswith(_FILES):
                files[name.removeprefix(_FILES)] = _handed_on(name, source, visitor)
            elif name == _MANIFEST:
                manifest = Manifest.from_json(source.read(_LARGEST_MANIFEST))
        opening.read()  # to the seal of the very last chunk
    _require_same(manifest, Kept(size, database.hexdigest()), files)
    return cast("Manifest", manifest)


def _entries(opening: Opening) -> Iterator[tuple[str, BinaryIO]]:
    try:
        with tarfile.open(fileobj=cast("BinaryIO", opening), mode="r|", bufsize=_BLOCK) as tar:
            while (entry := tar.next()) is not None:
                source = tar.extractfile(entry)
                if source is None:
                    raise DamagedError(_INSIDE)
                yield entry.name, cast("BinaryIO", source)
                tar.members = []  # type: ignore[attr-defined]
    except tarfile.TarError as error:
        raise DamagedError(_INSIDE) from error


def _handed_on(name: str, source: BinaryIO, visitor: Visitor) -> Kept:
    digest, size = hashlib.sha256(), 0
    with visitor.file(name.removeprefix(_FILES)) as place:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            if place is not None:
                place.write(piece)
    return Kept(size, digest.hexdigest())


def _require_same(manifest: Manifest | None, database: Kept, files: Mapping[str, Kept]) -> None:
    if manifest is None or manifest.database != database or manifest.files != files:
        raise DamagedError(_INSIDE)
