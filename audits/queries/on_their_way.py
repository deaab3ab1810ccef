"""Work that waits or runs now: how much the frame of every page tells, and each of it as a row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ACTIVE_STATES, ClientState, JobKind, StartedBy
from audits.models import Audit, Client, Job, PortfolioReport, ProviderJob, Report
from audits.queries import report as reports
from audits.queries.audit import pace

# What the page can be asked for, by the name that stands in its address.
AUDITS: Final = JobKind.AUDIT.value
KINDS: Final = (AUDITS, JobKind.REPORT.value)

# What of a job's audit or report no row shows.
_LONG = (
    "audit__document",
    "audit__rating_trace",
    "audit__model_version__facts",
    "report__data",
    "report__logo",
    "report__audit__document",
    "report__audit__rating_trace",
    "report__audit__model_version__facts",
)
_RELATED = (
    "client",
    "actor",
    "audit__model_version__model",
    "report__audit__model_version__model",
    "report__tool",
)


@dataclass(frozen=True, kw_only=True)
class OnTheirWay:
    """How many audits are queued or running, and how many reports are being made."""

    audits: int = 0
    reports: int = 0
    portfolios: int = 0
    # When the newest of them was asked for; None where nothing is on its way.
    newest: datetime | None = None

    @property
    def poll_seconds(self) -> int:
        """After how long to ask again: often at first, less often as the newest work ages."""
        return pace(timezone.now() - self.newest if self.newest is not None else timedelta())

    @property
    def made(self) -> int:
        """Reports of clients and reports over them."""
        return self.reports + self.portfolios

    @property
    def all(self) -> int:
        return self.audits + self.made


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Clients whose audits a person sees, and whose reports before they are sent."""

    audits: frozenset[int]
    reports: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Underway:
    """One piece of that work, with what is being made of it; `client` is None over all of them."""

    job: Job | ProviderJob
    client: Client | None = None
    audit: Audit | None = None
    report: Report | None = None
    portfolio: PortfolioReport | None = None

    @property
    def number(self) -> str:
        """How the report is called that is being made."""
        if self.portfolio is not None:
            return str(self.portfolio.data["report_number"])
        if self.report is None or self.client is None:
            return ""
        return reports.called(self.client.slug, self.report.number)

    @property
    def kind(self) -> str:
        """What it is: an audit, or which report."""
        made = self.report if self.report is not None else self.job
        return str(made.get_kind_display())

    @property
    def about(self) -> str:
        """What it is about: a model, a tool, a quarter, or so many clients."""
        if self.portfolio is not None:
            covered = len(self.portfolio.covers)
            return ngettext("%(n)s client", "%(n)s clients", covered) % {"n": covered}
        if self.report is None:
            return self.audit.model_version.model.name if self.audit is not None else ""
        if self.report.audit is None and self.report.tool is None:
            return self._period
        return self.report.about

    @property
    def _period(self) -> str:
        """The days of a quarter, which are read without the long document."""
        report = self.report
        if report is None or report.period_start is None or report.period_end is None:
            return ""
        days = {"first": report.period_start, "last": report.period_end}
        told = {name: date_format(day, "j M Y") for name, day in days.items()}
        return _("%(first)s to %(last)s") % told

    @property
    def asked_by(self) -> str:
        """Who asked for it; where that was nobody, or somebody who is gone, how it was begun."""
        return str(self.job.actor or StartedBy(self.job.started_by).label)


def of_client(client: Client, *, with_reports: bool) -> OnTheirWay:
    """Of one client; a report is told to nobody who would not see it before it is sent."""
    return _counted(_at(client, with_reports=with_reports))


def of_fleet(readable: QuerySet[PortfolioReport] | None, reach: Reach) -> OnTheirWay:
    """Of clients within reach that the fleet counts, and of reports over them that one reads."""
    if readable is None:
        return _counted(_everywhere(reach))
    made = _made(readable).order_by().aggregate(n=Count("pk"), newest=Max("job__created_at"))
    return _counted(_everywhere(reach), portfolios=made["n"], newest=made["newest"])


def listed_at(client: Client, *, with_reports: bool, kind: str = "") -> list[Underway]:
    """What `of_client` counts, each as a row, what was asked for last first; or one kind of it."""
    return list(_rows(_of_kind(_at(client, with_reports=with_reports), kind)))


def listed(
    readable: QuerySet[PortfolioReport] | None, reach: Reach, *, kind: str = ""
) -> list[Underway]:
    """What `of_fleet` counts, each as a row: reports over all clients first; or one kind of it."""
    if readable is None or kind == AUDITS:
        return list(_rows(_of_kind(_everywhere(reach), kind)))
    portfolios = _made(readable).select_related("job__actor")
    over_all = (Underway(job=one.job, portfolio=one) for one in portfolios if one.job is not None)
    return [*over_all, *_rows(_of_kind(_everywhere(reach), kind))]


def poll_seconds(rows: Iterable[Underway]) -> int:
    """After how long a page with these rows asks again."""
    newest = max((row.job.created_at for row in rows), default=None)
    return OnTheirWay(newest=newest).poll_seconds


def _of_kind(jobs: QuerySet[Job], kind: str) -> QuerySet[Job]:
    return jobs.filter(kind=kind) if kind in KINDS else jobs


def _at(client: Client, *, with_reports: bool) -> QuerySet[Job]:
    rows = Job.objects.filter(client=client, state__in=ACTIVE_STATES)
    return rows if with_reports else rows.exclude(kind=JobKind.REPORT)


def _everywhere(reach: Reach) -> QuerySet[Job]:
    rows = Job.objects.every_row(reach.audits | reach.reports)
    if reach.audits != reach.reports:
        audits = Q(kind=JobKind.AUDIT, client_id__among=reach.audits)
        rows = rows.filter(audits | Q(kind=JobKind.REPORT, client_id__among=reach.reports))
    return rows.filter(client__state=ClientState.ACTIVE, state__in=ACTIVE_STATES)


def _made(readable: QuerySet[PortfolioReport]) -> QuerySet[PortfolioReport]:
    return readable.filter(job__state__in=ACTIVE_STATES)


def _counted(
    rows: QuerySet[Job], *, portfolios: int = 0, newest: datetime | None = None
) -> OnTheirWay:
    by_kind = rows.order_by("kind").values_list("kind")
    found = list(by_kind.annotate(n=Count("pk"), newest=Max("created_at")))
    numbers = {kind: n for kind, n, _newest in found}
    moments = [moment for _kind, _n, moment in found]
    return OnTheirWay(
        audits=numbers.get(JobKind.AUDIT, 0),
        reports=numbers.get(JobKind.REPORT, 0),
        portfolios=portfolios,
        newest=max([*moments, *([newest] if newest is not None else [])], default=None),
    )


def _rows(jobs: QuerySet[Job]) -> Iterator[Underway]:
    """Each job with what it makes, in one query however many there are."""
    known: Iterable[Job] = jobs.select_related(*_RELATED).defer(*_LONG).order_by("-pk")
    for job in known:
        yield Underway(
            job=job,
            client=job.client,
            audit=getattr(job, "audit", None),
            report=getattr(job, "report", None),
        )
