"""What the fleet shows of each client: kept figures where they hold, counted anew elsewhere."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, Final, Self

from django.db.models import Exists, Max, Min, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from audits import tenancy
from audits.enums import RatingBadge
from audits.guidance import rating
from audits.guidance.strictness import MONTHS, Policy, span_of
from audits.models import (
    AIModel,
    AITool,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    ClientChange,
    ClientFigures,
)
from audits.queries import checklist as checklists
from audits.queries import fleet_figures, fleet_risk, rating_policy, risk_speaking
from audits.queries.fleet_risk import ClientRisk
from audits.queries.risk import Standing

# Raised whenever figures are counted otherwise than before: what older code kept is counted anew.
_LAYOUT = 7
# A figure that time alone changes is counted anew when it does; this bounds what nobody thought of.
_LONGEST = timedelta(days=1)
# Figures that a process remembers how to read, each by the very text that the database gave out.
_MOST_READ: Final = 4096
_TEXT: Final = Cast("figures", TextField())


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything about a client that takes more than its own row to know."""

    risk: ClientRisk = fleet_risk.NOTHING
    before: RatingBadge | None = None
    tools: int = 0
    tools_unreviewed: int = 0
    last_audit: datetime | None = None
    checklist: int | None = None
    open_actions: int = 0
    overdue_actions: int = 0
    overdue_models: int = 0
    overdue_tools: int = 0
    # Of what is overdue there the name of what has waited the longest.
    late_model: str = ""
    late_tool: str = ""
    running_audits: int = 0
    failed_audits: int = 0
    unstarted_audits: int = 0
    last_report: datetime | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "standings": [
                [one.badge.value, one.severity.value if one.severity is not None else None, count]
                for one, count in self.risk.standings.items()
            ],
            "expired_since": _text(self.risk.expired_since),
            "before": self.before.value if self.before is not None else None,
            "last_audit": _text(self.last_audit),
            "last_report": _text(self.last_report),
        } | {name: getattr(self, name) for name in _PLAIN}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        standings = {
            _standing(badge, severity): count for badge, severity, count in stored["standings"]
        }
        before = stored["before"]
        return cls(
            risk=ClientRisk(standings=standings, expired_since=_moment(stored["expired_since"])),
            before=RatingBadge(before) if before is not None else None,
            last_audit=_moment(stored["last_audit"]),
            last_report=_moment(stored["last_report"]),
            **{name: stored[name] for name in _PLAIN},
        )


_PLAIN = (
    "tools",
    "tools_unreviewed",
    "checklist",
    "open_actions",
    "overdue_actions",
    "overdue_models",
    "overdue_tools",
    "late_model",
    "late_tool",
    "running_audits",
    "failed_audits",
    "unstarted_audits",
)
NOTHING = Figures()
_NONE_LATE = fleet_figures.Late()


