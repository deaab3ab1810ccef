"""Work for many clients at once from the fleet: what is begun, and what is not, by client."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import ClientState, FilePurpose, JobKind, JobState, Lifecycle
from audits.models import (
    AIModel,
    Audit,
    Authorisation,
    ChecklistItem,
    Client,
    Job,
    OutgoingMail,
    Report,
    ReportSending,
)
from tests import casts, factories
from tests.builders import make_file, make_model_version
from tests.factories import ClientCast, World
from tests.web.reading import browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def bulk(browser: Browser, do: str, *casts_: ClientCast, **given: object) -> str:
    """Ask for work at these clients and read what is said about it."""
    posted = {"do": do, "clients": [one.client.pk for one in casts_], **given}
    answer = browser.post(reverse("fleet"), posted, follow=True)
    assert answer.status_code == 200
    return words(answer.content.decode())


def audits_of(cast: ClientCast) -> list[Audit]:
    with cast.scope():
        return list(Audit.objects.filter(client=cast.client).order_by("pk"))


def name(world: World, cast: ClientCast, text: str) -> None:
    with cast.scope():
        Client.objects.filter(pk=cast.client.pk).update(name=text)


def test_models_are_measured_once_more_with_the_settings_of_their_last_audit(
    world: World,
) -> None:
    before = len(audits_of(world.here))
    told = bulk(browser_of(world, "technician"), "audit", world.here, world.sibling)
    assert "2 audits are started." in told
    assert "Not done" not in told
    *_old, made = audits_of(world.here)
    old = world.here.audit
    assert len(audits_of(world.here)) == before + 1
    assert (made.model_version_id, made.dataset_version_id, made.preset, made.seed) == (
        old.model_version_id,
        old.dataset_version_id,
        old.preset,
        old.seed,
    )
    assert made.requested_by_id == world.ours.technician.pk
    # They are in the indicator of every page, beside what runs already.
    html = html_of(world, "technician", reverse("fleet"))
    assert "2 audits running or queued" in words(f"<main{html}</main>")
    told = bulk(browser_of(world, "technician"), "audit", world.here)
    assert "0 audits are started." in told
    assert "being worked on already" in told


def test_indicator_counts_the_audits_that_it_leads_to(world: World) -> None:
    for cast in (world.here, world.sibling):
        with cast.scope():
            for kind in (JobKind.AUDIT, JobKind.REPORT):
                factories.make_job(
                    cast.client, kind=kind, key=f"now {kind}", state=JobState.RUNNING
                )
    with world.sibling.scope():
        Client.objects.update(state=ClientState.PROSPECT)
    page = html_of(world, "technician", reverse("fleet"))
    shown = f"{reverse('fleet')}?show=running"
    assert f'href="{reverse("fleet_work")}"' in page
    told = words(f"<main{page}</main>")
    behind = browser_of(world, "technician").get(shown).context
    counted = re.search(r"(\d+) audits? running or queued", told)
    assert counted is not None
    assert int(counted[1]) == behind["fleet"].running == 1
    assert [row.client.pk for row in behind["page"]] == [world.here.client.pk]


def test_each_refusal_is_told_by_client_and_model(world: World) -> None:
    name(world, world.here, "Alpha")
    name(world, world.sibling, "Beta")
    with world.here.scope():
        Authorisation.objects.update(withdrawn_at=timezone.now())
    told = bulk(browser_of(world, "technician"), "audit", world.here, world.sibling)
    assert "1 audit is started." in told
    model = world.here.model.name
    assert f"Alpha: “{model}”: Nobody has allowed an audit" in told
    assert "Beta:" not in told
    with world.sibling.scope():
        Job.objects.filter(kind=JobKind.AUDIT).update(state=JobState.SUCCEEDED)
        make_model_version(world.sibling.model, number=9)
    told = bulk(browser_of(world, "technician"), "audit", world.sibling)
    assert f"Beta: “{model}”: Its newest version has no finished audit" in told
    with world.sibling.scope():
        AIModel.objects.update(lifecycle=Lifecycle.RETIRED)
    told = bulk(browser_of(world, "technician"), "audit", world.sibling)
    assert "Beta: No model is in use there." in told
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(state=ClientState.ARCHIVED)
    for do in ("audit", "report"):
        assert "Beta: It is archived." in bulk(browser_of(world, "technician"), do, world.sibling)


def test_limit_of_audits_holds_for_each_client(world: World, settings: Settings) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 0
    before = len(audits_of(world.here))
    told = bulk(browser_of(world, "technician"), "audit", world.here)
    assert "At most 0 audits of a client start in an hour" in told
    assert len(audits_of(world.here)) == before


def test_client_that_is_not_ones_own_is_not_there(world: World) -> None:
    before = len(audits_of(world.sibling))
    assert before > 0
    told = bulk(browser_of(world, "technician_of_first"), "audit", world.here, world.sibling)
    assert "started." not in told
    assert len(audits_of(world.sibling)) == before
    answer = browser_of(world, "owner").post(reverse("fleet"), {"do": "audit"})
    assert answer.status_code == 404


def test_owner_summaries_are_made_as_jobs(world: World) -> None:
    name(world, world.sibling, "Beta")
    with world.sibling.scope():
        AIModel.objects.update(lifecycle=Lifecycle.RETIRED)
    browser = browser_of(world, "technician")
    told = bulk(browser, "report", world.here, world.sibling)
    assert "1 report is being made." in told
    assert "Beta: No audit of a model in use is finished there." in told
    with world.here.scope():
        made = Report.objects.select_related("job").latest("number")
        assert made.job is not None
        assert (made.job.state, made.created_by_id) == (JobState.QUEUED, world.ours.technician.pk)
    assert "This report is being made already." in bulk(browser, "report", world.here)


def ready(cast: ClientCast) -> Report:
    """A report whose PDF is there, for nobody in particular."""
    with cast.scope():
        report = Report.objects.get(pk=cast.report.pk)
        report.file = make_file(cast.client, FilePurpose.REPORT, "pdf")
        report.save(update_fields=["file"])
        cast.report_schedule.readers.all().delete()
        return report


def test_reports_go_to_the_owner_once_they_were_looked_at(world: World) -> None:
    name(world, world.sibling, "Beta")
    report, browser = ready(world.here), browser_of(world, "technician")
    before = OutgoingMail.objects.count()
    assert "Send the links" not in bulk(browser, "send", world.sibling)
    told = bulk(browser, "send", world.here, world.sibling)
    assert "Send these reports?" in told
    assert report.data["report_number"] in told
    assert str(world.ours.owner) in told
    assert "No report is ready to be sent." in told
    assert OutgoingMail.objects.count() == before
    unseen = bulk(browser, "send", world.here, confirmed="on")
    assert "0 reports are sent." in unseen
    assert "Another report is ready by now: look at it first." in unseen
    told = bulk(browser, "send", world.here, world.sibling, confirmed="on", reports=[report.pk])
    assert "1 report is sent." in told
    assert "Beta: No report is ready to be sent." in told
    assert OutgoingMail.objects.latest("pk").recipient == world.ours.owner.email
    with world.here.scope():
        (row,) = ReportSending.objects.filter(report=report, sent_by=world.ours.technician)
        assert row.recipient == world.ours.owner.email
    told = bulk(browser, "send", world.here, confirmed="on", reports=[report.pk])
    assert "1 report is sent." not in told


def test_report_without_anybody_to_read_it_stays(world: World) -> None:
    name(world, world.sibling, "Beta")
    seen = {"confirmed": "on", "reports": [ready(world.sibling).pk]}
    told = bulk(browser_of(world, "technician"), "send", world.sibling, **seen)
    assert "Beta: There is nobody to send it to: invite the owner first." in told


def test_starter_set_is_dated_at_every_client(world: World) -> None:
    name(world, world.sibling, "Beta")
    due = timezone.localdate() + timedelta(days=14)
    browser = browser_of(world, "technician")
    told = bulk(browser, "apply", world.here, starter="week_one", due=due.isoformat())
    assert "have a date now." in told
    with world.here.scope():
        dated = list(ChecklistItem.objects.filter(due=due).values_list("control", flat=True))
    assert {"AI-01", "AI-02"} & set(dated)
    assert set(dated) <= {"AI-01", "AI-02", "AI-05", "AI-32", "AI-33", "AI-35"}
    told = bulk(browser, "apply", world.here, starter="week_one", due=due.isoformat())
    assert "Nothing of this set is open there without a date." in told
    told = bulk(browser, "apply", world.sibling, starter="provider", due=due.isoformat())
    assert "Beta: This set is for your own company alone." in told


def test_clients_stay_ticked_where_what_was_sent_is_refused(world: World) -> None:
    given = {"do": "apply", "clients": [world.here.client.pk]}
    page = browser_of(world, "technician").post(reverse("fleet"), given).content.decode()
    boxes = re.findall(r'name="clients"\s+value="(\d+)"\s+form="bulk"( checked)?', page)
    assert {int(pk) for pk, ticked in boxes if ticked} == {world.here.client.pk}
    assert str(world.sibling.client.pk) in dict(boxes)


def test_set_and_day_are_asked_for(world: World) -> None:
    browser = browser_of(world, "technician")
    told = bulk(browser, "apply", world.here)
    assert "Choose the set that you mean." in told
    assert "Choose a day from today on." in told
    past = timezone.localdate() - timedelta(days=1)
    told = bulk(browser, "apply", world.here, starter="week_one", due=past.isoformat())
    assert "Choose a day from today on." in told
