from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.management.passwords import asked_password
from audits.queries import members
from audits.services import member
from audits.services import operator as operators
from audits.services.errors import InvalidInput, NotPossible


class Command(BaseCommand):
    help = (
        "Make an account an operator of the platform, who belongs to no provider and sees nothing"
        " but the one client that is looked at, for a while and a reason. A new address gets an"
        " account, whose password is asked for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--remove", action="store_true", help="make it an account like others")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        email = options["email"]
        user = members.user_of(email)
        if user is None and options["remove"]:
            raise CommandError(f"{email} has no account.")
        try:
            if user is None:
                user = member.new_account(email=email, password=asked_password(email))
            if options["remove"]:
                operators.remove(user=user)
                self.stdout.write(f"{user.email} is no operator of this platform any more.")
                return
            operators.add(user=user)
        except (InvalidInput, NotPossible) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email} is an operator of this platform.")
