"""The pages of a dataset: what they offer, what they say, and what a refused form keeps."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django.fixtures import Settings

from audits.models import Activity, AIModel, DataPermission, Dataset, DatasetVersion
from audits.services import dataset as service
from audits.services.errors import NotPossible
from tests import casts
from tests.builders import make_dataset_version
from tests.chains import details
from tests.datasets import keep_files, make_permission
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, page, proven, words


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            keep_files(lent.here)
        yield lent


def dataset(world: World) -> Dataset:
    with world.here.scope():
        return Dataset.objects.get(pk=world.here.dataset.pk)


def posted(browser: Browser, url: str, **fields: object) -> tuple[int, str]:
    answer = browser.post(url, fields)
    return answer.status_code, answer.content.decode()


def test_the_page_of_a_dataset_says_what_is_done_and_what_is_open(world: World) -> None:
    said = page(world, "technician", "dataset", "dataset")
    assert "Records done The newest version is 1." in said
    assert "3 things are still to be said" in said
    for offer in ("Confirm columns", "Decide sensitivity", "Change permission", "Set last day"):
        assert offer in said
    for figure in ("Records 800", "Columns 4", "Seem to be about people 1", "600 (75%)"):
        assert figure in said
    assert "3 records repeat another one exactly" in said
    assert "4 records (< 1%) are one of a kind in what the columns about people say" in said


@pytest.mark.parametrize("person", ["owner", "viewer"])
def test_readers_see_the_profile_and_no_door_of_the_staff(world: World, person: str) -> None:
    for name, row in (("dataset", "dataset"), ("dataset_version", "dataset_version")):
        html = html_of(world, person, address(world, name, row))
        assert "3 records repeat another one exactly" in words(html)
        for door, at in (
            ("dataset_split", "dataset"),
            ("dataset_sensitivity", "dataset"),
            ("dataset_permission", "dataset"),
            ("dataset_retention", "dataset"),
            ("dataset_columns", "dataset_version"),
            ("dataset_train_file", "dataset_version"),
        ):
            assert address(world, door, at) not in html


def test_the_page_of_a_version_shows_every_column_and_the_digests(world: World) -> None:
    said = page(world, "technician", "dataset_version", "dataset_version")
    assert "Age? Its name says “age”." in said
    assert "18 to 90" in said
    with world.here.scope():
        version = DatasetVersion.objects.select_related("members_file").get(
            pk=world.here.dataset_version.pk
        )
    assert version.members_file.sha256 in said
    assert "Proposals, not confirmed yet" in said


def test_columns_are_confirmed_by_a_form_that_starts_with_the_proposals(world: World) -> None:
    url = address(world, "dataset_columns", "dataset_version")
    html = html_of(world, "technician", url)
    chosen = re.findall(r'<option value="(\w+)" selected', html)
    assert sorted(chosen) == ["age", "none", "none", "none"]
    fields = {f"column_{n}": "none" for n in range(4)} | {"column_1": "health"}
    browser = browser_of(world, "technician")
    answer = browser.post(url, fields)
    assert (answer.status_code, answer["Location"]) == (
        302,
        address(world, "dataset_sensitivity", "dataset"),
    )
    with world.here.scope():
        version = DatasetVersion.objects.get(pk=world.here.dataset_version.pk)
    assert version.column_kinds["age"] == "health"
    assert version.columns_confirmed_by == world.ours.technician
    proposed = page(world, "technician", "dataset_sensitivity", "dataset")
    assert "The most telling of the columns confirmed: age (health), which is S5." in proposed
    assert dataset(world).impact == 3


def test_a_column_without_an_answer_is_named_and_the_rest_is_kept(world: World) -> None:
    url = address(world, "dataset_columns", "dataset_version")
    fields = {"column_0": "none", "column_1": "health", "column_2": "no such kind"}
    status, html = posted(browser_of(world, "technician"), url, **fields)
    assert status == 200
    assert '<option value="health" selected' in html
    assert "came" in words(html)
    with world.here.scope():
        assert not DatasetVersion.objects.filter(columns_confirmed_at__isnull=False).exists()


def test_the_decision_starts_with_the_proposal_and_shows_the_rules(world: World) -> None:
    url = address(world, "dataset_sensitivity", "dataset")
    with world.here.scope():
        DatasetVersion.objects.filter(pk=world.here.dataset_version.pk).update(
            column_kinds={"age": "health"}, columns_confirmed_at=timezone.now()
        )
    html = html_of(world, "technician", url)
    assert re.search(r'name="impact" value="5"[^>]*checked', html)
    answer = browser_of(world, "technician").post(
        url, {"data_class": "health", "impact": "4", "reveals": "yes"}
    )
    assert answer.status_code == 302
    found = dataset(world)
    assert (found.impact, found.reveals, found.impact_decided_by) == (
        4,
        "yes",
        world.ours.technician,
    )
    said = words(html_of(world, "technician", url))
    assert "What is entered is less than the confirmed columns give." in said
    assert "Being in the data reveals something in itself: the impact rises to S5." in said
    assert "A higher class also raises the rating of the models measured on it" in said


def test_the_page_of_a_model_proposes_what_its_dataset_was_decided_to_be(world: World) -> None:
    hint = "Its data are more sensitive than this entry says"
    with world.here.scope():
        Dataset.objects.filter(pk=world.here.dataset.pk).update(impact=5)
    assert hint not in page(world, "technician", "model", "model")  # nobody has decided yet
    with world.here.scope():
        Dataset.objects.filter(pk=world.here.dataset.pk).update(impact_decided_at=timezone.now())
    assert hint in page(world, "technician", "model", "model")
    with world.here.scope():
        assert AIModel.objects.get(pk=world.here.model.pk).impact == 3
        AIModel.objects.filter(pk=world.here.model.pk).update(impact=5)
    assert hint not in page(world, "technician", "model", "model")


SIGNED = b"%PDF-1.7 <script>alert(1)</script>"


def test_a_permission_is_recorded_with_its_file_and_handed_back_as_an_attachment(
    world: World,
) -> None:
    browser, url = browser_of(world, "technician"), address(world, "dataset_permission", "dataset")
    fields: dict[str, object] = {
        "basis": "consent",
        "given_by": "Olu Owner",
        "given_role": "Owner",
        "given_on": "2026-02-03",
    }
    status, html = posted(browser, url, **fields)
    assert status == 200
    assert "Say where the permission can be read, or add its file." in words(html)
    assert 'value="Olu Owner"' in html
    for name, data, said in (
        ("letter.html", b"<script>alert(1)</script>", "This is not a PDF"),
        ("letter.csv", b"\x89PNG\r\n\x1a\n\x00\x01", "This is not a PDF"),
        ("letter.exe", SIGNED, "The name of the file does not fit"),
    ):
        status, html = posted(browser, url, **fields, upload=SimpleUploadedFile(name, data))
        assert status == 200
        assert f"Signed letter : {said}" in words(html)
    letter = SimpleUploadedFile("letter <b>.pdf", SIGNED)
    assert posted(browser, url, **fields, upload=letter)[0] == 302
    with world.here.scope():
        made = DataPermission.objects.latest("pk")
    where = {"slug": world.here.client.slug, "pk": made.pk}
    answer = browser.get(reverse("dataset_permission_file", kwargs=where))
    assert answer.getvalue() == SIGNED
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert downloaded(world) == [("letter <b>.pdf", world.ours.technician.pk)]


def downloaded(world: World) -> list[tuple[str, int | None]]:
    """Files of the dataset that left, by what the client's log says, and who took them."""
    with world.here.scope():
        lines = Activity.objects.filter(verb="downloaded", object_id=world.here.dataset.pk)
        return [(details(line)["file"], line.actor_id) for line in lines.order_by("pk")]


