"""Stored files open whole under their own key and name, and in no other way."""

import base64
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from audits import storage

CHUNK = 1 << 20
MARK = b"the plain bytes of a client"
KEY = bytes(range(32))


def installation_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MIA_ENCRYPTION_KEY = installation_key()
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    return tmp_path


def put(content: bytes, *, name: str = "a/one", key: bytes = KEY) -> storage.Written:
    return storage.write(io.BytesIO(content), key=key, name=name, max_bytes=64 << 20)


def get(*, name: str = "a/one", key: bytes = KEY) -> bytes:
    with storage.open_plain(name, key=key) as plain:
        return plain.read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_file_comes_back_equal(folder: Path, size: int) -> None:
    content = os.urandom(size)
    written = put(content)
    assert written.size == size
    assert get() == content


def test_written_names_the_digest_of_the_plain_bytes(folder: Path) -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert put(b"abc") == storage.Written(expected, 3)


def test_source_that_gives_little_at_a_time_is_stored_whole(folder: Path) -> None:
    content = os.urandom(CHUNK + 5)

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = io.BytesIO(content)

        def read(self, size: int = -1) -> bytes:
            return self.rest.read(min(size, 70_001))

    storage.write(Slow(), key=KEY, name="slow", max_bytes=2 * CHUNK)  # type: ignore[arg-type]
    assert get(name="slow") == content


def test_plain_bytes_are_nowhere_on_disk(folder: Path) -> None:
    content = MARK * 100_000
    put(content)
    with storage.open_plain("a/one", key=KEY) as plain:
        assert plain.read() == content
        held = Path(f"/proc/self/fd/{plain.fileno()}").readlink()
        assert str(held).startswith("/memfd:")
        on_disk = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(on_disk) == 1
    assert MARK[:12] not in on_disk[0]


def test_plain_file_cannot_be_changed(folder: Path) -> None:
    put(b"fixed")
    with storage.open_plain("a/one", key=KEY) as plain:
        again = os.open(f"/proc/self/fd/{plain.fileno()}", os.O_RDWR)
        try:
            with pytest.raises(PermissionError):
                os.write(again, b"x")
        finally:
            os.close(again)


def test_files_are_for_the_owner_alone(folder: Path) -> None:
    put(b"x")
    assert (folder / "a" / "one").stat().st_mode & 0o777 == 0o600


def test_too_long_a_source_leaves_nothing(folder: Path) -> None:
    with pytest.raises(storage.TooLargeError, match="2,000,000 bytes"):
        storage.write(io.BytesIO(bytes(3 * CHUNK)), key=KEY, name="a/one", max_bytes=2_000_000)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_failing_source_leaves_nothing(folder: Path) -> None:
    class Broken(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        storage.write(Broken(), key=KEY, name="x", max_bytes=9)  # type: ignore[arg-type]
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_name_that_is_taken_keeps_its_content(folder: Path) -> None:
    put(b"first")
    with pytest.raises(storage.StorageError, match="taken"):
        put(b"second")
    assert get() == b"first"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_absent_file_is_named(folder: Path) -> None:
    with pytest.raises(storage.AbsentError, match="a/none"):
        storage.open_plain("a/none", key=KEY)


def test_deleted_file_is_gone(folder: Path) -> None:
    put(b"x")
    storage.delete("a/one")
    storage.delete("a/one")
    with pytest.raises(storage.AbsentError):
        storage.open_plain("a/one", key=KEY)


SEALED = CHUNK + 16
HEAD = 40


def chunks_of(data: bytes) -> list[bytes]:
    return [data[i : i + SEALED] for i in range(HEAD, len(data), SEALED)]


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda d: d[:-1], id="one byte short"),
        pytest.param(lambda d: d[: HEAD + SEALED], id="cut after the first chunk"),
        pytest.param(lambda d: d[: HEAD + 2 * SEALED], id="cut after the second chunk"),
        pytest.param(lambda d: d[:HEAD], id="header alone"),
        pytest.param(lambda d: d[:10], id="half a header"),
        pytest.param(lambda _d: b"", id="empty"),
        pytest.param(lambda d: d + b"\0", id="one byte more"),
        pytest.param(lambda d: d + chunks_of(d)[-1], id="last chunk twice"),
        pytest.param(
            lambda d: d[:HEAD] + chunks_of(d)[1] + chunks_of(d)[0] + chunks_of(d)[2],
            id="chunks reordered",
        ),
        pytest.param(lambda d: d[:HEAD] + b"".join(chunks_of(d)[1:]), id="first chunk left out"),
        pytest.param(lambda d: d[:20] + bytes([d[20] ^ 1]) + d[21:], id="salt changed"),
        pytest.param(lambda d: b"X" + d[1:], id="another format"),
    ],
)
def test_altered_file_does_not_open(folder: Path, alter: Callable[[bytes], bytes]) -> None:
    put(os.urandom(2 * CHUNK + 500))
    path = folder / "a" / "one"
    path.write_bytes(alter(path.read_bytes()))
    with pytest.raises(storage.DamagedError):
        get()


