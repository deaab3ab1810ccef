"""Everything that shows how an audit came out, as one file; who took it is written down."""

import hashlib
from pathlib import Path
from typing import Any

from django.db import transaction

from audits import engine
from audits.enums import FilePurpose
from audits.models import Audit, User
from audits.queries import charts, checklist, export, listings
from audits.queries import report as reports
from audits.queries.audit import Result
from audits.reports.evidence_pack import evidence_pack
from audits.services import activity, files

_SCHEMA = Path(engine.__file__).parent / "audit-result-1.schema.json"


@transaction.atomic
def hand_out(*, result: Result, actor: User, with_held: bool) -> bytes:
    """Make the pack of a finished audit: the same stored state gives the same bytes.

    A report that waits for a look before it goes is in it only `with_held`.
    """
    audit = result.audit
    pack = evidence_pack(_files(result, with_held=with_held), _about(audit))
    activity.record(
        client=audit.client,
        actor=actor,
        verb="downloaded",
        obj=audit,
        details={"kind": "Evidence pack", "sha256": hashlib.sha256(pack).hexdigest()},
    )
    return pack


def _about(audit: Audit) -> dict[str, Any]:
    provenance = (audit.document or {})["provenance"]
    return {
        "audit": audit.pk,
        "client": audit.client.name,
        "model": audit.model_version.model.name,
        "model_version": audit.model_version.number,
        "finished": audit.completed_at.isoformat() if audit.completed_at else None,
        "engine_version": provenance["engine_version"],
        "rating_policy": provenance["rating_policy"],
    }


def _files(result: Result, *, with_held: bool) -> dict[str, bytes]:
    """For technicians: whoever may take it may read all of it, but for reports that are held."""
    audit, rows = result.audit, checklist.rows(result.audit.client)
    listing = listings.checklist(plain=False)
    found = {
        "result.json": export.audit_json(audit),
        _SCHEMA.name: _SCHEMA.read_bytes(),
        "figures.csv": export.figures_csv(audit),
        "members.csv": export.exposed_csv(audit),
        "checklist.csv": listing.as_csv(rows, for_staff=True),
        "checklist.json": listing.as_json(rows, for_staff=True),
        "report.pdf": _newest_report(audit, with_held=with_held),
    }
    for name in (*charts.FOR_EVERYBODY, *charts.TECHNICAL):
        chart = charts.of_audit(result, name)
        if chart.table.rows:
            found[f"charts/{name}.csv"] = charts.as_csv(chart)
            found[f"charts/{name}.svg"] = charts.as_svg(chart)
    return {path: content for path, content in found.items() if content is not None}


def _newest_report(audit: Audit, *, with_held: bool) -> bytes | None:
    """The PDF that was made of the audit last, of those one may read; None where there is none."""
    made = reports.readable(audit.client, with_held=with_held)
    made = made.filter(audit=audit, file__purpose=FilePurpose.REPORT)
    report = made.select_related("file__client").order_by("-number").first()
    if report is None or report.file is None:
        return None
    with files.open_plain(report.file) as plain:
        return plain.read()
