"""A report as background work: frozen data in, PDF out, rendered in the sandbox."""

import base64
import json
from typing import Any

from audits import sandbox
from audits.charts import roc
from audits.enums import FilePurpose, JobKind
from audits.models import Job, JobUnit, Report
from audits.reports.document import Document
from audits.reports.owner_summary import OwnerSummary
from audits.services import activity, report_seal
from audits.services.job_kinds import Bench, UnitOutput

RENDER = "render"


def _drawn_from(report: Report) -> tuple[str, dict[str, Any]]:
    """Which entry of the sandbox draws a report, and out of what: of nothing but what is frozen."""
    logo = base64.b64encode(bytes(report.logo)).decode()
    text = json.dumps(report.data)
    if report.is_summary:
        summary = OwnerSummary.from_json(text)
        return "render_owner_summary", {"summary": summary.to_json(), "logo": logo}
    document = Document.from_json(text)
    curve = roc.svg(document.curves).decode() if document.curves is not None else ""
    return "render_document", {"document": document.to_json(), "roc_svg": curve, "logo": logo}


class ReportHandler:
    """One unit: draw the PDF."""

    kind = JobKind.REPORT

    def first_unit(self, job: Job) -> str:  # noqa: ARG002 - the protocol's signature
        return RENDER

    def work(self, unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            report = Report.objects.get(pk=unit.job.object_id)
        bench.report("Drawing the pages")
        entry, params = _drawn_from(report)
        outcome = sandbox.run(
            entry,
            files={},
            params=params,
            limits=sandbox.limits_of("report", threads=1),
            should_cancel=bench.should_cancel,
        )
        return UnitOutput(output=outcome.result, blob=outcome.blobs["pdf"])

    def next_unit(self, job: Job, done: JobUnit) -> str | None:  # noqa: ARG002 - the protocol's signature
        return None

    def complete(self, job: Job, last: JobUnit) -> None:
        report = Report.objects.select_related("client", "tool", "audit__model_version__model").get(
            pk=job.object_id
        )
        if report.file_id is not None or last.output_file is None:
            return
        report.file = last.output_file
        report.file.purpose = FilePurpose.REPORT
        report.file.save(update_fields=["purpose"])
        report.save(update_fields=["file"])
        report_seal.finish(report, sha256=report.file.sha256)
        activity.record(
            client=report.client,
            actor=None,
            verb="made",
            obj=report,
            details={
                "model": report.about,
                "kind": str(report.get_kind_display()),
                "sha256": report.file.sha256,
            },
        )
