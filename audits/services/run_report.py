"""The owner summary as background work: frozen data in, PDF out, rendered in the sandbox."""

import json

from audits import sandbox
from audits.charts import roc
from audits.enums import FilePurpose, JobKind
from audits.models import Job, JobUnit, Report
from audits.reports.owner_summary import OwnerSummary
from audits.services import activity, report_seal
from audits.services.job_kinds import Bench, UnitOutput

RENDER = "render"


class ReportHandler:
    """One unit: draw the PDF."""

    kind = JobKind.REPORT

    def first_unit(self, job: Job) -> str:  # noqa: ARG002 - the protocol's signature
        return RENDER

    def work(self, unit: JobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            report = Report.objects.get(pk=unit.job.object_id)
        bench.report("Drawing the pages")
        summary = OwnerSummary.from_json(json.dumps(report.data))
        outcome = sandbox.run(
            "render_owner_summary",
            files={},
            params={"summary": summary.to_json(), "roc_svg": roc.svg(summary.roc).decode()},
            limits=sandbox.limits_of("report", threads=1),
            should_cancel=bench.should_cancel,
        )
        return UnitOutput(output=outcome.result, blob=outcome.blobs["pdf"])

    def next_unit(self, job: Job, done: JobUnit) -> str | None:  # noqa: ARG002 - the protocol's signature
        return None

    def complete(self, job: Job, last: JobUnit) -> None:
        report = Report.objects.select_related("client", "audit__model_version__model").get(
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
                "model": report.audit.model_version.model.name,
                "sha256": report.file.sha256,
            },
        )
