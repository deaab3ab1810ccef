from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.queries import members
from audits.services import second_factor
from audits.services.errors import InvalidInput, NotPossible


class Command(BaseCommand):
    help = (
        "Take a lost second factor off an account: authenticator app, passkeys and recovery codes."
        " Administrators do this for their own people on the page of the person; the command is for"
        " the last administrator, and for people of several providers. Make sure who is asking."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", metavar="TEXT", required=True)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        user = members.user_of(options["email"])
        if user is None:
            raise CommandError(f"{options['email']} has no account.")
        try:
            second_factor.reset_by_operator(user=user, reason=options["reason"])
        except (InvalidInput, NotPossible) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email} logs in with the password alone and sets up a new one.")
