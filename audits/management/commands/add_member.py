from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits import tenancy
from audits.enums import MEMBER_ROLES, Role
from audits.management.passwords import asked_password
from audits.models import Client, User
from audits.services import member
from audits.services.errors import InvalidInput


class Command(BaseCommand):
    help = (
        "Let a person open clients: an owner or viewer of one, or a technician. A new address"
        " gets an account, whose password is asked for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--role", required=True, choices=[value for value, _label in MEMBER_ROLES]
        )
        parser.add_argument(
            "--client",
            metavar="SLUG",
            action="append",
            required=True,
            help="the name in the client's address; several times for several clients",
        )
        parser.add_argument(
            "--all-clients",
            action="store_true",
            help="staff only: every client of that provider, new ones included",
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        try:
            with tenancy.system_scope("an operator names clients of any provider"):
                clients = [_client(slug) for slug in dict.fromkeys(options["client"])]
                user = User.objects.filter(email__iexact=options["email"]).first()
                if user is None:
                    password = asked_password(options["email"])
                    user = member.new_account(email=options["email"], password=password)
                role = Role(options["role"])
                every = options["all_clients"]
                member.add(user=user, role=role, clients=clients, all_clients=every)
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email}: {role.label} of {', '.join(c.name for c in clients)}.")


def _client(slug: str) -> Client:
    found = Client.objects.filter(slug=slug).first()
    if found is None:
        raise InvalidInput("client", f"There is no client {slug!r}.", "Copy it from its address.")
    return found
