from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from audits.enums import Exposure, Impact, JobState, Preset, Reveals, Split, VersionKind
from audits.models import Activity, Audit, Client, DatasetVersion, Job, ModelVersion, User
from audits.sandbox import kinds
from audits.services import audit
from audits.services.errors import AlreadyRunning, InvalidInput, NotPossible
from tests.services import house
from tests.services.material import csv, material


@pytest.fixture
def version(tenant: Client, technician: User) -> ModelVersion:
    model = house.new_model(tenant, technician, impact=Impact.PERSONAL, exposure=Exposure.CUSTOMERS)
    return house.new_model_version(model, technician)


@pytest.fixture
def data(tenant: Client, technician: User) -> DatasetVersion:
    row = house.new_dataset(tenant, technician, impact=Impact.SENSITIVE, reveals=Reveals.YES)
    return house.new_dataset_version(row, technician)


def test_request_queues_one_measurement(
    tenant: Client, technician: User, version: ModelVersion, data: DatasetVersion
) -> None:
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    stored = Audit.objects.get()
    assert (stored.pk, stored.split, stored.preset) == (made.pk, Split.RANDOM, Preset.STANDARD)
    # The worse of what was said of model and dataset: they hold the same people.
    assert (stored.impact, stored.reveals) == (Impact.SENSITIVE, Reveals.YES)
    assert stored.exposure == Exposure.CUSTOMERS
    job = Job.objects.get()
    assert (job.state, job.object_id, job.steps) == (JobState.QUEUED, made.pk, 4)
    assert list(job.units.values_list("name", "state")) == [("prepare", JobState.QUEUED)]
    assert Activity.objects.filter(verb="requested", object_id=made.pk).count() == 1

    with pytest.raises(AlreadyRunning) as running:
        audit.request(client=tenant, actor=technician, version=version, data=data)
    assert running.value.job == job
    other = audit.request(client=tenant, actor=technician, version=version, data=data, seed=1)
    assert (Audit.objects.count(), other.seed) == (2, 1)


def test_predictions_need_no_records_and_two_steps(tenant: Client, technician: User) -> None:
    answers = house.new_model_version(
        house.new_model(tenant, technician),
        technician,
        material().predictions,
        kind=VersionKind.PREDICTIONS,
    )
    made = audit.request(
        client=tenant, actor=technician, version=answers, data=None, split=Split.RANDOM
    )
    job = Job.objects.get()
    assert (made.dataset_version_id, made.split, job.steps) == (None, Split.RANDOM, 2)


def test_request_refuses_pairs_that_cannot_go_together(
    tenant: Client, technician: User, storage_folder: Path, data: DatasetVersion
) -> None:
    answers = house.new_model_version(
        house.new_model(tenant, technician),
        technician,
        material().predictions,
        kind=VersionKind.PREDICTIONS,
    )
    skops = house.new_model_version(house.new_model(tenant, technician, "Other"), technician)
    before = house.left(storage_folder)
    for version, records in ((answers, data), (skops, None)):
        with pytest.raises(InvalidInput) as refused:
            audit.request(client=tenant, actor=technician, version=version, data=records)
        assert refused.value.field == "dataset_version"
    assert house.left(storage_folder) == before


def _narrow() -> dict[str, bytes]:
    found = material()
    return {
        "members": csv(found.members.drop_columns(["age"])),
        "nonmembers": csv(found.nonmembers.drop_columns(["age"])),
    }


def _with_gaps() -> dict[str, bytes]:
    gone = pa.array([None, *material().nonmembers["age"].to_pylist()[1:]])
    table = material().nonmembers.set_column(0, "age", gone)
    return {"members": csv(material().members), "nonmembers": csv(table)}


def _other_labels() -> dict[str, bytes]:
    table = material().nonmembers
    labels = pa.array(["perhaps", *table["came"].to_pylist()[1:]])
    return {
        "members": csv(material().members),
        "nonmembers": csv(table.set_column(3, "came", labels)),
    }


@pytest.mark.parametrize(
    ("contents", "word"),
    [(_narrow, "3"), (_with_gaps, "missing"), (_other_labels, "perhaps")],
    ids=["columns", "NaN", "labels"],
)
def test_request_refuses_records_that_do_not_fit_the_model(
    tenant: Client,
    technician: User,
    storage_folder: Path,
    contents: Callable[[], dict[str, bytes]],
    word: str,
) -> None:
    # A forest answers for missing values; a linear model cannot.
    model = house.new_model(tenant, technician)
    version = house.new_model_version(model, technician, material().linear)
    row = house.new_dataset(tenant, technician)
    data = house.new_dataset_version(row, technician, contents())
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        audit.request(client=tenant, actor=technician, version=version, data=data)
    assert refused.value.field == "dataset_version"
    assert word in refused.value.problem
    assert refused.value.remedy != ""
    assert house.left(storage_folder) == before


def test_cancel_ends_a_waiting_audit_once(
    tenant: Client, technician: User, version: ModelVersion, data: DatasetVersion
) -> None:
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    with pytest.raises(NotPossible):
        audit.again(audit=made, actor=technician)
    audit.cancel(audit=made, actor=technician)
    job = Job.objects.get()
    assert job.state == JobState.CANCELLED
    assert list(job.units.values_list("state", flat=True)) == [JobState.CANCELLED]
    with pytest.raises(NotPossible):
        audit.cancel(audit=made, actor=technician)
    assert Activity.objects.filter(verb="cancelled").count() == 1

    second = audit.again(audit=Audit.objects.get(), actor=technician)
    assert second.job is not None
    assert (second.job.retry_of_id, second.job.state) == (job.pk, JobState.QUEUED)
    assert (second.model_version_id, second.dataset_version_id) == (version.pk, data.pk)


def test_a_fit_check_that_takes_too_long_leaves_the_answer_to_the_audit(
    tenant: Client,
    technician: User,
    version: ModelVersion,
    data: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(kinds.KINDS, "intake", kinds.Kind(3 << 30, 0.01))
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    assert Audit.objects.get() == made


def test_an_upload_that_takes_too_long_is_told_at_the_field(
    tenant: Client, technician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = house.new_model(tenant, technician)
    monkeypatch.setitem(kinds.KINDS, "intake", kinds.Kind(3 << 30, 0.01))
    with pytest.raises(InvalidInput) as refused:
        house.new_model_version(model, technician)
    assert refused.value.field == "file"
    assert refused.value.problem == "Opening the file took longer than a minute."
