"""`manage.py audit`: one audit of files, without database, secret key or environment."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audits.services import audit_arguments, audit_command


class Command(BaseCommand):
    """Hands the words after its name to the audit, whose errors have their own fixed form."""

    help = audit_arguments.DESCRIPTION
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own attribute; keys are not needed

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(audit_command.main(argv[2:], program="manage.py audit"))

    def add_arguments(self, parser: CommandParser) -> None:
        audit_arguments.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 - Django's own signature
        """Serve `call_command`, with the same words and the same exit codes."""
        given = audit_arguments.parser("audit").parse_args([])
        for name in vars(given):
            setattr(given, name, options[name])
        sys.exit(audit_command.run(audit_arguments.checked(given)))
