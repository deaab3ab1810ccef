"""Further tables to take away: reports, people of a provider, keys of the API, frameworks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from audits.enums import RatingBadge
from audits.guidance.frameworks import Framework
from audits.models import PortfolioReport, Report
from audits.queries.api_token import TokenRow
from audits.queries.checklist import ChecklistRow
from audits.queries.framework import Line
from audits.queries.listings import Column, Listing
from audits.queries.team import Colleague


def _day(moment: datetime | None) -> str | None:
    return timezone.localdate(moment).isoformat() if moment is not None else None


def _rating(badge: str) -> str | None:
    return str(RatingBadge(badge).label) if badge else None


REPORTS: Final = Listing[Report](
    "reports",
    (
        Column("report", lambda row: str(row.data["report_number"])),
        Column("kind", lambda row: str(row.get_kind_display())),
        Column("about", lambda row: row.subject),
        Column(
            "rating_in_it", lambda row: str(RatingBadge(row.badge).label) if row.badge else None
        ),
        Column("state", lambda row: str(row.get_state_display())),
        Column("held_for_review", lambda row: "yes" if row.held else "no", staff=True),
        Column("made", lambda row: _day(row.created_at)),
        Column("made_by", lambda row: str(row.created_by or "") or None),
        Column("sent", lambda row: _day(row.sent_at)),
        Column("sha256", lambda row: row.file.sha256 if row.file is not None else None),
    ),
)

PORTFOLIOS: Final = Listing[PortfolioReport](
    "portfolio-reports",
    (
        Column("report", lambda row: str(row.data["report_number"])),
        Column("clients", lambda row: len(row.covers)),
        Column("every_client", lambda row: "yes" if row.whole else "no"),
        Column("made", lambda row: _day(row.created_at)),
        Column("made_by", lambda row: str(row.created_by or "") or None),
        Column("superseded", lambda row: _day(row.superseded_at)),
        Column("sha256", lambda row: row.sha256 or None),
    ),
)

TEAM: Final = Listing[Colleague](
    "team",
    (
        Column("name", lambda row: row.held.user.name or None),
        Column("email", lambda row: row.held.user.email),
        Column("role", lambda row: str(row.held.get_role_display())),
        Column("every_client", lambda row: "yes" if row.held.all_clients else "no"),
        Column("clients", lambda row: ", ".join(one.name for one in row.clients)),
        Column("groups", lambda row: ", ".join(one.name for one in row.groups)),
        Column("second_factor", lambda row: "yes" if row.has_second_factor else "no"),
        Column("last_seen", lambda row: _day(row.held.seen_at)),
    ),
)

# What a token is called and may do; the token itself is kept nowhere, so no file can have it.
TOKENS: Final = Listing[TokenRow](
    "api-tokens",
    (
        Column("name", lambda row: row.name),
        Column("begins_with", lambda row: row.prefix),
        Column("person", lambda row: row.person),
        Column("state", lambda row: str(row.state.label)),
        Column("may", lambda row: ", ".join(row.scopes)),
        Column("clients", lambda row: ", ".join(row.clients) if row.is_narrowed else "all"),
        Column("made", lambda row: _day(row.created_at)),
        Column("ends", lambda row: _day(row.expires_at)),
        Column("last_used", lambda row: _day(row.last_used_at)),
        Column("last_used_from", lambda row: row.last_used_from),
    ),
)


FRAMEWORKS: Final = Listing[Framework](
    "frameworks",
    (
        Column("framework", lambda row: row.name),
        Column("title", lambda row: row.title),
        Column("publisher", lambda row: row.publisher),
        Column("about", lambda row: row.about),
        Column("link", lambda row: row.link),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Supported:
    """A passage and one of the client's own rows that supports it."""

    reference: str
    row: ChecklistRow


def supported(lines: list[Line]) -> Iterator[Supported]:
    """A row for each passage and each control that supports it."""
    return (Supported(reference=one.reference, row=row) for one in lines for row in one.rows)


def framework(*, plain: bool) -> Listing[Supported]:
    """The crosswalk in the words of its reader: an owner's are plain."""
    return Listing[Supported](
        "framework",
        (
            Column("passage", lambda one: one.reference),
            Column("control", lambda one: one.row.control.id),
            Column("question", lambda one: one.row.control.words(plain=plain).title),
            Column("answer", lambda one: str(one.row.item.get_answer_display())),
            Column("evidence", lambda one: one.row.evidence),
            Column("answered", lambda one: _day(one.row.item.answered_at)),
        ),
    )
