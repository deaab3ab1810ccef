"""Rows that belong to a provider itself, for the cast."""

import hashlib
import json
from collections.abc import Iterable
from typing import TypedDict

from django.utils import timezone

from audits import storage, tenancy
from audits.enums import FleetColumn, JobState, ProviderJobKind, ReportKind
from audits.models import (
    Client,
    FleetTable,
    FleetView,
    PortfolioReport,
    Provider,
    ProviderJob,
    ProviderJobUnit,
    SignOn,
    SignOnAddress,
    SignOnIdentity,
    User,
)
from audits.reports.document import Document, Section, Table
from audits.services import keys

PDF = b"%PDF-1.7 of a portfolio"


class SignOnCast(TypedDict):
    sign_on: SignOn
    sign_on_address: SignOnAddress
    sign_on_identity: SignOnIdentity


class FleetCast(TypedDict):
    fleet_table: FleetTable
    fleet_view: FleetView


class PortfolioCast(TypedDict):
    portfolio_report: PortfolioReport
    provider_job: ProviderJob
    provider_job_unit: ProviderJobUnit


def portfolio_of(provider: Provider, user: User, clients: Iterable[Client]) -> PortfolioCast:
    """A portfolio report over these clients, and the work that made it."""
    covered = list(clients)
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        job = ProviderJob.objects.create(
            provider=provider,
            kind=ProviderJobKind.PORTFOLIO,
            object_id=0,
            key="portfolio",
            state=JobState.SUCCEEDED,
        )
        report = PortfolioReport.objects.create(
            provider=provider,
            number=1,
            covers=[client.pk for client in covered],
            whole=True,
            job=job,
            data=_said(provider, covered),
            sha256=hashlib.sha256(PDF).hexdigest(),
            size=len(PDF),
            created_by=user,
        )
        job.object_id = report.pk
        job.save(update_fields=["object_id"])
        key = keys.of_provider(provider.pk)[1]
        report.sealed = storage.seal(PDF, key=key, bound=job.seal_context)
        report.save(update_fields=["sealed"])
        unit = ProviderJobUnit.objects.create(
            provider=provider,
            job=job,
            name="render",
            index=0,
            state=JobState.SUCCEEDED,
            queued_at=timezone.now(),
        )
    return {"portfolio_report": report, "provider_job": job, "provider_job_unit": unit}


def _said(provider: Provider, clients: Iterable[Client]) -> dict[str, object]:
    rows = tuple((client.name, "High") for client in clients)
    document = Document(
        kind=ReportKind.PORTFOLIO,
        language="en",
        made_at="2031-01-01T00:00:00+00:00",
        title="Portfolio report",
        report_number="P-0001",
        provider=provider.name,
        client=provider.name,
        subject="Portfolio of clients",
        data_as_of="1 January 2031",
        template="Portfolio report, version 2",
        facts=(),
        sections=(
            Section(
                key="everybody",
                title="All clients",
                tables=(Table(caption="Worst first", headers=("Client", "Rating"), rows=rows),),
            ),
        ),
        footer="For the staff.",
    )
    said: dict[str, object] = json.loads(document.to_json())
    return said


def fleet_of(provider: Provider, user: User) -> FleetCast:
    """How a person set up the fleet: every column, and a view with a name."""
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        own = {"provider": provider, "user": user}
        return {
            "fleet_table": FleetTable.objects.create(**own, columns=FleetColumn.values, size=50),
            "fleet_view": FleetView.objects.create(**own, name="By name", query="sort=name"),
        }


def sign_on_of(provider: Provider, user: User) -> SignOnCast:
    """Single sign-on that is open, with one person who came that way."""
    issuer = f"https://login.house-{provider.pk}.example"
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        return {
            "sign_on": SignOn.objects.create(
                provider=provider, issuer=issuer, client_id="portal", allowed_domains=["a.example"]
            ),
            "sign_on_address": SignOnAddress.objects.create(
                provider=provider, slug=f"quay-{provider.pk}", is_open=True
            ),
            "sign_on_identity": SignOnIdentity.objects.create(
                provider=provider, issuer=issuer, subject="0001", user=user
            ),
        }
