"""An audit and the one that measures it once more lead to each other, and its states are real."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import JobState
from audits.models import Audit
from audits.queries.narrowed import AUDITS
from tests import casts
from tests.factories import World, make_audit, make_job
from tests.web.reading import address, browser_of, html_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def run_twice(world: World) -> tuple[Audit, Audit]:
    """A failed audit, and the one that somebody asked for after it."""
    here = world.here
    made: list[Audit] = []
    with here.scope():
        for state in (JobState.FAILED, JobState.RUNNING):
            audit = make_audit(here.model_version, here.dataset_version)
            retry_of = made[-1].job if made else None
            audit.job = make_job(
                here.client, key=state, state=state, object_id=audit.pk, retry_of=retry_of
            )
            audit.save(update_fields=["job"])
            made.append(audit)
    return made[0], made[1]


def test_both_runs_lead_to_each_other(world: World) -> None:
    first, second = run_twice(world)
    first_page, second_page = (
        reverse("audit", kwargs={"slug": world.here.client.slug, "pk": one.pk})
        for one in (first, second)
    )
    earlier, later = (html_of(world, "technician", one) for one in (first_page, second_page))
    assert f'href="{second_page}">Run again as audit {second.pk}<' in earlier
    assert f'href="{first_page}">Audit {first.pk} once more<' in later
    assert "once more" not in words(earlier)
    assert "Run again as" not in words(later)
    listed = words(html_of(world, "technician", address(world, "audits")))
    assert listed.count(f"audit {first.pk} once more") == 1


def test_api_names_both_runs(world: World) -> None:
    first, second = run_twice(world)
    told = {}
    for audit in (first, second):
        url = reverse("api:audit", kwargs={"slug": world.here.client.slug, "pk": audit.pk})
        answer = browser_of(world, "technician").get(url).json()
        told[audit.pk] = (answer["retry_of"], answer["retried_by"])
    assert told == {first.pk: (None, [second.pk]), second.pk: (first.pk, [])}
    url = reverse("api:audits", kwargs={"slug": world.here.client.slug})
    listed = browser_of(world, "technician").get(url).json()["results"]
    assert {row["id"]: row["retry_of"] for row in listed}[second.pk] == first.pk


def test_no_audit_is_asked_for_in_a_state_that_none_is_ever_in() -> None:
    """A result expires, and with it the rating of its model; an audit stays as it ended."""
    offered = {value for value, _label in AUDITS.choices["state"].offered}
    several = {"active", "open"}  # what more than one state says
    assert offered - several == {one.value for one in JobState} - {JobState.EXPIRED.value}
