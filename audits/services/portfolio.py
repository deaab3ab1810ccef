"""Asking for a portfolio report: everything it says is decided and frozen here, once."""

import io
import json
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import access, storage, tenancy
from audits.access import Actor
from audits.enums import ACTIVE_STATES, ProviderJobKind, StartedBy
from audits.models import PortfolioReport, Provider, ProviderJob, User
from audits.queries import portfolio as portfolios
from audits.queries import portfolio_figures, report_portfolio
from audits.reports import seal
from audits.reports.document import Document
from audits.services import activity, job, keys, limits, report_seal
from audits.services.errors import NotPossible


def preview(*, actor: Actor, left_out: frozenset[str]) -> Document:
    """The report as it would be made now; nothing is written. Raises NotPossible as `make` does."""
    provider_id = access.provider_of(actor)
    _refuse_made_up(Provider.objects.get(pk=provider_id))
    with tenancy.narrowed(
        provider_id=provider_id, client_ids=access.looked_after(actor), provider_rows=True
    ):
        frame = portfolios.frame_of(
            provider_id,
            maker=actor.user,
            whole=actor.all_clients,
            left_out=left_out,
            now=timezone.now(),
        )
        return report_portfolio.document(portfolio_figures.of_scope(frame))


@transaction.atomic
def make(
    *, actor: Actor, left_out: frozenset[str], check_at: str = "", started_by: str = StartedBy.WEB
) -> PortfolioReport:
    """Freeze a report over the clients that the actor looks after, and queue its PDF.

    `check_at` is the address, as people type it, at which anybody can check the file. Raises
    NotPossible where there is no client to report on, and TooMany where the person had as many
    PDFs as an hour allows.
    """
    provider_id = access.provider_of(actor)
    # One number at a time.
    house = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    _refuse_made_up(house)
    limits.spend_pdf(actor=actor.user)  # before every client is read, which is what costs
    code = seal.draw()
    with tenancy.narrowed(
        provider_id=provider_id, client_ids=access.looked_after(actor), provider_rows=True
    ):
        frame = portfolios.frame_of(
            provider_id,
            maker=actor.user,
            whole=actor.all_clients,
            left_out=left_out,
            now=timezone.now(),
            code=code,
            check_at=check_at,
        )
        found = portfolio_figures.of_scope(frame)
        content = report_portfolio.document(found)
    if not found.rows:
        raise NotPossible(_("There is no client to report on yet."))
    report_seal.begin(code)
    report = PortfolioReport.objects.create(
        provider_id=provider_id,
        number=frame.number,
        covers=found.covers,
        whole=actor.all_clients,
        data=json.loads(content.to_json()),
        logo=bytes(house.logo),
        created_by=actor.user,
    )
    report.job = job.start_at_provider(
        provider_id=provider_id,
        actor=actor.user,
        kind=ProviderJobKind.PORTFOLIO,
        object_id=report.pk,
        key=f"portfolio-{report.pk}",
        steps=1,
        started_by=started_by,
    )
    report.save(update_fields=["job"])
    _log(report, "requested", actor.user, {"clients": len(found.covers)})
    return report


@transaction.atomic
def cancel(*, report: PortfolioReport, actor: User) -> ProviderJob:
    """Ask the making of a report to stop; it stays in the archive, without a PDF.

    Raises NotPossible where it has ended.
    """
    if report.job is None or report.job.state not in ACTIVE_STATES:
        raise NotPossible(_("It has ended already: there is nothing to stop."))
    stopped = job.cancel(report.job)
    _log(report, "cancelled", actor, {})
    return stopped


@transaction.atomic
def hand_out(*, report: PortfolioReport, actor: User) -> BinaryIO:
    """Open the PDF for a person to take away, and write down who took it.

    Raises NotPossible while there is none.
    """
    if not report.is_made or report.job is None:
        raise NotPossible(_("There is no file to download here."))
    _key_id, key = keys.of_provider(report.provider_id)
    plain = storage.unseal(bytes(report.sealed), key=key, bound=report.job.seal_context)
    _log(report, "downloaded", actor, {"sha256": report.sha256})
    return io.BytesIO(plain)


def _refuse_made_up(house: Provider) -> None:
    if house.synthetic:
        raise NotPossible(_("Data made up for load tests enter no report."))


def _log(report: PortfolioReport, verb: str, actor: User, details: dict[str, object]) -> None:
    activity.record_at_provider(
        provider_id=report.provider_id, actor=actor, verb=verb, obj=report, details=details
    )
