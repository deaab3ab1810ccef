"""What the pages say: the right words for the right person, errors at their field, few queries."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from audits import tenancy
from audits.enums import ClientState, JobState
from audits.models import Audit, ChecklistItem, Client, Job
from tests import casts
from tests.charts.documents import document
from tests.engine.cast import guessed
from tests.factories import (
    CLIENT,
    DATASET,
    GROUP,
    MODEL,
    REPORT_DATA,
    TOOL,
    World,
    make_client,
    make_model,
    make_model_version,
    result_document,
)
from tests.web.reading import address, browser_of, html_of, page, words

VERDICT = "Some people in your data can be picked out with confidence."
PICKED_OUT = f"“{MODEL}” lets a test pick out people in its data with confidence."


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


# --- results


def test_fleet_shows_worst_badge_counts_and_links(world: World) -> None:
    html = html_of(world, "technician", reverse("fleet"))
    rows = re.findall(r"<tr.*?</tr>", html[html.index("<tbody") :], flags=re.DOTALL)
    assert [CLIENT in row for row in rows] == [True, True]
    first = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", rows[0])).strip()
    assert re.match(
        rf"{CLIENT} {GROUP} 1 model rated Elevated 1 more reason .*"
        r"Elevated Not known yet 1 1 \(1 not reviewed\) .*\b1 ",
        first,
    ), first
    assert address(world, "client") in html


def test_fleet_filters_keep_the_rows_that_were_counted(world: World) -> None:
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=JobState.RUNNING)
    browser = browser_of(world, "technician")
    shown = {
        choice: browser.get(reverse("fleet"), {"show": choice}).context["page"]
        for choice in ("running", "failed", "overdue", "attention", "ok", "unknown")
    }
    slugs = {choice: [row.client.slug for row in rows] for choice, rows in shown.items()}
    both = sorted([world.here.client.slug, world.sibling.client.slug])
    assert slugs["running"] == [world.here.client.slug]
    assert sorted(slugs["attention"]) == both
    assert (slugs["failed"], slugs["overdue"], slugs["ok"], slugs["unknown"]) == ([], [], [], [])
    odd = browser.get(reverse("fleet"), {"show": "nonsense"})
    assert odd.context["fleet"].filters.show == ""
    assert "It was left out." in odd.content.decode()


def test_fleet_shows_a_prospect_without_counting_it(world: World) -> None:
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(state=ClientState.PROSPECT)
    fleet = browser_of(world, "technician").get(reverse("fleet")).context["fleet"]
    assert (fleet.clients, fleet.prospects, len(fleet.rows)) == (1, 1, 2)


def test_fleet_of_a_technician_without_grants_says_whom_to_ask(world: World) -> None:
    said = words(html_of(world, "technician_of_none", reverse("fleet")))
    assert "No client has been opened for you yet" in said


def test_result_page_of_a_technician_starts_with_the_verdict_and_shows_the_figures(
    world: World,
) -> None:
    said = page(world, "technician", "audit", "audit")
    found = result_document()
    assert said.index("Serious leak") < said.index(found["verdict"]["sentence"])
    rmia = found["attacks"]["rmia"]["auc"]
    figures = f"{rmia['value']:.3f} ({rmia['low']:.3f}–{rmia['high']:.3f})"
    assert said.index(found["verdict"]["sentence"]) < said.index(figures)
    assert "Evidence grade B: good, down to 1 wrong accusation in 100" in said
    assert "1,200 used for training, 1,200 held out" in said
    assert said.count("too few records") >= 3  # nobody can be caught at 0.1 % with 1,200 records
    assert "numpy 2.4.6" in said


def auc_cells(world: World, found: dict[str, Any]) -> list[str]:
    """The AUC of each attack as the page shows it for this document."""
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=found)
    html = html_of(world, "technician", address(world, "audit", "audit"))
    numbers = html[html.index('id="numbers"') :].partition("</section>")[0]
    cells = re.findall(r'data-label="AUC">(.*?)</td>', numbers, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


@pytest.mark.parametrize(
    ("n", "auc"),
    [
        (50, "too few records"),
        (300, r"0\.\d{3} \(0\.\d{3}–0\.\d{3}\) indicative"),
        (1_200, r"0\.\d{3} \(0\.\d{3}–0\.\d{3}\)"),
    ],
)
def test_result_page_shows_an_auc_as_the_power_guard_allows(world: World, n: int, auc: str) -> None:
    cells = auc_cells(world, guessed(n))
    assert len(cells) == 3
    assert [cell for cell in cells if re.fullmatch(auc, cell) is None] == []


def test_result_page_marks_an_auc_from_before_the_power_guard_by_its_sizes(world: World) -> None:
    found = document(members=50, nonmembers=50)
    for attack in found["attacks"].values():
        del attack["auc"]["reportable"], attack["auc"]["rated"]
    cells = auc_cells(world, found)
    assert [cell.partition(" (")[0] for cell in cells] == [
        f"{found['attacks'][key]['auc']['value']:.3f}" for key in ("rmia", "entropy", "loss")
    ]
    assert {cell.rpartition(") ")[2] for cell in cells} == {"indicative"}


def test_result_page_says_who_stands_out(world: World) -> None:
    more = {
        "top_decile": {"attack": "rmia", "flagged": 240, "members": 180.0, "tpr": 0.15,
                       "precision": 0.75, "base_rate": 0.5},
        "exposed": {"attack": "rmia", "false_discovery_rate": 0.1, "count": 1, "smallest_list": 1,
                    "members": [{"rows": [1204], "p": 0.0004}]},
        "groups": [{"grouping": "site", "value": "<b>south</b>", "attack": "rmia", "members": 49,
                    "nonmembers": 900, "suppressed": True, "auc": None}],
    }  # fmt: skip
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=result_document() | more)
    html = html_of(world, "technician", address(world, "audit", "audit"))
    part = html[html.index('id="standing-out"') : html.index('id="checks"')]
    assert "75.0% were used for training" in part
    assert "1 member stands out" in part
    assert "1204" in part
    assert "fewer than 50: not shown" in part
    assert "&lt;b&gt;south&lt;/b&gt;" in part


def test_figures_of_a_void_audit_are_not_said_to_count(world: World) -> None:
    found = result_document()
    found["verdict"] |= {"outcome": "invalid", "reached": None, "ceiling": None, "grade": None}
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=found | {"valid": False})
    text = page(world, "technician", "audit", "audit")
    assert "not counted" in text
    assert "The comparison does not stand: no figure here counts." in text
    assert "counts towards the verdict" not in text


def test_result_page_carries_the_chart_with_its_numbers(world: World) -> None:
    html = html_of(world, "technician", address(world, "audit", "audit"))
    assert html.count("data-chart-canvas") == 1
    assert "vendor/plotly.min.js" in html
    assert "style=" not in html[html.index("<body") :]


def test_the_drawing_script_fetches_the_figures_of_the_curve(world: World) -> None:
    html = html_of(world, "technician", address(world, "audit", "audit"))
    found = re.search(r'data-chart-src="([^"]+)"', html)
    assert found is not None
    answer = browser_of(world, "technician").get(found.group(1))
    assert answer["Content-Type"] == "application/json"
    light, dark = (answer.json()[theme] for theme in ("light", "dark"))
    curves = [[trace["x"] for trace in drawn["data"]] for drawn in (light, dark)]
    assert curves[0] == curves[1]
    assert len(curves[0]) > 2
    assert light["layout"] != dark["layout"]
    # The owner's page has no curve.
    assert browser_of(world, "owner").get(found.group(1)).status_code == 404


def test_result_page_of_an_owner_is_in_plain_words(world: World) -> None:
    for person in ("owner", "viewer"):
        said = page(world, person, "audit", "audit")
        assert VERDICT in said
        assert "What this means" in said
        assert "What could not be tested" in said
        assert re.search(r"\b(AUC|TPR|FPR|ROC|epsilon|SHA)\b", said) is None
    assert "Make report" in page(world, "owner", "audit", "audit")
    assert "Make report" not in page(world, "viewer", "audit", "audit")


def test_overview_of_an_owner_says_verdict_meaning_actions_and_gaps(world: World) -> None:
    said = page(world, "owner", "client")
    places = [
        said.index(part)
        for part in (VERDICT, "What this means", "What to do next", "What could not be tested")
    ]
    assert places == sorted(places)
    assert re.search(r"\b(AUC|TPR|FPR|ROC|epsilon)\b", said) is None


def test_overview_of_a_technician_shows_rating_models_actions_and_log(world: World) -> None:
    said = page(world, "technician", "client")
    for part in (
        "Elevated",
        VERDICT,
        MODEL,
        "What to do next",
        "Open actions 1",
        "Recent activity",
    ):
        assert part in said
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=JobState.FAILED)
    assert f"The audit of {MODEL} failed." in page(world, "technician", "client")


def test_overview_of_an_empty_client_shows_the_first_steps(world: World) -> None:
    with world.here.scope():
        bare = make_client(world.ours.provider.pk, "Bare Ltd")
    url = reverse("client", kwargs={"slug": bare.slug})
    said = words(html_of(world, "technician", url))
    assert "Three steps to the first result" in said
    assert "Add model" in said


# --- every list and record names its row and its state

LISTED = [
    ("models", "", "technician", (MODEL, "Elevated", "version 1 · random forest")),
    ("models", "", "owner", (MODEL, "Elevated")),
    (
        "model",
        "model",
        "technician",
        (MODEL, "Start audit", "How is this calculated?", "Version 1"),
    ),
    ("model", "model", "owner", (MODEL, "Elevated")),
    ("model_upload", "model", "technician", ("What do you have?", "Check and store")),
    ("model_script", "model", "technician", ("joblib.load", "no-show-forecast.safetensors")),
    ("datasets", "", "technician", (DATASET, "400", "Personal")),
    ("dataset", "dataset", "technician", (DATASET, "came", "Upload records")),
    ("tools", "", "technician", (TOOL, "In review", "Not known")),
    ("tools", "", "owner", (TOOL, "Reported")),
    ("tool_edit", "tool", "technician", (TOOL, "Save tool")),
    ("audits", "", "technician", (MODEL, "Serious leak", "Elevated", f"{DATASET} v1")),
    ("audits", "", "owner", (MODEL, "Serious leak")),
    (
        "audit_new",
        "",
        "technician",
        ("Which attacks it will run", "Expected time:", "These records are too few"),
    ),
    ("checklist", "", "technician", ("Asked for first 1", "0 of 1", PICKED_OUT)),
    ("checklist", "", "owner", ("Asked for first 1", "Not answered")),
    ("checklist_answer", "checklist_item", "owner", ("Why it comes first", PICKED_OUT)),
    ("reports", "", "owner", (REPORT_DATA["report_number"], "Elevated")),
    ("report", "report", "owner", (REPORT_DATA["verdict"], CLIENT)),
]


@pytest.mark.parametrize(("name", "row", "person", "parts"), LISTED)
def test_page_says_what_it_is_about(
    world: World, name: str, row: str, person: str, parts: tuple[str, ...]
) -> None:
    said = page(world, person, name, row)
    assert [part for part in parts if part not in said] == []


def test_dataset_page_says_how_its_files_were_read(world: World) -> None:
    reading = {"format": "csv", "delimiter": ";", "decimal": ",", "encoding": "cp1252"}
    version = world.here.dataset_version
    with world.here.scope():
        version.profile = {"reading": {"members": reading, "nonmembers": reading}}
        version.save(update_fields=["profile"])
    how = "Read as CSV, separated by semicolons, decimal comma, Windows-1252"
    for person in ("technician", "owner"):
        assert how in page(world, person, "dataset", "dataset"), person


@pytest.mark.parametrize(
    ("features", "said"),
    [(4, "columns of the record: 4"), (0, "answers only, no columns of the record")],
)
def test_model_page_says_what_a_predictions_file_holds(
    world: World, features: int, said: str
) -> None:
    version = world.here.model_version
    with world.here.scope():
        version.facts = {
            "members": 1_200, "nonmembers": 1_000, "persons": 900, "features": features,
            "reading": {"predictions": {"format": "csv", "delimiter": ";", "decimal": ","}},
        }  # fmt: skip
        version.save(update_fields=["facts"])
    text = page(world, "technician", "model", "model")
    assert f"Used for training: 1,200 · held out: 1,000 · people: 900 · {said}" in text
    assert "Read as CSV, separated by semicolons, decimal comma" in text


@pytest.mark.parametrize("name", ["models", "model", "datasets", "dataset", "tools", "audits"])
def test_page_of_an_owner_offers_nothing_that_only_staff_may_do(world: World, name: str) -> None:
    row = name if name in ("model", "dataset") else ""
    html = html_of(world, "owner", address(world, name, row))
    for door in ("model_new", "dataset_new", "tool_import", "audit_new", "client_edit"):
        assert address(world, door) not in html


# --- progress


def test_start_page_of_a_client_without_models_leads_to_the_first(world: World) -> None:
    with world.here.scope():
        bare = make_client(world.ours.provider.pk, "Bare Ltd")
    start = reverse("audit_new", kwargs={"slug": bare.slug})
    assert "First add a model" in words(html_of(world, "technician", start))
    with tenancy.scope(provider_id=bare.provider_id, client_ids=[bare.pk]):
        model = make_model(bare)
    assert f"First upload the file of {MODEL}" in words(html_of(world, "technician", start))
    with tenancy.scope(provider_id=bare.provider_id, client_ids=[bare.pk]):
        make_model_version(model)
    assert "First add its records" in words(html_of(world, "technician", start))


def test_checklist_question_names_what_it_is_asked_for(world: World) -> None:
    """The owner reads the plain words, both read which of their things it is about."""
    with world.here.scope():
        ChecklistItem.objects.update(control="AI-24")
    pages = {
        name: page(world, name, "checklist_answer", "checklist_item")
        for name in ("technician", "owner")
    }
    told = f"“{MODEL}” says how sure it is of each answer."
    assert [told in page for page in pages.values()] == [True, True]
    assert "Drop logprobs" in pages["technician"]
    assert "Drop logprobs" not in pages["owner"]
    assert "Does the model say no more than people need?" in pages["owner"]
