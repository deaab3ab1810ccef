"""The checklist joined with its catalogue, its score and the order of what is to be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from audits.enums import NOT_TO_BE_DONE, Answer, Effort, Section, WorkStatus
from audits.guidance import advice, catalogue, findings, readiness
from audits.guidance.advice import Asset
from audits.guidance.catalogue import Control
from audits.models import AIModel, ChecklistComment, ChecklistEvidence, ChecklistItem, Client
from audits.queries import editions, facts
from audits.queries.words import finding_in_short, finding_sentence

SETTLED = (Answer.YES, Answer.NOT_APPLICABLE)
EVIDENCE_LASTS = timedelta(days=365)
# The least that each effort means in days.
_TAKES = {
    Effort.SMALL: timedelta(0),
    Effort.MEDIUM: timedelta(days=3),
    Effort.LARGE: timedelta(days=14),
}
# As the properties of a row below say it, for the figures of many clients at once.
IS_OPEN = ~(Q(answer=Answer.YES) | Q(answer=Answer.NOT_APPLICABLE, confirmed_at__isnull=False))
TO_DO = IS_OPEN & Q(retired_from=None) & ~Q(decided__in=NOT_TO_BE_DONE)
IS_ASKED = (
    Q(finding__isnull=False)
    | Q(answer__in=[Answer.NO, Answer.PARTLY])
    | Q(due__isnull=False)
    | Q(owner__isnull=False)
    | ~Q(owner_name="")
)


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Why a control stands where it stands: its priority, factor by factor."""

    weight: int
    impact: float
    factor: float
    total: float


@dataclass(frozen=True, kw_only=True)
class ChecklistRow:
    """One control and how it stands at this client.

    `because` is what a finding says, `in_short` the same without figures, `told` what of the
    client's own brings the control in, `begin` and `begin_plain` the first step that is about it.
    """

    item: ChecklistItem
    control: Control
    because: str
    overdue: bool
    in_short: str = ""
    told: str = ""
    begin: str = ""
    begin_plain: str = ""
    evidence: int = 0
    newest_evidence: date | None = None
    comments: int = 0

    @property
    def standing(self) -> Answer:
        """What counts of the answer: “not applicable” does once another person has confirmed it."""
        return Answer.UNANSWERED if self.is_waiting else Answer(self.item.answer)

    @property
    def is_waiting(self) -> bool:
        """Say whether somebody else has yet to confirm that the control does not apply."""
        return self.item.answer == Answer.NOT_APPLICABLE and self.item.confirmed_at is None

    @property
    def is_retired(self) -> bool:
        """Say whether the catalogue asks for it no longer."""
        return self.item.retired_from_id is not None

    @property
    def is_open(self) -> bool:
        return self.standing not in SETTLED and not self.is_retired

    @property
    def is_action(self) -> bool:
        """Say whether it is an action: asked for, answered no or partly, or somebody's to do."""
        answered = self.item.answer in (Answer.NO, Answer.PARTLY)
        taken = bool(self.item.due or self.item.owner_id or self.item.owner_name)
        return self.is_open and (bool(self.because) or answered or taken)

    @property
    def is_left(self) -> bool:
        """Say whether it was decided otherwise than by doing it."""
        return self.item.decided in NOT_TO_BE_DONE

    @property
    def is_to_begin(self) -> bool:
        """Say whether the rating leaves less time than the work takes: its day is one to begin by.

        A day that a person set, and one of work that has begun, is for being done.
        """
        item = self.item
        if item.due is None or not item.dated_by_finding or self.overdue:
            return False
        left = item.due - timezone.localdate()
        return item.status == WorkStatus.TO_DO and left < _TAKES[Effort(self.control.effort)]

    @property
    def effort(self) -> str:
        return str(Effort(self.control.effort).label)

    def reason(self, *, plain: bool) -> str:
        """What a finding says, as this reader reads it: an owner has its figures beside it once."""
        return self.in_short if plain else self.because

    def begin_with(self, *, plain: bool) -> str:
        """The first step that is about something the client has; empty where none is."""
        return self.begin_plain if plain else self.begin

    @property
    def section(self) -> Section:
        return Section(self.control.section)

    @property
    def owner(self) -> str:
        """Who sees to it: a person, or a name where there is no account."""
        return str(self.item.owner) if self.item.owner is not None else self.item.owner_name

    @property
    def is_stale(self) -> bool:
        """Say whether what shows it is older than evidence lasts; without any, the answer."""
        if self.newest_evidence is not None:
            return self.newest_evidence < timezone.localdate() - EVIDENCE_LASTS
        answered = self.item.answered_at
        return answered is not None and answered < timezone.now() - EVIDENCE_LASTS

    @property
    def counts_half(self) -> bool:
        """Say whether age costs it something: it would count in full otherwise."""
        return self.standing == Answer.YES and self.is_stale

    @property
    def weighed(self) -> Weighed:
        factor = findings.TRIGGERED_FACTOR if self.item.finding_id is not None else 1.0
        total = self.item.priority
        weight = self.control.weight
        return Weighed(weight=weight, impact=total / (weight * factor), factor=factor, total=total)


