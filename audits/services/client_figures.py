"""Keeping what the fleet shows: a client's figures are counted when something about it changed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from audits.models import Client, ClientChange, ClientFigures
from audits.queries import client_figures
from audits.queries.client_figures import Known

_NEVER = datetime.min.replace(tzinfo=UTC)
# So many clients are counted together: each batch is a short transaction.
_BATCH = 50
# So many a page counts itself: one with a hundred models takes about a tenth of a second.
AT_ONCE = 8


def refresh(*, at_most: int | None = None) -> Known:
    """Count and keep the figures of clients in scope whose own hold no longer.

    A page has time for some of them (`at_most`) and shows the others as they were last counted:
    the job counts those. A client that somebody else counts at this moment is left to them.
    """
    holding = client_figures.bases()
    found = client_figures.known(holding)
    if not found.behind:
        return found
    _count(sorted(found.behind)[:at_most], holding)
    return client_figures.known(holding)


def _count(stale: Collection[int], holding: Mapping[int, str]) -> None:
    """Count these anew; the changes that are taken into account are removed before.

    One that commits later leaves a row of its own.
    """
    _make_rows(stale)
    rows = ClientFigures.objects.filter(client__in=stale).order_by("client_id")
    taken = rows.select_for_update(skip_locked=True)
    owners = dict(taken.values_list("client_id", "provider_id"))
    ClientChange.objects.filter(client__in=owners).delete()
    until = client_figures.holds_until(owners)
    ClientFigures.objects.bulk_create(
        [
            ClientFigures(
                provider_id=owners[pk],
                client_id=pk,
                figures=figures.stored(),
                basis=holding[pk],
                until=until[pk],
            )
            for pk, figures in client_figures.counted(owners).items()
        ],
        update_conflicts=True,
        unique_fields=["client"],
        update_fields=["figures", "basis", "until"],
    )


def _make_rows(clients: Iterable[int]) -> None:
    """A row to hold on to for each client that has none yet."""
    bare = Client.objects.filter(pk__in=clients).exclude(
        pk__in=ClientFigures.objects.values("client_id")
    )
    ClientFigures.objects.bulk_create(
        [
            ClientFigures(provider_id=provider, client_id=pk, until=_NEVER)
            for pk, provider in bare.order_by("pk").values_list("pk", "provider_id")
        ],
        ignore_conflicts=True,
    )


def stale_everywhere() -> list[tuple[int, list[int]]]:
    """Clients whose figures hold no longer: some of one provider at a time."""
    holding = client_figures.bases()
    stale = holding.keys() - client_figures.kept(holding).keys()
    owners = Client.objects.filter(pk__in=stale).order_by("provider_id", "pk")
    by_provider: dict[int, list[int]] = {}
    for pk, provider_id in owners.values_list("pk", "provider_id"):
        by_provider.setdefault(provider_id, []).append(pk)
    return [
        (provider_id, clients[first : first + _BATCH])
        for provider_id, clients in by_provider.items()
        for first in range(0, len(clients), _BATCH)
    ]
