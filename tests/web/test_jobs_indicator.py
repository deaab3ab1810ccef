"""The indicator of the top bar counts audits and reports, and leads to what it counts."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import JobKind, JobState, ProviderJobKind
from audits.models import PortfolioReport, ProviderJob
from tests import casts
from tests.factories import World, make_job
from tests.web.reading import address, html_of

NOTHING = "0 audits running or queued"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def _add(world: World, kind: JobKind) -> None:
    with world.here.scope():
        make_job(world.here.client, kind=kind, key=f"now-{kind}", state=JobState.RUNNING)


def _told(world: World, person: str, page: str) -> tuple[str, str]:
    """Where the indicator leads, and what it says."""
    found = re.search(
        r'<a class="bar-button" href="([^"]+)">\s*<svg(?:(?!</svg>).)*</svg>(.*?)</a>',
        html_of(world, person, page),
        re.DOTALL,
    )
    assert found is not None
    text = re.sub(r"<span class=\"count\".*?</span>|<[^>]+>", " ", found[2])
    return found[1], " ".join(text.split())


def test_reports_of_a_client_count_and_are_led_to(world: World) -> None:
    page = address(world, "client")
    assert _told(world, "technician", page) == (address(world, "audits"), NOTHING)
    _add(world, JobKind.REPORT)
    made = "1 report being made"
    assert _told(world, "technician", page) == (address(world, "reports"), made)
    _add(world, JobKind.AUDIT)
    both = f"1 audit running or queued {made}"
    assert _told(world, "technician", page) == (address(world, "audits"), both)
    assert _told(world, "technician", reverse("fleet"))[1] == both


def test_owners_hear_of_no_report_before_it_is_sent(world: World) -> None:
    _add(world, JobKind.REPORT)
    assert _told(world, "owner", address(world, "client")) == (address(world, "audits"), NOTHING)


def test_portfolio_reports_count_for_who_may_read_them(world: World) -> None:
    with world.ours.scope():
        job = ProviderJob.objects.create(
            provider=world.ours.provider,
            kind=ProviderJobKind.PORTFOLIO,
            object_id=0,
            key="now",
            state=JobState.QUEUED,
        )
        PortfolioReport.objects.create(
            provider=world.ours.provider,
            number=900,
            covers=[world.sibling.client.pk],
            job=job,
            data={},
        )
    assert _told(world, "technician", reverse("fleet")) == (
        reverse("portfolios"),
        "1 report being made",
    )
    assert _told(world, "technician_of_first", reverse("fleet"))[1] == NOTHING
