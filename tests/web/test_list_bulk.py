"""What is done with many rows of a client's list at once, and what is told about it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.enums import Answer, JobState, Lifecycle
from audits.models import Activity, AIModel, Audit, ChecklistItem
from tests import casts
from tests.factories import World, make_audit, make_job, make_model
from tests.web.reading import address, browser_of, html_of, words

# Those with a bar for whoever may change their rows.
LISTS = ("models", "audits", "tools", "datasets", "reports", "plan")


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def send(
    world: World, listing: str, person: str = "technician", **given: object
) -> tuple[int, str]:
    answer = browser_of(world, person).post(address(world, listing), given, follow=True)
    return answer.status_code, words(answer.content.decode())


def more_models(world: World) -> list[AIModel]:
    with world.here.scope():
        made = [make_model(world.here.client, name) for name in ("Alpha", "Beta")]
        made[1].lifecycle = Lifecycle.RETIRED
        made[1].save()
    return made


def test_owner_is_set_for_every_ticked_model_and_each_change_is_logged(world: World) -> None:
    ticked = [row.pk for row in more_models(world)]
    status, told = send(world, "models", do="owner", models=ticked, owner="  Ms Reed ")
    assert (status, "Owner set for 2 models." in told) == (200, True)
    with world.here.scope():
        rows = AIModel.objects.filter(owner_name="Ms Reed")
        assert {row.pk for row in rows} == {*ticked}
        assert Activity.objects.filter(verb="changed", object_id__in=ticked).count() == 2
    assert send(world, "models", do="owner", models=ticked, owner="Ms Reed")[0] == 200
    with world.here.scope():
        assert Activity.objects.filter(verb="changed", object_id__in=ticked).count() == 2


def test_what_is_retired_is_not_reviewed_and_the_page_says_why(world: World) -> None:
    used, retired = more_models(world)
    day = timezone.localdate() + timedelta(days=40)
    asked: dict[str, Any] = {
        "do": "review",
        "models": [used.pk, retired.pk],
        "review": day.isoformat(),
    }
    told = send(world, "models", **asked)[1]
    assert "Next review set for 1 model. Not done: 1." in told
    assert "Beta It is retired." in told
    with world.here.scope():
        days = dict(AIModel.objects.values_list("pk", "next_review"))
    assert (days[used.pk], days[retired.pk]) == (day, None)
    past = (timezone.localdate() - timedelta(days=1)).isoformat()
    for wrong in (past, "", "soon"):
        told = send(world, "models", **(asked | {"review": wrong}))[1]
        assert "Next review set" not in told
    assert "Tick at least one row in the table." in send(world, "models", do="owner")[1]


def test_what_was_done_is_told_once_and_loading_it_again_does_nothing_again(world: World) -> None:
    used = more_models(world)[0]
    browser, listed = browser_of(world, "technician"), address(world, "models")
    given = {"do": "owner", "models": [used.pk], "owner": "Ms Reed"}
    sent = browser.post(listed, given)
    assert (sent.status_code, sent["Location"]) == (302, listed)
    told = [words(browser.get(listed).content.decode()) for _ in range(2)]
    assert ["Owner set for 1 model." in one for one in told] == [True, False]
    browser.post(listed, given)
    elsewhere = words(browser.get(address(world, "tools")).content.decode())
    assert "Owner set" not in elsewhere
    assert "Owner set for 1 model." in words(browser.get(listed).content.decode())


def test_rows_stay_ticked_where_what_was_sent_is_refused(world: World) -> None:
    first, other = more_models(world)
    given = {"do": "review", "models": [first.pk, "x", "9" * 5000], "review": "soon"}
    page = browser_of(world, "technician").post(address(world, "models"), given)
    boxes = re.findall(
        r'name="models"\s+value="(\d+)"\s+form="bulk"( checked)?', page.content.decode()
    )
    assert {int(pk) for pk, ticked in boxes if ticked} == {first.pk}
    assert str(other.pk) in dict(boxes)


def test_checklist_keeps_ticks_and_values_where_what_was_sent_is_refused(world: World) -> None:
    first, *_others = open_actions(world)
    with world.here.scope():
        ChecklistItem.objects.create(
            provider_id=first.provider_id,
            client_id=first.client_id,
            control="AI-02",
            catalogue_version="1",
            answer=Answer.UNANSWERED,
        )
    html = html_of(world, "technician", address(world, "checklist"))
    section = re.findall(r'name="sections" value="([^"]+)"', html)[0]
    assert 'form="bulk" checked' not in html
    given = {
        "do": "leave_out",
        "items": [first.pk],
        "sections": [section],
        "due": "2031-02-03",
        "owner": world.ours.technician.pk,
        "reason": "  ",
    }
    page = browser_of(world, "technician").post(address(world, "checklist"), given)
    html = page.content.decode()
    assert "Say why they do not apply." in words(html)
    boxes = re.findall(r'name="items"\s+value="(\d+)"\s+form="bulk"( checked)?', html)
    assert {int(pk) for pk, ticked in boxes if ticked} == {first.pk}
    parts = re.findall(r'name="sections" value="([^"]+)" form="bulk"( checked)?', html)
    assert {one for one, ticked in parts if ticked} == {section}
    assert 'value="2031-02-03"' in html
    assert re.search(rf'<option value="{world.ours.technician.pk}" selected', html)


def test_models_are_retired_once_that_is_confirmed(world: World) -> None:
    used, retired = more_models(world)
    ticked = [used.pk, retired.pk]

    def state() -> str:
        with world.here.scope():
            return AIModel.objects.get(pk=used.pk).lifecycle

    before = state()
    assert "Retire 2 models?" in send(world, "models", do="retire", models=ticked)[1]
    assert state() == before != Lifecycle.RETIRED
    told = send(world, "models", do="retire", models=ticked, confirmed="on")[1]
    assert "1 model is retired. Not done: 1." in told
    assert state() == Lifecycle.RETIRED


def test_audits_are_started_again_where_there_is_one_to_repeat(world: World) -> None:
    new = more_models(world)[0]
    ticked = [world.here.model.pk, new.pk]
    with world.here.scope():
        before = Audit.objects.count()
        assert world.here.audit.job is not None
    told = send(world, "models", do="audit", models=ticked)[1]
    assert "Alpha It was never audited." in told
    with world.here.scope():
        made = Audit.objects.count() - before
    assert made == (1 if "1 audit is started." in told else 0)


def open_actions(world: World) -> list[ChecklistItem]:
    with world.here.scope():
        rows = ChecklistItem.objects.filter(retired_from=None, answer=Answer.NO)
        found = list(rows)
        if len(found) < 2:
            ChecklistItem.objects.filter(retired_from=None).update(answer=Answer.NO)
            found = list(ChecklistItem.objects.filter(retired_from=None))
    assert found
    return found


def test_actions_are_assigned_dated_and_done(world: World) -> None:
    items = open_actions(world)
    ticked = [item.pk for item in items]
    day = timezone.localdate() + timedelta(days=20)
    who = world.ours.technician
    assert "Owner set for" in send(world, "plan", do="assign", items=ticked, who=who.pk)[1]
    assert "Due date set for" in send(world, "plan", do="due", items=ticked, until=day)[1]
    with world.here.scope():
        found = ChecklistItem.objects.filter(pk__in=ticked)
        assert {(row.owner, row.due) for row in found} == {(who, day)}
    assert "Say what was done" in send(world, "plan", do="done", items=ticked, reason=" ")[1]
    said = send(world, "plan", do="done", items=ticked, reason="Signed last week")[1]
    assert "done." in said
    with world.here.scope():
        found = ChecklistItem.objects.filter(pk__in=ticked)
        assert {(row.answer, row.reason) for row in found} == {(Answer.YES, "Signed last week")}
        assert {row.answered_by for row in found} == {who}


@pytest.mark.parametrize("listing", ["models", "audits", "tools", "plan"])
def test_rows_of_another_client_are_not_there(world: World, listing: str) -> None:
    field, verb, theirs = {
        "models": ("models", "owner", "model"),
        "audits": ("audits", "acknowledge", "audit"),
        "tools": ("tools", "ask", "tool"),
        "plan": ("items", "due", "checklist_item"),
    }[listing]
    with world.sibling.scope():
        row = getattr(world.sibling, theirs)
        assert type(row).objects.filter(pk=row.pk).exists()
    given: dict[str, Any] = {"do": verb, "owner": "Taken", "until": "", field: [row.pk]}
    status, told = send(world, listing, **given)
    assert status == 200
    assert "Back to the list" not in told
    if listing == "models":
        with world.sibling.scope():
            row.refresh_from_db()
        assert row.owner_name != "Taken"


def test_failures_are_acknowledged_each_by_itself(world: World) -> None:
    with world.here.scope():
        failed, known = (
            make_audit(
                world.here.model_version,
                None,
                job=make_job(world.here.client, key=f"failed-{n}", state=JobState.FAILED),
            )
            for n in range(2)
        )
        Audit.objects.filter(pk=known.pk).update(
            acknowledged_at=timezone.now(), acknowledged_by=world.ours.admin
        )
    ticked = [failed.pk, known.pk, world.here.audit.pk]
    told = send(world, "audits", do="acknowledge", audits=ticked)[1]
    assert "1 failure is acknowledged. Not done: 2." in told
    assert "This failure was acknowledged already." in told
    assert "This audit has not failed." in told
    assert f"Audit {known.pk} of {world.here.model.name}" in told
    told = send(world, "audits", do="acknowledge", audits=[world.here.audit.pk])[1]
    assert "Nothing was done, for the reason below." in told
    assert "0 failures" not in told
    with world.here.scope():
        by = dict(Audit.objects.filter(pk__in=ticked).values_list("pk", "acknowledged_by"))
    assert by == {
        failed.pk: world.ours.technician.pk,
        known.pk: world.ours.admin.pk,
        world.here.audit.pk: None,
    }


@pytest.mark.parametrize("listing", LISTS)
def test_who_may_not_has_no_bar_and_is_refused(world: World, listing: str) -> None:
    open_actions(world)
    assert 'id="bulk"' in html_of(world, "technician", address(world, listing))
    answer = browser_of(world, "viewer").post(address(world, listing), {"do": "owner"})
    assert answer.status_code == 404
    html = html_of(world, "viewer", address(world, listing))
    assert 'id="bulk"' not in html
    assert 'form="bulk"' not in html


@pytest.mark.parametrize("listing", [*LISTS, "checklist", "fleet"])
def test_enter_in_a_field_of_the_bar_presses_none_of_its_buttons(
    world: World, listing: str
) -> None:
    open_actions(world)
    url = reverse("fleet") if listing == "fleet" else address(world, listing)
    form = html_of(world, "technician", url).split('id="bulk"', 1)[1].split("</form>")[0]
    buttons = re.findall(r"<button[^>]*>", form)
    # Enter presses the first button that is not disabled: this one names nothing to do.
    assert buttons[0] == '<button type="submit" hidden>'
    assert not [button for button in buttons if " disabled" in button]


@pytest.mark.parametrize("listing", [*LISTS, "checklist", "fleet"])
def test_enter_on_a_ticked_row_does_nothing_but_ask_what_to_do(world: World, listing: str) -> None:
    open_actions(world)
    url = reverse("fleet") if listing == "fleet" else address(world, listing)
    html = html_of(world, "technician", url)
    box = re.search(r'name="(\w+)"\s+value="(\d+)"\s+form="bulk"', html)
    assert box is not None
    sent = browser_of(world, "technician").post(url, {box[1]: box[2]})
    assert sent.status_code == 200
    assert "Choose what to do." in words(sent.content.decode())


def test_box_of_an_audit_names_its_model_and_day(world: World) -> None:
    with world.here.scope():
        Audit.objects.update(created_at=datetime(2026, 11, 28, 12, tzinfo=UTC))
    html = html_of(world, "technician", address(world, "audits"))
    named = f"Choose the audit of {world.here.model.name} of 28 Nov 2026"
    assert f'aria-label="{named}"' in html


def test_list_keeps_its_filters_when_something_is_wrong(world: World) -> None:
    url = f"{address(world, 'models')}?q=fore&sort=-name"
    answer = browser_of(world, "technician").post(url, {"do": "owner"})
    html = answer.content.decode()
    assert 'action="/c/' in html
    assert "?q=fore&amp;sort=-name" in html
    assert "Tick at least one row" in html


def test_job_of_a_repeat_is_queued_once(world: World) -> None:
    with world.here.scope():
        before = Audit.objects.filter(job__state=JobState.QUEUED).count()
    for _twice in range(2):
        send(world, "models", do="audit", models=[world.here.model.pk])
    with world.here.scope():
        assert Audit.objects.filter(job__state=JobState.QUEUED).count() - before <= 1
