import hashlib
import io
import json
import zipfile

from audits.reports.evidence_pack import evidence_pack

FILES = {"result.json": b"{}\n", "charts/roc.svg": b"<svg/>"}


def test_pack_holds_every_file_with_its_hash_and_the_same_bytes_every_time() -> None:
    pack = evidence_pack(FILES, {"audit": 7})
    assert pack == evidence_pack(dict(reversed(FILES.items())), {"audit": 7})
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    manifest = json.loads(held["manifest.json"])
    assert (manifest["schema"], manifest["audit"]) == ("mia-portal.evidence-pack/1", 7)
    assert {one["path"]: (one["sha256"], one["bytes"]) for one in manifest["files"]} == {
        path: (hashlib.sha256(content).hexdigest(), len(content)) for path, content in FILES.items()
    }
    lines = held["SHA256SUMS"].decode().splitlines()
    assert lines == [
        f"{hashlib.sha256(held[path]).hexdigest()}  {path}"
        for path in sorted(held)
        if path != "SHA256SUMS"
    ]
    assert set(held) == {*FILES, "manifest.json", "SHA256SUMS"}
