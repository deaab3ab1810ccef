"""What reports cost: from the moment somebody asks until the PDF lies there, sealed.

Services, locked child and typesetter are the real ones. The clients are ordinary rows, made as for
load tests but at a provider without their mark: with it none could enter a report.
`MIA_BENCH_REPORTS` is another number of clients.
"""

import hashlib
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from audits import access, tasks, tenancy
from audits.enums import JobState, SealVerdict
from audits.models import Audit, Client, JobUnit, PortfolioReport, ProviderJobUnit, Report
from audits.queries import report_seal
from audits.services import portfolio, scale_plan, seed_scale
from audits.services import provider as providers
from audits.services.seed_scale import House
from tests.summaries import owner_summary

CLIENTS = int(os.environ.get("MIA_BENCH_REPORTS", "500"))
MODELS, AUDITS = 5, 12  # of each client, on average
TIMES = {"owner summary": 5, "portfolio report": 3}
# Seconds that one is to take at most.
TARGETS = {"owner summary": 1.0, "portfolio report": 10.0}

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings: Settings, storage_folder: Path) -> House:
    """A provider with ordinary clients; nothing is committed, so no heartbeat could see it."""
    assert storage_folder.is_dir()
    settings.MIA_HEARTBEAT_SECONDS = 600
    settings.MIA_PDF_REQUESTS_PER_HOUR = 1_000
    results = seed_scale.measured(seed=1)
    with providers.entered(name="Quay Managed IT") as made:
        found = seed_scale.begin(provider=made, results=results, password="not asked for")
    size = scale_plan.Size(clients=CLIENTS, models=CLIENTS * MODELS, audits=CLIENTS * AUDITS)
    planned = scale_plan.world(size, seed=1)
    while part := list(islice(planned, 20)):
        with tenancy.scope(provider_id=made.pk, client_ids=(), provider_rows=True):
            for one in part:
                seed_scale.add_client(found, one)
    with access.opened(found.admin, slug=None):
        assert Client.objects.count() == CLIENTS
        assert not Client.objects.filter(synthetic=True).exists()
    return found


def _summary(house: House) -> int:
    """Ask for the two pages about one audit and draw them; returns the size of the PDF."""
    with access.opened(house.admin, slug=None):
        asked = Audit.objects.filter(document__curves__isnull=False).order_by(
            "-completed_at", "-pk"
        )
        found = asked[0]
    with tenancy.scope(provider_id=found.provider_id, client_ids=[found.client_id]):
        audit = Audit.objects.select_related("model_version__model", "client").get(pk=found.pk)
        made = owner_summary(audit, house.admin)
        unit = JobUnit.objects.get(job=made.job)
    tasks.run_unit(unit.pk, made.client_id, made.provider_id)
    with tenancy.scope(provider_id=found.provider_id, client_ids=[found.client_id]):
        stored = Report.objects.select_related("file").get(pk=made.pk).file
        assert stored is not None
        return stored.size


def _portfolio(house: House) -> int:
    """The same of a report over every client."""
    with access.opened(house.admin, slug=None) as (actor, _client):
        made = portfolio.make(actor=actor, left_out=frozenset())
        unit = ProviderJobUnit.objects.get(job=made.job)
    tasks.run_provider_unit(unit.pk, made.provider_id)
    with access.opened(house.admin, slug=None):
        ready = PortfolioReport.objects.select_related("job").get(pk=made.pk)
        assert ready.job is not None
        assert ready.job.state == JobState.SUCCEEDED
        pdf = portfolio.hand_out(report=ready, actor=house.admin).read()
        assert hashlib.sha256(pdf).hexdigest() == ready.sha256
        assert report_seal.of_file(io.BytesIO(pdf)) == SealVerdict.GENUINE
        assert len(ready.covers) > CLIENTS * 0.9  # those that are not archived
        return len(pdf)


def _processor() -> float:
    """Seconds of a processor that this process and its children have used, not its database."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def bench_reports(
    house: House, record_proof: Callable[[str, Mapping[str, Any]], Path | None]
) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for name, make in (("owner summary", _summary), ("portfolio report", _portfolio)):
        seconds, size, before = [], 0, _processor()
        for _ in range(TIMES[name]):
            started = time.perf_counter()
            size = make(house)
            seconds.append(time.perf_counter() - started)
        middle, work = statistics.median(seconds), (_processor() - before) / TIMES[name]
        rows[name] = {
            "seconds": seconds,
            "median": middle,
            "processor": work,
            "most": TARGETS[name],
            "bytes": size,
        }
        sys.stdout.write(
            f"\n{name:<20} {middle:6.2f} s (of {', '.join(f'{one:.2f}' for one in seconds)};"
            f" target {TARGETS[name]:g} s), {work:.2f} s of a processor, {size / 1024:,.0f} kB"
        )
    short = {
        name: f"{row['median']:.2f} s instead of {row['most']:g} s"
        for name, row in rows.items()
        if row["median"] > row["most"]
    }
    sys.stdout.write("".join(f"\nshort: {name}: {said}" for name, said in short.items()) + "\n")
    record_proof("reports", {"clients": CLIENTS, "rows": rows, "short": short})
