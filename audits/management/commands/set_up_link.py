from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from audits.services import set_up
from audits.services.errors import NotPossible


class Command(BaseCommand):
    help = (
        "Print the one-time link that makes the first account of an empty installation. Every"
        " earlier link ends; after set-up there is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--address", help="where the portal is, https://…, unless MIA_PUBLIC_URL says it"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="say nothing where there is an account already"
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if options["if_empty"] and not set_up.is_needed():
            return
        address = settings.MIA_PUBLIC_URL or options["address"]
        if not address:
            raise CommandError("Say where the portal is: --address https://…")
        try:
            token = set_up.new_link()
        except NotPossible as error:
            raise CommandError(str(error)) from error
        link = address.rstrip("/") + reverse("set_up", kwargs={"token": token})
        hours = int(set_up.LINK_LASTS.total_seconds() // 3600)
        self.stdout.write(f"Set up the portal within {hours} hours, once: {link}")
