"""One web process of several: asks for something that is counted, in requests that are refused."""

import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 - after set-up
from django.db import transaction  # noqa: E402

from audits import cache  # noqa: E402
from audits.services import limits  # noqa: E402
from audits.services.errors import TooMany  # noqa: E402


def said(owner: cache.Owner) -> str:
    """Count within a transaction that is undone, as the API and the pages undo what they refuse."""
    with transaction.atomic():
        try:
            limits.spend(owner, "refused_requests", most=3, seconds=limits.HOUR, refusal="Enough")
        except TooMany:
            return "stopped"
        finally:
            transaction.set_rollback(True)
    return "counted"


def main() -> None:
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        raise SystemExit("this process counts for itself")
    person, times = map(int, sys.argv[1:])
    for _ in range(times):
        sys.stdout.write(f"{said(cache.of_person(person))}\n")


if __name__ == "__main__":
    main()