def test_chunk_of_another_file_does_not_open(folder: Path) -> None:
    put(os.urandom(2 * CHUNK), name="one")
    put(os.urandom(2 * CHUNK), name="two")
    one, two = folder / "one", folder / "two"
    data = one.read_bytes()
    one.write_bytes(data[: HEAD + SEALED] + chunks_of(two.read_bytes())[1])
    with pytest.raises(storage.DamagedError):
        get(name="one")


def test_file_under_another_name_does_not_open(folder: Path) -> None:
    put(b"of one", name="one")
    put(b"of two", name="two")
    (folder / "two").write_bytes((folder / "one").read_bytes())
    assert get(name="one") == b"of one"
    with pytest.raises(storage.DamagedError):
        get(name="two")


def test_other_key_does_not_open(folder: Path) -> None:
    put(b"x")
    with pytest.raises(storage.DamagedError):
        get(key=storage.new_client_key())


def test_same_content_twice_looks_different(folder: Path) -> None:
    put(b"same" * 100, name="one")
    put(b"same" * 100, name="two")
    first, second = (folder / name for name in ("one", "two"))
    assert first.read_bytes()[HEAD:] != second.read_bytes()[HEAD:]


@hypothesis_settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=300), data=st.data())
def test_any_changed_bit_is_noticed(content: bytes, data: st.DataObject) -> None:
    sealed = storage._Sealed(io.BytesIO(content), key=KEY, name="n", max_bytes=1000)
    stored = bytearray(b"".join(sealed.chunks()))
    assert b"".join(storage._opened(io.BytesIO(stored), key=KEY, name="n")) == content  # type: ignore[arg-type]
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(storage.DamagedError):
        b"".join(storage._opened(io.BytesIO(stored), key=KEY, name="n"))  # type: ignore[arg-type]


def test_wrapped_key_comes_back_in_its_own_context(folder: Path) -> None:
    key = storage.new_client_key()
    wrapped = storage.wrap_key(key, context=b"client 1")
    assert storage.unwrap_key(wrapped, context=b"client 1") == key
    assert key not in wrapped
    with pytest.raises(storage.DamagedError):
        storage.unwrap_key(wrapped, context=b"client 2")


def test_wrapped_key_needs_the_installation_key(folder: Path, settings: Settings) -> None:
    wrapped = storage.wrap_key(KEY, context=b"c")
    settings.MIA_ENCRYPTION_KEY = installation_key()
    with pytest.raises(storage.DamagedError):
        storage.unwrap_key(wrapped, context=b"c")


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x02" + bytes(60), b"\x01" + bytes(61)])
def test_bytes_that_are_no_wrapped_key_are_refused(folder: Path, wrapped: bytes) -> None:
    with pytest.raises(storage.DamagedError):
        storage.unwrap_key(wrapped, context=b"c")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not set"),
        ("short", "is not 32 bytes in base64"),
        ("!" * 44, "is not 32 bytes in base64"),
        ("é" * 44, "is not 32 bytes in base64"),
        ("c2hvcnQ=", "is not 32 bytes in base64"),
    ],
)
def test_unusable_installation_key_is_named(
    folder: Path, settings: Settings, text: str, problem: str
) -> None:
    assert storage.installation_key_problem() is None
    settings.MIA_ENCRYPTION_KEY = text
    assert storage.installation_key_problem() == problem
    with pytest.raises(storage.InstallationKeyError, match=f"MIA_ENCRYPTION_KEY {problem}"):
        storage.wrap_key(KEY, context=b"c")


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "ftp://host", "file://relative", "/plain"])
def test_other_places_are_refused_by_name(folder: Path, settings: Settings, url: str) -> None:
    settings.STORAGE_URL = url
    with pytest.raises(storage.StorageError, match=f"STORAGE_URL: .*{url.partition('://')[0]}"):
        storage.delete("x")


@pytest.mark.parametrize("bend", ["", "x", "AAAA", "=" * 80])
def test_sealed_text_opens_for_its_purpose_alone(bend: str) -> None:
    sealed = storage.seal_text("a secret Ω", context=b"one")
    assert storage.unseal_text(sealed, context=b"one") == "a secret Ω"
    assert storage.seal_text("a secret Ω", context=b"one") != sealed
    for text, context in ((sealed, b"two"), (bend + sealed[4:], b"one"), (bend, b"one")):
        with pytest.raises(storage.DamagedError):
            storage.unseal_text(text, context=context)
