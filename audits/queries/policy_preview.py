"""What another rating policy would change, before anybody saves it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ClientState, RatingBadge
from audits.guidance.strictness import Policy, Revision, Source
from audits.models import AIModel, Client
from audits.queries import rating_policy, risk
from audits.queries.risk import ModelRisk

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A model as it is rated today, and as it would be."""

    before: ModelRisk
    after: ModelRisk

    @property
    def is_sooner(self) -> bool:
        return _at(self.after) < _at(self.before)

    @property
    def is_later(self) -> bool:
        return _at(self.after) > _at(self.before)

    @property
    def is_overdue_by_it(self) -> bool:
        return _is_overdue(self.after) and not _is_overdue(self.before)

    @property
    def move(self) -> tuple[RatingBadge, RatingBadge, RatingBadge | None] | None:
        """Both badges, and what the model is then treated as; None where nothing moves."""
        severity = self.after.rating.severity
        if (self.before.badge, self.before.rating.severity) == (self.after.badge, severity):
            return None
        treated = RatingBadge(severity.value) if severity is not None else None
        return self.before.badge, self.after.badge, treated


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Every model in view under both policies."""

    changes: list[Change]

    @property
    def sentences(self) -> list[str]:
        """What would change, the biggest move first; one sentence where nothing does."""
        moved = Counter(one.move for one in self.changes if one.move is not None)
        told = [_moved(*move, count) for move, count in moved.most_common()]
        told += self._days()
        return told or [_("No model would be rated otherwise today.")]

    def _days(self) -> list[str]:
        """How many models would have to be acted on by another day, where any would."""
        sooner = sum(one.is_sooner for one in self.changes)
        later = sum(one.is_later for one in self.changes)
        overdue = sum(one.is_overdue_by_it for one in self.changes)
        told = (
            (
                sooner,
                ngettext(
                    "%(n)s model would have to be acted on by an earlier day.",
                    "%(n)s models would have to be acted on by an earlier day.",
                    sooner,
                ),
            ),
            (
                later,
                ngettext(
                    "%(n)s model would have more time than today.",
                    "%(n)s models would have more time than today.",
                    later,
                ),
            ),
            (
                overdue,
                ngettext(
                    "%(n)s model would be overdue at once.",
                    "%(n)s models would be overdue at once.",
                    overdue,
                ),
            ),
        )
        return [words % {"n": count} for count, words in told if count]


def _moved(before: RatingBadge, after: RatingBadge, treated: RatingBadge | None, count: int) -> str:
    named = {"n": count, "before": before.label, "after": after.label}
    if before != after:
        return (
            ngettext(
                "%(n)s model would move from %(before)s to %(after)s.",
                "%(n)s models would move from %(before)s to %(after)s.",
                count,
            )
            % named
        )
    return ngettext(
        "%(n)s model would stay %(after)s and be treated as %(treated)s.",
        "%(n)s models would stay %(after)s and be treated as %(treated)s.",
        count,
    ) % {**named, "treated": treated.label if treated is not None else ""}


def _at(found: ModelRisk) -> datetime:
    return found.deadline.at if found.deadline is not None else _NEVER


def _is_overdue(found: ModelRisk) -> bool:
    return found.deadline is not None and found.deadline.is_overdue


def compare(
    listed: Iterable[AIModel], *, before: Mapping[int, Policy], after: Mapping[int, Policy]
) -> Preview:
    """Rate every model by both, with what speaks for them read once."""
    found = risk.measured(listed)
    then = {one.model.pk: one for one in risk.rated(found, after)}
    return Preview(
        changes=[Change(before=one, after=then[one.model.pk]) for one in risk.rated(found, before)]
    )


def of_revision(proposed: Revision, *, provider_id: int, client: Client | None) -> Preview:
    """What a provider's next policy would change at its clients in scope, or a client's own."""
    everybody = risk.in_use().filter(provider_id=provider_id)
    rows = everybody.exclude(client__state=ClientState.ARCHIVED)
    listed = list(rows if client is None else rows.filter(client=client))
    before = rating_policy.of_models(listed)
    return compare(
        listed, before=before, after={pk: _with(policy, proposed) for pk, policy in before.items()}
    )


def _with(policy: Policy, proposed: Revision) -> Policy:
    """The policy with this revision in the place of the one that it follows."""
    others = [one for one in policy.revisions if one.source != proposed.source]
    own = [proposed] if proposed.asked.is_anything else []
    order = list(Source)
    return Policy(revisions=tuple(sorted((*others, *own), key=lambda one: order.index(one.source))))
