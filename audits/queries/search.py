"""Search by name: clients, models, datasets, AI tools and audits, of the clients in scope alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Collate, Lower

from audits.enums import SearchKind
from audits.models import AIModel, AITool, Audit, Client, Dataset, ModelVersion

LIMIT = 20
LONGEST = 100
_LARGEST_NUMBER = 2**63


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


class _Row(NamedTuple):
    kind: str
    pk: int
    name: str
    client: int


_MODELS: Mapping[SearchKind, Any] = {
    SearchKind.CLIENT: Client,
    SearchKind.MODEL: AIModel,
    SearchKind.DATASET: Dataset,
    SearchKind.TOOL: AITool,
}


def _first(kind: SearchKind, text: str, allowed: Collection[int]) -> QuerySet[Any, Any]:
    """The first rows of a kind whose name has every word, those before the rest that begin so.

    The names stand in small letters in an index by client, which the walls look at as well: a
    pattern alone may use none, because it would be tried on rows that nobody may see.
    """
    owner, kept = "client_id", _MODELS[kind].objects
    if kind is SearchKind.CLIENT:
        owner, rows = "pk", kept.filter(pk__any_of=allowed)
    else:
        rows = kept.every_row(at=allowed)
    rows = rows.alias(folded=Collate(Lower("name"), "C"))
    for word in text.split():
        rows = rows.filter(folded__contains=Lower(Value(word)))
    begins = Case(When(folded__startswith=Lower(Value(text)), then=0), default=1)
    ordered: QuerySet[Any, Any] = rows.alias(begins=begins).order_by("begins", "folded", "pk")
    return ordered.values_list(Value(kind.value), F("pk"), F("name"), F(owner))[: LIMIT + 1]


def _named(text: str, allowed: Mapping[SearchKind, Collection[int]]) -> list[_Row]:
    """What is called so, of each kind that may be seen anywhere; one question for all of them."""
    asked = [_first(kind, text, allowed[kind]) for kind in _MODELS if allowed[kind]]
    if not asked:
        return []
    first, *others = asked
    return [_Row(*found) for found in (first.union(*others, all=True) if others else first)]


def _audits(text: str, models: Iterable[int], allowed: Collection[int]) -> Iterable[_Row]:
    """By number, or of the first models that are called so; the newest first."""
    versions = ModelVersion.objects.filter(model__in=list(models)).values_list("pk", flat=True)
    said = Q(model_version__in=list(versions))
    number = text.rsplit(maxsplit=1)[-1]
    if number.isdecimal() and int(number) < _LARGEST_NUMBER:
        said |= Q(pk=int(number))
    rows = Audit.objects.filter(said, client_id__among=allowed).order_by("-pk")
    for found in rows.values_list("pk", "model_version__model__name", "client_id")[: LIMIT + 1]:
        yield _Row(SearchKind.AUDIT, *found)


def _rows(text: str, allowed: Mapping[SearchKind, Collection[int]]) -> list[_Row]:
    found, audited = _named(text, allowed), allowed[SearchKind.AUDIT]
    if not audited:
        return found
    called = found
    if set(audited) != set(allowed[SearchKind.MODEL]):
        kinds: dict[SearchKind, Collection[int]] = dict.fromkeys(SearchKind, ())
        called = _named(text, kinds | {SearchKind.MODEL: audited})
    models = [row.pk for row in called if row.kind == SearchKind.MODEL]
    return [*found, *_audits(text, models, audited)]


def search(text: str, allowed: Mapping[SearchKind, Collection[int]]) -> Found:
    """Find by name within the clients where each kind may be seen, in four queries or five."""
    text = " ".join(text.replace("\0", "").split())[:LONGEST]
    if not text:
        return Found(hits=[], has_more=False)
    rows = _rows(text, allowed)
    clients = {one.pk: one for one in Client.objects.filter(pk__in={row.client for row in rows})}
    hits = [
        Hit(
            kind=SearchKind(row.kind),
            pk=row.pk,
            name=row.name,
            client=clients[row.client],
            starts=row.name.casefold().startswith(text.casefold()),
        )
        for row in rows
    ]
    ordered = sorted(hits, key=lambda hit: hit.sort_key)
    return Found(hits=ordered[:LIMIT], has_more=len(ordered) > LIMIT)