@cache
def _standing(badge: str, severity: str | None) -> Standing:
    return Standing(
        badge=RatingBadge(badge),
        severity=RatingBadge(severity) if severity is not None else None,
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


@lru_cache(maxsize=_MOST_READ)
def _read(text: str) -> Figures:
    """Take a text apart once: the same text means the same figures, whoever may read it."""
    return Figures.of(json.loads(text))


def basis_of(policy: Policy) -> str:
    """By which rules a client's figures are counted: a revision of a policy never changes."""
    asked = ",".join(f"{one.source.value} {one.number}" for one in policy.revisions)
    return f"{_LAYOUT} {rating.POLICY}: {asked}"


def bases() -> dict[int, str]:
    """The rules that hold for each client in scope."""
    return {pk: basis_of(policy) for pk, policy in rating_policy.of_everyone().items()}


def kept(holding: Mapping[int, str]) -> dict[int, Figures]:
    """The figures that still hold of these clients, in two queries.

    The changes are read first: what is kept after that can only be newer than they are.
    """
    changed = set(ClientChange.objects.order_by().values_list("client_id", flat=True).distinct())
    rows = ClientFigures.objects.filter(until__gt=timezone.now()).order_by()
    return {
        client: _read(text)
        for client, basis, text in rows.values_list("client_id", "basis", _TEXT)
        if client not in changed and basis == holding.get(client)
    }


@dataclass(frozen=True, kw_only=True)
class Known:
    """Figures at hand without counting; those of `behind` changed since, or were never kept."""

    figures: Mapping[int, Figures]
    behind: frozenset[int]


def known(holding: Mapping[int, str]) -> Known:
    """What is kept of these clients: where it holds no longer, as it was last counted."""
    found = kept(holding)
    behind = frozenset(holding.keys() - found.keys())
    return Known(figures=found | _last_counted(behind), behind=behind)


def _last_counted(clients: Collection[int]) -> dict[int, Figures]:
    if not clients:
        return {}
    rows = ClientFigures.objects.filter(client__in=clients, basis__startswith=f"{_LAYOUT} ")
    return {pk: _read(text) for pk, text in rows.values_list("client_id", _TEXT)}


@dataclass(frozen=True, kw_only=True)
class BarRating:
    """The rating of a client as the bar of its pages shows it: none without a model in use."""

    badge: RatingBadge | None


def bar_rating(client: Client) -> BarRating:
    """The rating as it stands now, as the page under the bar says it: two queries where it is kept.

    Where something was written since it was counted, or nobody has counted yet, the models of this
    one client are rated anew, by the database and in a handful of queries.
    """
    risk = _kept_risk(client)
    worst = (_risk_now(client) if risk is None else risk).worst
    return BarRating(badge=worst.badge if worst is not None else None)


def _kept_risk(client: Client) -> ClientRisk | None:
    """What is kept of its models, if it still holds."""
    basis = basis_of(rating_policy.of_client(client))
    changed = Exists(ClientChange.objects.filter(client=OuterRef("client")))
    rows = ClientFigures.objects.filter(
        ~changed, client=client, basis=basis, until__gt=timezone.now()
    )
    text = rows.order_by().values_list(_TEXT, flat=True).first()
    return _read(text).risk if text is not None else None


def _risk_now(client: Client) -> ClientRisk:
    """How its models stand; on pages of a client nothing else is in scope."""
    return fleet_risk.by_client().get(client.pk, fleet_risk.NOTHING)


def of_everyone() -> dict[int, Figures]:
    """The figures of every client in scope; counted where none that are kept still hold."""
    holding = bases()
    found = kept(holding)
    return found | counted(holding.keys() - found.keys())


def counted(clients: Collection[int]) -> dict[int, Figures]:
    """Count the figures of some of the clients in scope; the queries do not depend on how many."""
    if not clients:
        return {}
    provider = tenancy.current_scope().provider_id
    with tenancy.narrowed(provider_id=provider, client_ids=clients):
        return _counted(clients)


def _counted(clients: Collection[int]) -> dict[int, Figures]:
    risks = fleet_risk.by_client()
    before = fleet_risk.worst_at(timezone.now() - fleet_risk.TREND_SPAN)
    tools, unreviewed = fleet_figures.tools()
    open_actions, overdue = fleet_figures.actions(timezone.localdate())
    late_models, late_tools = fleet_figures.reviews(timezone.localdate())
    running, failed = fleet_figures.audit_jobs()
    unstarted = fleet_figures.unstarted_audits()
    audits, reports = fleet_figures.last_audits(), fleet_figures.last_reports()
    scores = checklists.percents(clients)
    return {
        pk: Figures(
            risk=risks.get(pk, fleet_risk.NOTHING),
            before=before.get(pk),
            tools=tools.get(pk, 0),
            tools_unreviewed=unreviewed.get(pk, 0),
            last_audit=audits.get(pk),
            checklist=scores.get(pk),
            open_actions=open_actions.get(pk, 0),
            overdue_actions=overdue.get(pk, 0),
            overdue_models=late_models.get(pk, _NONE_LATE).number,
            overdue_tools=late_tools.get(pk, _NONE_LATE).number,
            late_model=late_models.get(pk, _NONE_LATE).name,
            late_tool=late_tools.get(pk, _NONE_LATE).name,
            running_audits=running[pk],
            failed_audits=failed[pk],
            unstarted_audits=unstarted[pk],
            last_report=reports.get(pk),
        )
        for pk in clients
    }


def holds_until(clients: Collection[int]) -> dict[int, datetime]:
    """Until when the figures of these clients hold if nobody writes anything, in five queries."""
    now, today = timezone.now(), timezone.localdate()
    found = dict.fromkeys(clients, now + _LONGEST)
    for pk, moment in (
        *_of_audits(clients, now),
        *_of_items(clients, now, today),
        *_of_reviews(AIModel, clients, today),
        *_of_reviews(AITool, clients, today),
    ):
        found[pk] = min(found[pk], moment)
    for pk, dated in _oldest_evidence(clients, today):
        found[pk] = min(found[pk], _start_of(dated + checklists.EVIDENCE_LASTS) + timedelta(days=1))
    return found


def _of_audits(clients: Collection[int], now: datetime) -> Iterable[tuple[int, datetime]]:
    """When the next audit of a client gets older than something that a rating looks at."""
    spans = [span_of(months) for months in MONTHS]
    spans += [fleet_risk.TREND_SPAN, fleet_risk.TREND_SPAN + risk_speaking.AUDIT_LASTS]
    oldest = {
        f"within_{place}": Min("completed_at", filter=Q(completed_at__gte=now - span))
        for place, span in enumerate(spans)
    }
    rows = Audit.objects.filter(client__in=clients).order_by().values_list("client_id")
    for pk, *moments in rows.annotate(**oldest):
        for moment, span in zip(moments, spans, strict=True):
            if moment is not None:
                yield pk, moment + span


def _of_items(
    clients: Collection[int], now: datetime, today: date
) -> Iterable[tuple[int, datetime]]:
    """When the next action of a client is overdue, or the next answer of its counts half."""
    rows = (
        ChecklistItem.objects.filter(client__in=clients)
        .order_by()
        .values_list("client_id")
        .annotate(
            due=Min("due", filter=Q(due__gte=today)),
            answered=Min("answered_at", filter=Q(answered_at__gte=now - checklists.EVIDENCE_LASTS)),
        )
    )
    for pk, due, answered in rows:
        if due is not None:
            yield pk, _start_of(due + timedelta(days=1))
        if answered is not None:
            yield pk, answered + checklists.EVIDENCE_LASTS


def _of_reviews(
    reviewed: type[AIModel | AITool], clients: Collection[int], today: date
) -> Iterable[tuple[int, datetime]]:
    """When the next review of something of a client is overdue."""
    rows = reviewed.objects.filter(client__in=clients, next_review__gte=today).order_by()
    for pk, day in rows.values_list("client_id").annotate(day=Min("next_review")):
        yield pk, _start_of(day + timedelta(days=1))


def _oldest_evidence(clients: Collection[int], today: date) -> Iterable[tuple[int, date]]:
    """Of what shows each control the newest, and of those the one that ages first."""
    newest = (
        ChecklistEvidence.objects.filter(client__in=clients)
        .order_by()
        .values_list("client_id", "item")
        .annotate(last=Max("dated"))
        .filter(last__gte=today - checklists.EVIDENCE_LASTS)
    )
    for pk, _item, last in newest:
        yield pk, last


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
