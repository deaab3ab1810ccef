"""How the models of a client were rated at any time, from the audits that are stored."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple, cast

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import Outcome, Preset, RatingBadge
from audits.models import AIModel, Audit, Client, ModelVersion, RatingPolicy
from audits.queries.risk import BADGE_ORDER
from audits.queries.risk_speaking import AUDIT_LASTS

SHOWN: Final = timedelta(days=2 * 365)


class Past(NamedTuple):
    """A finished audit: what it said, of which version, and with which attacks it was measured."""

    pk: int
    version: int
    at: datetime
    outcome: str
    badge: RatingBadge
    engine_version: str
    house_policy: str
    reached: str
    is_quick: bool

    def rank(
        self, fresh_from: datetime, done: "Sequence[Past]"
    ) -> tuple[bool, int, bool, bool, bool, datetime, int]:
        """As `risk_speaking` orders audits: the greatest one speaks for its model at a time.

        What is older than `fresh_from` had run out by then; `done` are those that there were.
        """
        return (
            self.outcome != Outcome.INVALID,
            self.version,
            self.at >= fresh_from,
            self.outcome != Outcome.INCONCLUSIVE,
            not (self.is_quick and any(one.outdoes(self, fresh_from) for one in done)),
            self.at,
            self.pk,
        )

    def outdoes(self, quick: "Past", fresh_from: datetime) -> bool:
        """Whether this one looked harder at the same version and found as much."""
        settled = self.outcome not in (Outcome.INVALID, Outcome.INCONCLUSIVE)
        same = self.version == quick.version and not self.is_quick
        return settled and same and self.at >= fresh_from and self.reached >= quick.reached


@dataclass(frozen=True, kw_only=True)
class ModelPast:
    """One model with its finished audits and the days on which its versions came."""

    model: AIModel
    audits: list[Past]
    versions: list[tuple[int, datetime]]

    def badge(self, at: datetime) -> RatingBadge | None:
        """The rating at a time, as audits said it then; None before the model was entered."""
        if self.model.created_at > at:
            return None
        done = [one for one in self.audits if one.at <= at]
        if not done:
            return RatingBadge.UNTESTED
        fresh_from = at - AUDIT_LASTS
        speaks = max(done, key=lambda one: one.rank(fresh_from, done)) if len(done) > 1 else done[0]
        measured = speaks.outcome != Outcome.INVALID
        newer = any(number > speaks.version and came <= at for number, came in self.versions)
        is_old = speaks.at < fresh_from or newer
        return RatingBadge.EXPIRED if measured and is_old else speaks.badge

    def steps(self, until: datetime) -> Iterator[tuple[datetime, RatingBadge]]:
        """The rating after everything that may have changed it, in the order of time."""
        moments = {self.model.created_at, *(came for _number, came in self.versions)}
        for one in self.audits:
            moments |= {one.at, one.at + AUDIT_LASTS + timedelta(seconds=1)}
        for moment in sorted(moments):
            if moment <= until and (badge := self.badge(moment)) is not None:
                yield moment, badge


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A day from which figures were made otherwise than before: other attacks, another policy."""

    at: datetime
    engine_version: str = ""
    house_policy: str = ""
    revision: RatingPolicy | None = None

    @property
    def words(self) -> str:
        """What is measured or judged otherwise from that day on."""
        told = []
        if self.engine_version:
            told.append(_("Attacks of version %(version)s") % {"version": self.engine_version})
        if self.house_policy:
            told.append(_("Verdict policy %(version)s") % {"version": self.house_policy})
        if self.revision is not None:
            number = {"number": self.revision.number}
            own = self.revision.client_id is not None
            told.append(
                (_("Rating policy of this client, revision %(number)s") % number)
                if own
                else (_("Rating policy of the provider, revision %(number)s") % number)
            )
        return ", ".join(told)


@dataclass(frozen=True, kw_only=True)
class History:
    """The past of some models of one client."""

    client: Client
    models: list[ModelPast]
    revisions: list[RatingPolicy]

    @property
    def first(self) -> datetime | None:
        """When the first audit was finished; None while nothing has been measured."""
        return min((one.at for past in self.models for one in past.audits), default=None)

    def badges(self, at: datetime) -> dict[int, RatingBadge]:
        """How each model that there was stood at a time, by model id."""
        found = {past.model.pk: past.badge(at) for past in self.models}
        return {pk: badge for pk, badge in found.items() if badge is not None}

    def steps(self, until: datetime) -> list[tuple[datetime, RatingBadge]]:
        """The worst rating whenever it changed, from the first finished audit on."""
        changes = sorted(
            (at, past.model.pk, badge) for past in self.models for at, badge in past.steps(until)
        )
        first = self.first
        now: dict[int, RatingBadge] = {}
        standing: Counter[RatingBadge | None] = Counter()
        found: list[tuple[datetime, RatingBadge]] = []
        for at, pk, badge in changes:
            standing[now.get(pk)] -= 1
            standing[badge] += 1
            now[pk] = badge
            worst = next(one for one in BADGE_ORDER if standing[one] > 0)
            if first is None or at < first or (found and found[-1][1] == worst):
                continue
            if found and found[-1][0] == at:
                found.pop()
            found.append((at, worst))
        return found

    def marks(self) -> list[Mark]:
        """When the attacks, the policy of the house or one of ours changed, in order of time."""
        done = sorted((one for past in self.models for one in past.audits), key=lambda one: one.at)
        found = []
        for before, after in pairwise(done):
            engine = after.engine_version if after.engine_version != before.engine_version else ""
            house = after.house_policy if after.house_policy != before.house_policy else ""
            if engine or house:
                found.append(Mark(at=after.at, engine_version=engine, house_policy=house))
        found += [Mark(at=row.recorded_at, revision=row) for row in self.revisions]
        return sorted(found, key=lambda one: one.at)


def of_models(client: Client, models: Iterable[AIModel]) -> History:
    """The past of these models of a client, in three queries however many there are."""
    listed = list(models)
    own = [one.pk for one in listed]
    audits: dict[int, list[Past]] = {}
    done = Audit.objects.filter(model_version__model__any_of=own, completed_at__isnull=False)
    rows = done.order_by("completed_at", "pk").values_list(
        "model_version__model_id",
        "pk",
        "model_version__number",
        "completed_at",
        "outcome",
        "badge",
        "engine_version",
        "house_policy",
        "reached",
        "preset",
    )
    for model, pk, number, at, outcome, badge, engine, house, reached, preset in rows:
        past = Past(
            pk=pk,
            version=number,
            at=cast("datetime", at),
            outcome=outcome,
            badge=RatingBadge(badge),
            engine_version=engine,
            house_policy=house,
            reached=reached,
            is_quick=preset == Preset.QUICK,
        )
        audits.setdefault(model, []).append(past)
    versions: dict[int, list[tuple[int, datetime]]] = {}
    came = ModelVersion.objects.filter(model__any_of=own).order_by()
    for model, number, at in came.values_list("model_id", "number", "created_at"):
        versions.setdefault(model, []).append((number, at))
    return History(
        client=client,
        models=[
            ModelPast(model=one, audits=audits.get(one.pk, []), versions=versions.get(one.pk, []))
            for one in listed
        ],
        revisions=_revisions(client),
    )


def _revisions(client: Client) -> list[RatingPolicy]:
    """What the provider and the client asked for beyond the house policy, as it came."""
    ours = Q(client=client) | Q(client=None, provider=client.provider_id)
    since = timezone.now() - SHOWN
    return list(RatingPolicy.objects.filter(ours, recorded_at__gte=since).order_by("pk"))
