"""A refused form keeps what was typed, names the field, and stores nothing."""

import io
import pickle
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from audits.engine.loaders.predictions import read_predictions
from audits.models import AIModel, AITool, ChecklistItem, Client, Dataset, ModelVersion
from audits.web.forms.dataset import DatasetVersionForm
from tests import casts
from tests.factories import MODEL, TOOL, World

NO_METADATA = safetensors.numpy.save({"0.bias": np.zeros(1)})
HINT = "Get the script for this model"
MODEL_FIELDS = {
    "name": "Second model",
    "purpose": "Sorts letters",
    "origin": "in_house",
    "impact": "3",
    "reveals": "no",
    "exposure": "internal",
    "outputs": "probs",
    "lifecycle": "draft",
}
TOOL_FIELDS = {
    "name": "Second tool",
    "data_class": "internal",
    "trains_on_data": "no",
    "decision": "approve",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def sent(world: World, name: str, fields: Mapping[str, object], row: str = "") -> tuple[int, str]:
    """Post as the technician; the status and, for a page, its text."""
    arguments: dict[str, object] = {} if name == "client_new" else {"slug": world.here.client.slug}
    if row:
        arguments["pk"] = getattr(world.here, row).pk
    browser = Browser()
    browser.force_login(world.ours.technician)
    answer = browser.post(reverse(name, kwargs=arguments), fields)
    return answer.status_code, answer.content.decode()


def errors_in(html: str) -> dict[str, str]:
    """Field name to what the page says about it."""
    found = re.findall(r'id="id_(\w+?)_error">(.*?)</div>\s*</div>', html, flags=re.DOTALL)
    plain = {
        name: re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL) for name, text in found
    }
    return {
        name: re.sub(r"\s+", " ", unescape(text)).replace("Error:", "").strip()
        for name, text in plain.items()
    }


def value_of(html: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', html)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("name", "fields", "field", "error"),
    [
        ("model_new", MODEL_FIELDS | {"name": ""}, "name", "This field is required."),
        (
            "model_new",
            MODEL_FIELDS | {"name": MODEL},
            "name",
            "This client has a model of that name already.",
        ),
        ("model_new", MODEL_FIELDS | {"impact": ""}, "impact", "This field is required."),
        (
            "tool_new",
            TOOL_FIELDS | {"name": TOOL},
            "name",
            "A tool of that name is on the list already.",
        ),
        ("client_new", {"time_zone": "UTC", "name": ""}, "name", "This field is required."),
    ],
)
def test_form_with_one_wrong_field_names_it_and_keeps_the_rest(
    world: World, name: str, fields: Mapping[str, object], field: str, error: str
) -> None:
    status, html = sent(world, name, fields)
    assert status == 200
    assert errors_in(html) == {field: error}
    assert f'href="#id_{field}"' in html
    kept = {key: value for key, value in fields.items() if key in ("name", "purpose")}
    assert value_of(html, "name") == kept["name"]
    assert str(fields.get("purpose", "")) in html
    with world.here.scope():
        assert list(AIModel.objects.values_list("name", flat=True)) == [MODEL]
        assert list(AITool.objects.values_list("name", flat=True)) == [TOOL]


def test_model_form_offers_no_empty_answer_to_the_question_about_the_list(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.technician)
    url = reverse("model_new", kwargs={"slug": world.here.client.slug})
    html = browser.get(url).content.decode()
    values = re.findall(r'<input type="radio" name="reveals" value="(\w*)"', html)
    assert values == ["yes", "no", "public"]
    assert "---------" not in html


def test_upload_of_an_empty_file_says_so(world: World) -> None:
    fields = {"kind": "skops", "file": SimpleUploadedFile("m.skops", b""), "note": "March"}
    status, html = sent(world, "model_upload", fields, row="model")
    assert status == 200
    assert errors_in(html) == {
        "file": "The file is empty. Export it again and choose the new file."
    }
    assert value_of(html, "note") == "March"
    assert HINT not in html
    with world.here.scope():
        assert ModelVersion.objects.count() == 1


def test_groups_of_a_model_file_are_named_with_its_records(world: World) -> None:
    model = SimpleUploadedFile("m.skops", b"not empty")
    fields = {"kind": "skops", "file": model, "subgroups": "x_site, x_age"}
    status, html = sent(world, "model_upload", fields, row="model")
    assert status == 200
    assert "name the groups where its dataset is uploaded" in errors_in(html)["subgroups"]
    assert value_of(html, "subgroups") == "x_site, x_age"


def test_upload_of_a_pickle_leads_to_the_script_below_what_is_wrong(world: World) -> None:
    pickled = SimpleUploadedFile("m.pkl", pickle.dumps({"model": [1, 2]}))
    status, html = sent(world, "model_upload", {"kind": "skops", "file": pickled}, row="model")
    assert status == 200
    assert "is a Python pickle" in errors_in(html)["file"]
    places = [html.index(part) for part in ("data-error-summary", HINT, 'name="kind"')]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("skops", b"member,label,p_a,p_b\n1,a,0.5,0.5\n0,b,0.5,0.5\n", "a predictions table"),
        ("skops", NO_METADATA, "the lines of the portal's script page"),
        ("predictions", b"label,p_a,p_b\na,0.5,0.5\n", "no column 'member'"),
    ],
)
def test_upload_hints_at_the_script_only_where_it_helps(
    world: World, kind: str, content: bytes, said: str
) -> None:
    fields = {"kind": kind, "file": SimpleUploadedFile("m.csv", content)}
    status, html = sent(world, "model_upload", fields, row="model")
    assert status == 200
    assert said in errors_in(html)["file"]
    assert HINT not in html
    assert reverse("model_script", args=(world.here.client.slug, world.here.model.pk)) in html


