from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audits import tenancy
from audits.models import Client, Provider
from audits.queries import activity_chain
from audits.queries.activity_chain import Mark, Verified


class Command(BaseCommand):
    help = (
        "Verify the activity log: every chain, or the one that is named. Exit code 1 where a line"
        " was edited, removed, moved or put in. Keep what is printed: number and hash of the last"
        " line, given back with --noted, also show that a log was cut off as a whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--client", metavar="SLUG", help="the name in the client's address")
        one.add_argument("--provider", metavar="ID", type=int)
        parser.add_argument(
            "--noted",
            metavar="LINE:HASH",
            type=_mark,
            help="a line of the named chain as an earlier run printed it",
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        noted: Mark | None = options["noted"]
        if noted is not None and options["client"] is None and options["provider"] is None:
            raise CommandError("--noted needs --client or --provider: name the chain.")
        with tenancy.system_scope("an operator verifies the log of any client and provider"):
            found = list(_verified(options["client"], options["provider"], noted))
        for label, result in found:
            self.stdout.write(_sentence(label, result))
        broken = sum(not result.is_intact for _, result in found)
        if broken:
            raise CommandError(f"{broken} of {len(found)} logs are not as they were written.")


def _mark(text: str) -> Mark:
    number, _, found = text.partition(":")
    return Mark(sequence=int(number), hash=found)


def _verified(
    slug: str | None, provider_id: int | None, noted: Mark | None
) -> Iterator[tuple[str, Verified]]:
    """Walk the chains that are asked for, each with its name for people."""
    clients, providers = Client.objects.all(), Provider.objects.all()
    if slug is not None:
        clients, providers = clients.filter(slug=slug), providers.none()
    if provider_id is not None:
        clients, providers = clients.none(), providers.filter(pk=provider_id)
    count = 0
    for provider in providers.order_by("pk"):
        count += 1
        found = activity_chain.verify_provider(provider.pk, noted)
        yield f"provider {provider.pk} ({provider.name})", found
    for client in clients.order_by("pk"):
        count += 1
        yield f"client {client.slug}", activity_chain.verify_client(client, noted)
    if not count and (slug is not None or provider_id is not None):
        raise CommandError("There is no such client or provider.")


def _sentence(label: str, found: Verified) -> str:
    """One dated line for a chain, which an auditor can keep."""
    at = f"{found.at:%Y-%m-%dT%H:%M:%SZ}"
    if found.flaw is not None:
        return f"{at} BROKEN {label}: line {found.flaw.sequence}: {found.flaw.problem}"
    noted = f"{found.lines}:{found.head}" if found.lines else "empty"
    erased = f", {found.erased} of them with their words erased" if found.erased else ""
    return f"{at} INTACT {label}: {found.lines} lines{erased}; {noted}"