def test_both_files_of_a_split_are_attachments_with_a_name(world: World) -> None:
    browser = browser_of(world, "technician")
    for name, purpose in (
        ("dataset_train_file", "members"),
        ("dataset_held_out_file", "nonmembers"),
    ):
        answer = browser.get(address(world, name, "dataset_version"))
        assert answer["Content-Disposition"] == f'attachment; filename="{purpose}.csv"'
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.getvalue() == b"age,came\n40,yes\n"
    me = world.ours.technician.pk
    assert downloaded(world) == [("members.csv", me), ("nonmembers.csv", me)]


@pytest.mark.parametrize("name", ["dataset_train_file", "dataset_held_out_file"])
def test_files_of_an_uploaded_version_are_not_there(world: World, name: str) -> None:
    url = address(world, name, "dataset_version")
    assert browser_of(world, "technician").get(url).getvalue()
    with world.here.scope():
        DatasetVersion.objects.filter(pk=world.here.dataset_version.pk).update(drawing={})
    assert browser_of(world, "technician").get(url).status_code == 404


TABLE = "who,age,came\n" + "".join(f"p{n // 2},{20 + n % 50},{n % 2}\n" for n in range(80))


def test_a_split_needs_the_word_that_nothing_was_trained_yet(world: World) -> None:
    browser, url = browser_of(world, "technician"), address(world, "dataset_split", "dataset")
    fields = {"target": "came", "group": "who", "held_out_percent": "30"}
    upload = SimpleUploadedFile("all.csv", TABLE.encode())
    status, html = posted(browser, url, **fields, table=upload)
    assert status == 200
    assert "upload what it was trained on instead" in words(html)
    assert 'value="who"' in html


def test_a_refused_split_names_the_field(world: World) -> None:
    browser, url = browser_of(world, "technician"), address(world, "dataset_split", "dataset")
    upload = SimpleUploadedFile("all.csv", TABLE.encode())
    fields = {"target": "cme", "group": "who", "held_out_percent": "30", "untouched": "on"}
    status, html = posted(browser, url, **fields, table=upload)
    assert status == 200
    assert "The file has no column 'cme'; did you mean 'came'?" in words(html)


