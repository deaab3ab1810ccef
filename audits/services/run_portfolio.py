"""A portfolio report as background work: frozen data in, PDF out, rendered in the sandbox."""

import base64
import hashlib
import json

from audits import sandbox
from audits.enums import ProviderJobKind
from audits.models import PortfolioReport, ProviderJob, ProviderJobUnit
from audits.reports.document import Document
from audits.services import activity, report_seal
from audits.services.job_kinds import Bench, UnitOutput

RENDER = "render"


class PortfolioHandler:
    """One unit: draw the PDF."""

    kind = ProviderJobKind.PORTFOLIO

    def first_unit(self, job: ProviderJob) -> str:  # noqa: ARG002 - the protocol's signature
        return RENDER

    def work(self, unit: ProviderJobUnit, bench: Bench) -> UnitOutput:
        with bench.in_scope():
            report = PortfolioReport.objects.get(pk=unit.job.object_id)
        bench.report("Drawing the pages")
        document = Document.from_json(json.dumps(report.data))
        outcome = sandbox.run(
            "render_document",
            files={},
            params={
                "document": document.to_json(),
                "roc_svg": "",
                "logo": base64.b64encode(bytes(report.logo)).decode(),
            },
            limits=sandbox.limits_of("report", threads=1),
            should_cancel=bench.should_cancel,
        )
        pdf = outcome.blobs["pdf"]
        told = {"sha256": hashlib.sha256(pdf).hexdigest(), "size": len(pdf)}
        return UnitOutput(output=outcome.result | told, blob=pdf)

    def next_unit(self, job: ProviderJob, done: ProviderJobUnit) -> str | None:  # noqa: ARG002 - the protocol's signature
        return None

    def complete(self, job: ProviderJob, last: ProviderJobUnit) -> None:
        report = PortfolioReport.objects.get(pk=job.object_id)
        if report.is_made or not last.sealed:
            return
        report.sealed = last.sealed
        report.sha256, report.size = last.output["sha256"], last.output["size"]
        report.save(update_fields=["sealed", "sha256", "size"])
        # Kept once: with the report.
        last.sealed = b""
        last.save(update_fields=["sealed"])
        report_seal.finish_portfolio(report)
        activity.record_at_provider(
            provider_id=report.provider_id,
            actor=None,
            verb="made",
            obj=report,
            details={"sha256": report.sha256},
        )
