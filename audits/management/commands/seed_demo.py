import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audits.queries.demo import is_seeded
from audits.services import demo


class Command(BaseCommand):
    help = "Fill an embedded installation with demo clients and queue real audits of real models."

    def handle(self, **_options: Any) -> None:  # noqa: ANN401 - Django's own signature
        if not settings.MIA_EMBEDDED:
            raise CommandError("The demo is only for installations started with `manage.py up`.")
        logins = Path(settings.MIA_STATE_DIR) / "demo.json"
        if not is_seeded():
            password = secrets.token_urlsafe(9)
            queued = demo.seed(password=password)
            logins.touch(mode=0o600)
            logins.write_text(
                json.dumps(
                    {
                        "admin": demo.ADMIN,
                        "technician": demo.TECHNICIAN,
                        "owner": demo.OWNER,
                        "second-admin": demo.SECOND_ADMIN,
                        "password": password,
                        "audits": queued,
                    }
                )
            )
        told = json.loads(logins.read_text())
        self.stdout.write("Demo logins")
        for who in ("admin", "technician", "owner", "second-admin"):
            if who in told:  # a demo of earlier days has one provider
                self.stdout.write(f"  {who:<14}{told[who]}  {told['password']}")
