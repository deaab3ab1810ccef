"""From a draft to the owner: a link by mail, never the report; who sent what to whom and when."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audits import tenancy
from audits.enums import FilePurpose, MailKind, ReportKind, ReportState, SealVerdict
from audits.models import (
    Activity,
    Client,
    Membership,
    OutgoingMail,
    Provider,
    Report,
    ReportSending,
    User,
)
from audits.queries import report as reports
from audits.queries import report_seal as seals
from audits.queries.report_content import Wish
from audits.services import mail, report_seal, report_sending
from audits.services import report as service
from audits.services.errors import InvalidInput, NotPossible, TooMany
from tests import casts
from tests.builders import make_file
from tests.factories import World


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            lent.here.audit.refresh_from_db()
            yield lent


def made(
    world: World, *, held: bool = False, kind: ReportKind = ReportKind.OWNER_SUMMARY
) -> Report:
    """A report whose PDF is there."""
    wish = Wish(kind=kind, audit=world.here.audit, held=held)
    one = service.make(client=world.here.client, wish=wish, actor=world.ours.technician)
    name = f"report {one.number}"
    one.file = make_file(world.here.client, FilePurpose.REPORT, name)
    one.save(update_fields=["file"])
    report_seal.finish(one, sha256=hashlib.sha256(name.encode()).hexdigest())
    one.refresh_from_db()
    return one


def owners(world: World) -> list[Membership]:
    return list(reports.readers_of(world.here.client))


def sent(world: World, report: Report, actor: User | None = None) -> list[ReportSending]:
    return report_sending.send(
        report=report,
        actor=actor or world.ours.technician,
        readers=owners(world),
        link=lambda sending: f"https://portal.example/sent/{sending.pk}/",
    )


def test_owner_gets_a_link_and_not_the_report(world: World) -> None:
    report = made(world)
    (row,) = sent(world, report)
    assert row.recipient == world.ours.owner.email
    assert row.sent_by == world.ours.technician
    assert timedelta(days=13) < row.expires_at - timezone.now() <= report_sending.LASTS
    letter = OutgoingMail.objects.get(message_id=row.message_id)
    assert (letter.recipient, letter.kind) == (row.recipient, MailKind.REPORT)
    text = mail.read(letter)
    assert f"https://portal.example/sent/{row.pk}/" in text.body
    assert report.data["report_number"] in text.body
    assert report.data["verdict"] not in text.body + text.subject
    report.refresh_from_db()
    assert (report.state, report.was_sent) == (ReportState.SENT, True)
    (told,) = reports.sendings_of(report)
    assert (told.sending, told.state, told.has_ended) == (row, letter.state, False)
    assert Activity.objects.filter(verb="sent").count() == 1


def test_names_write_no_paragraph_of_the_letter(world: World) -> None:
    report = made(world)
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(name="Dental\n\nPay at once.")
    with world.ours.scope():
        Provider.objects.filter(pk=world.ours.provider.pk).update(name="House\n\nPay at once.")
    world.ours.technician.name = "Tess\n\nPay at once."
    (row,) = sent(world, report)
    body = mail.read(OutgoingMail.objects.get(message_id=row.message_id)).body
    for name in ("Tess", "House", "Dental"):
        assert f"{name} Pay at once." in body
    assert "\nPay at once." not in body


def test_nobody_chosen_is_refused_and_nothing_is_sent(world: World) -> None:
    report, before = made(world), OutgoingMail.objects.count()
    with pytest.raises(InvalidInput, match="at least one"):
        report_sending.send(
            report=report, actor=world.ours.technician, readers=[], link=lambda _: ""
        )
    report.refresh_from_db()
    assert (report.state, OutgoingMail.objects.count()) == (ReportState.DRAFT, before)


def test_held_report_is_looked_at_before_it_goes(world: World) -> None:
    report = made(world, held=True)
    client, actor = world.here.client, world.ours.technician
    assert report not in reports.of_client(client, with_held=False)
    with pytest.raises(NotPossible, match="held for review"):
        sent(world, report)
    report_sending.hand_in(report=report, actor=actor)
    report_sending.send_back(report=report, actor=actor)
    with pytest.raises(NotPossible, match="held for review"):
        sent(world, report)
    report_sending.hand_in(report=report, actor=actor)
    assert report not in reports.of_client(client, with_held=False)
    sent(world, report)
    assert report in reports.of_client(client, with_held=False)
    verbs = Activity.objects.filter(object_id=report.pk, object_type="report").order_by("pk")
    assert [line.verb for line in verbs][1:] == ["handed_in", "sent_back", "handed_in", "sent"]


def test_report_without_its_pdf_goes_nowhere(world: World) -> None:
    report = made(world)
    Report.objects.filter(pk=report.pk).update(file=None)
    with pytest.raises(NotPossible, match="not made yet"):
        sent(world, report)
    with pytest.raises(NotPossible, match="finished draft"):
        report_sending.hand_in(report=report, actor=world.ours.technician)


def test_newer_report_puts_the_older_of_its_kind_aside(world: World) -> None:
    first, other = made(world), made(world, kind=ReportKind.TECHNICAL)
    second = made(world)
    for row, state in (
        (first, ReportState.SUPERSEDED),
        (other, ReportState.DRAFT),
        (second, ReportState.DRAFT),
    ):
        row.refresh_from_db()
        assert row.state == state
    with pytest.raises(NotPossible, match="newer report"):
        sent(world, first)


def test_held_report_puts_nothing_aside_before_it_is_sent(world: World) -> None:
    first, second = made(world), made(world, held=True)
    assert seals.of_code(str(first.data["code"])) == SealVerdict.ISSUED
    report_sending.hand_in(report=second, actor=world.ours.technician)
    sent(world, second)
    assert seals.of_code(str(first.data["code"])) == SealVerdict.SUPERSEDED
    assert seals.of_code(str(second.data["code"])) == SealVerdict.ISSUED


def test_sending_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_sending, "MOST_AN_HOUR", 1)
    report, busy = made(world), world.ours.technician_of_group
    sent(world, report, busy)
    with pytest.raises(TooMany):
        sent(world, report, busy)
    assert ReportSending.objects.filter(report=report).count() == 1
