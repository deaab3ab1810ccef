from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.enums import SealVerdict
from audits.queries import report_seal


class Command(BaseCommand):
    help = (
        "Say whether a PDF is a report that this installation issued, unchanged. Exit code 1 where"
        " it is not; 0 also where a newer report has taken its place, which is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the PDF")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        try:
            with options["file"].open("rb") as source:
                found = report_seal.of_file(source)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        said = f"{found.label}: {found.meaning}"
        if found not in (SealVerdict.GENUINE, SealVerdict.SUPERSEDED):
            raise CommandError(said)
        self.stdout.write(said)
