"""The activity log as people read it: found, opened, told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import Refusal, Via
from audits.models import Activity, Client, ProviderActivity
from audits.queries import keys
from audits.queries import report as reports
from audits.queries.activity_content import Content, DamagedLineError, Line, content_of
from audits.queries.activity_words import (
    Change,
    changes,
    facts,
    kind_label,
    plain_sentence,
    sentence,
    verb_label,
)


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """Who did what and when, and everything else that is known of it."""

    line: Line
    content: Content
    who: str
    what: str
    problem: str = ""
    # In words for a client's own people: what these leave out stands among the facts.
    is_plain: bool = False

    @property
    def at(self) -> datetime:
        return self.line.at

    @property
    def via(self) -> str:
        return str(Via(self.line.via).label) if self.line.via else ""

    @property
    def is_refusal(self) -> bool:
        return self.line.verb in Refusal.values

    @property
    def changes(self) -> list[Change]:
        return changes(self.line, self.content)

    @property
    def facts(self) -> list[tuple[str, str]]:
        told = facts(self.content)
        if self.is_plain and self.line.verb == Refusal.REFUSED and not self.content.is_erased:
            return [(_("Page"), self.content.name), *told]
        return told

    @property
    def object(self) -> str:
        """The object as an address names it."""
        return f"{self.line.object_type}:{self.line.object_id}"

    @property
    def hash(self) -> str:
        return bytes(self.line.hash or b"").hex()


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for; empty means everything."""

    person: int | None = None
    verb: str = ""
    kind: str = ""
    object_id: int | None = None
    since: date | None = None
    until: date | None = None
    refused: bool = False

    def condition(self) -> Q:
        found = Q()
        if self.person is not None:
            found &= Q(actor=self.person)
        if self.verb:
            found &= Q(verb=self.verb)
        if self.kind:
            found &= Q(object_type=self.kind)
        if self.object_id is not None:
            found &= Q(object_id=self.object_id)
        if self.since is not None:
            found &= Q(at__gte=_midnight(self.since))
        if self.until is not None:
            found &= Q(at__lt=_midnight(self.until + timedelta(days=1)))
        if self.refused:
            found &= Q(verb__in=Refusal.values)
        return found


def _midnight(day: date) -> datetime:
    """The beginning of a day where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, kw_only=True)
class Log:
    """One chain, and the keys that open it."""

    rows: QuerySet[Any]
    known: Mapping[int, bytes] = field(repr=False)
    is_plain: bool = False
    # A control as its owner reads it; the rest of a line may be in the words of staff all the same.
    plain_controls: bool = False

    def found(self, filters: Filters) -> QuerySet[Any]:
        """The newest line first, each with its words still closed."""
        rows = self.rows.filter(filters.condition()).select_related("actor", "payload")
        return rows.order_by("-sequence", "-pk")

    def told(self, lines: Iterable[Line]) -> list[ActivityLine]:
        """Open the words of these lines."""
        return [_told(line, self) for line in lines]

    def people(self) -> list[tuple[int, str]]:
        """Everybody who is in the log."""
        rows = self.rows.exclude(actor_id=None).order_by()
        named = rows.values_list("actor_id", "actor__name", "actor__email").distinct()
        deleted = _("a deleted account")
        return sorted(
            ((pk, name or email or f"{deleted} ({pk})") for pk, name, email in named),
            key=lambda one: one[1].lower(),
        )

    def verbs_and_kinds(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What was done and to which kind of thing, each once, with its word."""
        pairs = list(self.rows.order_by().values_list("verb", "object_type").distinct())
        verbs = {verb: verb_label(verb) for verb, _kind in pairs}
        kinds = {kind: kind_label(kind) for _verb, kind in pairs}
        return _sorted(verbs), _sorted(kinds)


def _sorted(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(labels.items(), key=lambda one: one[1].lower())


def of_client(client: Client, *, is_plain: bool = False, plain_controls: bool = False) -> Log:
    return Log(
        rows=Activity.objects.filter(client=client).select_related("client"),
        known=keys.of_client(client),
        is_plain=is_plain,
        plain_controls=is_plain or plain_controls,
    )


def of_provider(provider_id: int) -> Log:
    rows = ProviderActivity.objects.filter(provider_id=provider_id)
    return Log(rows=rows, known=keys.of_provider(provider_id))


def latest(
    client: Client, limit: int = 10, *, with_held: bool = True, is_plain: bool = False
) -> list[ActivityLine]:
    """The newest lines of the client's log; its own people read of a held report once it is sent.

    A closed door that somebody stood before, mostly a mistyped address, is no news of the client.
    The whole log leaves no line out: whoever follows its chain would miss it.
    """
    log = of_client(client, is_plain=is_plain)
    rows = log.found(Filters()).exclude(verb=Refusal.REFUSED)
    if not with_held:
        rows = rows.exclude(object_type="report", object_id__in=reports.unsent(client).values("pk"))
    return log.told(rows[:limit])


def _told(line: Line, log: Log) -> ActivityLine:
    problem, is_plain = "", log.is_plain
    try:
        content = content_of(line, log.known)
    except DamagedLineError as error:
        content, problem = Content(), str(error)
    who = str(line.actor or content.actor or _nobody(line))
    told = plain_sentence if is_plain else sentence
    what = told(line, content, plain_controls=log.plain_controls)
    return ActivityLine(
        line=line, content=content, who=who, what=what, problem=problem, is_plain=is_plain
    )


def _nobody(line: Line) -> str:
    """Who stands there where no account does."""
    if line.actor_id is not None:
        return _("A deleted account")
    return _("Somebody") if line.verb == Refusal.LOG_IN_FAILED else _("The portal")
