from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audits.queries import removals
from audits.services import removal


class Command(BaseCommand):
    help = (
        "Stored bytes that are still to be removed after their row was deleted: how many wait,"
        " since when and why. The beat job tries them again every minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", action="store_true", help="try them once more at once")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if options["now"]:
            self.stdout.write(f"{removal.carry_out_waiting()} removed.")
        rows = removals.waiting()
        self.stdout.write(f"{rows.count()} waiting.")
        for row in rows[:20]:
            problem = f", {row.problem}" if row.problem else ""
            self.stdout.write(
                f"{row.pk}  since {row.asked_at:%Y-%m-%d %H:%M}  {row.attempts} attempts{problem}"
            )
