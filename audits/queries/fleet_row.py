"""One client of the fleet: who it is, its figures, and what they say about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from audits.enums import ClientState, RatingBadge, Trend
from audits.models import ClientGroup, Membership
from audits.queries import fleet_reasons, fleet_risk, risk
from audits.queries.client_figures import Figures
from audits.queries.fleet_reasons import Reason
from audits.queries.fleet_risk import ClientRisk
from audits.queries.risk import Standing

BUCKETS = ("attention", "ok", "unknown")


class Listed(NamedTuple):
    """Of a client what the fleet shows, and what one can choose by: there are hundreds of them."""

    pk: int
    name: str
    slug: str
    industry: str
    contact_name: str
    state: str
    lead_id: int | None
    is_demo: bool
    synthetic: bool

    def get_state_display(self) -> str:
        """The word of the state, as a row of the database says it."""
        return str(ClientState(self.state).label)


@dataclass(frozen=True, kw_only=True)
class FleetRow:
    """One client as the fleet table shows it."""

    client: Listed
    groups: list[ClientGroup]
    lead: Membership | None
    figures: Figures
    # Nobody has counted anything about the client yet.
    is_uncounted: bool = False

    @property
    def risk(self) -> ClientRisk:
        return self.figures.risk

    @property
    def trend(self) -> Trend:
        return fleet_risk.trend(self.badge, self.figures.before)

    @property
    def expired_since(self) -> datetime | None:
        """Since when the rating has run out; None where something else says how it went."""
        ran_out = self.badge == RatingBadge.EXPIRED and self.trend == Trend.UNKNOWN
        return self.risk.expired_since if ran_out else None

    @property
    def tools(self) -> int:
        return self.figures.tools

    @property
    def tools_unreviewed(self) -> int:
        return self.figures.tools_unreviewed

    @property
    def last_audit(self) -> datetime | None:
        return self.figures.last_audit

    @property
    def checklist(self) -> int | None:
        return self.figures.checklist

    @property
    def open_actions(self) -> int:
        return self.figures.open_actions

    @property
    def overdue_actions(self) -> int:
        return self.figures.overdue_actions

    @property
    def overdue_reviews(self) -> int:
        """Models and AI tools whose day of the next review is over."""
        return self.figures.overdue_models + self.figures.overdue_tools

    @property
    def running_audits(self) -> int:
        return self.figures.running_audits

    @property
    def failed_audits(self) -> int:
        return self.figures.failed_audits

    @property
    def unstarted_audits(self) -> int:
        """Schedules whose last day could not start its audit."""
        return self.figures.unstarted_audits

    @property
    def last_report(self) -> datetime | None:
        return self.figures.last_report

    @property
    def counts(self) -> bool:
        """A prospect is shown and not counted."""
        return self.client.state == ClientState.ACTIVE

    @property
    def lead_name(self) -> str:
        return str(self.lead.user) if self.lead is not None else ""

    @property
    def models(self) -> int:
        return self.risk.models

    @cached_property
    def worst(self) -> Standing | None:
        return self.risk.worst

    @property
    def badge(self) -> RatingBadge | None:
        """The worst badge of the client's models; None without a model."""
        return self.worst.badge if self.worst is not None else None

    def shown_by(self, chosen: str) -> bool:
        """Say whether the row stays when this choice is made above the table."""
        if not self.counts:  # a figure leads to what it counts
            return False
        return self.bucket == chosen if chosen in BUCKETS else bool(_SHOWN[chosen](self))

    @property
    def is_reached(self) -> bool:
        """Say whether every model has a result that stands."""
        return 0 < self.models == self.risk.rated

    @cached_property
    def bucket(self) -> str:
        badly_rated = self.worst is not None and self.worst.needs_attention
        left_undone = self.overdue_actions or self.failed_audits or self.unstarted_audits
        if badly_rated or left_undone:
            return "attention"
        if self.badge is None or self.badge in risk.UNKNOWN:
            return "unknown"
        return "ok"

    @cached_property
    def reasons(self) -> list[Reason]:
        """Why somebody is to look at it, the gravest first; nobody looks after a prospect yet."""
        return fleet_reasons.of(self.figures) if self.counts and not self.is_uncounted else []

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        last = len(risk.BADGE_ORDER)
        place = self.worst.urgency if self.worst is not None else (last, last)
        return place, -self.open_actions, self.client.name.casefold()


# What keeps a row when a figure above the table is chosen: looked at for every row of a fleet.
_SHOWN: Mapping[str, Callable[[FleetRow], object]] = {
    "running": attrgetter("figures.running_audits"),
    "failed": attrgetter("figures.failed_audits"),
    "overdue": attrgetter("figures.overdue_actions"),
    "reviews": attrgetter("overdue_reviews"),
    "unreached": lambda row: not row.is_reached,
}
