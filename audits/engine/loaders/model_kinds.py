"""What a file that is no model we read is, told by its content, so that it can be refused by name.

Nothing here decides what is read: it only finds the word. Compressed files are looked into for a
few kilobytes, zips by the names of their parts.
"""

import bz2
import io
import itertools
import json
import lzma
import pickletools
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from audits.engine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

WAY_OUT: Final = (
    "save the model with skops.io.dump, as ONNX or as a safetensors perceptron, or write a "
    "predictions file where the model is at home"
)
"""What to do with a model in any other format."""

_LOOKED_AT: Final = 4096
_PICKLE: Final = "a Python pickle"
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89HDF", "an HDF5 file, such as a Keras model"),
    (b"GGUF", "a GGUF file, weights of a language model"),
    (b"PAR1", "a Parquet table"),
    (b"CBM1", "a CatBoost model"),
    (b"tree\nversion=", "a LightGBM model"),
    (b"SQLite format 3", "an SQLite database"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{L\x00", "an XGBoost model"),
    (b"\x04\x22\x4d\x18", "a compressed file (lz4), such as a joblib dump"),
    (b"\x28\xb5\x2f\xfd", "a compressed file (zstd)"),
    (b"\x08\x01\x12", "a TensorFlow model"),
)
_PARTS: Final[tuple[tuple[str, str], ...]] = (
    (r"code/.*\.py$|/constants\.pkl$", "a TorchScript file, which holds programs and pickles"),
    (r"serialized_exported_program\.json$|models/[^/]+\.json$|archive_format$",
     "an exported PyTorch program (.pt2)"),
    (r"(^|/)data\.pkl$", "a PyTorch file, which holds a pickle"),
    (r"model\.weights\.h5$", "a Keras model"),
    (r"^\[Content_Types\]\.xml$", "an Office document"),
    (r"\.(pkl|pickle|joblib)$", "a zip that holds a pickle"),
)  # fmt: skip
_SOURCE: Final = re.compile(rb"^(import|from|def|class) \w", re.MULTILINE)
_FIRST_OPERATIONS: Final = 8


def kind_of(file: BinaryIO) -> str:
    """Return what the file is, with its article, such as "a Python pickle"."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 1))
    end = file.read(1)
    file.seek(0)
    start = file.read(_LOOKED_AT)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        return _kind_of_zip(file)
    return (
        next((kind for magic, kind in _MAGIC if start.startswith(magic)), "")
        or _kind_of_packed(start)
        or _kind_of_start(start, end)
    )


def refuse_by_kind(file: BinaryIO) -> InputError:
    """Return the refusal of a file in no format that is read."""
    return InputError("model", f"the file is {kind_of(file)}", WAY_OUT)


def _kind_of_start(start: bytes, end: bytes) -> str:
    objects = " that holds a pickle" if b"'|O" in start else ""
    told = (
        (_is_pickle(start, end), _PICKLE),
        (start.startswith(b"\x93NUMPY"), f"a NumPy array{objects}"),
        (start[4:8] == b"TFL3", "a TensorFlow Lite model"),
        (start[257:262] == b"ustar", "a tar archive"),
        (start[:1] in {b"{", b"["} and b'"learner"' in start, "an XGBoost model"),
        (start[:1] in {b"{", b"["}, "a JSON file"),
        (start.lstrip().startswith(b"<") and b"<PMML" in start, "a PMML model"),
        (start.lstrip().startswith(b"<"), "an XML file"),
        (_SOURCE.search(start) is not None and b"\0" not in start, "Python source code"),
    )
    return next((kind for holds, kind in told if holds), "of an unknown kind")


def _is_pickle(start: bytes, end: bytes) -> bool:
    if start[:1] == b"\x80" and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return True
    if start[:1] not in set(map(bytes, zip(b"(]}cIVSKG", strict=True))) or end != b".":
        return False
    try:  # protocols 0 and 1 have no mark: its first operations are spelled, none is run
        list(itertools.islice(pickletools.genops(start), _FIRST_OPERATIONS))
    except (ValueError, AttributeError, struct.error):
        return False
    return True


def _kind_of_packed(start: bytes) -> str:
    """Say what was packed, and into what; "" for a file that is not."""
    unpacked: tuple[tuple[bool, str, Callable[[], Any]], ...] = (
        (start.startswith(b"\x1f\x8b"), "gzip", lambda: zlib.decompressobj(31)),
        (_is_zlib(start), "zlib", zlib.decompressobj),
        (start.startswith(b"BZh"), "bzip2", bz2.BZ2Decompressor),
        (start.startswith((b"\xfd7zXZ", b"\x5d\x00\x00")), "xz", lzma.LZMADecompressor),
    )
    for matches, name, opened in unpacked:
        if matches:
            try:
                inside = opened().decompress(start, _LOOKED_AT)
            except (zlib.error, OSError, lzma.LZMAError, EOFError):
                inside = b""
            if _is_pickle(inside, b"."):
                return f"{_PICKLE}, compressed with {name}"
            return f"a compressed file ({name}), such as a joblib dump"
    return ""


def _is_zlib(start: bytes) -> bool:
    return start[:1] == b"\x78" and start[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"}


def _kind_of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            first = b""
            if names and archive.getinfo(names[0]).file_size < 2**20:  # a claim, for a word only
                with archive.open(names[0]) as part:
                    first = part.read(_LOOKED_AT)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, OSError):
        return "a damaged zip"
    finally:
        file.seek(0)
    for pattern, kind in _PARTS:
        if any(re.search(pattern, name) for name in names):
            return kind
    if names and all(name.endswith(".npy") for name in names):
        objects = b"'|O" in first
        return "a NumPy archive that holds a pickle" if objects else "a NumPy archive (.npz)"
    if _is_pickle(first, first[-1:]):
        return "a zip that holds a pickle"
    return "a zip without a skops schema"


def is_json_object(text: bytes) -> dict[str, Any] | None:
    """Return the object that the text holds; None for anything else, a name twice included."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(name)
