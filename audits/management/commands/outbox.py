from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.models import OutgoingMail
from audits.queries import outbox
from audits.services import mail
from audits.services.errors import NotPossible


class Command(BaseCommand):
    help = (
        "Letters that were not sent: all of them, or one with what it says. Its links are"
        " credentials: pass it on to the person it is for, and to nobody else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, nargs="?", help="the letter to show")
        ending = parser.add_mutually_exclusive_group()
        ending.add_argument(
            "--handed-over", action="store_true", help="you passed it on: erase what it says"
        )
        ending.add_argument("--again", action="store_true", help="try to send it once more")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if options["number"] is None:
            if options["handed_over"] or options["again"]:
                raise CommandError("Name the letter: the number before it in the list.")
            self._list()
            return
        found = outbox.letter(options["number"])
        if found is None:
            raise CommandError(f"There is no letter {options['number']}.")
        try:
            self._do(found, options)
        except NotPossible as error:
            raise CommandError(str(error)) from error

    def _do(self, found: OutgoingMail, options: dict[str, Any]) -> None:
        if options["handed_over"]:
            mail.hand_over(found)
            self.stdout.write(f"Letter {found.pk} is handed over; what it said is erased.")
        elif options["again"]:
            mail.try_again(found)
            self.stdout.write(f"Letter {found.pk} is on its way again.")
        else:
            letter = mail.read(found)
            self.stdout.write(f"To: {found.recipient}\nSubject: {letter.subject}\n\n{letter.body}")

    def _list(self) -> None:
        rows = list(outbox.waiting())
        if not rows:
            self.stdout.write("No letter is waiting.")
        for row in rows:
            said = f"{row.get_state_display()}, {row.attempts} attempts"
            problem = f", {row.problem}" if row.problem else ""
            self.stdout.write(
                f"{row.pk}  {row.created_at:%Y-%m-%d %H:%M}  {row.recipient}"
                f"  {row.get_kind_display()}  ({said}{problem})"
            )
        if rows and not mail.is_configured():
            self.stdout.write("EMAIL_URL is not set, so the portal sends none of them by itself.")
