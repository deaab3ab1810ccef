from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits import homes
from audits.models.break_glass import LONGEST_MINUTES
from audits.queries import members
from audits.rights import Refused
from audits.services import break_glass
from audits.services.errors import InvalidInput, NotPossible


class Command(BaseCommand):
    help = (
        "Let an operator of the platform look at one client, read only, for some minutes. The"
        " reason and everything that is opened stand in the client's own log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", metavar="SLUG", required=True)
        parser.add_argument("--operator", metavar="EMAIL", required=True)
        parser.add_argument("--minutes", metavar="N", type=int, default=LONGEST_MINUTES)
        parser.add_argument("--reason", metavar="TEXT", required=True)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        operator = members.user_of(options["operator"])
        if operator is None or not operator.is_operator:
            raise CommandError(f"{options['operator']} is no operator; see add_operator.")
        try:
            with homes.client_of_operator(operator, options["client"]) as client:
                look = break_glass.start(
                    operator=operator,
                    client=client,
                    minutes=options["minutes"],
                    reason=options["reason"],
                )
        except Refused as error:
            raise CommandError(f"There is no client {options['client']!r}.") from error
        except (InvalidInput, NotPossible) as error:
            raise CommandError(str(error)) from error
        until = f"{look.ends_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(f"{operator.email} may look at {look.slug} until {until}.")
