"""Portfolio reports of a provider: the archive, who may read what of it, and the next one."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, QuerySet

from audits.enums import SECTIONS_OF, ReportKind
from audits.models import PortfolioReport, User
from audits.queries import branding
from audits.queries.report_frame import HouseFrame


def of_provider(
    provider_id: int, *, clients: Collection[int], every_client: bool
) -> QuerySet[PortfolioReport]:
    """Reports that somebody may read who looks after these clients, newest first.

    One that speaks of any other client is not among them, nor one that says it covers every
    client, also where it was made by that very person; who may open every client of the provider
    reads every report.
    """
    rows = PortfolioReport.objects.filter(provider_id=provider_id)
    if not every_client:
        rows = rows.filter(whole=False, covers__contained_by=sorted(clients))
    return rows.select_related("job", "created_by").defer("logo", "sealed").order_by("-number")


def next_number(provider_id: int) -> int:
    rows = PortfolioReport.objects.filter(provider_id=provider_id)
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def frame_of(
    provider_id: int,
    *,
    maker: User,
    whole: bool,
    left_out: frozenset[str],
    now: datetime,
    code: str = "",
    check_at: str = "",
) -> HouseFrame:
    """The frame of the provider's next report."""
    known = {one.value for one in SECTIONS_OF[ReportKind.PORTFOLIO]}
    return HouseFrame(
        house=branding.provider(provider_id),
        number=next_number(provider_id),
        now=now,
        code=code,
        check_at=check_at,
        left_out=left_out & known,
        maker=str(maker),
        whole=whole,
    )
