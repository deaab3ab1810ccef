"""Search by name: whatever has a page of its own, of the clients in scope alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Collate, Lower

from audits.enums import SearchKind
from audits.models import AIModel, AITool, Audit, Client, Dataset, ModelVersion
from audits.queries import search_papers
from audits.queries.search_papers import Named, Row

LIMIT = 20
LONGEST = 100
_LARGEST_NUMBER = 2**63


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that was found, and whose it is; `detail` tells it from what is called alike."""

    kind: SearchKind
    pk: int
    name: str
    client: Client
    detail: str
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


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Clients at which somebody may see each kind, and those of which they see more.

    Where they make reports they see those that were not sent; where they are technicians the
    checklist is in their words.
    """

    allowed: Mapping[SearchKind, Collection[int]]
    unsent: Collection[int]
    technical: Collection[int]


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


def _named(text: str, allowed: Mapping[SearchKind, Collection[int]]) -> list[Row]:
    """What is called so, of each kind that may be seen anywhere; one question for all of them."""
    asked = [_first(kind, text, allowed[kind]) for kind in _MODELS if allowed[kind]]
    if not asked:
        return []
    first, *others = asked
    return [Row(*found) for found in (first.union(*others, all=True) if others else first)]


def _audits(text: str, versions: Collection[int], allowed: Collection[int]) -> Iterable[Row]:
    """By number, or of the first models that are called so; the newest first."""
    said = Q(model_version__in=versions)
    number = text.rsplit(maxsplit=1)[-1]
    if number.isdecimal() and int(number) < _LARGEST_NUMBER:
        said |= Q(pk=int(number))
    rows = Audit.objects.filter(said, client_id__among=allowed).order_by("-pk")
    for found in rows.values_list("pk", "model_version__model__name", "client_id")[: LIMIT + 1]:
        yield Row(SearchKind.AUDIT, *found, detail=str(found[0]))


def _rows(text: str, reach: Reach) -> list[Row]:
    allowed, found = reach.allowed, _named(text, reach.allowed)
    versions = _versions(text, found, allowed)
    named = Named(versions, [row.pk for row in found if row.kind == SearchKind.TOOL])
    return [
        *found,
        *_audits(text, versions, allowed[SearchKind.AUDIT]),
        *search_papers.of_reports(
            text,
            named,
            allowed=allowed[SearchKind.REPORT],
            unsent=reach.unsent,
            limit=LIMIT + 1,
        ),
        *search_papers.of_checklist(
            text,
            allowed=allowed[SearchKind.CHECKLIST],
            technical=reach.technical,
            limit=LIMIT + 1,
        ),
    ]


def _versions(
    text: str, found: list[Row], allowed: Mapping[SearchKind, Collection[int]]
) -> list[int]:
    """Versions of the first models that are called so, where audits may be seen."""
    audited, called = allowed[SearchKind.AUDIT], found
    if not audited:
        return []
    if set(audited) != set(allowed[SearchKind.MODEL]):
        kinds: dict[SearchKind, Collection[int]] = dict.fromkeys(SearchKind, ())
        called = _named(text, kinds | {SearchKind.MODEL: audited})
    models = [row.pk for row in called if row.kind == SearchKind.MODEL]
    rows = ModelVersion.objects.filter(model__in=models)
    return list(rows.values_list("pk", flat=True))


def search(text: str, reach: Reach) -> Found:
    """Find by name within the clients where each kind may be seen, however many there are."""
    text = " ".join(text.replace("\0", "").split())[:LONGEST]
    if not text:
        return Found(hits=[], has_more=False)
    rows = _rows(text, reach)
    clients = {one.pk: one for one in Client.objects.filter(pk__in={row.client for row in rows})}
    hits = [
        Hit(
            kind=SearchKind(row.kind),
            pk=row.pk,
            name=row.name,
            client=clients[row.client],
            detail=row.detail,
            starts=row.name.casefold().startswith(text.casefold()),
        )
        for row in rows
    ]
    ordered = sorted(hits, key=lambda hit: hit.sort_key)
    return Found(hits=ordered[:LIMIT], has_more=len(ordered) > LIMIT)
