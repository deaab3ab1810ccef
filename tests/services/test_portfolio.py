"""The portfolio report: whom it covers, who reads it, and that it is sealed like others."""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from audits import access, tasks, tenancy
from audits.access import Actor
from audits.enums import JobState, Lifecycle, ReportKind, SealVerdict
from audits.models import (
    AIModel,
    Audit,
    Client,
    Grant,
    PortfolioReport,
    Provider,
    ProviderJob,
    ProviderJobUnit,
    Report,
    User,
)
from audits.queries import fleet, portfolio_figures, report_portfolio, report_seal
from audits.queries import portfolio as portfolios
from audits.queries.fleet import FleetFilters
from audits.queries.fleet_row import BUCKETS
from audits.reports import document as documents
from audits.reports.document import Document, Section
from audits.services import job, portfolio
from audits.services.errors import NotPossible
from audits.web.forms.fleet import SHOWN as FLEET_WORDS
from tests import casts
from tests.factories import World

HERE, SIBLING, STRANGER = "Harbour Dental", "Quayside Legal", "Somebody Else Ltd"
EVERYTHING: frozenset[str] = frozenset()


@pytest.fixture
def world(cast_of_app: World, storage_folder: Path) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        for cast, name in ((lent.here, HERE), (lent.sibling, SIBLING), (lent.stranger, STRANGER)):
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=name)
        yield lent


@contextmanager
def acting(user: User) -> Iterator[Actor]:
    with access.opened(user, slug=None) as (actor, _client):
        yield actor


def made(user: User, *, left_out: frozenset[str] = EVERYTHING) -> PortfolioReport:
    with acting(user) as actor:
        return portfolio.make(actor=actor, left_out=left_out, check_at="portal.example/verify/")


def said(report: PortfolioReport) -> Document:
    return Document.from_json(json.dumps(report.data))


def section(document: Document, key: str) -> Section:
    (found,) = [one for one in document.sections if one.key == key]
    return found


def readable(user: User) -> list[int]:
    with acting(user) as actor:
        rows = portfolios.of_provider(
            access.provider_of(actor),
            clients=access.looked_after(actor),
            every_client=actor.all_clients,
        )
        return [row.pk for row in rows]


def drawn(world: World, report: PortfolioReport) -> PortfolioReport:
    """Let a worker make the PDF."""
    with world.ours.scope():
        unit = ProviderJobUnit.objects.get(job__object_id=report.pk, state=JobState.QUEUED)
    tasks.run_provider_unit(unit.pk, report.provider_id)
    with world.ours.scope():
        return PortfolioReport.objects.select_related("job").get(pk=report.pk)


def taken(world: World, report: PortfolioReport) -> bytes:
    with world.ours.scope():
        return portfolio.hand_out(report=report, actor=world.ours.admin).read()


def test_report_of_an_administrator_covers_every_client_and_no_other_providers(
    world: World,
) -> None:
    with world.stranger.scope():
        assert Client.objects.get(pk=world.stranger.client.pk).name == STRANGER
    report = made(world.ours.admin)
    assert report.whole
    assert report.covers == sorted([world.here.client.pk, world.sibling.client.pk])
    document = said(report)
    facts = {fact.name: fact.value for fact in document.facts}
    assert facts["Covers"] == f"Every client of {world.ours.provider.name}."
    rows = section(document, "everybody").tables[0].rows
    assert {row[0] for row in rows} == {HERE, SIBLING}
    assert STRANGER not in document.to_json()
    assert document.title == "Portfolio report"
    assert document.template == "Portfolio report, version 7"
    assert {one.key for one in document.sections} >= {"attention", "movement", "method"}
    assert document.spread is not None
    assert document.spread.clients == 2


