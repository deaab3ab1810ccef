"""What an audit advises is put on the plan: each with a person and a day."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Activity, Audit, ChecklistItem
from audits.queries import audit as audits
from audits.queries.audit import Result
from audits.services import checklist
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            checklist.refresh(client=lent.here.client)
        yield lent


def result_of(world: World) -> Result:
    with world.here.scope():
        found = audits.result(Audit.objects.get(pk=world.here.audit.pk))
    assert found is not None
    assert found.actions
    return found


def put(world: World, person: str = "technician") -> str:
    url = address(world, "audit_actions", "audit")
    return words(browser_of(world, person).post(url, follow=True).content.decode())


def test_actions_get_a_person_and_a_date_and_stand_on_the_plan(world: World) -> None:
    first, *others = result_of(world).actions
    taken = timezone.localdate() + timedelta(days=5)
    with world.here.scope():
        ChecklistItem.objects.filter(pk__in=[one.item.pk for one in others]).update(
            owner=None, owner_name="", due=None
        )
        ChecklistItem.objects.filter(pk=first.item.pk).update(
            owner=None, owner_name="Anna Berg", due=taken
        )
    page = html_of(world, "technician", address(world, "audit", "audit"))
    assert "Create actions" in words(page)
    told = put(world)
    assert f"{len(others)} action" in told
    with world.here.scope():
        rows = ChecklistItem.objects.in_bulk([one.item.pk for one in (first, *others)])
        logged = Activity.objects.filter(verb__in=("assigned", "dated")).count()
    assert (rows[first.item.pk].owner_name, rows[first.item.pk].due) == ("Anna Berg", taken)
    for one in others:
        row = rows[one.item.pk]
        assert row.owner_id == world.ours.technician.pk
        assert row.due is not None
        assert row.due > timezone.localdate()
    assert logged == 2 * len(others)
    assert "Each of them has a person and a date already." in put(world)
    assert "Create actions" not in words(
        html_of(world, "technician", address(world, "audit", "audit"))
    )


def test_audit_without_a_result_has_no_actions(world: World) -> None:
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(
            document=None, completed_at=None, outcome="", badge=""
        )
    url = address(world, "audit_actions", "audit")
    assert browser_of(world, "technician").post(url).status_code == 404


def test_who_only_reads_puts_nothing_on_the_plan(world: World) -> None:
    result_of(world)
    for person in ("viewer", "contributor"):
        url = address(world, "audit_actions", "audit")
        assert browser_of(world, person).post(url).status_code == 404
