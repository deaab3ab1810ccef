"""Work that waits or runs now, as the frame of every page tells it."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from audits.enums import ACTIVE_STATES, ClientState, JobKind
from audits.models import Client, Job, PortfolioReport


@dataclass(frozen=True, kw_only=True)
class OnTheirWay:
    """How many audits are queued or running, and how many reports are being made."""

    audits: int = 0
    reports: int = 0
    portfolios: int = 0

    @property
    def made(self) -> int:
        """Reports of clients and reports over them."""
        return self.reports + self.portfolios

    @property
    def all(self) -> int:
        return self.audits + self.made


def of_client(client: Client, *, with_reports: bool) -> OnTheirWay:
    """Of one client; a report is told to nobody who would not see it before it is sent."""
    found = _by_kind(Job.objects.filter(client=client))
    reports = found.get(JobKind.REPORT, 0) if with_reports else 0
    return OnTheirWay(audits=found.get(JobKind.AUDIT, 0), reports=reports)


def of_fleet(readable: QuerySet[PortfolioReport] | None) -> OnTheirWay:
    """Of every client that the fleet counts, and of the reports over them that a person reads."""
    found = _by_kind(Job.objects.every_row().filter(client__state=ClientState.ACTIVE))
    portfolios = 0
    if readable is not None:
        portfolios = readable.filter(job__state__in=ACTIVE_STATES).count()
    return OnTheirWay(
        audits=found.get(JobKind.AUDIT, 0),
        reports=found.get(JobKind.REPORT, 0),
        portfolios=portfolios,
    )


def _by_kind(rows: QuerySet[Job]) -> dict[str, int]:
    active = rows.filter(state__in=ACTIVE_STATES).order_by("kind")
    return dict(active.values_list("kind").annotate(n=Count("pk")))
