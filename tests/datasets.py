"""What the cast knows about its datasets beyond the rows themselves: a profile, a draw, files."""

from datetime import date
from typing import TYPE_CHECKING, Any

from audits.enums import EvidenceKind, FilePurpose, LegalBasis
from audits.models import Audit, DataPermission, Dataset, DatasetVersion, StoredFile
from audits.services import files

if TYPE_CHECKING:
    from tests.factories import ClientCast

DRAWING: dict[str, Any] = {
    "seed": "7",
    "held_out_percent": 50,
    "by": "visitor",
    "format": "csv",
    "people": {"members": 200, "nonmembers": 200},
    "source_sha256": "0" * 64,
}


EXPOSED: dict[str, Any] = {
    "attack": "rmia",
    "false_discovery_rate": 0.1,
    "count": 1,
    "smallest_list": 1,
    "members": [{"rows": [3], "p": 0.001}],
}


def column(name: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a profile
    """One column of a profile: whole numbers about nobody, if nothing else is said."""
    usual = {
        "name": name,
        "role": "feature",
        "type": "whole",
        "missing": 0,
        "distinct": 60,
        "low": 18,
        "high": 90,
        "own_values": False,
        "about": None,
    }
    return {**usual, **values}


def about(kind: str, word: str) -> dict[str, Any]:
    return {"kind": kind, "reason": "column_name", "params": {"word": word}}


def profile() -> dict[str, Any]:
    """As the locked child describes four hundred records on each side."""
    return {
        "members": 400,
        "nonmembers": 400,
        "population": 0,
        "persons": {"members": 200, "nonmembers": 200},
        "features": 2,
        "classes": [
            {"value": "no", "members": 300, "nonmembers": 300},
            {"value": "yes", "members": 100, "nonmembers": 100},
        ],
        "class_count": 2,
        "rows": 800,
        "looked_at": 800,
        "column_count": 4,
        "columns": [
            column("visitor", role="person", low=None, high=None, own_values=True),
            column("age", about=about("age", "age")),
            column("distance", type="number", missing=8, distinct=790),
            column("came", role="label", type="text", low=None, high=None, distinct=2),
        ],
        "duplicates": {"repeated": 3, "on_both_sides": 0},
        "alike": {"columns": 1, "alone": 4, "few": 9},
        "reading": {},
    }


def make_permission(dataset: Dataset, **values: Any) -> DataPermission:  # noqa: ANN401 - model fields
    usual = {
        "provider_id": dataset.provider_id,
        "client": dataset.client,
        "dataset": dataset,
        "basis": LegalBasis.CONTRACT,
        "given_by": "Dr Anna Berg",
        "given_role": "Head of the practice",
        "given_on": date(2026, 1, 15),
        "note": "Clause 4 of the contract",
    }
    return DataPermission.objects.create(**{**usual, **values})


def _stored(version: DatasetVersion, purpose: FilePurpose, text: str) -> StoredFile:
    return files.store_bytes(
        client=version.client,
        purpose=purpose,
        data=text.encode(),
        original_name=f"{purpose}.csv",
    )


def keep_files(cast: "ClientCast", mark: str = "") -> None:
    """Put real files, and somebody who stands out, behind what pages let one download."""
    document = {**(cast.audit.document or {}), "exposed": EXPOSED}
    Audit.objects.filter(pk=cast.audit.pk).update(document=document)
    version, permission = cast.dataset_version, cast.data_permission
    text = f"age,came\n40,{mark or 'yes'}\n"
    version.members_file = _stored(version, FilePurpose.MEMBERS, text)
    version.nonmembers_file = _stored(version, FilePurpose.NONMEMBERS, text)
    version.save(update_fields=["members_file", "nonmembers_file"])
    permission.file = _stored(version, FilePurpose.PERMISSION, text)
    permission.save(update_fields=["file"])
    allowed = cast.authorisation
    allowed.file = _stored(version, FilePurpose.PERMISSION, text)
    allowed.save(update_fields=["file"])
    cast.report.file = files.store_bytes(
        client=cast.client, purpose=FilePurpose.REPORT, data=f"%PDF-1.7 {mark}".rstrip().encode()
    )
    cast.report.save(update_fields=["file"])
    evidence = cast.checklist_evidence
    evidence.kind = EvidenceKind.FILE
    evidence.file = _stored(version, FilePurpose.EVIDENCE, text)
    evidence.save(update_fields=["kind", "file"])
