"""The page of an audit that does not speak for its model, and what it costs."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audits.enums import JobState, StartedBy
from audits.models import Audit, Job
from tests import casts
from tests.factories import (
    MODEL,
    World,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.guidance.audit_documents import make_document
from tests.queries.rows import measured


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def shown(world: World, person: str, audit: Audit) -> tuple[str, int]:
    """The page's HTML, and how many queries it took."""
    browser = Browser()
    browser.force_login(world.ours.people()[person])
    url = reverse("audit", kwargs={"slug": world.here.client.slug, "pk": audit.pk})
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode(), len(queries)


def newer_one(world: World) -> Audit:
    """A severe result of the same version, so that the audit of the cast speaks no more."""
    here = world.here
    parts = here.audit.document or {}
    kept = {name: parts[name] for name in ("attacks", "curves", "provenance", "timing")}
    with here.scope():
        job = make_job(here.client, key="newer", state=JobState.SUCCEEDED)
        found = make_document(4) | kept
        return measured(here.audit.model_version, 4, document=found, job=job)


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_card_says_that_another_audit_rates_the_model(world: World, person: str) -> None:
    before, _ = shown(world, person, world.here.audit)
    assert ("Rating today" in before, "What this audit alone gives" in before) == (True, False)
    newer = newer_one(world)
    html, _ = shown(world, person, world.here.audit)
    assert ("Rating today" in html, "What this audit alone gives" in html) == (False, True)
    line = re.search(r'<a href="([^"]*)">([^<]*is rated[^<]*)</a>', html)
    assert line is not None
    assert line[1] == reverse("audit", kwargs={"slug": world.here.client.slug, "pk": newer.pk})
    assert line[2].startswith(f"{MODEL} is rated High by the audit of ")
    assert "Rating today" in shown(world, person, newer)[0]


STANDING_OUT = {
    "top_decile": {"attack": "rmia", "flagged": 240, "members": 180.0, "tpr": 0.15,
                   "precision": 0.75, "base_rate": 0.5},
    "exposed": {"attack": "rmia", "false_discovery_rate": 0.1, "count": 20, "smallest_list": 1,
                "members": [{"rows": [1204], "p": 0.0004}]},
    "groups": [{"grouping": "site", "value": "south", "attack": "rmia", "members": 49,
                "nonmembers": 900, "suppressed": True, "auc": None}],
}  # fmt: skip


@pytest.mark.parametrize(("unit", "people"), [("record", False), ("person", True)])
def test_page_names_what_the_figures_count(world: World, unit: str, *, people: bool) -> None:
    found = result_document()
    document = {**found, **STANDING_OUT, "records": {**found["records"], "unit": unit}}
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=document)
    html, _ = shown(world, "technician", world.here.audit)
    for text in (
        "A person with records in two groups counts in both.",
        "20 people used for training stand out.",
        "19 more people are not listed.",
        "too few people for this figure to move the verdict. Too few people: not",
    ):
        assert (text in html) is people
    assert ("too few records" in html.casefold()) is not people


def test_tables_of_an_audit_are_files_that_its_page_links_to(world: World) -> None:
    here = world.here
    with here.scope():
        document = {**result_document(), **STANDING_OUT}
        Audit.objects.filter(pk=here.audit.pk).update(document=document)
    html, _ = shown(world, "technician", here.audit)
    browser = Browser()
    browser.force_login(world.ours.people()["technician"])
    lines = {}
    for name in ("figures", "members"):
        url = reverse(f"audit_{name}", args=[here.client.slug, here.audit.pk])
        assert f'href="{url}"' in html
        answer = browser.get(url)
        assert answer["Content-Disposition"] == (
            f'attachment; filename="audit-{here.audit.pk}-{name}.csv"'
        )
        lines[name] = answer.content.decode("utf-8-sig").splitlines()
    assert lines["members"] == ["rank,record,records_in_all,p", "1,1204,1,0.0004"]
    assert lines["figures"][0].startswith("attack,measure,value,low_95,high_95")
    assert len(lines["figures"]) > 1


def test_void_audit_names_nobody_in_a_file_either(world: World) -> None:
    here = world.here
    browser = Browser()
    browser.force_login(world.ours.people()["technician"])
    url = reverse("audit_members", args=[here.client.slug, here.audit.pk])
    for exposed, status in ((STANDING_OUT["exposed"], 200), (None, 404)):
        with here.scope():
            document = {**result_document(), "exposed": exposed}
            Audit.objects.filter(pk=here.audit.pk).update(document=document)
        assert browser.get(url).status_code == status


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_page_costs_the_same_however_many_audits_and_models_there_are(
    world: World, person: str
) -> None:
    newer_one(world)
    shown(world, person, world.here.audit)
    _, before = shown(world, person, world.here.audit)
    with world.here.scope():
        for name in ("Second", "Third"):
            measured(world.here.audit.model_version, 4)
            measured(make_model_version(make_model(world.here.client, name)), 4)
    assert shown(world, person, world.here.audit)[1] == before


@pytest.mark.parametrize(
    ("level", "outcome", "told"), [(3, None, True), (0, None, False), (3, "invalid", False)]
)
def test_page_says_what_being_named_is_worth_where_something_was_found(
    world: World, level: int, outcome: str | None, *, told: bool
) -> None:
    parts = world.here.audit.document or {}
    kept = {name: parts[name] for name in ("attacks", "curves", "provenance", "timing")}
    document = kept | make_document(level, catch=0.2, catch_strict=0.02, records=10_000)
    if outcome is not None:
        document["verdict"] = document["verdict"] | {"outcome": outcome}
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=document)
    html, _ = shown(world, "technician", world.here.audit)
    assert ("What being named is worth" in html) == told
    if told:
        card = html[html.index('id="worth"') :]
        card = card[: card.index("</section>")]
        assert (
            "at 0.1% false alarms; lower limits of this attack alone, at 97.5% confidence" in card
        )
        assert "100 really are in your data, this model would name about 12" in card
        rows = re.findall(r'data-label="[^"]+">([^<]+)<', card)
        assert rows[0::2] == ["95 of 100", "69 of 100", "17 of 100", "2 of 100"]
        assert len(rows) == 8


def test_levels_above_a_result_lead_to_their_meaning(world: World) -> None:
    html, _ = shown(world, "technician", world.here.audit)
    meta = html[html.index('class="verdict-meta"') :]
    meta = meta[: meta.index("</p>")]
    found = re.findall(r'<a class="term" href="([^"]+)" title="([^"]+)">([^<]+)</a>', meta)
    glossary = reverse("glossary")
    assert [(url, label) for url, _meaning, label in found] == [
        (f"{glossary}#leakage-level", "Shown"),
        (f"{glossary}#leakage-level", "Not ruled out"),
        (f"{glossary}#evidence-grade", "Evidence grade"),
    ]
    assert "from L0 (no sign) to L4 (severe)" in found[0][1]


@pytest.mark.parametrize("how", StartedBy)
def test_title_says_in_words_how_an_audit_was_asked_for(world: World, how: StartedBy) -> None:
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(started_by=how)
    html, _ = shown(world, "technician", world.here.audit)
    assert f"({how.label})" in html
    assert f"({how.value})" not in html
