"""Planning audits: what a technician sees and sends, and what is told of a day without an audit."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audits.enums import AuditRhythm, JobState, Lifecycle, Preset, Role, StartedBy
from audits.models import AIModel, Audit, AuditRun, AuditSchedule, Authorisation, Job, Membership
from audits.queries import audit_schedule as schedules
from tests import casts
from tests.factories import (
    ClientCast,
    World,
    finished,
    make_audit,
    make_model,
    result_document,
)
from tests.people import make_staff
from tests.web.reading import address, browser_of, html_of, page, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def bare(world: World) -> None:
    """The client with nothing planned, and nothing that came of it."""
    with world.here.scope():
        AuditRun.objects.all().delete()
        AuditSchedule.objects.all().delete()


def living(cast: ClientCast) -> list[AuditSchedule]:
    with cast.scope():
        rows = AuditSchedule.objects.filter(client=cast.client, deleted_at=None)
        return list(rows.select_related("model").order_by("pk"))


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_technician_plans_audits_on_the_page_of_a_model(world: World) -> None:
    bare(world)
    plan = address(world, "audit_schedule", "model")
    model = address(world, "model", "model")
    assert f'href="{plan}"' in html_of(world, "technician", model)
    assert "None is planned." in page(world, "technician", "model", "model")
    html = html_of(world, "technician", plan)
    with world.here.scope():
        assert schedules.first_day(world.here.client).isoformat() in html
    browser = browser_of(world, "technician")
    given = {"rhythm": "half_yearly", "next_on": in_days(30)}
    sent = browser.post(plan, given)
    assert (sent.status_code, sent["Location"]) == (302, model)
    (made,) = living(world.here)
    assert (made.model_id, made.rhythm, made.next_on.isoformat(), made.created_by_id) == (
        world.here.model.pk,
        AuditRhythm.HALF_YEARLY,
        given["next_on"],
        world.ours.technician.pk,
    )
    told = page(world, "technician", "model", "model")
    day = f"{made.next_on.day} {made.next_on:%b %Y}"
    assert f"Next audit on {day} · Every" in told
    assert str(AuditRhythm.HALF_YEARLY.label) in told
    assert browser.post(plan, given | {"rhythm": "yearly"}).status_code == 302
    (changed,) = living(world.here)
    assert (changed.pk, changed.rhythm) == (made.pk, AuditRhythm.YEARLY)


def test_owner_reads_when_the_next_audit_is_and_plans_nothing(world: World) -> None:
    told = page(world, "owner", "model", "model")
    assert "Next audit on" in told
    assert "Change schedule" not in told
    with world.here.scope():
        AuditRun.objects.update(audit=None, problem="Nobody has allowed it.")
    assert "Nobody has allowed it." in page(world, "technician", "model", "model")
    assert "Nobody has allowed it." not in page(world, "owner", "model", "model")
    assert "Scheduled audits" not in page(world, "owner", "audits")
    bare(world)
    assert "Scheduled audits" not in page(world, "owner", "model", "model")


def test_what_is_sent_is_refused_in_plain_words_and_stays_in_the_form(world: World) -> None:
    bare(world)
    browser, plan = browser_of(world, "technician"), address(world, "audit_schedule", "model")
    html = browser.post(plan, {"rhythm": "yearly", "next_on": in_days(-1)}).content.decode()
    assert "Choose a day from today on" in words(html)
    assert f'value="{in_days(-1)}"' in html
    assert '<option value="yearly" selected>' in html
    with world.here.scope():
        AIModel.objects.update(lifecycle=Lifecycle.RETIRED)
    given = {"rhythm": "yearly", "next_on": in_days(3)}
    told = words(browser.post(plan, given).content.decode())
    assert "It is retired." in told
    assert "This model is retired" in told
    assert living(world.here) == []


def test_form_says_which_audit_is_repeated_and_warns_where_it_is_a_quick_one(
    world: World,
) -> None:
    plan, audit = ("audit_schedule", "model"), world.here.audit
    version = world.here.model_version
    with world.here.scope():
        Audit.objects.exclude(pk=audit.pk).filter(model_version__model=world.here.model).delete()
        Audit.objects.filter(pk=audit.pk).update(preset=Preset.DEEP)
        audit.refresh_from_db()
        data = world.here.dataset_version
        Audit.objects.filter(pk=audit.pk).update(dataset_version=data)
        records = f"{data.dataset.name} v{data.number}"
    told = page(world, "technician", *plan)
    assert f"This is repeated: Audit {audit.pk} of " in told
    assert f"How thoroughly: Deep. Records: {records}." in told
    assert "Only a quick audit would be repeated" not in told
    with world.here.scope():
        finish = finished(result_document()) | {
            "preset": Preset.QUICK,
            "completed_at": timezone.now() + timedelta(minutes=1),
        }
        quick = make_audit(version, None, **finish)
    told = page(world, "technician", *plan)
    assert f"This is repeated: Audit {quick.pk} of " in told
    assert "How thoroughly: Quick." in told
    assert f"Audit {audit.pk} was more thorough (Deep)" in told
    with world.here.scope():
        Audit.objects.filter(pk=audit.pk).update(preset=Preset.QUICK)
    assert "Only a quick audit would be repeated" not in page(world, "technician", *plan)


def test_day_that_started_nothing_leads_to_the_permission_while_there_is_none(
    world: World,
) -> None:
    allow = f'href="{address(world, "authorise", "model")}"'
    listed = address(world, "audit_schedules")
    with world.here.scope():
        AuditRun.objects.update(audit=None, problem="Nobody has allowed an audit.")
    assert allow not in html_of(world, "technician", listed)
    with world.here.scope():
        Authorisation.objects.update(withdrawn_at=timezone.now())
    html = html_of(world, "technician", listed)
    assert html.count(allow) == 2  # beside the schedule, and beside the day
    assert "Not started Nobody has allowed an audit. Record permission" in words(html)
    assert allow in html_of(world, "technician", address(world, "audit_schedule", "model"))


def test_form_says_what_hinders_an_audit_as_things_stand(world: World) -> None:
    plan = ("audit_schedule", "model")
    assert "The permission to audit holds until" in page(world, "technician", *plan)
    with world.here.scope():
        Authorisation.objects.update(withdrawn_at=timezone.now())
        Audit.objects.update(document=None, outcome="", badge="", completed_at=None)
    told = page(world, "technician", *plan)
    assert "Nobody has allowed an audit" in told
    assert "There is no finished audit to repeat yet" in told


def test_schedule_is_paused_goes_on_and_is_deleted_once_that_is_confirmed(world: World) -> None:
    browser = browser_of(world, "technician")
    browser.post(address(world, "audit_schedule_pause", "model"))
    listed = page(world, "technician", "audit_schedules")
    assert "Paused" in listed
    assert "Resume" in listed
    told = page(world, "technician", "model", "model")
    assert "Paused" in told
    assert "Next audit on" not in told
    again = browser.post(address(world, "audit_schedule_pause", "model"), follow=True)
    assert "paused already" in words(again.content.decode())
    browser.post(address(world, "audit_schedule_resume", "model"))
    assert "Paused" not in page(world, "technician", "audit_schedules")
    delete = address(world, "audit_schedule_delete", "model")
    assert f'href="{delete}"' in html_of(world, "technician", address(world, "audit_schedules"))
    assert "Audits that it started stay." in words(browser.get(delete).content.decode())
    assert len(living(world.here)) == 1  # asking deletes nothing
    browser.post(delete)
    assert living(world.here) == []
    told = page(world, "technician", "audit_schedules")
    assert "No audit is planned yet" in told
    assert world.here.model.name in told  # what came of it stays
    assert browser.get(delete).status_code == 404


def test_list_leads_from_the_audits_and_says_what_came_of_the_last_day(world: World) -> None:
    listed = address(world, "audit_schedules")
    assert f'href="{listed}"' in html_of(world, "technician", address(world, "audits"))
    with world.here.scope():
        assert world.here.audit.job is not None
        Job.objects.filter(pk=world.here.audit.job.pk).update(state=JobState.FAILED)
    told = page(world, "technician", "audit_schedules")
    assert str(JobState.FAILED.label) in told
    assert str(AuditRhythm.QUARTERLY.label) in told
    with world.here.scope():
        AuditRun.objects.update(audit=None, problem="It is retired.", missed=2)
    told = page(world, "technician", "audit_schedules")
    assert "Not started It is retired." in told
    assert "also stands for 2 earlier days" in told


def test_day_without_an_audit_asks_for_attention_on_the_page_of_the_client(world: World) -> None:
    assert "could not be started" not in page(world, "technician", "client")
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now() - timedelta(days=2))
        AuditRun.objects.update(audit=None, problem="Nobody has allowed an audit.")
    told = page(world, "technician", "client")
    assert "could not be started. Nobody has allowed an audit." in told
    assert "could not be started" not in page(world, "owner", "client")


def test_fleet_counts_a_day_without_an_audit_and_leads_to_the_schedules(world: World) -> None:
    fleet, listed = reverse("fleet"), address(world, "audit_schedules")
    before = html_of(world, "technician", fleet)
    assert "not started on its day" not in words(before)
    assert f'href="{listed}"' not in before
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now() - timedelta(days=2))
        AuditRun.objects.update(audit=None, problem="Nobody has allowed an audit.")
    html = html_of(world, "technician", f"{fleet}?show=attention")
    assert world.here.client.name in words(html)
    assert "1 not started on its day" in words(html)
    assert f'href="{listed}?show=unstarted"' in html
    # Where the person is a guest, the schedules are not theirs to open.
    with world.ours.scope():
        guest = make_staff("more", "guest", world.ours.provider, Role.TECHNICIAN)
    with world.here.scope():
        own = {"provider_id": world.ours.provider.pk, "client": world.here.client}
        Membership.objects.create(**own, user=guest, role=Role.CLIENT_OWNER)
    browser = Browser()
    browser.force_login(guest)
    html = browser.get(fleet).content.decode()
    assert "1 not started on its day" in words(html)
    assert listed not in html
    assert browser.get(listed).status_code == 404


def test_audit_says_that_a_schedule_started_it(world: World) -> None:
    with world.here.scope():
        Job.objects.filter(audit=world.here.audit).update(started_by=StartedBy.SCHEDULE)
        Audit.objects.filter(pk=world.here.audit.pk).update(requested_by=None)
    told = page(world, "technician", "audit", "audit")
    assert f"Asked for by the portal ({StartedBy.SCHEDULE.label})" in told


def test_next_audit_is_among_what_comes(world: World) -> None:
    assert "Next audit ·" not in page(world, "technician", "client")
    with world.here.scope():
        AuditSchedule.objects.update(next_on=timezone.localdate() + timedelta(days=45))
    for person in ("technician", "owner"):
        assert "Next audit ·" in page(world, person, "client")


def test_ticked_models_are_scheduled_and_those_that_cannot_are_named(world: World) -> None:
    bare(world)
    with world.here.scope():
        new, gone = (make_model(world.here.client, name) for name in ("Alpha", "Beta"))
        AIModel.objects.filter(pk=gone.pk).update(lifecycle=Lifecycle.RETIRED)
    given = {
        "do": "schedule",
        "models": [world.here.model.pk, new.pk, gone.pk],
        "rhythm": "monthly",
        "first": in_days(5),
    }
    browser, listed = browser_of(world, "technician"), address(world, "models")
    for wrong in ({"rhythm": ""}, {"first": ""}, {"first": in_days(-1)}, {"rhythm": "daily"}):
        html = browser.post(listed, given | wrong, follow=True).content.decode()
        assert "scheduled." not in words(html)
    assert living(world.here) == []
    told = words(browser.post(listed, given, follow=True).content.decode())
    day = date_format(timezone.localdate() + timedelta(days=5), "j M Y")
    said = f"Audits of 1 model are scheduled, first on {day}. How often: Every month. Not done: 2."
    assert said in told
    assert "Alpha It was never audited." in told
    assert "Beta It is retired." in told
    assert "Replaced" not in told
    (made,) = living(world.here)
    assert (made.rhythm, made.next_on.isoformat()) == (AuditRhythm.MONTHLY, given["first"])
    again = given | {"rhythm": "yearly", "models": [world.here.model.pk]}
    html = browser.post(listed, again, follow=True).content.decode()
    assert f"Replaced the plan with its next day on {day}. It was: Every month." in words(html)
    assert f'href="{address(world, "model", "model")}"' in html
    nothing = given | {"models": [new.pk, gone.pk]}
    told = words(browser.post(listed, nothing, follow=True).content.decode())
    assert "Nothing was done, for the 2 reasons below." in told


def test_ticked_models_that_nobody_allowed_are_saved_and_told_apart(world: World) -> None:
    bare(world)
    browser, listed = browser_of(world, "technician"), address(world, "models")
    given = {
        "do": "schedule",
        "models": [world.here.model.pk],
        "rhythm": "monthly",
        "first": in_days(5),
    }
    heading = "Saved, but nothing starts before a permission is recorded"
    assert heading not in words(browser.post(listed, given, follow=True).content.decode())
    with world.here.scope():
        ends = timezone.localdate() + timedelta(days=4)
        Authorisation.objects.update(ends_on=ends)
    told = words(browser.post(listed, given, follow=True).content.decode())
    day = date_format(ends, "j M Y")
    assert f"{heading} 1 {world.here.model.name} The permission ends on {day}" in told
    with world.here.scope():
        Authorisation.objects.update(withdrawn_at=timezone.now())
    told = words(browser.post(listed, given, follow=True).content.decode())
    assert "Waiting for a permission: 1." in told
    assert f"{heading} 1 {world.here.model.name} Nobody has allowed an audit" in told
    assert "Done" not in told
    assert len(living(world.here)) == 1


def test_ticked_clients_have_their_models_scheduled_and_the_outcome_is_told_once(
    world: World,
) -> None:
    bare(world)
    with world.here.scope():
        make_model(world.here.client, "Alpha")
    with world.sibling.scope():
        AuditSchedule.objects.update(paused_at=timezone.now())
    browser, fleet = browser_of(world, "technician"), reverse("fleet")
    given = {
        "do": "schedule",
        "clients": [world.here.client.pk, world.sibling.client.pk],
        "rhythm": "quarterly",
        "first": in_days(9),
    }
    for wrong in ({"rhythm": ""}, {"first": in_days(-1)}):
        browser.post(fleet, given | wrong)
    assert living(world.here) == []
    sent = browser.post(fleet, given)
    assert (sent.status_code, sent["Location"]) == (302, fleet)
    page, after = (browser.get(fleet).content.decode() for _ in range(2))
    told, day = words(page), date_format(timezone.localdate() + timedelta(days=9), "j M Y")
    how_often = "How often: Every three months. Not done: 2."
    said = f"Audits of 1 model are scheduled, first on {day}. {how_often}"
    assert said in told
    assert f'href="{address(world, "model", "model")}"' in page
    here, sibling = world.here.client.name, world.sibling.client.name
    assert f"{here}: {world.here.model.name}" in told
    assert f"{here}: Alpha It was never audited." in told
    assert f"{sibling}: {world.sibling.model.name} Its schedule is paused." in told
    assert "are scheduled" not in words(after)
    with world.sibling.scope():
        AIModel.objects.update(lifecycle=Lifecycle.RETIRED)
    page = browser.post(fleet, given | {"rhythm": "yearly"}, follow=True).content.decode()
    before = f"Replaced the plan with its next day on {day}. It was: Every three months."
    assert f"{here}: {world.here.model.name} {before}" in words(page)
    assert f"{sibling} No model is in use there." in words(page)
    assert f'href="{reverse("client", args=[world.sibling.client.slug])}"' in page
    assert [one.next_on.isoformat() for one in living(world.here)] == [given["first"]]


def test_client_that_was_not_granted_is_not_scheduled(world: World) -> None:
    with world.sibling.scope():
        before = AuditSchedule.objects.get()
    given = {
        "do": "schedule",
        "clients": [world.sibling.client.pk],
        "rhythm": "yearly",
        "first": in_days(9),
    }
    answer = browser_of(world, "technician_of_first").post(reverse("fleet"), given, follow=True)
    assert "are scheduled" not in words(answer.content.decode())
    (after,) = living(world.sibling)
    assert (after.rhythm, after.next_on) == (before.rhythm, before.next_on)
