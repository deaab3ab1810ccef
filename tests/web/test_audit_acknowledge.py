"""A failed audit that somebody leaves at that: it asks for nobody's attention, until taken back."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import JobState
from audits.models import Activity, Audit, Job
from audits.queries import audit as audits
from audits.queries import fleet as fleets
from audits.services import client_figures
from tests import casts
from tests.factories import World, make_audit, make_job
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def failed_audit(world: World) -> Audit:
    here = world.here
    with here.scope():
        job = make_job(here.client, key="failed", state=JobState.FAILED)
        return make_audit(here.model_version, here.dataset_version, job=job)


def counted(world: World) -> int:
    """How many failures the fleet counts, once its figures are those that hold now."""
    with world.here.scope():
        client_figures.refresh()
        return fleets.fleet(fleets.FleetFilters(state=fleets.EVERY_STATE)).failed


def send(world: World, name: str, audit: Audit, person: str = "technician") -> int:
    url = reverse(name, kwargs={"slug": world.here.client.slug, "pk": audit.pk})
    return browser_of(world, person).post(url).status_code


def test_acknowledged_failure_is_no_longer_counted_and_comes_back(world: World) -> None:
    audit = failed_audit(world)
    page = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": audit.pk})
    notice = "failed. Why, and what to do"
    assert counted(world) == 1
    fleet = html_of(world, "technician", f"{reverse('fleet')}?show=attention")
    assert f'href="{address(world, "audits")}?state=open"' in fleet
    assert "an audit failed, or a planned audit not started" in words(fleet)
    assert notice in words(html_of(world, "technician", address(world, "client")))
    assert "counts as needing attention until" in words(html_of(world, "technician", page))
    assert send(world, "audit_acknowledge", audit) == 302
    assert counted(world) == 0
    assert notice not in words(html_of(world, "technician", address(world, "client")))
    told = words(html_of(world, "technician", page))
    assert f"Acknowledged by {world.ours.technician}" in told
    assert "Run again" in told
    assert "acknowledged" in words(
        html_of(world, "technician", address(world, "audits") + "?state=failed")
    )
    assert send(world, "audit_bring_back", audit) == 302
    assert counted(world) == 1
    with world.here.scope():
        audit.refresh_from_db()
        assert (audit.acknowledged_at, audit.acknowledged_by) == (None, None)
        lines = Activity.objects.filter(verb__in=["acknowledged", "brought_back"])
        assert [line.verb for line in lines.order_by("pk")] == ["acknowledged", "brought_back"]
        assert {line.object_id for line in lines} == {audit.pk}


def test_only_a_failure_is_acknowledged_and_only_once(world: World) -> None:
    audit = failed_audit(world)
    assert send(world, "audit_bring_back", audit) == 302
    for _twice in range(2):
        assert send(world, "audit_acknowledge", audit) == 302
    with world.here.scope():
        assert Activity.objects.filter(verb="acknowledged").count() == 1
        assert not Activity.objects.filter(verb="brought_back").exists()
        Job.objects.filter(audit=audit).update(state=JobState.CANCELLED)
        Audit.objects.filter(pk=audit.pk).update(acknowledged_at=None, acknowledged_by=None)
    assert send(world, "audit_acknowledge", audit) == 302
    with world.here.scope():
        audit.refresh_from_db()
    assert audit.acknowledged_at is None


@pytest.mark.parametrize("person", ["owner", "viewer", "contributor", "technician_of_none"])
def test_it_is_staff_who_acknowledge(world: World, person: str) -> None:
    audit = failed_audit(world)
    with world.here.scope():
        assert audits.attention(world.here.client) == [audit]
    assert send(world, "audit_acknowledge", audit, person) == 404
    with world.here.scope():
        assert audits.attention(world.here.client) == [audit]


def test_people_of_the_client_do_not_read_who_acknowledged(world: World) -> None:
    audit = failed_audit(world)
    assert send(world, "audit_acknowledge", audit) == 302
    page = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": audit.pk})
    assert "cknowledged" in html_of(world, "technician", page)
    assert "cknowledged" not in html_of(world, "owner", page)