def _row(item: ChecklistItem, today: date, controls: Mapping[str, Control]) -> ChecklistRow:
    found = item.finding
    row = ChecklistRow(
        item=item,
        control=_control_of(item, controls),
        because=finding_sentence(found) if found is not None else "",
        in_short=finding_in_short(found) if found is not None else "",
        overdue=False,
        evidence=getattr(item, "evidence_count", 0),
        newest_evidence=getattr(item, "newest_evidence", None),
        comments=getattr(item, "comment_count", 0),
    )
    late = item.due is not None and item.due < today
    return replace(row, overdue=late and row.is_open and not row.is_left)


def _control_of(item: ChecklistItem, controls: Mapping[str, Control]) -> Control:
    if item.retired_from is not None:
        return editions.kept(item.retired_from)[item.control]
    return controls[item.control]


# Of what a finding is about, and of people, only the name is shown.
_OWN = tuple(field.name for field in ChecklistItem._meta.concrete_fields)  # noqa: SLF001 - Django's documented model API
_PEOPLE = ("owner", "answered_by", "confirmed_by")
_ABOUT = ("audit__model_version__model", "tool", "model", "client")
_READ = (
    *(name for name in _OWN if name not in (*_PEOPLE, "finding", "retired_from")),
    *(f"{person}__{field}" for person in _PEOPLE for field in ("name", "email")),
    *(f"finding__{field}" for field in ("key", "params")),
    *(f"finding__{thing}__name" for thing in _ABOUT),
    *(f"retired_from__{field}" for field in ("version", "digest")),
)


def items_with_figures(rows: models.QuerySet[ChecklistItem]) -> models.QuerySet[ChecklistItem]:
    """Items with everything that a row shows, in one question however many there are."""
    comments = ChecklistComment.objects.filter(item=OuterRef("pk")).order_by().values("item")
    return _aged(_joined_to(rows)).annotate(
        evidence_count=Coalesce(Subquery(_evidence().annotate(n=Count("pk")).values("n")), 0),
        comment_count=Coalesce(Subquery(comments.annotate(n=Count("pk")).values("n")), 0),
    )


def _evidence() -> models.QuerySet[ChecklistEvidence, Any]:
    return ChecklistEvidence.objects.filter(item=OuterRef("pk")).order_by().values("item")


def _aged(rows: models.QuerySet[ChecklistItem]) -> models.QuerySet[ChecklistItem]:
    newest = _evidence().annotate(last=Max("dated")).values("last")
    return rows.annotate(newest_evidence=Subquery(newest))


def _joined_to(rows: models.QuerySet[ChecklistItem]) -> models.QuerySet[ChecklistItem]:
    about = (f"finding__{thing}" for thing in _ABOUT)
    return rows.select_related("client", *about, "retired_from", *_PEOPLE).only(*_READ)


def to_do(client: Client) -> list[ChecklistRow]:
    """What is open and to be done, without what shows it: all that the next actions rest on."""
    return joined(_joined_to(ChecklistItem.objects.filter(TO_DO, client=client)))


def standing(client: Client) -> list[ChecklistRow]:
    """Every control, without how much was said and shown about it, as `rows` has them."""
    items = _aged(_joined_to(ChecklistItem.objects.filter(client=client)))
    return sorted(joined(items), key=_asked_first)


def rows(client: Client) -> list[ChecklistRow]:
    """Every control of the client's checklist: those that a finding asks for, then the others."""
    items = items_with_figures(ChecklistItem.objects.filter(client=client))
    return sorted(joined(items), key=_asked_first)


def joined(items: Iterable[ChecklistItem]) -> list[ChecklistRow]:
    """Items of any clients in scope with their words, in the order in which they come."""
    found, today = list(items), timezone.localdate()
    by_client = editions.controls_of({item.client_id for item in found})
    return [_row(item, today, by_client.get(item.client_id, catalogue.by_id())) for item in found]


def score(listed: Iterable[ChecklistRow]) -> readiness.Readiness:
    """How ready the client is, and how much is answered: two figures, kept apart."""
    return readiness.readiness(
        readiness.Item(weight=row.control.weight, answer=row.standing, stale=row.is_stale)
        for row in listed
        if not row.is_retired
    )


