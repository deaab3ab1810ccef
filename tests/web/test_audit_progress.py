"""What the page of an audit says while there is no result."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.enums import JobState
from audits.models import Audit, Job
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, page, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def set_job(world: World, state: str, **values: object) -> None:
    """Put the audit's job in this state, without a result."""
    here = world.here
    with here.scope():
        Job.objects.filter(pk=here.job.pk).update(state=state, **values)
        Audit.objects.filter(pk=here.audit.pk).update(
            document=None, outcome="", reached="", ceiling="", grade="", badge="", completed_at=None
        )


def test_progress_of_a_running_audit_names_step_and_polls(world: World) -> None:
    now = timezone.now()
    set_job(
        world,
        JobState.RUNNING,
        step=1,
        steps=4,
        step_name="Training reference models 1 to 4",
        started_at=now - timedelta(seconds=20),
        heartbeat_at=now,
        log_tail="1 of 4 trained",
    )
    html = html_of(world, "technician", address(world, "audit", "audit"))
    said = words(html)
    assert "Running" in said
    assert "Step 2 of at most 4: Training reference models 1 to 4" in said
    assert "1 of 4 trained" in said
    assert "No sign of life" not in said
    assert 'hx-trigger="every 2s"' in html
    assert address(world, "audit_progress", "audit") in html
    assert "The uploaded files and this entry are kept" in html


def test_progress_warns_when_the_worker_gives_no_sign_of_life(world: World) -> None:
    now = timezone.now()
    beat = now - timedelta(seconds=200)
    set_job(world, JobState.RUNNING, steps=4, started_at=beat, heartbeat_at=beat)
    assert "No sign of life for 200 seconds" in page(world, "owner", "audit", "audit")


def test_progress_of_a_failed_audit_says_cause_and_remedy_and_stops_polling(world: World) -> None:
    set_job(
        world,
        JobState.FAILED,
        cause="It needed more than 6 GB of memory.",
        remedy="Upload a sample.",
        finished_at=timezone.now(),
    )
    html = html_of(world, "technician", address(world, "audit", "audit"))
    said = words(html)
    places = [
        said.index(part)
        for part in ("Run again", "Failed", "It needed more than 6 GB", "Upload a sample.")
    ]
    assert places == sorted(places)
    assert "hx-trigger" not in html[html.index("<main") :]
    assert "Cancel audit" not in said


def test_polling_answers_with_the_progress_alone_and_renews_the_log(world: World) -> None:
    set_job(world, JobState.QUEUED, steps=4, log_tail="")
    answer = browser_of(world, "technician").get(address(world, "audit_progress", "audit"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert "Next in line" in html
    assert "Not known yet: no audit like this one has ended here." in html
    assert 'hx-swap-oob="true"' in html


# --- what an audit still needs
