"""The fleet says of each client why it is to be looked at, and what its last audit was."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.enums import FleetColumn, JobState, ToolDecision
from audits.models import AITool, Audit, Client, ModelVersion
from audits.queries import fleet_reasons
from tests import casts
from tests.factories import (
    World,
    make_audit,
    make_client,
    make_job,
    make_model,
    make_model_version,
)
from tests.web.reading import browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def said(html: str) -> str:
    return words(f"<main>{html}</main>").strip()


def reasons(html: str) -> list[str]:
    points = re.findall(r'<ul class="points">(.*?)</ul>', html, flags=re.DOTALL)
    return [said(one) for one in re.findall(r"<li>(.*?)</li>", "".join(points), flags=re.DOTALL)]


def row_of(world: World, client: Client | None = None, *, query: str = "?show=") -> str:
    """The row of a client, of the first where none is named."""
    html = html_of(world, "technician", reverse("fleet") + query)
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html, flags=re.DOTALL)
    link = f'href="{reverse("client", args=[(client or world.here.client).slug])}"'
    return str(next(row for row in rows if link in row))


def last_audit(world: World, client: Client | None = None) -> str:
    label, row = FleetColumn.AUDIT.label, row_of(world, client)
    found = re.search(rf'data-label="{label}"[^>]*>(.*?)</td>', row, flags=re.DOTALL)
    assert found is not None
    return said(found[1])


def fail(version: ModelVersion) -> None:
    """An audit that failed, and was not tried again."""
    job = make_job(version.client, key="failed", state=JobState.FAILED)
    make_audit(version, None, job=job)


def test_first_reason_stands_in_the_row_and_the_others_on_demand(world: World) -> None:
    with world.here.scope():
        late = timezone.localdate() - timedelta(days=3)
        AITool.objects.update(name="Otter", decision=ToolDecision.APPROVE, next_review=late)
        fail(world.here.model_version)
    row, url = row_of(world), f"{reverse('fleet')}?show=&why={world.here.client.pk}"
    told = reasons(html_of(world, "technician", url))
    assert told.index("1 failed audit") < told.index("Review of AI tool Otter overdue")
    assert f" {len(told)} more reasons" in said(row)
    assert reasons(row) == []
    asked = re.findall(r'<a href="([^"]+)" hx-get="([^"]+)"', row)
    assert asked == [(f"?show=&amp;why={world.here.client.pk}", f"?why={world.here.client.pk}")]
    opened = row_of(world, query=f"?show=&why={world.here.client.pk}")
    # What stands below the name is not said once more in the list.
    first = said(opened).partition(f"{len(told)} more reasons")[0]
    assert all(one not in first for one in told)
    assert re.search(rf"<summary autofocus>{len(told)} more reasons</summary>", opened)
    assert first.split(world.here.client.name)[-1].strip()
    slug = world.here.client.slug
    for page, query, name in (
        ("audits", "state=open", "1 failed audit"),
        ("tools", "due=renew", "Review of AI tool Otter overdue"),
    ):
        url = f"{reverse(page, args=[slug])}?{query}"
        assert f'<a href="{url}">{name}</a>' in opened
        # The list behind it holds what it is about.
        assert browser_of(world, "technician").get(url).context["page"].paginator.count == 1


def test_reasons_of_a_client_come_alone_for_the_row_and_nothing_else_is_remembered(
    world: World,
) -> None:
    with world.here.scope():
        fail(world.here.model_version)
    browser, here = browser_of(world, "technician"), world.here.client
    browser.get(f"{reverse('fleet')}?show=attention")
    part = browser.get(f"{reverse('fleet')}?why={here.pk}", headers={"HX-Request": "true"})
    html = part.content.decode()
    assert html.strip().startswith('<div class="note reasons')
    assert "1 failed audit" in said(html)
    assert browser.get(reverse("fleet")).headers["Location"].endswith("?show=attention")


@pytest.mark.parametrize("asked", ["foreign", "9" * 30, "x"])
def test_reasons_of_a_client_that_is_not_there_are_not_told(world: World, asked: str) -> None:
    foreign = world.stranger.client if asked == "foreign" else None
    if foreign is not None:
        with world.stranger.scope():
            assert Client.objects.filter(pk=foreign.pk).exists()
    number = foreign.pk if foreign is not None else asked
    browser, fleet = browser_of(world, "technician"), reverse("fleet")
    part = browser.get(f"{fleet}?show=&why={number}", headers={"HX-Request": "true"})
    # What is no number of a client asks for none: then it is the whole page.
    assert part.status_code == (404 if foreign is not None else 200)
    html = html_of(world, "technician", f"{fleet}?show=&why={number}")
    assert "<details open" not in html
    assert " open>" not in html[html.index("<tbody>") : html.index("</tbody>")]


def test_planned_audit_that_did_not_start_leads_to_the_schedules(world: World) -> None:
    run = fleet_reasons.Reason("1 planned audit not started")
    row = SimpleNamespace(client=world.here.client)
    url = f"{reverse('audit_schedules', args=[world.here.client.slug])}?show=unstarted"
    for scheduling, link in (({world.here.client.pk}, f'<a href="{url}">'), (set(), "<span>")):
        context = {"reason": run, "row": row, "scheduling": scheduling}
        assert link + run.words in render_to_string("fleet/reason.html", context)


def test_one_reason_stands_alone_and_none_leaves_the_row_as_it_is(world: World) -> None:
    browser = browser_of(world, "technician")
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        fresh = make_client(world.ours.provider.pk, "Fresh Start")
    html = browser.get(f"{reverse('fleet')}?q=fresh").content.decode()
    assert "Never audited: no model is listed" in words(html)
    assert "<details" not in html[html.index("<tbody>") : html.index("</tbody>")]
    (told,) = json.loads(browser.get(f"{reverse('fleet_json')}?q=fresh").content)["clients"]
    assert (told["address"], told["why"]) == (fresh.slug, "Never audited: no model is listed")


def test_last_audit_that_finished_is_told_apart_from_one_that_failed(world: World) -> None:
    here = world.here
    with here.scope():
        past = timezone.now() - timedelta(days=93)
        Audit.objects.filter(pk=here.audit.pk).update(completed_at=past)
    assert last_audit(world) == "finished 3 months ago"
    with here.scope():
        fail(here.model_version)
    assert last_audit(world) == "finished 3 months ago 1 failed, not tried again"
    with here.scope():
        Audit.objects.filter(job__state=JobState.FAILED).update(acknowledged_at=timezone.now())
    assert last_audit(world) == "finished 3 months ago"


def test_audit_that_failed_is_no_audit_of_a_client_without_another(world: World) -> None:
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        fresh = make_client(world.ours.provider.pk, "Fresh Start")
        version = make_model_version(make_model(fresh))
    assert last_audit(world, fresh) == "never"
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=[fresh.pk]):
        fail(version)
    assert last_audit(world, fresh) == "none finished 1 failed, not tried again"
    assert "1 failed audit" in said(row_of(world, fresh))


@pytest.mark.parametrize(
    ("sort", "end"),
    [("", "descending"), ("-risk", "ascending"), ("name", "ascending"), ("-name", "descending")],
)
def test_head_of_the_column_says_from_which_end_the_fleet_is_sorted(
    world: World, sort: str, end: str
) -> None:
    html = html_of(world, "technician", f"{reverse('fleet')}?show=&sort={sort}")
    assert re.findall(r'aria-sort="(\w+)"', html) == [end]