def test_report_speaks_of_results_that_stand_and_of_expiry_as_the_fleet_does(world: World) -> None:
    ended = timezone.now() - timedelta(days=400)
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(completed_at=ended)
        AIModel.objects.exclude(pk=world.here.model.pk).update(lifecycle=Lifecycle.RETIRED)
    document = said(made(world.ours.admin))
    facts = {fact.name: fact.value for fact in document.facts}
    with acting(world.ours.admin):
        rows = fleet.fleet(FleetFilters()).rows
    standing = sum(row.is_reached for row in rows)
    assert facts["Every model has a result that stands"] == f"{standing}" == "1"
    assert document.lead.endswith(" Of one client not every model has a result that stands.")
    words = {name: str(FLEET_WORDS[name]) for name in BUCKETS}
    assert {words["ok"], words["unknown"]} == {"OK", "Unknown"} <= set(facts)
    table = section(document, "everybody").tables[0]
    (row,) = [found for found in table.marked if found[0][0] == HERE]
    day = date_format(timezone.localtime(ended + timedelta(days=365)), "j M Y")
    assert row[1:3] == [("Expired", "expired"), (f"Expired since {day}", "")]
    movement = section(document, "movement")
    assert " Expired since: 1." in movement.paragraphs[0]
    (moved,) = movement.tables[0].rows
    assert (moved[0], *moved[2:]) == (HERE, "Expired", f"Expired since {day}")


def test_report_of_a_technician_covers_the_granted_clients_and_tells_nothing_of_others(
    world: World,
) -> None:
    whole = made(world.ours.admin)
    assert SIBLING in said(whole).to_json()
    report = made(world.ours.technician_of_first)
    assert (report.whole, report.covers) == (False, [world.here.client.pk])
    text = said(report).to_json()
    assert HERE in text
    assert SIBLING not in text
    facts = {fact.name: fact.value for fact in said(report).facts}
    assert facts["Covers"] == (
        f"The one client that {world.ours.technician_of_first} looks after at"
        f" {world.ours.provider.name}. Other clients, if there are any, are not in this report."
    )


def test_words_about_the_clients_covered_do_not_depend_on_how_many_there_are_beside(
    world: World,
) -> None:
    first = said(made(world.ours.technician_of_first)).facts[0]
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=(), provider_rows=True):
        new = tenancy.enter_new_client()
        Client.objects.create(
            pk=new, provider=world.ours.provider, name="One More", slug="one-more-0001"
        )
    assert said(made(world.ours.technician_of_first)).facts[0] == first


def test_nobody_reads_a_report_that_speaks_of_a_client_not_granted(world: World) -> None:
    whole, part = made(world.ours.admin), made(world.ours.technician_of_first)
    cast = world.ours.portfolio_report.pk
    assert readable(world.ours.admin) == [part.pk, whole.pk, cast]
    assert readable(world.ours.technician_of_first) == [part.pk]
    assert readable(world.theirs.admin) == [world.theirs.portfolio_report.pk]
    with world.ours.scope():
        Grant.objects.filter(membership__user=world.ours.technician_of_first).delete()
    assert readable(world.ours.technician_of_first) == []


def test_report_needs_a_client(world: World) -> None:
    with acting(world.ours.technician_of_none) as actor, pytest.raises(NotPossible):
        portfolio.make(actor=actor, left_out=EVERYTHING)


def test_no_report_of_data_made_up_for_load_tests(world: World) -> None:
    with tenancy.new_provider_scope() as pk:
        Provider.objects.create(pk=pk, name="Made up", synthetic=True)
        new = tenancy.enter_new_client()
        Client.objects.create(pk=new, provider_id=pk, name="Fake", slug="fake-0001")
        assert Client.objects.get(pk=new).synthetic
        actor = Actor(user=world.ours.admin, provider_id=pk, staff_role=None, roles={})
        for asked in (portfolio.make, portfolio.preview):
            with pytest.raises(NotPossible, match="load tests"):
                asked(actor=actor, left_out=EVERYTHING)
        with pytest.raises(IntegrityError, match="load tests"), transaction.atomic():
            PortfolioReport.objects.create(provider_id=pk, number=1, data={})
    with (
        world.ours.scope(),
        pytest.raises(IntegrityError, match="load tests"),
        transaction.atomic(),
    ):
        PortfolioReport.objects.filter(pk=world.ours.portfolio_report.pk).update(covers=[new])


def test_report_never_is_one_of_a_client(world: World) -> None:
    made(world.ours.admin)
    with world.here.scope():
        assert list(Report.objects.values_list("pk", flat=True)) == [world.here.report.pk]
        assert not PortfolioReport.objects.exists()
        with pytest.raises(IntegrityError, match="report_has_its_subject"), transaction.atomic():
            Report.objects.filter(pk=world.here.report.pk).update(
                kind=ReportKind.PORTFOLIO, audit=None
            )


