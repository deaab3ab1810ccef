import secrets
import time
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits import tenancy
from audits.enums import Via
from audits.models import Provider
from audits.services import origin, scale_plan, seed_scale
from audits.services import provider as providers

_AT_ONCE = 20


class Command(BaseCommand):
    help = (
        "Make a provider full of made-up clients, models and audits for load tests, or remove it."
        " Every page says that the data are made up, and no report can be made of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clients", type=int, default=50)
        parser.add_argument("--models", type=int, default=2_000, help="of all clients together")
        parser.add_argument("--audits", type=int, default=8_000, help="of all clients together")
        parser.add_argument("--seed", type=int, default=1, help="the same seed: the same world")
        parser.add_argument("--remove", action="store_true", help="remove what was made")

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        with origin.entered(via=Via.COMMAND):
            if options["remove"]:
                self._remove()
            else:
                self._make(options)

    def _remove(self) -> None:
        with tenancy.system_scope("what was made up for load tests goes as a whole"):
            gone = seed_scale.remove(list(Provider.objects.filter(synthetic=True)))
        self.stdout.write(f"{gone} made-up providers removed." if gone else "Nothing to remove.")

    def _make(self, options: dict[str, Any]) -> None:
        size = scale_plan.Size(**{name: options[name] for name in ("clients", "models", "audits")})
        if size.clients < 1 or size.models < size.clients or size.audits < 0:
            raise CommandError("--clients must be 1 or more, and --models no fewer than --clients.")
        if seed_scale.exists():
            raise CommandError("There is a made-up world already; --remove takes it away.")
        began = time.monotonic()
        results = seed_scale.measured(seed=options["seed"])
        password = secrets.token_urlsafe(9)
        with providers.entered(name=seed_scale.PROVIDER, synthetic=True) as provider:
            house = seed_scale.begin(provider=provider, results=results, password=password)
        planned, done = scale_plan.world(size, seed=options["seed"]), 0
        while part := list(islice(planned, _AT_ONCE)):
            with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
                for one in part:
                    seed_scale.add_client(house, one)
            done += len(part)
            self.stdout.write(f"{done} of {size.clients} clients, {time.monotonic() - began:.0f} s")
        self.stdout.write(f"Log in as {seed_scale.ADMIN} with {password}")
