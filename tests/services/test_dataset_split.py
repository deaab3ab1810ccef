"""One table before training becomes two files and a version whose split is known to be random."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from audits.engine import AuditPlan, audit
from audits.engine.inputs import read_inputs
from audits.engine.loaders.tables import read_described
from audits.enums import Split
from audits.models import Activity, Client, Dataset, DatasetVersion, User
from audits.queries import dataset as datasets
from audits.services import audit_files, dataset_split, files
from audits.services.dataset import Layout, Upload
from audits.services.errors import InvalidInput
from tests.chains import details
from tests.services import house
from tests.services.material import SIDE, TARGET, combined, csv, material, uploaded

USUAL = Layout(target=TARGET, group="person")


def people() -> pa.Table:
    """Two records for each of as many people as a side of the material has records."""
    whole = combined().drop_columns(["in_training"])
    names = pa.array([f"person {number // 2}" for number in range(2 * SIDE)])
    return whole.append_column("person", names)


def drawn(
    client: Client,
    actor: User,
    content: bytes | None = None,
    layout: Layout = USUAL,
    *,
    percent: int = 50,
    seed: int | None = None,
    name: str = "visits.csv",
) -> DatasetVersion:
    row = client_dataset(client, actor)
    with uploaded(csv(people()) if content is None else content) as source:
        return dataset_split.split(
            dataset=row,
            actor=actor,
            upload=Upload(source=source, name=name),
            layout=layout,
            held_out_percent=percent,
            seed=seed,
        )


def client_dataset(client: Client, actor: User) -> Dataset:
    found = datasets.of_client(client).first()
    return found or house.new_dataset(client, actor)


def handed_out(version: DatasetVersion, side: str) -> bytes:
    file = dataset_split.file_of(version, side)
    assert file is not None
    with files.open_plain(file) as source:
        return source.read()


def sides(version: DatasetVersion) -> dict[str, pa.Table]:
    return {
        side: read_described(io.BytesIO(handed_out(version, side)), subject="members")[0]
        for side in ("members", "nonmembers")
    }


def test_a_table_becomes_two_files_and_a_version_that_knows_how(
    tenant: Client, technician: User
) -> None:
    version = drawn(tenant, technician)
    assert (version.number, version.split, version.group) == (1, Split.RANDOM, "person")
    assert (version.members, version.nonmembers) == (SIDE, SIDE)
    assert version.drawing == {
        "seed": version.drawing["seed"],
        "held_out_percent": 50,
        "by": "person",
        "format": "csv",
        "people": {"members": SIDE // 2, "nonmembers": SIDE // 2},
        "source_sha256": hashlib.sha256(csv(people())).hexdigest(),
    }
    found = sides(version)
    who = [set(table["person"].to_pylist()) for table in found.values()]
    assert len(who[0] | who[1]) == SIDE
    assert not who[0] & who[1]
    assert version.members_file.original_name == "visits-train.csv"
    assert version.nonmembers_file.original_name == "visits-held-out.csv"
    line = Activity.objects.get(verb="drew")
    assert details(line)["seed"] == version.drawing["seed"]
    assert details(line)["sha256 of members"] == version.members_file.sha256


def test_the_recorded_seed_and_the_same_table_give_the_same_files(
    tenant: Client, technician: User
) -> None:
    first = drawn(tenant, technician)
    again = drawn(tenant, technician, seed=int(first.drawing["seed"]))
    other = drawn(tenant, technician)
    assert again.members_file.sha256 == first.members_file.sha256
    assert again.nonmembers_file.sha256 == first.nonmembers_file.sha256
    assert other.drawing["seed"] != first.drawing["seed"]
    assert other.members_file.sha256 != first.members_file.sha256


def test_what_is_downloaded_is_what_an_audit_reads(tenant: Client, technician: User) -> None:
    version = drawn(tenant, technician)
    assert list(datasets.auditable_versions(tenant)) == [version]
    params = audit_files.plan_params(version, split=version.split, preset="quick", seed=0)
    assert (params["split"], params["group"], params["target"]) == ("random", "person", TARGET)
    for side, file in (("members", version.members_file), ("nonmembers", version.nonmembers_file)):
        with files.open_plain(file) as source:
            assert source.read() == handed_out(version, side)


def test_an_audit_of_a_model_trained_on_the_one_side_is_valid_and_its_bound_counts(
    tenant: Client, technician: User
) -> None:
    """What the draw is for: the engine calls its limit a bound, because membership was random."""
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy

    version = drawn(tenant, technician)
    train = sides(version)["members"]
    names = ["age", "visits", "distance"]
    forest = RandomForestClassifier(n_estimators=8, random_state=0, n_jobs=1)
    rows = np.column_stack([train[name].to_numpy() for name in names])
    forest.fit(rows, train[TARGET].to_pylist())
    given = {
        "model": io.BytesIO(skops.io.dumps(forest)),
        "members": io.BytesIO(handed_out(version, "members")),
        "nonmembers": io.BytesIO(handed_out(version, "nonmembers")),
    }
    params = audit_files.plan_params(version, split=version.split, preset="quick", seed=0)
    params |= {name: tuple(params[name]) for name in ("drop", "subgroups")}
    plan = AuditPlan(**params)
    document = audit(read_inputs(given, plan), plan).document
    assert document["valid"] is True
    assert document["epsilon"]["bounds_training"] is True
    assert document["records"]["unit"] == "person"


def test_columns_left_out_stay_in_both_files(tenant: Client, technician: User) -> None:
    layout = Layout(target=TARGET, group="person", drop=("distance",))
    version = drawn(tenant, technician, layout=layout)
    assert version.drop == ["distance"]
    assert all("distance" in table.column_names for table in sides(version).values())


def test_parquet_comes_back_as_parquet(tenant: Client, technician: User) -> None:
    out = io.BytesIO()
    pa.parquet.write_table(people(), out)
    version = drawn(tenant, technician, out.getvalue(), name="visits.parquet", percent=20)
    assert version.drawing["format"] == "parquet"
    assert version.members_file.original_name == "visits-train.parquet"
    assert version.drawing["people"] == {"members": 96, "nonmembers": 24}


REFUSALS: dict[str, tuple[Callable[[], bytes], Layout, str]] = {
    "empty": (bytes, USUAL, "table"),
    "pickle": (lambda: material().pickled, USUAL, "table"),
    "label unknown": (lambda: csv(people()), Layout(target="no_show", group="person"), "target"),
    "person unknown": (lambda: csv(people()), Layout(target=TARGET, group="patient"), "group"),
    "left out unknown": (lambda: csv(people()), Layout(target=TARGET, drop=("shoe",)), "drop"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_table_that_cannot_be_split_leaves_nothing(
    tenant: Client, technician: User, storage_folder: Path, case: str
) -> None:
    content, layout, field = REFUSALS[case]
    client_dataset(tenant, technician)
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        drawn(tenant, technician, content(), layout)
    assert refused.value.field == field
    assert refused.value.remedy != ""
    assert house.left(storage_folder) == before


def test_a_share_that_is_not_offered_is_refused(tenant: Client, technician: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        drawn(tenant, technician, percent=99)
    assert refused.value.field == "held_out_percent"


def test_files_that_the_client_brought_are_not_handed_out(tenant: Client, technician: User) -> None:
    version = house.new_dataset_version(house.new_dataset(tenant, technician), technician)
    assert version.members_file is not None
    assert dataset_split.file_of(version, "members") is None