def test_upload_explains_the_predictions_file_before_it_is_refused(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.technician)
    url = reverse("model_upload", args=(world.here.client.slug, world.here.model.pk))
    html = browser.get(url).content.decode()
    (shown,) = re.findall(
        r"<details.*?What goes into a predictions file.*?</details>", html, re.DOTALL
    )
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    columns = readme.partition("| column | meaning |")[2].partition("\n\n")[0]
    named = {name for name in re.findall(r"`([^`]+)`", columns) if not name.startswith("-")}
    assert {unescape(one) for one in re.findall(r"<code>([^<\n]+)</code>", shown)} == named
    (example,) = re.findall(r"<pre[^>]*><code>(.*?)</code>", shown, re.DOTALL)
    found = read_predictions(io.BytesIO(unescape(example).encode()))
    assert found.is_member.tolist() == [True, False]
    assert found.classes == ("no", "yes")


@pytest.mark.parametrize(
    ("layout", "missing"),
    [("two", {"members", "nonmembers"}), ("one", {"combined", "member_column"})],
)
def test_dataset_upload_asks_for_the_files_of_the_chosen_way_only(
    world: World, layout: str, missing: set[str]
) -> None:
    fields = {
        "layout": layout, "target": "came", "drop": "id, notes", "split": "random",
        "group": "person", "subgroups": "site, age", "weight": "w",
    }  # fmt: skip
    status, html = sent(world, "dataset_upload", fields, row="dataset")
    assert status == 200
    assert set(errors_in(html)) == missing
    assert value_of(html, "target") == "came"
    assert value_of(html, "drop") == "id, notes"
    told = [value_of(html, name) for name in ("group", "subgroups", "weight")]
    assert told == ["person", "site, age", "w"]
    assert re.search(rf'value="{layout}"[^>]*checked', html)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subgroups", "a, b, c, d, e, f", "6 columns are named; at most 5 can be."),
        ("drop", "x" * 201, "is no column name: at most 200 readable characters."),
        ("subgroups", "a\x00b", "is no column name: at most 200 readable characters."),
    ],
)
def test_dataset_upload_refuses_names_that_no_table_can_have(
    world: World, field: str, value: str, said: str
) -> None:
    fields = {
        "layout": "two", "target": "came", "split": "random", field: value,
        "members": SimpleUploadedFile("a.csv", b"a\n1\n"),
        "nonmembers": SimpleUploadedFile("b.csv", b"a\n1\n"),
    }  # fmt: skip
    status, html = sent(world, "dataset_upload", fields, row="dataset")
    assert status == 200
    assert said in errors_in(html)[field]


def test_dataset_upload_reads_the_columns_of_people_and_groups() -> None:
    given = {
        "layout": "two", "target": "came", "split": "random", "group": "person",
        "subgroups": "site, age", "weight": "w",
    }  # fmt: skip
    files = MultiValueDict[str, UploadedFile[bytes]]()
    for name in ("members", "nonmembers"):
        files[name] = SimpleUploadedFile("a.csv", b"a\n1\n")
    form = DatasetVersionForm(given, files)
    assert form.is_valid(), form.errors
    told = form.reading()
    assert (told.group, told.subgroups, told.weight) == ("person", ("site", "age"), "w")


def test_dataset_upload_refuses_a_label_column_that_cannot_be_kept(world: World) -> None:
    fields = {
        "layout": "two",
        "target": "x" * 201,
        "split": "random",
        "members": SimpleUploadedFile("a.csv", b"a\n1\n"),
        "nonmembers": SimpleUploadedFile("b.csv", b"a\n1\n"),
    }
    status, html = sent(world, "dataset_upload", fields, row="dataset")
    assert status == 200
    assert errors_in(html) == {
        "target": "Ensure this value has at most 200 characters (it has 201)."
    }


def test_not_applicable_without_a_reason_is_refused_at_the_reason(world: World) -> None:
    fields = {"answer": "not_applicable", "reason": " ", "owner_name": "Ann Reed"}
    status, html = sent(world, "checklist_answer", fields, row="checklist_item")
    assert status == 200
    assert errors_in(html) == {"reason": "Say why it does not apply."}
    assert value_of(html, "owner_name") == "Ann Reed"
    with world.here.scope():
        item = ChecklistItem.objects.get(pk=world.here.checklist_item.pk)
        assert (item.answer, item.owner_name) == ("unanswered", "")


def test_audit_form_without_a_model_names_the_field(world: World) -> None:
    data = world.here.dataset_version.pk
    status, html = sent(world, "audit_new", {"dataset_version": data, "preset": "deep"})
    assert status == 200
    assert errors_in(html) == {"model_version": "This field is required."}
    assert re.search(rf'<option value="{data}" selected', html)
    assert re.search(r'value="deep"[^>]*checked', html)


def test_accepted_forms_lead_on_and_say_what_was_done(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.technician)
    slug = world.here.client.slug
    made = browser.post(reverse("model_new", kwargs={"slug": slug}), MODEL_FIELDS, follow=True)
    assert made.redirect_chain[0][0].endswith("/upload/")
    assert "Second model is registered." in made.content.decode()
    added = browser.post(reverse("tool_new", kwargs={"slug": slug}), TOOL_FIELDS, follow=True)
    assert "Second tool is on the list." in added.content.decode()
    fields = {"name": "Third Ltd", "time_zone": "Europe/London"}
    created = browser.post(reverse("client_new"), fields, follow=True)
    assert "Third Ltd is set up." in created.content.decode()
    with world.here.scope():
        assert Client.objects.get().name == world.here.client.name
        assert Dataset.objects.count() == 1