def percents(clients: Iterable[int]) -> dict[int, int]:
    """The score of each of these clients as `score` counts it, in two queries for all of them.

    A client that has not answered anything yet is missing: what is in place there is not known.
    """
    listed = list(clients)
    by_client = editions.controls_of(listed)
    usual = catalogue.by_id()
    editions_of: dict[int, tuple[Mapping[str, Control], list[int]]] = {}
    for pk in listed:
        controls = by_client.get(pk, usual)
        editions_of.setdefault(id(controls), (controls, []))[1].append(pk)
    weight = models.Case(
        *(
            models.When(client__in=members, control__in=ids, then=models.Value(worth))
            for controls, members in editions_of.values()
            for worth, ids in _by_weight(controls).items()
        ),
        default=models.Value(0),
    )
    old = timezone.now() - EVIDENCE_LASTS
    shown = ChecklistEvidence.objects.filter(item=OuterRef("pk"))
    stale = ~Exists(shown.filter(dated__gte=timezone.localdate() - EVIDENCE_LASTS)) & (
        Exists(shown) | Q(answered_at__lt=old)
    )
    halves = models.Case(
        models.When(Q(answer=Answer.YES) & stale, then=1),
        models.When(answer=Answer.YES, then=2),
        models.When(answer=Answer.PARTLY, then=1),
        default=0,
    )
    rows = (
        ChecklistItem.objects.filter(client__in=listed, retired_from=None)
        .exclude(answer=Answer.NOT_APPLICABLE, confirmed_at__isnull=False)
        .order_by()
        .annotate(weight=weight, halves=halves)
        .values_list("client_id")
        .annotate(
            whole=Sum("weight"),
            reached=Sum(F("weight") * F("halves")),
            said=Count("pk", filter=Q(answer__in=(Answer.YES, Answer.PARTLY, Answer.NO))),
        )
    )
    return {pk: 50 * reached // whole for pk, whole, reached, said in rows if whole and said}


def _by_weight(controls: Mapping[str, Control]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, control in controls.items():
        found.setdefault(control.weight, []).append(key)
    return found


def urgency(row: ChecklistRow) -> tuple[float, bool, int, date, str]:
    """The one order of actions, on every page and paper: by priority; of two alike, see below.

    First what a finding asks for, in the order in which findings name it, then what is due before.
    `plan.URGENT` says the same to the database.
    """
    finding, control = row.item.finding, row.item.control
    # A row of an earlier policy may name a finding that calls for other controls today.
    called = findings.PLACES.get((finding.key, control)) if finding is not None else None
    return (
        -row.item.priority,
        finding is None,
        findings.NOWHERE if called is None else called,
        row.item.due or date.max,
        control,
    )


def _asked_first(row: ChecklistRow) -> tuple[object, ...]:
    """As a list of questions: in an order that no answer changes."""
    return (row.item.finding_id is None, *urgency(row))


def of_client(client: Client) -> models.QuerySet[ChecklistItem]:
    """Rows of the client's checklist."""
    return items_with_figures(ChecklistItem.objects.filter(client=client))


def plain_of_client(client: Client) -> models.QuerySet[ChecklistItem]:
    """The same rows, for choosing some of them."""
    return ChecklistItem.objects.filter(client=client).select_related("client")


def row_of(item: ChecklistItem) -> ChecklistRow:
    """One row joined with its control."""
    return _row(item, timezone.localdate(), editions.controls_at(item.client))


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What of the client's own brings a control in, and the steps that are about it."""

    reasons: advice.Reasons
    steps: tuple[advice.Because, ...]


def tuned_to(client: Client, control: Control, *, plain: bool) -> Tuned:
    """Models, datasets and tools by name, with their facts and what an audit found of them."""
    assets = facts.known_of(client).assets
    return Tuned(
        reasons=advice.reasons(control, assets),
        steps=advice.steps(control, assets, plain=plain),
    )


def told(client: Client, listed: Iterable[ChecklistRow]) -> list[ChecklistRow]:
    """The rows, each with the most sensitive thing that brings it in, in one sentence."""
    assets = facts.known_of(client).assets
    found = ((row, advice.reasons(row.control, assets).named) for row in listed)
    return [replace(row, told=named[0].text if named else "") for row, named in found]


def begun(
    listed: Iterable[ChecklistRow], known: Sequence[Asset], *, model: AIModel | None
) -> list[ChecklistRow]:
    """The rows, each with its first step about that model, else about other things of the client.

    `known` is what is known of the client; of its models that one, or none.
    """
    own = [one for one in known if model is not None and (one.kind, one.pk) == ("model", model.pk)]

    def first(control: Control, *, plain: bool) -> str:
        told = advice.steps(control, own, plain=plain) or advice.steps(control, known, plain=plain)
        return told[0].text if told else ""

    return [
        replace(
            row,
            begin=first(row.control, plain=False),
            begin_plain=first(row.control, plain=True),
        )
        for row in listed
    ]
