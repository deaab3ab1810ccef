from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.management.passwords import asked_password
from audits.services import provider
from audits.services.errors import InvalidInput


class Command(BaseCommand):
    help = "Add a service provider and its first administrator; the password is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the provider, as its clients know it")
        parser.add_argument("--admin", metavar="EMAIL", required=True, help="who logs in first")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        password = asked_password(options["admin"])
        try:
            made = provider.create(name=options["name"], email=options["admin"], password=password)
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made.name}: {options['admin']} can log in.")
