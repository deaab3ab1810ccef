"""The end of a version's file: the bytes are looked for in the storage."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits import sandbox, tasks, tenancy
from audits.enums import FilePurpose, JobState, VersionKind
from audits.models import (
    Activity,
    AIModel,
    Audit,
    Client,
    Dataset,
    JobUnit,
    ModelVersion,
    StoredFile,
    User,
)
from audits.queries import ai_model as models
from audits.queries import export, retention
from audits.queries.risk import risks_of
from audits.services import ai_model, audit_files, files, job
from audits.services import audit as audits
from audits.services import retention as records
from audits.services import version_retention as service
from audits.services.errors import InvalidInput, NotPossible
from tests.chains import details
from tests.factories import finished, make_audit, make_job, result_document
from tests.services import house
from tests.services.material import material, nearest

Commit = Callable[..., AbstractContextManager[Any]]
EXPOSED = {
    "attack": "rmia",
    "false_discovery_rate": 0.1,
    "count": 1,
    "smallest_list": 1,
    "members": [{"rows": [83_261], "p": 0.001}],
}


def in_storage(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def name_of(version: ModelVersion) -> str:
    assert version.file is not None
    return version.file.name


@pytest.fixture
def answers(tenant: Client, technician: User) -> ModelVersion:
    """A predictions file of a model of the client."""
    return house.new_model_version(
        house.new_model(tenant, technician),
        technician,
        material().predictions,
        kind=VersionKind.PREDICTIONS,
        name="answers.csv",
    )


@pytest.fixture
def measured(answers: ModelVersion) -> Audit:
    """A finished audit of the predictions that names a member, with what its steps left."""
    document = {**result_document(), "exposed": EXPOSED}
    work = make_job(answers.client, state=JobState.SUCCEEDED)
    JobUnit.objects.create(
        provider_id=answers.provider_id,
        client=answers.client,
        job=work,
        name="conclude",
        index=0,
        state=JobState.SUCCEEDED,
        queued_at=timezone.now(),
        output=document,
        output_file=files.store_bytes(
            client=answers.client, purpose=FilePurpose.UNIT_OUTPUT, data=b"signals"
        ),
    )
    return make_audit(answers, None, job=work, **finished(document))


def test_deleting_predictions_takes_bytes_and_single_scores_and_leaves_the_verdict(
    answers: ModelVersion,
    measured: Audit,
    technician: User,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    left = StoredFile.objects.get(purpose=FilePurpose.UNIT_OUTPUT)
    gone = {name_of(answers), left.name}
    digest = answers.file.sha256 if answers.file is not None else ""
    assert gone <= in_storage(storage_folder)
    before = risks_of([answers.model])[0].rating
    assert export.exposed_csv(measured) is not None
    with django_capture_on_commit_callbacks(execute=True):
        service.delete_now(version=answers, actor=technician)
    assert not gone & in_storage(storage_folder)
    assert not StoredFile.objects.filter(name__in=gone).exists()
    tables = (Audit, JobUnit, ModelVersion, StoredFile)
    assert "83261" not in json.dumps([list(one.objects.values()) for one in tables], default=str)
    after = Audit.objects.get(pk=measured.pk)
    assert after.document == {**(measured.document or {}), "exposed": {**EXPOSED, "members": []}}
    assert after.records_deleted_at is not None
    assert export.exposed_csv(after) is None
    assert risks_of([answers.model])[0].rating == before
    told = details(Activity.objects.get(verb="deleted_file"))
    assert (told["sha256"], told["audits whose single scores went"]) == (digest, 1)
    with pytest.raises(NotPossible):
        service.delete_now(version=answers, actor=technician)


def test_a_version_without_its_file_starts_no_audit_and_is_not_offered(
    answers: ModelVersion, technician: User
) -> None:
    assert answers in models.auditable_versions(answers.client)
    service.delete_now(version=answers, actor=technician)
    assert answers not in models.auditable_versions(answers.client)
    fresh = ModelVersion.objects.get(pk=answers.pk)
    with pytest.raises(InvalidInput) as refused:
        audits.request(client=fresh.client, actor=technician, version=fresh, data=None)
    assert refused.value.field == "model_version"
    with pytest.raises(sandbox.Refused):  # asked for just before, run just after
        audit_files.inputs_of(fresh, None)
    with pytest.raises(IntegrityError, match="file_there_or_deleted"), transaction.atomic():
        ModelVersion.objects.filter(pk=fresh.pk).update(file_deleted_at=None)


def test_an_audit_that_reads_the_file_is_asked_to_stop_and_the_file_waits(
    answers: ModelVersion, technician: User, storage_folder: Path
) -> None:
    running = audits.request(client=answers.client, actor=technician, version=answers, data=None)
    assert running.job is not None
    claimed = job.claim(running.job.units.get().pk)
    assert claimed is not None
    with pytest.raises(NotPossible):
        service.delete_now(version=answers, actor=technician)
    running.job.refresh_from_db()
    assert running.job.cancel_requested_at is not None
    assert name_of(ModelVersion.objects.get(pk=answers.pk)) in in_storage(storage_folder)
    job.release(claimed)
    service.delete_now(version=answers, actor=technician)
    assert ModelVersion.objects.get(pk=answers.pk).file is None


def test_the_job_deletes_the_file_the_day_after_the_last_one_and_not_before(
    answers: ModelVersion,
    tenant: Client,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    with timezone.override("UTC"):
        today = timezone.localdate()
    stored = name_of(answers)
    for last, stays in ((today, True), (today - timedelta(days=1), False)):
        ModelVersion.objects.filter(pk=answers.pk).update(retain_until=last)
        with django_capture_on_commit_callbacks(execute=True):
            tasks.delete_due_records()
        assert (stored in in_storage(storage_folder)) is stays
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[tenant.pk]):
        line = Activity.objects.get(verb="deleted_file")
        assert (line.actor, line.via, details(line)["because"]) == (
            None,
            "job",
            "its day has passed",
        )


def test_the_last_day_of_a_file_is_set_and_a_day_that_is_over_is_not(
    answers: ModelVersion, technician: User
) -> None:
    today = timezone.localdate()
    with pytest.raises(InvalidInput) as refused:
        ai_model.edit_version(
            version=answers,
            actor=technician,
            values={"retain_until": today - timedelta(days=1), "note": ""},
        )
    assert refused.value.field == "retain_until"
    fresh = ModelVersion.objects.get(pk=answers.pk)
    ai_model.edit_version(
        version=fresh, actor=technician, values={"retain_until": today, "note": "March"}
    )
    stored = ModelVersion.objects.get(pk=answers.pk)
    assert (stored.retain_until, stored.note) == (today, "March")
    told = details(Activity.objects.get(verb="set_retention"))
    assert told["fields"] == {"retain_until": {"before": None, "after": str(today)}}
    told = details(Activity.objects.get(verb="changed_version"))
    assert told["fields"] == {"note": {"before": "", "after": "March"}}


@pytest.fixture
def row(tenant: Client, technician: User) -> Dataset:
    made = house.new_dataset(tenant, technician)
    house.new_dataset_version(made, technician)
    return made


def storing(model: AIModel, actor: User) -> ModelVersion:
    """A version whose file keeps the rows it learned from, as the file itself says."""
    version = house.new_model_version(model, actor, nearest())
    assert version.facts["stores_rows"] is True
    return version


@pytest.mark.parametrize("linked_by", ["audit", "entry"])
def test_a_model_that_stores_the_rows_goes_with_them_and_another_stays(
    row: Dataset,
    technician: User,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Commit,
    linked_by: str,
) -> None:
    version = storing(house.new_model(row.client, technician), technician)
    other = storing(house.new_model(row.client, technician, "Elsewhere"), technician)
    data = row.versions.get()
    if linked_by == "audit":
        make_audit(version, data, **finished(result_document()))
    else:
        ai_model.edit_version(version=version, actor=technician, values={"trained_on": data})
        told = details(Activity.objects.get(verb="changed_version"))["fields"]
        assert told == {"trained_on": {"before": "", "after": f"{row.name} v1"}}
    names = [name_of(version), name_of(other)]
    assert set(names) <= in_storage(storage_folder)
    assert retention.holding(row) == [version]
    with django_capture_on_commit_callbacks(execute=True):
        records.delete_now(dataset=row, actor=technician)
    assert [name in in_storage(storage_folder) for name in names] == [False, True]
    after = ModelVersion.objects.get(pk=version.pk)
    assert (after.file, after.trained_on, after.file_deleted_at is None) == (None, None, False)
    assert details(Activity.objects.get(verb="deleted_file"))["version"] == 1
    told = details(Activity.objects.get(verb="deleted_records"))
    assert told["files of models that held them"] == 1


def test_an_audit_elsewhere_that_reads_such_a_model_makes_the_records_wait(
    row: Dataset, technician: User
) -> None:
    version = storing(house.new_model(row.client, technician), technician)
    ModelVersion.objects.filter(pk=version.pk).update(trained_on=row.versions.get())
    work = make_job(row.client, state=JobState.RUNNING)
    JobUnit.objects.create(
        provider_id=row.provider_id,
        client=row.client,
        job=work,
        name="prepare",
        index=0,
        state=JobState.RUNNING,
        queued_at=timezone.now(),
    )
    make_audit(version, None, job=work)
    with pytest.raises(NotPossible):
        records.delete_now(dataset=row, actor=technician)
    assert row.versions.exists()
    work.refresh_from_db()
    assert work.cancel_requested_at is not None
