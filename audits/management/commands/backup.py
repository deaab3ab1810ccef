from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audits.management import backups
from audits.servers.errors import ServerError
from audits.services import backup, sign_of_life
from audits.services.backup_stream import BackupError

# The file was written, and stored files are not in it.
INCOMPLETE = 3


class Command(BaseCommand):
    help = (
        "Write the database and all stored files into one new encrypted file, while the portal"
        " runs. It opens with the key alone, which is not in it: keep a copy of the key apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a new file; none is written over")
        backups.add_key_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        path: Path = options["file"]
        try:
            made = backup.make(path=path, key=backups.key_of(options), place=backups.place())
        except (BackupError, ServerError) as error:
            raise CommandError(str(error)) from error
        manifest = made.manifest
        try:
            sign_of_life.note_backup(size=made.size, missing=len(manifest.missing))
        except DatabaseError:
            self.stderr.write(
                "That a backup was made could not be noted in the database, as before a migration"
                " (manage.py migrate --database owner); the file is whole without that."
            )
        self.stdout.write(
            f"{path}: {made.size:,} bytes, of {manifest.made_at}, version"
            f" {manifest.product_version}, {len(manifest.files)} stored files."
        )
        if manifest.missing:
            raise CommandError(
                f"{path} is incomplete: {len(manifest.missing)} stored files were not there and are"
                " not in it; restore --inspect names them. Look for them and make another backup.",
                returncode=INCOMPLETE,
            )
