"""Reports that can go out: of each client the newest that nobody has sent yet, and for whom."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from audits.enums import SCHEDULED_KINDS, ReportState, Role
from audits.models import Client, Membership, Report, ReportRun, User
from audits.queries import report as reports


@dataclass(frozen=True, kw_only=True)
class ToSend:
    """A client with the report that would go out there, and to whom; None where none is ready."""

    client: Client
    report: Report | None
    run: ReportRun | None
    people: list[User]
    hidden: list[User]

    @property
    def can_go(self) -> bool:
        return self.report is not None and bool(self.people)


def to_send(clients: Iterable[Client]) -> list[ToSend]:
    """What would go out at each of these clients, in a fixed number of queries."""
    listed = list(clients)
    ready = {row.client_id: row for row in _ready(listed)}
    runs = {run.report_id: run for run in _runs(ready.values())}
    owners = _owners(listed)
    found = []
    for client in listed:
        report = ready.get(client.pk)
        run = runs.get(report.pk) if report is not None else None
        listed_for = run.schedule.readers.all() if run is not None else ()
        people = [row.user for row in listed_for if not row.is_hidden] or owners.get(client.pk, [])
        hidden = [row.user for row in listed_for if row.is_hidden]
        found.append(ToSend(client=client, report=report, run=run, people=people, hidden=hidden))
    return found


def waiting() -> QuerySet[Report]:
    """Reports that nobody has sent yet, of the kinds that go to owners."""
    return Report.objects.filter(
        kind__in=SCHEDULED_KINDS,
        file__isnull=False,
        sent_at=None,
        state__in=(ReportState.DRAFT, ReportState.READY),
    )


def _ready(clients: list[Client]) -> list[Report]:
    rows = waiting().filter(client__in=clients)
    newest = rows.select_related("client", "tool", "audit__model_version__model").defer(
        "logo", "audit__document"
    )
    first: dict[int, Report] = {}
    gone = Report.objects.filter(client=OuterRef("client"), kind=OuterRef("kind"))
    later = gone.filter(sent_at__isnull=False, number__gt=OuterRef("number"))
    for row in newest.exclude(Exists(later)).order_by("client_id", "-number"):
        if reports.may_be_sent(row):
            first.setdefault(row.client_id, row)
    return list(first.values())


def _runs(listed: Iterable[Report]) -> list[ReportRun]:
    rows = ReportRun.objects.filter(report__in=list(listed)).select_related("schedule__client")
    return list(rows.prefetch_related("schedule__readers__user"))


def _owners(clients: list[Client]) -> dict[int | None, list[User]]:
    rows = Membership.objects.filter(
        client__in=clients, role=Role.CLIENT_OWNER, user__is_active=True
    )
    found: dict[int | None, list[User]] = {}
    for row in rows.select_related("user"):
        found.setdefault(row.client_id, []).append(row.user)
    return found
