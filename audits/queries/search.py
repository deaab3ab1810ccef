"""Search by name: clients, models, datasets, AI tools and audits, of the clients in scope alone."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from audits.enums import SearchKind
from audits.models import AIModel, AITool, Audit, Client, Dataset

LIMIT = 20
LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that was found, and whose it is."""

    kind: SearchKind
    pk: int
    name: str
    client: Client
    starts: bool

    @property
    def sort_key(self) -> tuple[bool, int, str, str]:
        return (
            not self.starts,
            list(SearchKind).index(self.kind),
            self.name.casefold(),
            self.client.name.casefold(),
        )


@dataclass(frozen=True, kw_only=True)
class Found:
    """The first results, what begins with the words before the rest."""

    hits: list[Hit]
    has_more: bool


def _said(field: str, words: Iterable[str]) -> Q:
    return Q(*(Q(**{f"{field}__icontains": word}) for word in words))


def _first(rows: QuerySet[Any], field: str, text: str) -> QuerySet[Any]:
    starts = Case(When(**{f"{field}__istartswith": text}, then=Value(0)), default=Value(1))
    ordered: QuerySet[Any] = rows.alias(begins=starts).order_by("begins", field, "pk")
    return ordered[: LIMIT + 1]


def _clients(text: str, allowed: Collection[int]) -> Iterable[tuple[int, str, Client]]:
    said = _said("name", text.split())
    for row in _first(Client.objects.filter(said, pk__any_of=allowed), "name", text):
        yield row.pk, row.name, row


def _named(model: Any) -> Callable[[str, Collection[int]], Iterable[tuple[int, str, Client]]]:  # noqa: ANN401 - any model with a name and a client
    def find(text: str, allowed: Collection[int]) -> Iterable[tuple[int, str, Client]]:
        rows = model.objects.filter(_said("name", text.split()), client_id__any_of=allowed)
        for row in _first(rows.select_related("client"), "name", text):
            yield row.pk, row.name, row.client

    return find


def _audits(text: str, allowed: Collection[int]) -> Iterable[tuple[int, str, Client]]:
    """By number, or of the first models that are called so; the newest first."""
    named = AIModel.objects.filter(_said("name", text.split()), client_id__any_of=allowed)
    said = Q(model_version__model__in=[row.pk for row in _first(named, "name", text)])
    number = text.rsplit(maxsplit=1)[-1]
    if number.isdecimal() and int(number) < 2**63:
        said |= Q(pk=int(number))
    rows = Audit.objects.filter(said, client_id__any_of=allowed)
    whole = rows.select_related("client", "model_version__model").defer("document")
    for row in whole.order_by("-pk")[: LIMIT + 1]:
        yield row.pk, row.model_version.model.name, row.client


_FINDERS: Mapping[
    SearchKind, Callable[[str, Collection[int]], Iterable[tuple[int, str, Client]]]
] = {
    SearchKind.CLIENT: _clients,
    SearchKind.MODEL: _named(AIModel),
    SearchKind.DATASET: _named(Dataset),
    SearchKind.TOOL: _named(AITool),
    SearchKind.AUDIT: _audits,
}


def search(text: str, allowed: Mapping[SearchKind, Collection[int]]) -> Found:
    """Find by name within the clients where each kind may be seen; as many queries as kinds."""
    text = " ".join(text.replace("\0", "").split())[:LONGEST]
    if not text:
        return Found(hits=[], has_more=False)
    hits = [
        Hit(
            kind=kind,
            pk=pk,
            name=name,
            client=client,
            starts=name.casefold().startswith(text.casefold()),
        )
        for kind, find in _FINDERS.items()
        for pk, name, client in find(text, allowed[kind])
    ]
    ordered = sorted(hits, key=lambda hit: hit.sort_key)
    return Found(hits=ordered[:LIMIT], has_more=len(ordered) > LIMIT)
