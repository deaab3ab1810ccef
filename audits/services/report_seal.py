"""A report is sealed when it is frozen, and again with its bytes; a newer one puts it aside."""

from django.utils import timezone

from audits.models import Report, ReportSeal
from audits.queries import risk
from audits.reports import seal


def begin(code: str) -> None:
    """Keep the digest of the code that the pages will carry."""
    ReportSeal.objects.create(code=seal.digest_of(code))


def finish(report: Report, *, sha256: str) -> None:
    """Keep the digest of the finished file, and mark the reports that no longer stand.

    Of all that were made about a model the last one about the audit that speaks for it stands, or
    the last one where none is about that audit; the others stay genuine.
    """
    ReportSeal.objects.filter(code=seal.digest_of(_code_of(report)), pdf="").update(pdf=sha256)
    model = report.audit.model_version.model
    about = Report.objects.filter(client_id=report.client_id, audit__model_version__model=model)
    by_code = {
        seal.digest_of(_code_of(one)): one
        for one in about.only("data", "number", "audit_id")
        if _code_of(one)
    }
    made = ReportSeal.objects.filter(code__in=by_code).exclude(pdf="")
    codes = list(made.values_list("code", flat=True))
    speaker = risk.newest_audits([model]).get(model.pk)

    def rank(code: str) -> tuple[bool, int]:
        one = by_code[code]
        return speaker is not None and one.audit_id == speaker.pk, one.number

    stands = max(codes, key=rank, default="")
    made.filter(superseded_at=None).exclude(code=stands).update(superseded_at=timezone.now())


def _code_of(report: Report) -> str:
    """The code on its pages; a report of early days has none."""
    return str(report.data.get("code", ""))
