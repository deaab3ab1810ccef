"""From a draft to the owner's hands: a report is looked at, then a link to it is mailed.

The letter carries no report: whoever follows the link logs in and needs the right to read it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import cache
from audits.enums import MailKind, ReportRunState, ReportState
from audits.models import Membership, Report, ReportRun, ReportSending, User
from audits.queries import branding, report_frame
from audits.queries import report as reports
from audits.services import activity, limits, mail, report_seal
from audits.services.errors import InvalidInput, NotPossible

LASTS = timedelta(days=14)
MOST_AN_HOUR = 30
Link = Callable[[ReportSending], str]


@transaction.atomic
def hand_in(*, report: Report, actor: User | None) -> None:
    """Say that a draft is ready for somebody to look at it."""
    report = _locked(report)
    if not reports.may_be_handed_in(report):
        raise NotPossible(_("Only a finished draft can be handed in for review."))
    _move(report, actor, ReportState.READY, "handed_in")


@transaction.atomic
def send_back(*, report: Report, actor: User) -> None:
    """Say that a report is not to go out as it is."""
    report = _locked(report)
    if report.state != ReportState.READY:
        raise NotPossible(_("Only a report that waits for review can be sent back."))
    _move(report, actor, ReportState.DRAFT, "sent_back")


@transaction.atomic
def send(
    *,
    report: Report,
    actor: User | None,
    readers: Iterable[Membership],
    link: Link,
    hidden: Iterable[Membership] = (),
    only_first: bool = False,
) -> list[ReportSending]:
    """Mail a link to each of these people, and let the report be read at the client.

    Each gets a letter of their own, which names the other `readers`; nobody reads of the `hidden`
    ones. Without an actor it is a schedule that sends. With `only_first` a report that went out
    meanwhile does not go again. Raises InvalidInput on "readers" where nobody is chosen, or only
    hidden people for the first letters: these open the report to the whole client. Raises
    NotPossible where the report may not go.
    """
    shown, unseen = list(readers), list(hidden)
    report = _locked(report)
    if not shown and not (unseen and report.was_sent):
        raise InvalidInput("readers", _("Choose at least one person."))
    if only_first and report.was_sent:
        raise NotPossible(_("It was sent already."))
    if not reports.may_be_sent(report):
        raise NotPossible(_why_not(report))
    _spend(actor)
    made = [_letter_to(report, held, _Letter(actor, link, shown)) for held in shown]
    copies = [
        _letter_to(report, held, _Letter(actor, link, shown, is_hidden=True)) for held in unseen
    ]
    report.state = ReportState.SENT
    report.sent_at = report.sent_at or timezone.now()
    report.save(update_fields=["state", "sent_at"])
    report_seal.settle(report)
    # A schedule's report that somebody has looked at: its day is settled with it.
    waiting = ReportRun.objects.filter(report=report, state=ReportRunState.READY)
    waiting.update(state=ReportRunState.SENT, finished_at=timezone.now())
    if made:
        _record(report, actor, "sent", {"people": [row.recipient for row in made]})
    if copies:
        # The client's own people read their log: that somebody got a copy is not in it.
        activity.record_at_provider(
            provider_id=report.provider_id,
            actor=actor,
            verb="sent_hidden",
            obj=report,
            details={
                "client": report.client.name,
                "number": report.data["report_number"],
                "people": [row.recipient for row in copies],
            },
        )
    return [*made, *copies]


def _spend(actor: User | None) -> None:
    if actor is None:  # a schedule has as many letters as people, once for each of its days
        return
    limits.spend(
        cache.of_person(actor.pk),
        "report_letters",
        most=MOST_AN_HOUR,
        seconds=limits.HOUR,
        refusal=_("One person may send %(most)s letters in an hour") % {"most": MOST_AN_HOUR},
    )


def _locked(report: Report) -> Report:
    rows = Report.objects.select_for_update(of=("self",))
    return rows.select_related("client", "tool", "audit__model_version__model").get(pk=report.pk)


def _why_not(report: Report) -> str:
    if report.file_id is None:
        return _("The PDF is not made yet.")
    if report.state == ReportState.SUPERSEDED:
        return _("A newer report has taken its place: send that one.")
    return _("This report is held for review: hand it in, so that somebody looks at it first.")


def _move(report: Report, actor: User | None, state: ReportState, verb: str) -> None:
    report.state = state
    report.save(update_fields=["state"])
    _record(report, actor, verb, {})


def _record(report: Report, actor: User | None, verb: str, more: dict[str, object]) -> None:
    activity.record(
        client=report.client,
        actor=actor,
        verb=verb,
        obj=report,
        details={"model": report.about, "kind": str(report.get_kind_display()), **more},
    )


@dataclass(frozen=True)
class _Letter:
    """What letters about one report have in common."""

    actor: User | None
    link: Link
    shown: Sequence[Membership]
    is_hidden: bool = False

    def others(self, held: Membership) -> str:
        """Who else gets one, as far as this person may know."""
        named = [mail.in_a_line(one.user) for one in self.shown if one.user_id != held.user_id]
        return ", ".join(named)


def _letter_to(report: Report, held: Membership, about: _Letter) -> ReportSending:
    sending = ReportSending.objects.create(
        provider_id=report.provider_id,
        client=report.client,
        report=report,
        recipient=held.user.email,
        name=held.user.name,
        sent_by=about.actor,
        is_hidden=about.is_hidden,
        expires_at=timezone.now() + LASTS,
    )
    house = branding.provider(report.provider_id)
    words = {
        "client": mail.in_a_line(report.client),
        "provider": mail.in_a_line(house.name),
        "sender": mail.in_a_line(about.actor) if about.actor is not None else "",
        "others": about.others(held),
        "is_hidden": about.is_hidden,
        "kind": report.get_kind_display(),
        "number": report.data["report_number"],
        "address": about.link(sending),
        "until": report_frame.day_at(report.client, sending.expires_at),
    }
    letter = mail.send(
        recipient=sending.recipient,
        kind=MailKind.REPORT,
        subject=render_to_string("mail/report_subject.txt", words),
        body=render_to_string("mail/report_body.txt", words),
        lasts=LASTS,
    )
    sending.message_id = letter.message_id
    sending.save(update_fields=["message_id"])
    return sending
