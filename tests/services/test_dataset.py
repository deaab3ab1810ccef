from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pytest_django.fixtures import Settings

from audits.enums import Split
from audits.models import (
    Activity,
    ChecklistItem,
    Client,
    Dataset,
    DatasetVersion,
    StoredFile,
    User,
)
from audits.services import audit_files, checklist, dataset, files
from audits.services.dataset import Layout
from audits.services.errors import InvalidInput
from tests.chains import details
from tests.services import house
from tests.services.material import SIDE, TARGET, combined, csv, material, parquet


def _stored(version: DatasetVersion) -> dict[str, bytes]:
    found = {"members": version.members_file, "nonmembers": version.nonmembers_file}
    if version.population_file is not None:
        found["population"] = version.population_file
    plain = {}
    for name, file in found.items():
        with files.open_plain(file) as source:
            plain[name] = source.read()
    return plain


def test_two_csv_files_become_a_version(
    tenant: Client, technician: User, storage_folder: Path
) -> None:
    row = house.new_dataset(tenant, technician)
    version = house.new_dataset_version(row, technician)
    sides = {"members": csv(material().members), "nonmembers": csv(material().nonmembers)}
    assert (version.number, version.members, version.nonmembers) == (1, SIDE, SIDE)
    assert (version.target, version.drop, version.split) == (TARGET, [], Split.RANDOM)
    assert version.profile["features"] == 3
    assert _stored(version) == sides
    names = set(StoredFile.objects.values_list("name", flat=True))
    assert {path.name for path in storage_folder.iterdir()} == names
    noise = b"".join(path.read_bytes() for path in storage_folder.iterdir())
    assert not any(line in noise for line in sides["members"].splitlines())
    assert Activity.objects.filter(verb="uploaded", object_id=row.pk).count() == 1


def test_parquet_with_population_and_dropped_column_become_a_version(
    tenant: Client, technician: User
) -> None:
    row = house.new_dataset(tenant, technician)
    house.new_dataset_version(row, technician)
    found = material()
    sides = {
        "members": parquet(found.members),
        "nonmembers": parquet(found.nonmembers.slice(0, 70)),
        "population": parquet(found.nonmembers.slice(70)),
    }
    layout = Layout(target=TARGET, drop=("distance",))
    version = house.new_dataset_version(row, technician, sides, layout)
    assert (version.number, version.members, version.nonmembers) == (2, SIDE, 70)
    assert (version.drop, version.split) == (["distance"], Split.UNKNOWN)
    assert (version.profile["features"], version.profile["population"]) == (2, SIDE - 70)
    assert _stored(version) == sides


def _with_people(table: pa.Table, first: int) -> pa.Table:
    """Two records for each person, and a site."""
    people = pa.array([f"p{first + i // 2}" for i in range(len(table))])
    sites = pa.array(["north" if i % 3 else "south" for i in range(len(table))])
    return table.append_column("person", people).append_column("site", sites)


