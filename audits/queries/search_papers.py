"""What a search finds beside what has a name: reports, and questions of the checklist."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

from django.db.models import Q

from audits.enums import ReportKind, SearchKind
from audits.guidance import catalogue
from audits.guidance.catalogue import Control
from audits.models import ChecklistItem, Report
from audits.queries import editions, report_periods
from audits.queries import report as reports

_NUMBERED: Final = re.compile(r"(?:(?P<client>[a-z0-9-]{1,4})-)?0*(?P<number>[0-9]{1,9})")


class Row(NamedTuple):
    """Something that was found; `detail` tells it from what is called alike."""

    kind: str
    pk: int
    name: str
    client: int
    detail: str = ""


class Named(NamedTuple):
    """Ids of what the words name otherwise: versions of models, and AI tools."""

    versions: Collection[int]
    tools: Collection[int]


def of_reports(
    text: str, named: Named, *, allowed: Collection[int], unsent: Collection[int], limit: int
) -> Iterator[Row]:
    """By number, by kind, or by what they are about; the newest first.

    One that nobody sent is found at the clients in `unsent` alone, where its reader makes reports.
    """
    said = _said(text, named)
    rows = Report.objects.filter(said, client_id__among=allowed)
    rows = rows.filter(Q(sent_at__isnull=False) | Q(client_id__among=unsent)).order_by("-pk")
    for pk, number, kind, model, tool, begins, client, slug in rows.values_list(
        "pk",
        "number",
        "kind",
        "audit__model_version__model__name",
        "tool__name",
        "period_start",
        "client_id",
        "client__slug",
    )[:limit]:
        about = str(ReportKind(kind).label)
        quarter = report_periods.of_day(begins).label if begins and not model else ""
        name = model or tool or quarter or about
        detail = f"{reports.called(slug, number)}, {about}"
        yield Row(SearchKind.REPORT, pk, name, client, detail)


def _said(text: str, named: Named) -> Q:
    words = text.casefold().split()
    kinds = [kind for kind in ReportKind if all(word in _called(kind) for word in words)]
    said = Q(kind__in=kinds) | Q(tool__in=named.tools) | Q(audit__model_version__in=named.versions)
    if found := _NUMBERED.fullmatch(words[-1]):
        numbered = Q(number=int(found["number"]))
        if found["client"] is not None:
            numbered &= Q(client__slug__endswith=found["client"])
        said |= numbered
    return said


def _called(kind: ReportKind) -> str:
    return f"{SearchKind.REPORT.label} {kind.label}".casefold()


def of_checklist(
    text: str, *, allowed: Collection[int], technical: Collection[int], limit: int
) -> Iterator[Row]:
    """Questions that are asked of a client, in the words of its edition and of the reader.

    At the clients in `technical` those are the words of a technician.
    """
    clients = frozenset(allowed)
    expert = clients.intersection(technical)
    wanted = Q()
    for those, plain in ((expert, False), (clients - expert, True)):
        if those:
            wanted |= editions.where(_holds(text, plain=plain)) & Q(client_id__among=those)
    rows = ChecklistItem.objects.filter(wanted, retired_from=None, client_id__among=clients)
    first = rows.order_by("client_id", "control").values_list("pk", "control", "client_id")
    found = list(first[:limit])
    spoken = editions.controls_of({client for _pk, _control, client in found})
    for pk, control, client in found:
        controls = spoken.get(client, catalogue.by_id())
        words = controls[control].words(plain=client not in expert)
        yield Row(SearchKind.CHECKLIST, pk, words.title, client)


def _holds(text: str, *, plain: bool) -> Callable[[Control], bool]:
    words = text.casefold().split()

    def holds(control: Control) -> bool:
        said = control.words(plain=plain)
        code = "" if plain else control.id
        told = f"{code} {said.title} {said.question}".casefold()
        return all(word in told for word in words)

    return holds
