"""What a model's page takes and tells about its training."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audits.enums import Exposure, Impact, Outputs, PrivacyUnit, Reveals
from audits.guidance.catalogue import load
from audits.guidance.strictness import HOUSE
from audits.models import Activity, AIModel, Dataset, DatasetVersion, ModelVersion
from audits.queries import ai_model as models
from audits.queries import facts
from tests import casts
from tests.factories import World
from tests.services.material import material
from tests.web.reading import address, browser_of, html_of, page, proven, words

FORM: dict[str, Any] = {
    "name": "No-show forecast",
    "origin": "in_house",
    "hosting": "unknown",
    "hosted_by": "",
    "impact": Impact.PERSONAL,
    "reveals": Reveals.NO,
    "exposure": Exposure.INTERNAL,
    "outputs": Outputs.PROBS,
    "lifecycle": "draft",
    "dp_unit": PrivacyUnit.NONE,
    "dp_epsilon": "",
    "dp_delta": "",
    "dp_source": "",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def sent(world: World, **given: object) -> tuple[int, str]:
    url = address(world, "model_edit", "model")
    answer = browser_of(world, "technician").post(url, {**FORM, **given})
    return answer.status_code, answer.content.decode()


def test_statement_of_differential_privacy_is_whole_and_told_with_unit_and_delta(
    world: World,
) -> None:
    stated = {"dp_unit": "person", "dp_epsilon": "0.8", "dp_delta": "0.00001"}
    assert sent(world, **stated)[0] == 302
    said = page(world, "technician", "model", "model")
    assert "epsilon 0.8" in said
    assert "1 in 100,000" in said
    with world.here.scope():
        model = AIModel.objects.get(pk=world.here.model.pk)
        risk = models.risk_of(model)
        assert facts.of_model(risk, HOUSE, found={})["training.dp"] == "person"


@pytest.mark.parametrize(("reveals", "counts"), [(Reveals.YES, True), (Reveals.NO, False)])
def test_sensitivity_says_what_the_rating_counts_it_as(
    world: World,
    reveals: Reveals,
    counts: bool,  # noqa: FBT001 - a case
) -> None:
    """Where being in the data tells something, the class is raised: two pages name two classes."""
    with world.here.scope():
        AIModel.objects.update(impact=Impact.SENSITIVE, reveals=reveals)
        Dataset.objects.update(impact=Impact.SENSITIVE, reveals=reveals)
    said = page(world, "technician", "model", "model")
    assert str(Impact.SENSITIVE.label) in said
    assert ("The rating counts it as S5." in said) is counts
    listed = page(world, "technician", "models")
    assert "Sensitivity" in listed
    assert "Data class" not in listed


def test_first_step_of_a_model_says_that_the_class_is_the_ratings() -> None:
    (control,) = (one for one in load() if one.id == "AI-04")
    steps = [one.step for one in control.tuned if "{impact}" in one.step]
    assert len(steps) == 2
    assert all(step.endswith("the rating counts them as {impact}") for step in steps)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dp_unit": "person"}, "without it says nothing"),
        ({"dp_unit": "row", "dp_epsilon": "4"}, "without it says nothing"),
        ({"dp_epsilon": "4", "dp_delta": "0.00001"}, "each row or each person"),
        ({"dp_unit": "row", "dp_epsilon": "0", "dp_delta": "0"}, "above 0"),
        ({"dp_unit": "row", "dp_epsilon": "nan", "dp_delta": "0"}, "Enter a number"),
        ({"dp_unit": "row", "dp_epsilon": "1", "dp_delta": "1"}, "below 1"),
    ],
)
def test_half_a_statement_is_refused_and_kept_in_the_form(
    world: World, given: dict[str, str], said: str
) -> None:
    status, html = sent(world, **given)
    assert status == 200
    assert said in words(html)
    for value in given.values():
        assert f'value="{value}"' in html
    with world.here.scope():
        assert AIModel.objects.get(pk=world.here.model.pk).dp_unit == PrivacyUnit.NONE


def test_host_is_named_where_a_third_party_hosts_the_model(world: World) -> None:
    hosted = {"hosting": "third_party", "hosted_by": "Northern Cloud"}
    assert sent(world, **hosted)[0] == 302
    for person in ("technician", "owner"):
        said = page(world, person, "model", "model")
        assert "Where it runs" in said
        assert "Hosted by a third party Northern Cloud" in said
    listed = reverse("models_file", args=[world.here.client.slug, "csv"])
    body = browser_of(world, "technician").get(listed).content.decode("utf-8-sig")
    (row,) = [one for one in csv.DictReader(io.StringIO(body)) if one["model"] == FORM["name"]]
    assert (row["where_it_runs"], row["hosted_by"]) == ("Hosted by a third party", "Northern Cloud")


def test_host_may_be_left_out_and_goes_with_the_third_party(world: World) -> None:
    def stored() -> tuple[str, str]:
        with world.here.scope():
            row = AIModel.objects.get(pk=world.here.model.pk)
            return row.hosting, row.hosted_by

    assert sent(world, hosting="third_party")[0] == 302
    assert stored() == ("third_party", "")
    assert sent(world, hosting="third_party", hosted_by="Northern Cloud")[0] == 302
    assert stored() == ("third_party", "Northern Cloud")
    assert sent(world, hosting="own", hosted_by="Northern Cloud")[0] == 302
    assert stored() == ("own", "")
    with world.here.scope(), pytest.raises(IntegrityError), transaction.atomic():
        AIModel.objects.filter(pk=world.here.model.pk).update(hosted_by="Northern Cloud")


def stood(html: str) -> str:
    (found,) = re.findall(r'name="stood" value="(\w+)"', html)
    return str(found)


def test_what_another_tab_saved_is_not_written_over_unseen(world: World) -> None:
    url = address(world, "model_edit", "model")
    seen = stood(html_of(world, "technician", url))
    assert sent(world, purpose="The first tab", stood=seen)[0] == 302
    status, html = sent(world, owner_name="The second tab", stood=seen)
    assert status == 200
    assert "This was changed on another page meanwhile" in words(html)
    assert 'value="The second tab"' in html
    with world.here.scope():
        assert AIModel.objects.get(pk=world.here.model.pk).purpose == "The first tab"
    assert sent(world, owner_name="The second tab", stood=stood(html))[0] == 302
    with world.here.scope():
        assert AIModel.objects.get(pk=world.here.model.pk).owner_name == "The second tab"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("dataset_edit", "dataset"),
        ("tool_edit", "tool"),
        ("client_edit", ""),
        ("checklist_answer", "checklist_item"),
    ],
)
def test_every_page_that_changes_an_entry_knows_how_it_stood(
    world: World, name: str, row: str
) -> None:
    url = address(world, name, row) if row else address(world, name)
    assert stood(html_of(world, "admin", url))


def test_version_names_the_records_it_was_trained_on(world: World) -> None:
    browser, url = browser_of(world, "technician"), address(world, "model_upload", "model")
    own = world.here.dataset_version
    form = {"kind": "skops", "subgroups": "", "note": ""}
    html = browser.get(url).content.decode()
    assert f'<option value="{own.pk}"' in html
    for cast in (world.sibling, world.stranger):
        with cast.scope():
            assert DatasetVersion.objects.filter(pk=cast.dataset_version.pk).exists()
        assert f'<option value="{cast.dataset_version.pk}"' not in html
    upload = SimpleUploadedFile("forest.skops", material().model)
    answer = browser.post(url, {**form, "trained_on": own.pk, "file": upload})
    assert answer.status_code == 302, words(answer.content.decode())
    with world.here.scope():
        assert ModelVersion.objects.latest("pk").trained_on == own
    assert f"Trained on {world.here.dataset.name}, version 1" in page(
        world, "technician", "model", "model"
    )


def test_predictions_file_brings_its_own_records(world: World) -> None:
    """It would outlive the dataset that it names: its rows are records of people, too."""
    form: dict[str, Any] = {"kind": "predictions"}
    form["trained_on"] = world.here.dataset_version.pk
    form["file"] = SimpleUploadedFile("answers.csv", material().predictions)
    url = address(world, "model_upload", "model")
    answer = browser_of(world, "technician").post(url, form)
    assert answer.status_code == 200
    assert "leave this empty" in words(answer.content.decode())


def test_predictions_say_at_the_upload_until_when_they_are_kept(world: World) -> None:
    """A day that is over keeps nothing; one to come is a line of its own in the log."""
    url, today = address(world, "model_upload", "model"), timezone.localdate()
    browser = browser_of(world, "technician")
    with world.here.scope():
        before = ModelVersion.objects.count()

    def upload(until: date) -> tuple[int, str]:
        table = SimpleUploadedFile("answers.csv", material().predictions)
        form = {"kind": "predictions", "file": table, "retain_until": until.isoformat()}
        answer = browser.post(url, form)
        return answer.status_code, answer.content.decode()

    status, html = upload(today - timedelta(days=1))
    assert (status, "This day is over." in words(html)) == (200, True)
    with world.here.scope():
        assert ModelVersion.objects.count() == before
    assert upload(today + timedelta(days=30))[0] == 302
    with world.here.scope():
        made = ModelVersion.objects.latest("pk")
        lines = Activity.objects.filter(object_id=world.here.model.pk).order_by("-pk")[:2]
        assert (made.kind, made.retain_until) == ("predictions", today + timedelta(days=30))
        assert sorted(line.verb for line in lines) == ["set_retention", "uploaded"]


def test_page_of_a_version_says_what_it_learned_from_and_ends_its_file(world: World) -> None:
    url = address(world, "model_version", "model_version")
    own, today = world.here.dataset_version, timezone.localdate()
    given = {"trained_on": own.pk, "note": "March", "retain_until": ""}
    assert browser_of(world, "technician").post(url, given).status_code == 302
    said = page(world, "technician", "model", "model")
    assert f"Trained on {world.here.dataset.name}, version 1" in said
    # An end is a deletion by date: who sets one proves who they are.
    ends = {**given, "retain_until": str(today + timedelta(days=9))}
    asked = browser_of(world, "technician").post(url, ends)
    assert reverse("account_reauthenticate") in asked["Location"]
    assert proven(world, "technician").post(url, ends).status_code == 302
    day = date_format(today + timedelta(days=9), "j M Y")
    assert f"File kept until {day}, then deleted" in page(world, "owner", "model", "model")


def test_file_of_a_version_is_deleted_after_two_questions(world: World) -> None:
    url = address(world, "model_version_delete", "model_version")
    for ask in (browser_of(world, "technician").get, browser_of(world, "technician").post):
        assert reverse("account_reauthenticate") in ask(url)["Location"]
    browser = proven(world, "technician")
    assert "Nobody can bring them back." in words(browser.get(url).content.decode())
    with world.here.scope():
        assert ModelVersion.objects.get(pk=world.here.model_version.pk).file_id is not None
    assert browser.post(url).status_code == 302
    with world.here.scope():
        assert ModelVersion.objects.get(pk=world.here.model_version.pk).file_id is None
    said = page(world, "technician", "model", "model")
    assert "File deleted on" in said
    assert "Start audit" not in said


def test_deleting_records_names_the_files_of_models_that_go_with_them(world: World) -> None:
    url = address(world, "dataset_retention", "dataset")
    named = f"the uploaded file of {world.here.model.name}, version 1"
    browser = browser_of(world, "technician")
    assert named not in words(browser.get(url).content.decode())
    with world.here.scope():
        ModelVersion.objects.filter(pk=world.here.model_version.pk).update(
            facts={"stores_rows": True}, trained_on=world.here.dataset_version
        )
    assert named in words(browser.get(url).content.decode())


def test_overdue_review_is_told_on_the_model_the_list_and_the_client(world: World) -> None:
    due = timezone.localdate() - timedelta(days=3)
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(next_review=due)
    day = date_format(due, "j M Y")
    assert f"It was due on {day}" in page(world, "technician", "model", "model")
    assert f"Overdue {day}" in page(world, "technician", "models")
    assert f"was due on {day}" in page(world, "technician", "client")


def test_next_review_is_a_day_to_come_and_one_that_was_set_before_may_stay(world: World) -> None:
    gone = timezone.localdate() - timedelta(days=1)
    for day, said in (
        ("9999-12-31", "Look at the year again"),
        ("2199-12-31", "Choose a day from today on"),
        (gone.isoformat(), "Choose a day from today on"),
    ):
        status, html = sent(world, next_review=day)
        assert (status, f"Next review : {said}" in words(html)) == (200, True)
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(next_review=gone)
    assert sent(world, next_review=gone.isoformat())[0] == 302
    assert sent(world, next_review=timezone.localdate().isoformat())[0] == 302


def test_page_of_a_model_offers_the_statuses_that_can_follow(world: World) -> None:
    html = browser_of(world, "technician").get(address(world, "model_edit", "model"))
    fields = html.context["form"].fields["lifecycle"]
    assert [value for value, _label in fields.choices] == ["draft", "in_review", "retired"]
    status, said = sent(world, lifecycle="approved")
    assert status == 200
    assert "Select a valid choice" in words(said)


def test_retired_model_says_so_and_counts_nowhere(world: World) -> None:
    assert sent(world, lifecycle="retired", verbatim="no")[0] == 302
    assert "This model is retired" in page(world, "owner", "model", "model")
    assert "Retired" in page(world, "technician", "models")
    with world.here.scope():
        assert AIModel.objects.get(pk=world.here.model.pk).verbatim == "no"
