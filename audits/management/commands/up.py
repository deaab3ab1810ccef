import argparse
import os
import sys
from pathlib import Path
from typing import cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.servers.errors import ServerError
from audits.servers.up import up

_HIGHEST_PORT = 65535


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port between 0 and {_HIGHEST_PORT}")
    return int(text)


class Command(BaseCommand):
    help = "Start the whole portal: embedded servers (unless named by environment), web, worker."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="0 takes any free port")
        parser.add_argument("--state", type=Path, help="state folder (default: var/state)")

    def handle(self, *_: object, **options: object) -> None:
        try:
            up(
                port=cast("int", options["port"]),
                state_dir=cast("Path | None", options["state"]),
                environment=os.environ,
                out=sys.stdout,
            )
        except ServerError as error:
            raise CommandError(str(error)) from error
