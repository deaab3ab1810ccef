"""What several clients of a portfolio have in common: a vendor, or the very file of a model."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Min

from audits.enums import DataClass
from audits.models import AITool, ModelVersion
from audits.queries import risk
from audits.queries.facts import IMPACT_BY_CLASS

_SEVERAL = 2


@dataclass(frozen=True, kw_only=True)
class Shared:
    """One vendor or model file, and the clients that whatever happens to it reaches.

    `people` and `data` are of vendors alone; `one_account` says that one account serves several.
    """

    name: str
    clients: tuple[str, ...]
    people: int = 0
    data: DataClass | None = None
    one_account: bool = False
    is_model: bool = False


def of_clients(clients: Collection[int]) -> list[Shared]:
    """What at least two of these clients share, that which reaches the most of them first."""
    found = [*_vendors(clients), *_models(clients)]
    return sorted(found, key=lambda one: (-len(one.clients), -one.people, one.name.casefold()))


def _vendors(clients: Collection[int]) -> list[Shared]:
    """Vendors by their name, as the fact sheet of a tool has it or else the tool itself."""
    rows = AITool.objects.filter(client__in=clients).order_by("pk")
    told: dict[str, list[tuple[str, str, int, str, bool]]] = defaultdict(list)
    for client, vendor, sheet, people, data, one in rows.values_list(
        "client__name", "vendor", "sheet__vendor", "people", "data_class", "sheet__is_shared"
    ):
        name = (sheet or vendor).strip()
        if name:
            told[name.casefold()].append((client, name, people or 0, data, bool(one)))
    return [
        Shared(
            name=listed[0][1],
            clients=names,
            people=sum(one[2] for one in listed),
            data=max((DataClass(one[3]) for one in listed), key=lambda kind: IMPACT_BY_CLASS[kind]),
            one_account=any(one[4] for one in listed),
        )
        for listed in told.values()
        if len(names := tuple(sorted({one[0] for one in listed}))) >= _SEVERAL
    ]


def _models(clients: Collection[int]) -> list[Shared]:
    """Model files that lie at several clients byte for byte, by their digests."""
    kept = ModelVersion.objects.filter(
        client__in=clients, file__isnull=False, model__in=risk.in_use()
    )
    rows = (
        kept.order_by()
        .values("file__sha256")
        .annotate(
            reach=Count("client", distinct=True),
            names=ArrayAgg("client__name", distinct=True, order_by="client__name"),
            called=Min("model__name"),
        )
        .filter(reach__gte=_SEVERAL)
    )
    return [Shared(name=row["called"], clients=tuple(row["names"]), is_model=True) for row in rows]
