"""Where two audits of one version found different things, the lesser one is no all-clear."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.enums import JobState, Outcome, Preset
from audits.models import Audit
from audits.queries import report_frame
from tests import casts
from tests.factories import MODEL, World, make_job
from tests.guidance.audit_documents import make_document
from tests.queries.rows import measured
from tests.web.reading import address, html_of, words

FOUND_MORE = re.compile(
    r"An earlier audit of this version \(Standard, \d+ \w+ \d{4}\) found more: Severe leak"
)
START = "?kind=owner_summary"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def two_audits(world: World) -> tuple[Audit, Audit]:
    """A thorough audit of the version that found a severe leak, and the newer quick one."""
    here = world.here
    parts = here.audit.document or {}
    kept = {name: parts[name] for name in ("attacks", "curves", "provenance", "timing")}
    with here.scope():
        job = make_job(here.client, key="before", state=JobState.SUCCEEDED)
        found = make_document(4) | kept
        severe = measured(
            here.audit.model_version, 4, days_ago=1, document=found, job=job, preset=Preset.STANDARD
        )
        Audit.objects.filter(pk=here.audit.pk).update(
            preset=Preset.QUICK, reached="L3", outcome=Outcome.SERIOUS
        )
        quick = Audit.objects.get(pk=here.audit.pk)
    return severe, quick


def test_report_is_at_first_about_the_audit_that_sets_the_rating(world: World) -> None:
    severe, quick = two_audits(world)
    html = html_of(world, "technician", address(world, "report_start") + START)
    for audit, depth, outcome, chosen in (
        (quick, "Quick", "Serious leak", ""),
        (severe, "Standard", "Severe leak", " selected"),
    ):
        assert audit.completed_at is not None
        moment = report_frame.moment_at(world.here.client, audit.completed_at)
        label = re.escape(f"{MODEL}, {depth}, {moment} ({outcome})")
        assert re.search(rf'<option value="{audit.pk}"{chosen}>\s*{label}\s*</option>', html)
    assert not FOUND_MORE.search(words(html))
    assert f'hx-get="{address(world, "report_start")}"' in html


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_choosing_the_weaker_audit_is_told_under_the_field_and_in_the_preview(
    world: World, person: str
) -> None:
    severe, quick = two_audits(world)
    for audit, is_told in ((quick, True), (severe, False)):
        html = html_of(world, person, f"{address(world, 'report_start')}{START}&of={audit.pk}")
        under = html[html.index('id="id_audit_helptext"') :]
        assert bool(FOUND_MORE.search(under[: under.index("</div>")])) is is_told
        asked = f"{address(world, 'report_preview')}{START}&audit={audit.pk}"
        shown = words(html_of(world, person, asked))
        assert "Preview: Owner summary" in shown
        assert bool(FOUND_MORE.search(shown)) is is_told


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_verdict_of_the_weaker_audit_names_the_one_that_found_more(
    world: World, person: str
) -> None:
    severe, quick = two_audits(world)
    link = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": severe.pk})
    for audit, is_told in ((quick, True), (severe, False)):
        page = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": audit.pk})
        html = html_of(world, person, page)
        card = html[html.index('<section class="card verdict') :]
        card = card[: card.index("</section>")]
        assert bool(FOUND_MORE.search(card)) is is_told
        assert (f'href="{link}"' in card) is is_told


def test_model_says_which_result_sets_its_rating(world: World) -> None:
    url = address(world, "model", "model")
    assert ">Last result</h2>" in html_of(world, "technician", url)
    severe, _quick = two_audits(world)
    html = html_of(world, "technician", url)
    card = html[html.index('id="last-result"') :]
    card = card[: card.index("</section>")]
    assert ">The result that sets the rating</h2>" in card
    link = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": severe.pk})
    assert re.search(rf'<a href="{link}">\d+ \w+ \d{{4}}</a>', card)
