"""The file itself: what was put in comes out, and nothing else opens."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from audits.services import backup_archive
from audits.services.backup_archive import Kept, Manifest, Visitor, Writing
from audits.services.backup_stream import BackupError, DamagedError, Opening, Sealing, WrongKeyError

KEY, OTHER = bytes(range(32)), bytes(32)
CHUNK = 1 << 20
MANIFEST = Manifest(
    product_version="0.1.0",
    made_at="2026-01-02T03:04:05Z",
    migrations={"audits": ["0001_schema"]},
    postgres=18,
    pg_dump=18,
    owner_role="mia_owner",
    app_role="mia_app",
    installation_mark="0" * 64,
    database=Kept(0, ""),
)


def sealed(data: bytes) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file, key=KEY)
    sealing.write(data)
    sealing.close()
    return file.getvalue()


def opened(data: bytes, key: bytes = KEY) -> bytes:
    opening = Opening(io.BytesIO(data), key=key)
    found = b"".join(iter(lambda: opening.read(70_000), b""))
    assert opening.read() == b""
    return found


def made(path: Path, **changed: object) -> Manifest:
    """Write a small backup; `changed` lets its manifest lie."""
    stored = path.with_name("stored")
    stored.write_bytes(b"sealed elsewhere" * 1000)
    with path.open("wb") as file:
        writing = Writing(file, key=KEY)
        for part in (b"one", b"two"):
            writing.add_dump(part)
        kept = writing.add_file("a" * 32, stored)
        manifest = replace(MANIFEST, database=writing.database, files={"a" * 32: kept})
        writing.finish(replace(manifest, **changed))  # type: ignore[arg-type]
    return manifest


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_bytes_come_back(size: int) -> None:
    data = bytes(size)
    assert opened(sealed(data)) == data


@pytest.mark.parametrize("size", [10, CHUNK, 2 * CHUNK + 5])
def test_a_changed_bit_anywhere_is_found(size: int) -> None:
    whole = sealed(bytes(size))
    assert opened(whole) == bytes(size)
    for place in (0, 12, 50, 60, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises((DamagedError, WrongKeyError)):
            opened(bytes(changed))


@pytest.mark.parametrize("left", [0, 5, 30, 59, 60, 100, CHUNK + 75, CHUNK + 76, 2 * CHUNK])
def test_a_cut_off_file_is_found(left: int) -> None:
    whole = sealed(bytes(2 * CHUNK + 5))
    with pytest.raises(DamagedError, match=r"cut off|no backup"):
        opened(whole[:left])


def test_chunks_cannot_be_exchanged_or_added() -> None:
    whole = sealed(bytes(3 * CHUNK))
    head, rest = whole[:59], whole[59:]
    size = CHUNK + 16
    first, second, third = rest[:size], rest[size : 2 * size], rest[2 * size :]
    for wrong in (second + first + third, first + third, rest + third):
        with pytest.raises(DamagedError):
            opened(head + wrong)


def test_a_wrong_key_is_told_from_damage() -> None:
    with pytest.raises(WrongKeyError, match="sealed under another key"):
        opened(sealed(b"x"), OTHER)


def test_same_bytes_are_never_sealed_alike() -> None:
    assert sealed(b"x") != sealed(b"x")
    assert KEY not in sealed(KEY * 3)


def test_what_is_read_is_what_was_put_in(tmp_path: Path) -> None:
    taken: list[bytes] = []

    class Taker(Visitor):
        def dump(self, part: bytes) -> None:
            taken.append(part)

    manifest = made(tmp_path / "b")
    assert backup_archive.read(tmp_path / "b", key=KEY, visitor=Taker()) == manifest
    assert taken == [b"one", b"two"]
    assert manifest.files_size == 16_000


@pytest.mark.parametrize(
    "lie",
    [
        {"database": Kept(6, "0" * 64)},
        {"files": {}},
        {"files": {"a" * 32: Kept(16_000, "0" * 64)}},
        {"files": {"b" * 32: Kept(16_000, "0" * 64)}},
    ],
)
def test_contents_that_are_not_those_of_the_manifest_are_refused(
    tmp_path: Path, lie: dict[str, object]
) -> None:
    made(tmp_path / "b", **lie)
    with pytest.raises(DamagedError, match="does not hold what its manifest says"):
        backup_archive.read(tmp_path / "b", key=KEY)


@pytest.mark.parametrize("data", [b"", b"not a tar at all" * 100])
def test_something_else_under_the_right_key_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b").write_bytes(sealed(data))
    with pytest.raises(DamagedError):
        backup_archive.read(tmp_path / "b", key=KEY)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"no json", b'{"database": 1}'])
def test_a_manifest_that_says_nothing_is_refused(text: bytes) -> None:
    with pytest.raises(DamagedError):
        Manifest.from_json(text)


def test_a_manifest_of_an_earlier_version_lacks_what_was_added_since() -> None:
    told = json.loads(MANIFEST.to_json())
    for name in ("files", "missing", "format"):
        del told[name]
    assert Manifest.from_json(json.dumps({**told, "of old": 1}).encode()) == MANIFEST


@pytest.mark.parametrize("lacks", ["database", "files", "owner_role"])
def test_a_manifest_of_a_later_version_says_so_whatever_else_it_holds(lacks: str) -> None:
    told = {**json.loads(MANIFEST.to_json()), "format": 7, "product_version": "9.1"}
    del told[lacks]
    with pytest.raises(BackupError, match=r"version, 9\.1: its format is 7.*Install") as caught:
        Manifest.from_json(json.dumps(told).encode())
    assert not isinstance(caught.value, DamagedError)


def test_the_inside_is_an_ordinary_tar(tmp_path: Path) -> None:
    """Whoever has the key can read a backup with tools that others wrote."""
    made(tmp_path / "b")
    plain = opened((tmp_path / "b").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        names = tar.getnames()
    assert names == ["database/00000000", "database/00000001", f"files/{'a' * 32}", "manifest.json"]
