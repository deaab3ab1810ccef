"""Versions of a dataset and columns of a version as files, for whoever reads their pages."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.models import Dataset, DatasetVersion
from tests import casts
from tests.builders import make_dataset, make_dataset_version
from tests.factories import World
from tests.web.reading import browser_of, html_of, words
from tests.web.test_house_files import FORMULA, both
from tests.web.test_table_files import lines, page_of, taken


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_page_of_a_dataset_without_records_offers_no_file_of_versions(world: World) -> None:
    with world.here.scope():
        empty = make_dataset(world.here.client, "Empty")
    here = {"slug": world.here.client.slug, "pk": empty.pk}
    url = reverse("dataset_versions_file", kwargs={**here, "ending": "csv"})
    assert url not in html_of(world, "viewer", reverse("dataset", kwargs=here))
    assert both(world, "viewer", "dataset_versions_file", **here) == []


@pytest.mark.parametrize(
    ("name", "row"),
    [("dataset_versions_file", "dataset"), ("dataset_columns_file", "dataset_version")],
)
def test_dataset_of_another_client_gives_no_file(world: World, name: str, row: str) -> None:
    here, browser = world.here.client.slug, browser_of(world, "owner")
    own = {"slug": here, "pk": getattr(world.here, row).pk, "ending": "json"}
    assert browser.get(reverse(name, kwargs=own)).status_code == 200
    for foreign in (world.sibling, world.stranger):
        found = getattr(foreign, row)
        with foreign.scope():
            assert type(found).objects.filter(pk=found.pk).exists()
        for slug in (here, foreign.client.slug):
            url = reverse(name, kwargs={**own, "slug": slug, "pk": found.pk})
            assert browser.get(url).status_code == 404


def test_file_of_versions_says_of_each_what_the_page_says(world: World) -> None:
    version = world.here.dataset_version
    own = {"format": "csv", "delimiter": ";"}
    with world.here.scope():
        made = make_dataset_version(Dataset.objects.get(pk=world.here.dataset.pk), number=2)
        DatasetVersion.objects.filter(pk=made.pk).update(
            target=FORMULA,
            drop=["name", "street"],
            group="visitor",
            subgroups=["age"],
            weight="times",
            population_file=made.members_file,
            profile={**made.profile, "reading": {"members": own, "nonmembers": own}},
            created_by=world.ours.technician,
            drawing={},
        )
    newest, first = taken(world, "dataset_versions_file")
    assert newest == {
        "version": 2,
        "used_for_training": 400,
        "held_out": 400,
        "label_column": FORMULA,
        "how_held_out_were_chosen": str(made.get_split_display()),
        "columns_left_out": "name, street",
        "person_column": "visitor",
        "people_used_for_training": 200,
        "people_held_out": 200,
        "groups_to_look_at": "age",
        "weight_column": "times",
        "with_further_records": "yes",
        "read_as": "Read as CSV, separated by semicolons",
        "sha256_used_for_training": made.members_file.sha256,
        "sha256_held_out": made.nonmembers_file.sha256,
        "uploaded": timezone.localdate(made.created_at).isoformat(),
        "uploaded_by": str(world.ours.technician),
    }
    assert first["version"] == version.number
    assert first["how_held_out_were_chosen"] == "Split here by chance"
    assert (first["people_used_for_training"], first["people_held_out"]) == (None, None)
    assert (first["with_further_records"], first["uploaded_by"]) == ("no", None)
    assert lines(world, "dataset_versions_file")[0]["label_column"] == f"'{FORMULA}"
    shown = words(page_of(world, "dataset_versions_file"))
    for said in ("left out: name, street", "people by visitor: 200 and 200", newest["read_as"]):
        assert said in shown


def test_file_of_columns_says_what_the_page_says_and_no_value(world: World) -> None:
    version = world.here.dataset_version
    with world.here.scope():
        profile = DatasetVersion.objects.get(pk=version.pk).profile
        profile["columns"][2]["name"] = FORMULA
        DatasetVersion.objects.filter(pk=version.pk).update(profile=profile)
    visitor, age, named, came = taken(world, "dataset_columns_file")
    assert age == {
        "column": "age",
        "role": "",
        "nearly_every_value_is_another": "no",
        "holds": "Age",
        "confirmed": "no",
        "proposed_because": "Its name says “age”.",
        "kind": "whole numbers",
        "missing": "0%",
        "different": 60,
        "range_rounded": "18 to 90",
    }
    assert (visitor["role"], visitor["nearly_every_value_is_another"]) == ("person", "yes")
    assert (named["column"], named["missing"], named["different"]) == (FORMULA, "1%", 790)
    assert (came["role"], came["range_rounded"], came["holds"]) == (
        "label",
        None,
        "Nothing about people",
    )
    assert lines(world, "dataset_columns_file")[2]["column"] == f"'{FORMULA}"
    shown = words(page_of(world, "dataset_columns_file"))
    for row in (visitor, age, named, came):
        for said in (row["column"], row["holds"], row["kind"], row["proposed_because"] or ""):
            assert said in shown
    with world.here.scope():
        DatasetVersion.objects.filter(pk=version.pk).update(column_kinds={"age": "postcode"})
    rows = {row["column"]: row for row in taken(world, "dataset_columns_file")}
    assert (rows["age"]["confirmed"], rows["age"]["proposed_because"]) == ("yes", None)
    assert rows["age"]["holds"] != age["holds"]
    assert rows["age"]["holds"] in words(page_of(world, "dataset_columns_file"))
