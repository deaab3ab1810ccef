"""A last day that really is one: the bytes are looked for in the storage, the rows in the table."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audits import tasks, tenancy
from audits.enums import DataClass, FilePurpose, Impact, JobState, LegalBasis, Reveals
from audits.models import (
    Activity,
    Audit,
    Client,
    DataPermission,
    Dataset,
    DatasetVersion,
    Finding,
    JobUnit,
    ModelVersion,
    Report,
    StoredFile,
    User,
)
from audits.queries import export, retention
from audits.queries.risk import risks_of
from audits.services import audit, dataset_review, files, job
from audits.services import retention as service
from audits.services.dataset import Layout
from audits.services.errors import InvalidInput, NotPossible
from tests.chains import details
from tests.factories import finished, make_audit, make_job, result_document
from tests.services import house
from tests.services.material import TARGET, csv, material, uploaded

Commit = Callable[..., AbstractContextManager[Any]]
EXPOSED = {
    "attack": "rmia",
    "false_discovery_rate": 0.1,
    "count": 1,
    "smallest_list": 1,
    "members": [{"rows": [83_261], "p": 0.001}],
}


@pytest.fixture
def row(tenant: Client, technician: User) -> Dataset:
    made = house.new_dataset(tenant, technician)
    found = material()
    contents = {
        "members": csv(found.members),
        "nonmembers": csv(found.nonmembers.slice(0, 60)),
        "population": csv(found.nonmembers.slice(60)),
    }
    house.new_dataset_version(made, technician, contents, Layout(target=TARGET))
    house.new_dataset_version(made, technician)
    return made


@pytest.fixture
def measured(row: Dataset, technician: User) -> Audit:
    """A finished audit of the records that names a member, with what its steps left."""
    model = house.new_model(row.client, technician)
    version = house.new_model_version(model, technician)
    data = row.versions.get(number=2)
    document = {**result_document(), "exposed": EXPOSED}
    work = make_job(row.client, state=JobState.SUCCEEDED)
    made = make_audit(version, data, job=work, **finished(document))
    JobUnit.objects.create(
        provider_id=row.provider_id,
        client=row.client,
        job=work,
        name="conclude",
        index=0,
        state=JobState.SUCCEEDED,
        queued_at=timezone.now(),
        output=document,
        output_file=files.store_bytes(
            client=row.client, purpose=FilePurpose.UNIT_OUTPUT, data=b"signals"
        ),
    )
    Finding.objects.create(
        provider_id=row.provider_id, client=row.client, audit=made, key="leak_L3plus"
    )
    return made


def in_storage(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def names_of(row: Dataset) -> set[str]:
    """What the files of every version are called in the storage."""
    found = row.versions.values_list(
        "members_file__name", "nonmembers_file__name", "population_file__name"
    )
    return {name for names in found for name in names if name is not None}


def test_deleting_now_takes_bytes_versions_and_single_scores(
    row: Dataset,
    measured: Audit,
    technician: User,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    kept = dataset_permission(row, technician)
    gone = names_of(row) | set(
        StoredFile.objects.filter(purpose=FilePurpose.UNIT_OUTPUT).values_list("name", flat=True)
    )
    assert len(gone) == 6
    assert gone <= in_storage(storage_folder)
    assert "83261" in json.dumps(list(JobUnit.objects.values_list("output", flat=True)))
    others = in_storage(storage_folder) - gone
    with django_capture_on_commit_callbacks(execute=True):
        service.delete_now(dataset=row, actor=technician)
    # The bytes are gone from the folder, and no row speaks of them.
    assert in_storage(storage_folder) == others
    assert not StoredFile.objects.filter(name__in=gone).exists()
    assert not DatasetVersion.objects.filter(dataset=row).exists()
    every_row = json.dumps(
        [
            list(model.objects.values())
            for model in (Audit, JobUnit, Finding, Report, Dataset, StoredFile)
        ],
        default=str,
    )
    assert "83261" not in every_row
    assert Dataset.objects.get(pk=row.pk).records_deleted_at is not None
    assert list(DataPermission.objects.all()) == [kept]


def dataset_permission(row: Dataset, actor: User) -> DataPermission:
    with uploaded(b"%PDF-1.7 a signed letter") as source:
        return dataset_review.record_permission(
            dataset=row,
            actor=actor,
            basis=LegalBasis.CONTRACT,
            given_by="Dr Anna Berg",
            given_role="Head",
            given_on=timezone.localdate(),
            upload=(source, "letter.pdf"),
        )


def test_verdict_and_figures_of_an_audit_stay_as_they_were(
    row: Dataset, measured: Audit, technician: User
) -> None:
    before = measured.document
    assert before is not None
    assert export.exposed_csv(measured) is not None
    service.delete_now(dataset=row, actor=technician)
    after = Audit.objects.get(pk=measured.pk)
    assert after.document is not None
    assert after.document["exposed"] == {**EXPOSED, "members": []}
    same = {key: value for key, value in after.document.items() if key != "exposed"}
    assert same == {key: value for key, value in before.items() if key != "exposed"}
    assert (after.outcome, after.reached, after.badge) == (
        measured.outcome,
        measured.reached,
        measured.badge,
    )
    assert Finding.objects.filter(audit=after).count() == 1
    assert (after.dataset_version, after.records_deleted_at is None) == (None, False)
    assert export.exposed_csv(after) is None


def test_the_rating_goes_on_resting_on_how_sensitive_the_records_were(
    row: Dataset, measured: Audit, technician: User
) -> None:
    values = {"data_class": DataClass.HEALTH, "impact": Impact.SPECIAL, "reveals": Reveals.YES}
    dataset_review.decide_sensitivity(dataset=row, actor=technician, values=values)
    model = measured.model_version.model
    before = risks_of([model])[0].rating
    service.delete_now(dataset=row, actor=technician)
    after = risks_of([model])[0].rating
    assert (after.badge, after.impact, after.likelihood) == (
        before.badge,
        before.impact,
        before.likelihood,
    )
    assert after.impact == 5


def test_the_line_of_the_deletion_stays_in_the_log(row: Dataset, technician: User) -> None:
    lines = Activity.objects.count()
    service.delete_now(dataset=row, actor=technician)
    line = Activity.objects.get(verb="deleted_records")
    assert (line.actor, line.object_id) == (technician, row.pk)
    told = details(line)
    assert (told["versions"], told["files"], told["because"]) == (2, 5, "asked for")
    assert Activity.objects.count() == lines + 1


def test_where_there_are_no_records_nothing_is_deleted_or_logged(
    tenant: Client, technician: User
) -> None:
    bare = house.new_dataset(tenant, technician, "Bare")
    with pytest.raises(NotPossible):
        service.delete_now(dataset=bare, actor=technician)
    assert Dataset.objects.get(pk=bare.pk).records_deleted_at is None
    assert not Activity.objects.filter(verb="deleted_records").exists()


def test_another_dataset_keeps_everything(
    row: Dataset, tenant: Client, technician: User, storage_folder: Path
) -> None:
    other = house.new_dataset(tenant, technician, "Reminders")
    house.new_dataset_version(other, technician)
    kept = names_of(other)
    service.delete_now(dataset=row, actor=technician)
    assert names_of(other) == kept
    assert kept <= in_storage(storage_folder)
    assert Dataset.objects.get(pk=other.pk).records_deleted_at is None


@pytest.fixture
def running(row: Dataset, technician: User) -> Audit:
    version = house.new_model_version(house.new_model(row.client, technician), technician)
    return audit.request(
        client=row.client, actor=technician, version=version, data=row.versions.get(number=2)
    )


def test_an_audit_that_waits_is_stopped_first(
    row: Dataset, running: Audit, technician: User
) -> None:
    service.delete_now(dataset=row, actor=technician)
    running.refresh_from_db()
    assert running.job is not None
    assert running.job.state == JobState.CANCELLED
    assert running.dataset_version is None
    assert not row.versions.exists()


def test_an_audit_that_reads_the_records_is_asked_to_stop_and_they_wait(
    row: Dataset, running: Audit, technician: User
) -> None:
    assert running.job is not None
    claimed = job.claim(running.job.units.get().pk)
    assert claimed is not None
    with pytest.raises(NotPossible):
        service.delete_now(dataset=row, actor=technician)
    running.job.refresh_from_db()
    assert running.job.cancel_requested_at is not None
    assert row.versions.count() == 2
    job.release(claimed)
    service.delete_now(dataset=row, actor=technician)
    assert not row.versions.exists()


def ends(row: Dataset, day: date) -> None:
    Dataset.objects.filter(pk=row.pk).update(retain_until=day)


def run_task(commit: Commit) -> None:
    with commit(execute=True):
        tasks.delete_due_records()


def test_the_job_deletes_the_day_after_the_last_one_and_not_before(
    row: Dataset,
    tenant: Client,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    with timezone.override("UTC"):
        today = timezone.localdate()
    gone = names_of(row)
    ends(row, today)
    run_task(django_capture_on_commit_callbacks)
    assert gone <= in_storage(storage_folder)
    ends(row, today - timedelta(days=1))
    run_task(django_capture_on_commit_callbacks)
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[tenant.pk]):
        assert not row.versions.exists()
        line = Activity.objects.get(verb="deleted_records")
        assert (line.actor, line.via) == (None, "job")
    assert not gone & in_storage(storage_folder)
    run_task(django_capture_on_commit_callbacks)
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[tenant.pk]):
        assert Activity.objects.filter(verb="deleted_records").count() == 1


def test_the_last_day_is_one_in_the_time_zone_of_the_client(row: Dataset, tenant: Client) -> None:
    """Where it is already tomorrow the records go, where it is still today they stay."""
    east, west = ("Pacific/Kiritimati", "Pacific/Pago_Pago")  # a day and an hour apart
    with timezone.override(east):
        eastern = timezone.localdate()
    ends(row, eastern - timedelta(days=1))
    Client.objects.filter(pk=tenant.pk).update(time_zone=west)
    assert not service.delete_if_due(row.pk)
    Client.objects.filter(pk=tenant.pk).update(time_zone=east)
    assert service.delete_if_due(row.pk)


def test_a_day_that_is_over_cannot_be_set(row: Dataset, technician: User) -> None:
    today = timezone.localdate()
    with pytest.raises(InvalidInput) as refused:
        service.keep_until(dataset=row, actor=technician, until=today - timedelta(days=1))
    assert refused.value.field == "retain_until"
    service.keep_until(dataset=row, actor=technician, until=today)
    assert Dataset.objects.get(pk=row.pk).retain_until == today
    told = details(Activity.objects.get(verb="set_retention"))
    assert told["fields"] == {"retain_until": {"before": None, "after": str(today)}}
    service.keep_until(dataset=row, actor=technician, until=None)
    assert Dataset.objects.get(pk=row.pk).retain_until is None


def test_records_uploaded_after_the_last_day_are_refused(
    row: Dataset, technician: User, storage_folder: Path
) -> None:
    ends(row, timezone.localdate() - timedelta(days=3))
    row.refresh_from_db()
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        house.new_dataset_version(row, technician)
    assert refused.value.field == "members"
    assert house.left(storage_folder) == before


def test_new_records_after_a_deletion_have_a_last_day_of_their_own(
    row: Dataset, technician: User
) -> None:
    service.delete_now(dataset=row, actor=technician)
    house.new_dataset_version(row, technician)
    fresh = Dataset.objects.get(pk=row.pk)
    assert (fresh.records_deleted_at, fresh.versions.get().number) == (None, 1)


@pytest.mark.parametrize(
    ("days", "is_near", "is_over"), [(31, False, False), (30, True, False), (-1, True, True)]
)
def test_the_warning_begins_thirty_days_before(
    row: Dataset, days: int, *, is_near: bool, is_over: bool
) -> None:
    ends(row, timezone.localdate() + timedelta(days=days))
    row.refresh_from_db()
    ending = retention.ending_of(row)
    assert ending is not None
    assert (ending.days_left, ending.is_near, ending.is_over) == (days, is_near, is_over)
    assert (retention.ending_soon(row.client) == [row]) == is_near


def test_versions_of_models_are_kept_and_name_the_records_no_more(
    row: Dataset, measured: Audit, technician: User, storage_folder: Path
) -> None:
    kept = ModelVersion.objects.select_related("file").filter(pk=measured.model_version_id)
    kept.update(trained_on=row.versions.get(number=1))
    service.delete_now(dataset=row, actor=technician)
    assert (kept.get().trained_on, kept.get().file_deleted_at) == (None, None)
    stored = kept.get().file
    assert stored is not None
    assert stored.name in in_storage(storage_folder)
