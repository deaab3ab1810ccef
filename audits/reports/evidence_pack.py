"""An audit as a folder of files for machines and auditors: one ZIP, the same bytes every time."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from audits.reports.exports import result_json

SCHEMA: Final = "mia-portal.evidence-pack/1"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
# The earliest moment that the format can say: no clock goes in.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o100644 << 16
_UNIX: Final = 3


def evidence_pack(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """Put files into a ZIP with a manifest of their SHA-256, and a list that `sha256sum -c` reads.

    Parameters
    ----------
    files
        Path inside the pack to content; none of the two names that are added.
    about
        What the pack speaks of; stands in the manifest, so it may say no time of making.
    """
    listed = [
        {"path": path, "sha256": _sha256(files[path]), "bytes": len(files[path])}
        for path in sorted(files)
    ]
    manifest = result_json({"schema": SCHEMA, **about, "files": listed})
    whole = {**files, MANIFEST: manifest}
    sums = "".join(f"{_sha256(whole[path])}  {path}\n" for path in sorted(whole))
    return _zipped({**whole, SUMS: sums.encode()})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Store the files unpacked: how well they pack would depend on the library at hand."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, date_time=_NO_TIME)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
