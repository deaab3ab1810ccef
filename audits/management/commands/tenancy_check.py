import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audits import tenancy
from audits.enums import ProbeState
from audits.queries import isolation as words
from audits.reports.isolation import probe_lines
from audits.services import isolation


class Command(BaseCommand):
    help = (
        "Push against the walls between clients on the running installation: one line for each"
        " probe, exit code 1 if one of them gave way. Nothing that is tried stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--failed-only", action="store_true", help="print nothing while every wall stands"
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        with tenancy.system_scope("an operator asks whether the walls stand"):
            found = isolation.check()
        lines = words.lines([vars(probe) for probe in found.probes])
        failed = sum(line.state == ProbeState.FAILED for line in lines)
        passed = sum(line.state == ProbeState.OK for line in lines)
        if options["failed_only"] and not failed:
            return
        self.stdout.write(
            f"MIA Portal {found.version}, {found.at:%Y-%m-%d %H:%M:%S} UTC,"
            f" {found.tables} tables behind row-level security"
        )
        for line in probe_lines(lines):
            self.stdout.write(line)
        self.stdout.write(words.sentence(passed, failed, f"{found.at:%-d %B %Y}"))
        if failed:
            sys.exit(1)