def test_same_moment_makes_the_same_document_and_the_same_bytes(world: World) -> None:
    with acting(world.ours.admin) as actor:
        frame = portfolios.frame_of(
            world.ours.provider.pk,
            maker=actor.user,
            whole=True,
            left_out=EVERYTHING,
            now=timezone.now(),
            code="AAAAA-BBBBB-CCCCC-DDDDD",
        )
        first, second = (
            report_portfolio.document(portfolio_figures.of_scope(frame)) for _ in range(2)
        )
    assert first.to_json() == second.to_json()
    assert documents.render(first) == documents.render(Document.from_json(second.to_json()))
    other = replace(frame, left_out=frozenset({"everybody", "map", "movement"}))
    with acting(world.ours.admin):
        short = report_portfolio.document(portfolio_figures.of_scope(other))
    assert {"everybody", "map"}.isdisjoint(one.key for one in short.sections)
    assert (short.spread, short.by_models) == (None, None)
    assert short.sections[0].key == "attention"


def test_report_is_made_by_a_worker_and_sealed(world: World) -> None:
    report = made(world.ours.admin)
    with world.ours.scope(), pytest.raises(NotPossible):
        portfolio.hand_out(report=report, actor=world.ours.admin)
    ready = drawn(world, report)
    assert ready.job is not None
    assert ready.job.state == JobState.SUCCEEDED
    pdf = taken(world, ready)
    assert pdf.startswith(b"%PDF-")
    assert (ready.size, ready.sha256) == (len(pdf), hashlib.sha256(pdf).hexdigest())
    assert pdf not in bytes(ready.sealed)
    assert b"%PDF" not in bytes(ready.sealed)
    with world.ours.scope():
        assert {bytes(one.sealed) for one in ProviderJobUnit.objects.all()} == {b""}
    assert report_seal.of_file(io.BytesIO(pdf)) == SealVerdict.GENUINE
    assert report_seal.of_file(io.BytesIO(pdf + b" ")) == SealVerdict.ALTERED
    assert report_seal.of_code(str(report.data["code"])) == SealVerdict.ISSUED


def test_newer_report_puts_aside_those_alike_and_no_others(world: World) -> None:
    part = drawn(world, made(world.ours.technician_of_first))
    first, second = (drawn(world, made(world.ours.admin)) for _ in range(2))

    def verdict(report: PortfolioReport) -> SealVerdict:
        return report_seal.of_file(io.BytesIO(taken(world, report)))

    assert verdict(first) == SealVerdict.SUPERSEDED
    assert (verdict(part), verdict(second)) == (SealVerdict.GENUINE, SealVerdict.GENUINE)
    drawn(world, made(world.ours.technician_of_first))
    assert verdict(part) == SealVerdict.SUPERSEDED
    assert verdict(second) == SealVerdict.GENUINE


def test_making_can_be_stopped(world: World) -> None:
    report = made(world.ours.admin)
    with world.ours.scope():
        portfolio.cancel(report=report, actor=world.ours.admin)
        unit = ProviderJobUnit.objects.get(job__object_id=report.pk)
    tasks.run_provider_unit(unit.pk, report.provider_id)
    with world.ours.scope():
        found = PortfolioReport.objects.select_related("job").get(pk=report.pk)
        assert found.job is not None
        assert (found.job.state, found.is_made) == (JobState.CANCELLED, False)
        with pytest.raises(NotPossible):
            portfolio.cancel(report=found, actor=world.ours.admin)


def test_work_of_a_killed_worker_is_taken_up_again(world: World) -> None:
    report = made(world.ours.admin)
    with world.ours.scope():
        unit = ProviderJobUnit.objects.get(job__object_id=report.pk)
        assert job.claim(unit.pk, units=ProviderJobUnit) is not None
        assert job.claim(unit.pk, units=ProviderJobUnit) is None
        past = timezone.now() - timedelta(hours=1)
        ProviderJobUnit.objects.filter(pk=unit.pk).update(lease_until=past)
    tasks.recover_jobs()
    assert drawn(world, report).is_made
    with world.ours.scope():
        assert ProviderJobUnit.objects.get(pk=unit.pk).attempts == 2
        assert ProviderJob.objects.get(object_id=report.pk).state == JobState.SUCCEEDED