def test_the_last_day_is_set_and_warned_of(world: World) -> None:
    browser, url = proven(world, "technician"), address(world, "dataset_retention", "dataset")
    today = timezone.localdate()
    status, html = posted(browser, url, retain_until=str(today - timedelta(days=1)))
    assert status == 200
    assert "This day is over." in words(html)
    assert posted(browser, url, retain_until=str(today + timedelta(days=90)))[0] == 302
    assert "are deleted in" not in page(world, "technician", "dataset", "dataset")
    assert posted(browser, url, retain_until=str(today + timedelta(days=7)))[0] == 302
    for person in ("technician", "owner"):
        said = page(world, person, "dataset", "dataset")
        assert "These records are deleted in 7 days" in said
    day = date_format(today + timedelta(days=7), "j M Y")
    assert f"Kept until {day}, then deleted." in said
    assert f"kept until {day}" in page(world, "technician", "datasets")
    assert f"are kept until {day}, then deleted" in page(world, "technician", "client")


def test_an_earlier_last_day_asks_who_one_is_and_a_later_one_does_not(world: World) -> None:
    url = address(world, "dataset_retention", "dataset")
    day = timezone.localdate() + timedelta(days=90)

    def sent(browser: Browser, until: date | None) -> str:
        answer = browser.post(url, {"retain_until": str(until or "")})
        assert answer.status_code == 302
        return str(answer["Location"])

    def stored() -> date | None:
        return dataset(world).retain_until

    asked, back = reverse("account_reauthenticate"), address(world, "dataset", "dataset")
    assert stored() is None
    assert asked in sent(browser_of(world, "technician"), day)
    assert stored() is None
    assert sent(proven(world, "technician"), day) == back
    assert stored() == day
    assert asked in sent(browser_of(world, "technician"), day - timedelta(days=1))
    assert stored() == day
    for later in (day, day + timedelta(days=1), None):
        assert sent(browser_of(world, "technician"), later) == back
        assert stored() == later


def test_deleting_asks_who_one_is_and_then_once_more(world: World) -> None:
    url = address(world, "dataset_delete", "dataset")
    for ask in (browser_of(world, "technician").get, browser_of(world, "technician").post):
        answer = ask(url)
        assert answer.status_code == 302
        assert reverse("account_reauthenticate") in answer["Location"]
    with world.here.scope():
        assert DatasetVersion.objects.filter(pk=world.here.dataset_version.pk).exists()
    browser = proven(world, "technician")
    asked = browser.get(url)
    assert asked.status_code == 200
    assert "Nobody can bring them back." in words(asked.content.decode())
    with world.here.scope():
        assert DatasetVersion.objects.filter(pk=world.here.dataset_version.pk).exists()
    assert browser.post(url).status_code == 302
    with world.here.scope():
        assert not DatasetVersion.objects.filter(pk=world.here.dataset_version.pk).exists()
    assert "The records are deleted" in page(world, "owner", "dataset", "dataset")
    assert "records deleted on" in page(world, "technician", "audit", "audit")
    assert "deleted" in page(world, "technician", "audits")


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_the_page_of_a_dataset_costs_the_same_with_more_versions_and_permissions(
    world: World, person: str
) -> None:
    url, browser = address(world, "dataset", "dataset"), browser_of(world, person)
    browser.get(url)
    with CaptureQueriesContext(connection) as before:
        browser.get(url)
    with world.here.scope():
        for number in (2, 3):
            make_dataset_version(world.here.dataset, number=number)
            make_permission(world.here.dataset)
    with CaptureQueriesContext(connection) as after:
        assert browser.get(url).status_code == 200
    assert len(after) == len(before)


def test_what_was_decided_is_changed_by_a_decision_alone_and_names_who(world: World) -> None:
    url, decide = (
        address(world, name, "dataset") for name in ("dataset_edit", "dataset_sensitivity")
    )
    browser = browser_of(world, "technician")
    form = {"name": "Renamed", "description": "", "owner_name": "Eve"}
    before = {"data_class": "personal", "impact": "3", "reveals": "no"}
    assert set(before) <= set(browser.get(url).context["form"].fields)
    decision = {"data_class": "health", "impact": "5", "reveals": "yes"}
    assert posted(browser, decide, **decision)[0] == 302
    assert set(browser.get(url).context["form"].fields) == {*form, "stood"}
    assert posted(browser, url, **form, **before)[0] == 302
    row = dataset(world)
    assert (row.name, row.data_class, row.impact, row.reveals) == ("Renamed", "health", 5, "yes")
    with world.here.scope(), pytest.raises(NotPossible):
        service.edit(dataset=row, actor=world.ours.technician, values={"impact": 3})
    assert f"by {world.ours.technician}" in page(world, "owner", "dataset", "dataset")


def test_a_step_that_is_done_offers_to_change_it(world: World) -> None:
    with world.here.scope():
        Dataset.objects.filter(pk=world.here.dataset.pk).update(
            impact_decided_at=timezone.now(),
            retain_until=timezone.localdate() + timedelta(days=90),
        )
        make_permission(world.here.dataset)
    said = page(world, "technician", "dataset", "dataset")
    for offer in ("Change records", "Change sensitivity", "Change permission", "Change last day"):
        assert offer in said
    for gone in ("Decide sensitivity", "Record permission", "Set last day"):
        assert gone not in said
