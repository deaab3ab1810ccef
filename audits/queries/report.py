"""Reports of a client: the archive, who may read what of it, and how each was sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils import timezone

from audits.enums import MailState, ReportState
from audits.models import (
    AITool,
    Audit,
    Client,
    Membership,
    OutgoingMail,
    Report,
    ReportSending,
    User,
)
from audits.queries import members, risk

_UNSENT = Q(held=True, sent_at__isnull=True)


def called(slug: str, number: int) -> str:
    """How a report is named on paper: by the end of its client's address and its number there."""
    return f"{slug[-4:].upper()}-{number:04d}"


def readable(client: Client, *, with_held: bool) -> models.QuerySet[Report]:
    """The bare rows of what a reader may read: staff alone sees what is held until it is sent."""
    rows = Report.objects.filter(client=client)
    return rows if with_held else rows.exclude(_UNSENT)


def unsent(client: Client) -> models.QuerySet[Report]:
    """What is held: closed to the client's people until somebody sends it."""
    return Report.objects.filter(_UNSENT, client=client).order_by()


def unsent_ids(client: Client) -> frozenset[int]:
    return frozenset(unsent(client).values_list("pk", flat=True))


def of_client(client: Client, *, with_held: bool = True) -> models.QuerySet[Report]:
    """Reports of the client, newest first; without those that wait for a look before they go."""
    return (
        readable(client, with_held=with_held)
        .select_related(
            "client", "job", "file", "tool", "audit__model_version__model", "created_by"
        )
        .defer("logo", "audit__document")
        .order_by("-number")
    )


def audits_of(client: Client) -> models.QuerySet[Audit]:
    """Audits that a report can be made of, the newest first."""
    rows = Audit.objects.filter(client=client, completed_at__isnull=False)
    return rows.select_related("client", "model_version__model").order_by("-completed_at", "-pk")


def tools_of(client: Client) -> models.QuerySet[AITool]:
    return AITool.objects.filter(client=client).order_by("name")


def readers_of(client: Client) -> models.QuerySet[Membership]:
    """People to whom a report goes unless somebody chooses others: whoever decides there."""
    return members.owners_of(client)


def worst_audit(client: Client) -> Audit | None:
    """The audit that speaks for the model that is rated worst; None where none is finished."""
    rated = risk.risks_of(risk.in_use().filter(client=client).select_related("client"))
    return next((one.audit for one in rated if one.audit is not None), None)


@dataclass(frozen=True, kw_only=True)
class SentTo:
    """One sending, and how its letter fared; None once the letter is forgotten."""

    sending: ReportSending
    state: MailState | None

    @property
    def has_ended(self) -> bool:
        return self.sending.expires_at <= timezone.now()


def sendings_of(report: Report) -> list[SentTo]:
    """Everybody to whom a report was sent, the last one first."""
    rows = list(ReportSending.objects.filter(report=report).select_related("sent_by"))
    states = _states_of(row.message_id for row in rows)
    return [SentTo(sending=row, state=states.get(row.message_id)) for row in rows]


def _states_of(messages: Iterable[str]) -> dict[str, MailState]:
    kept = OutgoingMail.objects.filter(message_id__in=list(messages))
    return {row: MailState(state) for row, state in kept.values_list("message_id", "state")}


def links_of(client: Client, reader: User) -> models.QuerySet[ReportSending]:
    """Sendings of the client's reports, by which a mailed link finds its report.

    A hidden copy is there for whoever got it: trying its number tells nobody else that it exists.
    """
    known = Q(is_hidden=False) | Q(recipient__iexact=reader.email)
    return ReportSending.objects.filter(known, client=client).select_related("client", "report")


def may_be_handed_in(report: Report) -> bool:
    return report.file_id is not None and report.state == ReportState.DRAFT


def may_be_sent(report: Report) -> bool:
    """Say whether a report is ready to go: made, standing, and looked at where it is held."""
    if report.file_id is None or report.state == ReportState.SUPERSEDED:
        return False
    return not (report.held and report.state == ReportState.DRAFT)
