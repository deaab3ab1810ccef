"""Asking for a report: everything it says is decided and frozen here, once."""

import json

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import JobKind, StartedBy
from audits.models import Client, Report, User
from audits.queries import branding, report_content
from audits.queries.report_content import Wish
from audits.reports import seal
from audits.services import activity, job, limits, report_seal
from audits.services.errors import NotPossible


@transaction.atomic
def make(
    *,
    client: Client,
    wish: Wish,
    actor: User | None,
    check_at: str = "",
    started_by: str = StartedBy.WEB,
) -> Report:
    """Freeze a report and queue its PDF.

    `check_at` is the address, as people type it, at which anybody can check the file. Raises
    NotPossible where there is nothing to report on, and TooMany where the person had as many as an
    hour allows.
    """
    locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # one number at a time
    if locked.synthetic:
        raise NotPossible(_("Data made up for load tests enter no report."))
    limits.spend_pdf(actor=actor)  # before it is put together, which is what costs
    code = seal.draw()
    frame = report_content.frame_of(client, wish, now=timezone.now(), code=code, check_at=check_at)
    content = report_content.worded(wish, frame)
    if content is None:
        raise NotPossible(report_content.missing(wish))
    report_seal.begin(code)
    report = Report.objects.create(
        provider_id=client.provider_id,
        client=client,
        number=frame.number,
        kind=wish.kind,
        audit=wish.audit,
        tool=wish.tool,
        period_start=wish.period.first if wish.period else None,
        period_end=wish.period.last if wish.period else None,
        held=wish.is_held,
        data=json.loads(content.to_json()),
        logo=branding.logo_of(frame.house, client),
        created_by=actor,
    )
    report.job = job.start(
        client=client,
        actor=actor,
        kind=JobKind.REPORT,
        object_id=report.pk,
        key=f"report-{report.pk}",
        steps=1,
        started_by=started_by,
    )
    report.save(update_fields=["job"])
    activity.record(
        client=client,
        actor=actor,
        verb="requested",
        obj=report,
        details={"model": wish.about, "kind": str(wish.kind.label)},
    )
    return report
