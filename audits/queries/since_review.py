"""What has changed at a client since its last review: worked out from rows that are kept anyway."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from audits.enums import Answer, RatingBadge, ReportKind, Trend
from audits.models import AIModel, AITool, Audit, Client, Report
from audits.queries import fleet_risk
from audits.queries.checklist import ChecklistRow
from audits.queries.narrowing import named
from audits.queries.risk_history import History
from audits.queries.risk_order import Placed

WITHOUT_A_REPORT: Final = timedelta(days=90)
# What looks back at a client; a sheet about a tool or the figures of one audit review nothing.
REVIEWS: Final = (ReportKind.OWNER_SUMMARY, ReportKind.QUARTER)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A model whose rating is another one than at the last review."""

    model: AIModel
    before: RatingBadge
    now: RatingBadge

    @property
    def trend(self) -> Trend:
        return fleet_risk.trend(self.now, self.before)


@dataclass(frozen=True, kw_only=True)
class SinceReview:
    """What is new since the newest review that was sent, or else within the last 90 days.

    Of what was audited and added the names, the newest audit first.
    """

    since: datetime
    report: Report | None
    audits: list[str]
    moved: list[Moved]
    models: list[str]
    tools: list[str]
    done: list[ChecklistRow]

    @property
    def moment(self) -> str:
        """Since when, as the addresses of the lists behind the counts name it."""
        return named(self.since)

    @property
    def audited(self) -> list[str]:
        """The models that were audited, each once."""
        return list(dict.fromkeys(self.audits))

    @property
    def is_quiet(self) -> bool:
        return not (self.audits or self.moved or self.models or self.tools or self.done)


def of_client(
    client: Client,
    *,
    models: list[Placed],
    history: History,
    checklist: list[ChecklistRow],
) -> SinceReview:
    """Compare what is known today with what was known at the last review, in three queries.

    A report that was never sent reviews nothing, for staff neither; one that was sent does, also
    where a newer one has put it aside since.
    """
    sent = Report.objects.filter(
        client=client, kind__in=REVIEWS, file__isnull=False, sent_at__isnull=False
    )
    report = sent.defer("logo").order_by("-created_at", "-pk").first()
    since = report.created_at if report is not None else _days_ago()
    before = history.badges(since)
    audits = Audit.objects.filter(client=client, completed_at__gt=since).order_by("-pk")
    tools = AITool.objects.filter(client=client, created_at__gt=since).order_by("name")
    return SinceReview(
        since=since,
        report=report,
        audits=list(audits.values_list("model_version__model__name", flat=True)),
        moved=[
            Moved(model=one.model, before=before[one.model.pk], now=one.badge)
            for one in models
            if before.get(one.model.pk, one.badge) != one.badge
        ],
        models=[one.model.name for one in models if one.model.created_at > since],
        tools=list(tools.values_list("name", flat=True)),
        done=[row for row in checklist if _was_done(row, since)],
    )


def _was_done(row: ChecklistRow, since: datetime) -> bool:
    answered = row.item.answered_at
    return row.item.answer == Answer.YES and answered is not None and answered > since


def _days_ago() -> datetime:
    """The beginning of a day, so that what a page asks for is the same all day long."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - WITHOUT_A_REPORT