def test_person_and_group_columns_are_kept_with_the_version(
    tenant: Client, technician: User
) -> None:
    found, row = material(), house.new_dataset(tenant, technician)
    sides = {
        "members": csv(_with_people(found.members, 0)),
        "nonmembers": csv(_with_people(found.nonmembers, SIDE)),
    }
    layout = Layout(target=TARGET, group="person", subgroups=("site",))
    version = house.new_dataset_version(row, technician, sides, layout)
    kept = DatasetVersion.objects.get(pk=version.pk)
    assert (kept.group, kept.weight, kept.subgroups) == ("person", "", ["site"])
    assert kept.profile["persons"] == {"members": SIDE // 2, "nonmembers": SIDE // 2}
    assert kept.profile["features"] == 4
    params = audit_files.plan_params(kept, split="random", preset="quick", seed=1)
    assert (params["group"], params["weight"], params["subgroups"]) == ("person", None, ["site"])


def test_one_file_with_a_member_column_is_cut_in_two(tenant: Client, technician: User) -> None:
    row = house.new_dataset(tenant, technician)
    layout = Layout(target=TARGET, member_column="in_training")
    version = house.new_dataset_version(row, technician, {"combined": csv(combined())}, layout)
    plain = _stored(version)
    assert (version.members, version.nonmembers) == (SIDE, SIDE)
    for side, table in (("members", material().members), ("nonmembers", material().nonmembers)):
        kept = pa.parquet.read_table(pa.BufferReader(plain[side]))
        assert kept.to_pydict() == table.to_pydict()
    assert version.members_file.original_name == "combined.csv (members)"


def _sides(**changed: bytes) -> dict[str, bytes]:
    found = material()
    return {"members": csv(found.members), "nonmembers": csv(found.nonmembers), **changed}


def _unlabelled() -> bytes:
    return csv(material().nonmembers.rename_columns(["age", "visits", "distance", "other"]))


def _without_label_values() -> bytes:
    table = material().nonmembers
    labels = pa.array([None, *table[TARGET].to_pylist()[1:]])
    return csv(table.set_column(3, TARGET, labels))


USUAL = Layout(target=TARGET)
REFUSALS: dict[str, tuple[Callable[[], dict[str, bytes]], Layout, str, str]] = {
    "no label column": (lambda: _sides(nonmembers=_unlabelled()), USUAL, "target", TARGET),
    "label column unknown": (_sides, Layout(target="no_show"), "target", "no_show"),
    "empty file": (lambda: _sides(members=b""), USUAL, "members", "empty"),
    "header without lines": (
        lambda: _sides(nonmembers=csv(material().nonmembers.slice(0, 0))),
        USUAL,
        "nonmembers",
        "record",
    ),
    "other columns": (
        lambda: _sides(nonmembers=csv(material().nonmembers.drop_columns(["age"]))),
        USUAL,
        "nonmembers",
        "age",
    ),
    "labels missing": (
        lambda: _sides(nonmembers=_without_label_values()),
        USUAL,
        "nonmembers",
        TARGET,
    ),
    "pickle": (lambda: _sides(members=material().pickled), USUAL, "members", ""),
    "column to leave out unknown": (
        _sides,
        Layout(target=TARGET, drop=("shoe_size",)),
        "drop",
        "shoe_size",
    ),
    "person column unknown": (
        _sides,
        Layout(target=TARGET, group="patient"),
        "group",
        "patient",
    ),
    "person column is the label": (_sides, Layout(target=TARGET, group=TARGET), "group", TARGET),
    "weights of no number": (
        _sides,
        Layout(target=TARGET, weight="distance"),
        "members",
        "'distance'",
    ),
    "weight column unknown": (_sides, Layout(target=TARGET, weight="w"), "weight", "'w'"),
    "group to look at unknown": (
        _sides,
        Layout(target=TARGET, subgroups=("site",)),
        "subgroups",
        "site",
    ),
    "group to look at is the label": (
        _sides,
        Layout(target=TARGET, subgroups=(TARGET,)),
        "subgroups",
        TARGET,
    ),
    "too many groups to look at": (
        _sides,
        Layout(target=TARGET, subgroups=tuple("abcdef")),
        "subgroups",
        "6",
    ),
    "member column unknown": (
        lambda: {"combined": csv(combined())},
        Layout(target=TARGET, member_column="inside"),
        "member_column",
        "inside",
    ),
    "member column of another kind": (
        lambda: {"combined": csv(combined())},
        Layout(target=TARGET, member_column="age"),
        "member_column",
        "age",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_table_that_cannot_be_used_leaves_nothing(
    tenant: Client, technician: User, storage_folder: Path, case: str
) -> None:
    contents, layout, field, word = REFUSALS[case]
    row = house.new_dataset(tenant, technician)
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        house.new_dataset_version(row, technician, contents(), layout)
    assert refused.value.field == field
    assert word in refused.value.problem
    assert refused.value.remedy != ""
    assert house.left(storage_folder) == before


def test_too_large_a_table_is_refused_unread(
    tenant: Client, technician: User, storage_folder: Path, settings: Settings
) -> None:
    row = house.new_dataset(tenant, technician)
    before = house.left(storage_folder)
    settings.MIA_MAX_UPLOAD_BYTES = len(csv(material().members)) - 1
    with pytest.raises(InvalidInput) as refused:
        house.new_dataset_version(row, technician, _sides(nonmembers=b"x"))
    assert refused.value.field == "members"
    assert "at most 0 MB" in refused.value.problem
    assert house.left(storage_folder) == before


def test_a_failure_after_storing_takes_files_back(
    tenant: Client, technician: User, storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = house.new_dataset(tenant, technician)
    before = house.left(storage_folder)
    written: list[int] = []

    def broken(**_: object) -> None:
        written.append(len(list(storage_folder.iterdir())))
        raise RuntimeError

    monkeypatch.setattr(checklist, "refresh", broken)
    with pytest.raises(RuntimeError):
        house.new_dataset_version(row, technician)
    assert written == [len(before[1]) + 2]
    assert house.left(storage_folder) == before


def test_a_name_is_taken_once_per_client(tenant: Client, technician: User) -> None:
    house.new_dataset(tenant, technician, "Appointments")
    with pytest.raises(InvalidInput) as refused:
        house.new_dataset(tenant, technician, "Appointments")
    assert refused.value.field == "name"
    other = house.new_dataset(tenant, technician, "Reminders")
    with pytest.raises(InvalidInput):
        dataset.edit(dataset=other, actor=technician, values={"name": "Appointments"})


def test_edit_writes_down_what_changed(tenant: Client, technician: User) -> None:
    row = house.new_dataset(tenant, technician)
    row.owner_name = "Ada"  # as a form does before the service is asked
    dataset.edit(
        dataset=row, actor=technician, values={"name": "Appointments", "owner_name": "Ada"}
    )
    line = Activity.objects.get(verb="changed", object_id=row.pk)
    assert details(line) == {"fields": {"owner_name": {"before": "", "after": "Ada"}}}
    assert Dataset.objects.get(pk=row.pk).owner_name == "Ada"


def test_register_puts_the_controls_of_a_dataset_on_the_checklist(
    tenant: Client, technician: User
) -> None:
    assert not ChecklistItem.objects.filter(control="AI-10").exists()
    house.new_dataset(tenant, technician)
    # Weight 4 times an impact of 3: ordinary personal data.
    assert ChecklistItem.objects.get(control="AI-10").priority == 12
