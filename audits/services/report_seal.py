"""A report is sealed when it is frozen, and again with its bytes; a newer one puts it aside."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from audits.enums import AUDIT_KINDS, ReportState
from audits.models import PortfolioReport, Provider, Report, ReportSeal
from audits.queries import risk_speaking
from audits.reports import seal


def begin(code: str) -> None:
    """Keep the digest of the code that the pages will carry."""
    ReportSeal.objects.create(code=seal.digest_of(code))


def finish(report: Report, *, sha256: str) -> None:
    """Keep the digest of the finished file, and mark the reports that no longer stand."""
    ReportSeal.objects.filter(code=seal.digest_of(_code_of(report)), pdf="").update(pdf=sha256)
    settle(report)


def finish_portfolio(report: PortfolioReport) -> None:
    """Keep the digest of the finished file, and mark the reports that no longer stand.

    Reports over every client take each other's place, and so do those that one person made over
    the clients granted: nobody is told to ask for a newer one that they must not have.
    """
    mine = seal.digest_of(str(report.data["code"]))
    ReportSeal.objects.filter(code=mine, pdf="").update(pdf=report.sha256)
    # Two that are finished at once wait for each other, and the later one sees both.
    Provider.objects.select_for_update(no_key=True).get(pk=report.provider_id)
    rows = PortfolioReport.objects.filter(provider_id=report.provider_id, whole=report.whole)
    if not report.whole:
        rows = rows.filter(created_by=report.created_by_id)
    made = rows.exclude(sha256="")
    last = made.order_by("-number").values_list("pk", flat=True)[:1]
    aside = made.filter(superseded_at=None).exclude(pk__in=list(last))
    codes = [str(code) for code in aside.values_list("data__code", flat=True)]
    now = timezone.now()
    ReportSeal.objects.filter(
        code__in=[seal.digest_of(code) for code in codes], superseded_at=None
    ).update(superseded_at=now)
    aside.update(superseded_at=now)


def settle(report: Report) -> None:
    """Of all reports of one kind about one thing let the one that stands now stand.

    It is the last one; of those on a model the last one about the audit that speaks for it, where
    one is. The others stay genuine. A report that is held counts once it is sent: nobody is told to
    ask for a newer one that they must not have yet.
    """
    by_code = {
        seal.digest_of(_code_of(one)): one
        for one in _alike(report).only("data", "number", "audit_id", "kind")
        if _code_of(one)
    }
    made = ReportSeal.objects.filter(code__in=by_code).exclude(pdf="")
    codes = list(made.values_list("code", flat=True))
    speaker = _speaker(report)

    def rank(code: str) -> tuple[bool, int]:
        one = by_code[code]
        return speaker is not None and one.audit_id == speaker, one.number

    stands = max(codes, key=rank, default="")
    made.filter(superseded_at=None).exclude(code=stands).update(superseded_at=timezone.now())
    aside = [by_code[code].pk for code in codes if code != stands]
    Report.objects.filter(pk__in=aside).update(state=ReportState.SUPERSEDED)


def _alike(report: Report) -> QuerySet[Report]:
    """Reports of the same kind about the same thing that people may have in their hands."""
    rows = Report.objects.filter(client_id=report.client_id, kind=report.kind)
    rows = rows.filter(Q(held=False) | Q(sent_at__isnull=False))
    if report.audit is not None:
        return rows.filter(audit__model_version__model=report.audit.model_version.model_id)
    if report.tool_id is not None:
        return rows.filter(tool=report.tool_id)
    return rows.filter(period_start=report.period_start, period_end=report.period_end)


def _speaker(report: Report) -> int | None:
    """The audit that speaks for the model today, where the report is on an audit."""
    if report.kind not in AUDIT_KINDS or report.audit is None:
        return None
    model = report.audit.model_version.model
    speaking = risk_speaking.newest_audits([model]).get(model.pk)
    return speaking.pk if speaking is not None else None


def _code_of(report: Report) -> str:
    """The code on its pages; a report of early days has none."""
    return str(report.data.get("code", ""))
