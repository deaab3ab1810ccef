"""Letters against a real mail server: sent once, put off, given up, handed over, erased."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from audits import queue
from audits.enums import MailKind, MailState
from audits.models import OutgoingMail
from audits.services import mail
from audits.services.errors import NotPossible
from tests import smtp_sink
from tests.services.conftest import Bell
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db

TO, LINK = "zoe@elsewhere.example", "https://portal.example/join/secret-token/"


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with smtp_sink.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL = "MIA Portal <no-reply@portal.example>"
        yield running


def write(**more: timedelta) -> OutgoingMail:
    return mail.send(
        recipient=TO, kind=MailKind.INVITATION, subject="Join\nus", body=f"Here: {LINK}\n", **more
    )


def stored(letter: OutgoingMail) -> OutgoingMail:
    return OutgoingMail.objects.get(pk=letter.pk)


def make_due(letter: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=letter.pk).update(due_at=Now())


def test_letter_arrives_and_is_erased(sink: Sink) -> None:
    letter = write()
    assert mail.deliver(letter.pk)
    (got,) = sink.letters
    assert (got["To"], got["Subject"]) == (TO, "Join us")
    assert got["From"] == "MIA Portal <no-reply@portal.example>"
    assert got["Message-ID"] == letter.message_id
    assert LINK in got.get_payload()
    kept = stored(letter)
    assert (kept.state, kept.sealed, kept.attempts) == (MailState.SENT, "", 1)
    assert kept.finished_at is not None


def test_letter_at_rest_shows_nothing_of_what_it_says(sink: Sink) -> None:
    letter = stored(write())
    for value in vars(letter).values():
        assert "secret-token" not in str(value)
    assert mail.read(letter).body == f"Here: {LINK}\n"


def test_letter_sealed_for_one_address_cannot_be_read_as_anothers(sink: Sink) -> None:
    letter = write()
    OutgoingMail.objects.filter(pk=letter.pk).update(recipient="mallory@elsewhere.example")
    with pytest.raises(NotPossible, match="another key"):
        mail.read(stored(letter))
    assert not mail.deliver(letter.pk)
    assert (stored(letter).state, sink.letters) == (MailState.FAILED, [])


def test_letter_is_sent_once_however_often_it_is_rung(sink: Sink) -> None:
    letter = write()
    assert [mail.deliver(letter.pk) for _ in range(3)] == [True, False, False]
    assert mail.deliver_due() == 0
    assert len(sink.letters) == 1


def test_letter_in_somebodys_hands_is_left_alone(sink: Sink) -> None:
    letter = write()
    claimed = mail._claim(letter.pk)
    assert claimed is not None
    assert not mail.deliver(letter.pk)
    assert mail.deliver_due() == 0
    assert sink.letters == []


def test_letter_of_a_worker_that_died_goes_out_under_the_same_number(sink: Sink) -> None:
    letter = write()
    dead = mail._claim(letter.pk)
    assert dead is not None
    make_due(letter)  # the claim ran out
    assert mail.deliver_due() == 1
    assert [got["Message-ID"] for got in sink.letters] == [letter.message_id]
    assert stored(letter).attempts == 2
    assert not mail._finish(dead, MailState.FAILED)  # it comes back and finds the claim gone
    assert stored(letter).state == MailState.SENT


def test_letter_that_is_refused_is_put_off_longer_each_time_and_given_up(sink: Sink) -> None:
    letter, waits = write(), []
    sink.refusals = ["451 later"] * mail.MOST_ATTEMPTS
    for _ in range(mail.MOST_ATTEMPTS):
        assert not mail.deliver(letter.pk)
        kept = stored(letter)
        waits.append(kept.due_at - letter.created_at)
        make_due(letter)
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] > timedelta(seconds=50)
    assert waits[-2] > timedelta(hours=1)
    assert (kept.state, kept.attempts) == (MailState.FAILED, mail.MOST_ATTEMPTS)
    assert "451" in kept.problem
    assert mail.read(kept).body.startswith("Here")  # the operator can still hand it over
    assert mail.deliver_due() == 0
    assert sink.letters == []


def test_letter_waits_while_the_mail_server_is_away(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    letter = write()
    assert not mail.deliver(letter.pk)
    assert (stored(letter).state, stored(letter).attempts) == (MailState.QUEUED, 1)
    assert "ConnectionRefusedError" in stored(letter).problem


def test_letter_of_a_worker_that_dies_every_time_is_given_up(sink: Sink) -> None:
    letter = write()
    for _ in range(mail.MOST_ATTEMPTS):
        assert mail._claim(letter.pk) is not None
        make_due(letter)
    assert mail.deliver_due() == 0
    assert (stored(letter).state, sink.letters) == (MailState.FAILED, [])


def test_letter_out_of_date_is_erased_and_never_sent(sink: Sink) -> None:
    letter = write(lasts=timedelta(seconds=-1))
    assert not mail.deliver(letter.pk)
    assert mail.deliver_due() == 0
    kept = stored(letter)
    assert (kept.state, kept.sealed, sink.letters) == (MailState.FAILED, "", [])


def test_letters_of_long_ago_are_forgotten(sink: Sink) -> None:
    letter = write()
    assert mail.deliver(letter.pk)
    mail.deliver_due()
    assert OutgoingMail.objects.count() == 1
    OutgoingMail.objects.update(finished_at=Now() - timedelta(days=31))
    mail.deliver_due()
    assert OutgoingMail.objects.count() == 0


def test_letter_is_rung_after_commit(
    sink: Sink, bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        letter = write()
        assert bell.rung() == []
    assert bell.rung() == [[letter.pk]]


def test_tasks_send_letters(sink: Sink) -> None:
    from audits import tasks  # noqa: PLC0415 - as the worker meets it

    letter = write()
    tasks.deliver_mail(letter.pk)
    write()
    tasks.deliver_due_mail()
    assert len(sink.letters) == 2
    assert (tasks.deliver_mail.name, tasks.deliver_due_mail.name) == (
        queue.DELIVER_MAIL,
        queue.DELIVER_DUE_MAIL,
    )


# --- without a mail server


@pytest.fixture
def no_server(settings: Settings) -> None:
    settings.MIA_SENDS_MAIL = False


def outbox(*arguments: str) -> str:
    said = io.StringIO()
    call_command("outbox", *arguments, stdout=said)
    return said.getvalue()


def test_letter_without_a_server_waits_for_the_operator(
    no_server: None,
    bell: Bell,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        letter = write()
    assert bell.rung() == []
    assert not mail.deliver(letter.pk)
    assert mail.deliver_due() == 0
    assert stored(letter).attempts == 0
    printed = capfd.readouterr()
    assert "secret-token" not in caplog.text + printed.out + printed.err


def test_outbox_lists_shows_and_notes_what_was_handed_over(no_server: None) -> None:
    letter = write()
    listed = outbox()
    assert f"{letter.pk}  " in listed
    assert TO in listed
    assert "EMAIL_URL is not set" in listed
    assert "secret-token" not in listed
    assert outbox(str(letter.pk)) == f"To: {TO}\nSubject: Join us\n\nHere: {LINK}\n"
    assert "erased" in outbox(str(letter.pk), "--handed-over")
    assert (stored(letter).state, stored(letter).sealed) == (MailState.HANDED_OVER, "")
    assert outbox() == "No letter is waiting.\n"
    with pytest.raises(CommandError, match="gone"):
        outbox(str(letter.pk))
    with pytest.raises(CommandError, match="not waiting"):
        outbox(str(letter.pk), "--handed-over")


def test_outbox_tries_a_letter_again(sink: Sink) -> None:
    letter = write()
    OutgoingMail.objects.filter(pk=letter.pk).update(state=MailState.FAILED, attempts=5)
    assert "on its way again" in outbox(str(letter.pk), "--again")
    assert mail.deliver(letter.pk)
    with pytest.raises(CommandError, match="tried again"):
        outbox(str(letter.pk), "--again")
    assert len(sink.letters) == 1


def test_outbox_knows_no_letter_of_that_number(no_server: None) -> None:
    with pytest.raises(CommandError, match="no letter 7"):
        outbox("7")
    with pytest.raises(CommandError, match="Name the letter"):
        outbox("--handed-over")
