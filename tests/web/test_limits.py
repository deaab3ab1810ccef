"""What is asked for too often on a page: 429, when to come back, and nothing entered is lost."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.enums import JobState, VersionKind
from audits.models import Audit, Job, ModelVersion, Report
from tests import casts
from tests.factories import World, make_audit, make_job
from tests.summaries import posted
from tests.web.reading import address, browser_of, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    cache.clear()
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            ModelVersion.objects.update(kind=VersionKind.PREDICTIONS)
        yield lent


def audits(world: World) -> int:
    with world.here.scope():
        return Audit.objects.count()


def test_form_of_one_audit_too_many_keeps_what_was_entered(
    world: World, settings: Settings
) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 1
    version = world.here.model_version.pk
    form = {"model_version": version, "preset": "quick", "split": "unknown"}
    browser, before = browser_of(world, "technician"), audits(world)
    assert browser.post(address(world, "audit_new"), form).status_code == 302
    answer = browser.post(address(world, "audit_new"), {**form, "preset": "deep"})
    html = answer.content.decode()
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert "At most 1 audits of a client start in an hour. Try again in 60 minutes." in words(html)
    assert f'<option value="{version}" selected' in html
    assert audits(world) == before + 1


def test_same_audit_again_is_refused_without_being_counted(
    world: World, settings: Settings
) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 2
    browser = browser_of(world, "technician")
    form = {"model_version": world.here.model_version.pk, "preset": "quick", "split": "unknown"}
    found = [browser.post(address(world, "audit_new"), form) for _ in range(3)]
    assert [answer.status_code for answer in found] == [302, 302, 302]
    assert len({answer["Location"] for answer in found}) == 1
    other = browser.post(address(world, "audit_new"), {**form, "preset": "deep"})
    assert other.status_code == 302


def test_audit_again_is_limited_as_well(world: World, settings: Settings) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 1
    with world.here.scope():
        made = [
            make_audit(
                world.here.model_version,
                None,
                seed=seed,
                job=make_job(world.here.client, key=f"again {seed}", state=JobState.FAILED),
            )
            for seed in (1, 2)
        ]
    browser, before = browser_of(world, "technician"), audits(world)
    found = [
        browser.post(reverse("audit_again", args=[world.here.client.slug, audit.pk]))
        for audit in made
    ]
    assert [answer.status_code for answer in found] == [302, 429]
    assert '<main class="error-page">' in found[1].content.decode()
    assert "Retry-After" in found[1].headers
    assert audits(world) == before + 1
    with world.here.scope():
        assert Job.objects.filter(retry_of__isnull=False).count() == 1


def test_reports_are_limited_for_each_person(world: World, settings: Settings) -> None:
    settings.MIA_PDF_REQUESTS_PER_HOUR = 1
    found = []
    for person in ("technician", "technician", "owner"):
        asked = posted(world.here.audit)
        answer = browser_of(world, person).post(address(world, "report_make"), asked)
        found.append(answer.status_code)
        if answer.status_code == 429:
            assert "One person may ask for 1 PDFs in an hour." in answer.content.decode()
    assert found == [302, 429, 302]
    with world.here.scope():
        assert Report.objects.count() == 3  # one is of the cast
