from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits.management import backups
from audits.servers.errors import ServerError
from audits.services import restore
from audits.services.backup_archive import Manifest
from audits.services.backup_stream import BackupError


class Command(BaseCommand):
    help = (
        "Put a backup back into a new installation: the whole file is checked first, then all of it"
        " is restored or nothing. Stop web, worker and beat before, where you can."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--inspect", action="store_true", help="check the file, show what is in it, do no more"
        )
        how.add_argument("--replace", action="store_true", help="lose what is in this installation")
        backups.add_key_argument(parser)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        path, key = options["file"], backups.key_of(options)
        try:
            if options["inspect"]:
                self._show(restore.inspect(path=path, key=key))
                return
            restored = restore.restore(
                path=path, key=key, place=backups.place(), replace=options["replace"]
            )
        except (BackupError, ServerError) as error:
            raise CommandError(str(error)) from error
        manifest = restored.manifest
        self.stdout.write(
            f"Restored as it was at {manifest.made_at}: the database and {len(manifest.files)}"
            " stored files. Everybody has to log in again. Now restart the portal (manage.py up,"
            " or manage.py migrate --database owner, then web, worker and beat)."
        )
        if manifest.missing:
            self.stderr.write(
                f"{len(manifest.missing)} stored files were not there when the backup was made:"
                " restore --inspect names them."
            )
        if restored.left:
            self.stderr.write(
                "Left over, and named by nothing in the database, because it could not be removed:"
                f" {', '.join(restored.left)}."
            )

    def _show(self, manifest: Manifest) -> None:
        lines = (
            f"Made at            {manifest.made_at}",
            f"Product version    {manifest.product_version}",
            f"Migrations         {self._last_migrations(manifest)}",
            f"PostgreSQL         {manifest.postgres}, read with pg_dump {manifest.pg_dump}",
            f"Roles              {manifest.owner_role}, {manifest.app_role}",
            f"Database           {manifest.database.size:,} bytes, SHA-256"
            f" {manifest.database.sha256}",
            f"Stored files       {len(manifest.files)}, {manifest.files_size:,} bytes",
            *(f"  {name}  SHA-256 {kept.sha256}" for name, kept in manifest.files.items()),
            *(f"  {name}  was not there" for name in manifest.missing),
            "Every hash agrees.",
        )
        for line in lines:
            self.stdout.write(line)

    def _last_migrations(self, manifest: Manifest) -> str:
        return ", ".join(f"{app} {names[-1]}" for app, names in manifest.migrations.items())
