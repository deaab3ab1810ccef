"""Whole audits, unit by unit, each in its own locked child as in a worker."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import FilePurpose, JobState, Preset, SealVerdict, Split, VersionKind
from audits.guidance import findings
from audits.guidance.wording import say
from audits.models import (
    Activity,
    Audit,
    ChecklistItem,
    Client,
    DatasetVersion,
    Finding,
    Job,
    JobUnit,
    ModelVersion,
    Report,
    StoredFile,
    User,
)
from audits.queries import audit as audits
from audits.queries import report_seal, technical
from audits.sandbox import kinds
from audits.services import audit, files, job_run, run_audit
from audits.services.dataset import Layout
from audits.services.errors import NotPossible
from tests.services import house
from tests.services.material import SIDE, TARGET, csv, material, predictions_with_sites
from tests.summaries import owner_summary

Work = Callable[[], int]


@pytest.fixture
def work(
    tenant: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> Work:
    """Run queued units one after the other until none is left; returns how many there were."""
    # Another thread would look from a transaction of its own, where none of this is committed.
    settings.MIA_HEARTBEAT_SECONDS = 3600
    in_scope = partial(tenancy.scope, provider_id=tenant.provider_id, client_ids=[tenant.pk])

    def run() -> int:
        count = 0
        while unit := JobUnit.objects.filter(state=JobState.QUEUED).first():
            with django_capture_on_commit_callbacks(execute=True):
                job_run.run(unit.pk, in_scope=in_scope)
            count += 1
            assert count < 12
        return count

    return run


@pytest.fixture
def version(tenant: Client, technician: User) -> ModelVersion:
    return house.new_model_version(house.new_model(tenant, technician), technician)


@pytest.fixture
def data(tenant: Client, technician: User) -> DatasetVersion:
    return house.new_dataset_version(house.new_dataset(tenant, technician), technician)


def test_a_standard_audit_is_stored_once_with_all_that_follows(
    tenant: Client,
    technician: User,
    version: ModelVersion,
    data: DatasetVersion,
    storage_folder: Path,
    work: Work,
    settings: Settings,
) -> None:
    before = house.left(storage_folder)[1]
    settings.MIA_SANDBOX_PROCESSES = 2
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    units = work()
    job = Job.objects.get()
    assert (job.state, job.cause, job.step, job.steps) == (JobState.SUCCEEDED, "", units, units)
    done = list(job.units.values_list("name", "index", "state", "attempts"))
    assert done == [
        (name, index, JobState.SUCCEEDED, 1)
        for index, name in enumerate(["prepare", *["references"] * (units - 2), "conclude"])
    ]
    stored = Audit.objects.get()
    document = stored.document
    assert document is not None
    assert document["schema"] == "mia-portal.audit-result/1"
    assert document["family"] == ["rmia", "quantile", "label_noise"]  # trees on halves: no LiRA
    assert document["references"]["count"] == {3: 8, 4: 16}[units]
    assert document["records"]["members"] == SIDE
    assert version.file is not None
    assert document["provenance"]["model_sha256"] == version.file.sha256
    assert document["provenance"]["members_sha256"] == data.members_file.sha256
    assert document["provenance"]["sandbox"] != []
    verdict = document["verdict"]
    assert (stored.outcome, stored.reached, stored.ceiling, stored.grade) == (
        verdict["outcome"], verdict["reached"], verdict["ceiling"], verdict["grade"],
    )  # fmt: skip
    assert stored.badge != ""
    assert stored.rating_trace[0][0] == "impact"
    # What the units left for each other is gone, in the table and in storage.
    assert not StoredFile.objects.filter(purpose=FilePurpose.UNIT_OUTPUT).exists()
    assert house.left(storage_folder)[1] == before
    found = set(Finding.objects.values_list("key", flat=True))
    assert {"overfit_gap", "scores_exposed"} <= found
    called = {control for key in found for control in findings.controls_for(key)}
    asked = ChecklistItem.objects.filter(finding__isnull=False)
    assert set(asked.values_list("control", flat=True)) == called
    assert Activity.objects.filter(verb="completed").count() == 1

    # The same end once more changes nothing.
    run_audit.AuditHandler().complete(job, job.units.get(name="conclude"))
    assert Activity.objects.filter(verb="completed").count() == 1
    assert Audit.objects.get(pk=made.pk).completed_at == stored.completed_at


def test_an_audit_whose_time_ends_after_a_round_has_a_verdict_and_says_so(
    tenant: Client,
    technician: User,
    version: ModelVersion,
    data: DatasetVersion,
    work: Work,
) -> None:
    audit.request(client=tenant, actor=technician, version=version, data=data, preset=Preset.DEEP)
    in_scope = partial(tenancy.scope, provider_id=tenant.provider_id, client_ids=[tenant.pk])
    first = JobUnit.objects.get()
    job_run.run(first.pk, in_scope=in_scope)
    first.refresh_from_db()
    first.output["seconds"] = 0.9 * kinds.AUDIT_SECONDS  # as if the model had been very slow
    first.save(update_fields=["output"])
    assert work() == 2
    job = Job.objects.get()
    assert (job.state, job.cause) == (JobState.SUCCEEDED, "")
    result = audits.result(Audit.objects.get())
    assert result is not None
    references = (result.audit.document or {})["references"]
    assert (references["count"], references["stopped_because"]) == (4, "time")
    told = {fact.label: fact.value for fact in technical.read(result).method}
    assert told["Reference models"].endswith("stopped when the time was up")
    assert say("limits.stopped_early") in result.words.limits


def test_the_same_audit_twice_measures_the_same(
    tenant: Client, technician: User, version: ModelVersion, data: DatasetVersion, work: Work
) -> None:
    def ask(seed: int) -> dict[str, object]:
        made = audit.request(
            client=tenant,
            actor=technician,
            version=version,
            data=data,
            preset=Preset.QUICK,
            seed=seed,
        )
        assert work() == 2
        document = Audit.objects.get(pk=made.pk).document
        assert document is not None
        return {key: document[key] for key in ("verdict", "attacks", "epsilon", "curves")}

    assert ask(3) == ask(3)


def _with_people(table: pa.Table, side: str) -> pa.Table:
    """Two records for each person, whose site is theirs in both."""
    people = pa.array([f"{side} {i // 2}" for i in range(len(table))])
    sites = pa.array(["north" if i // 2 % 3 else "south" for i in range(len(table))])
    return table.append_column("person", people).append_column("site", sites)


def test_people_are_counted_once_and_groups_get_figures(
    tenant: Client, technician: User, work: Work
) -> None:
    """The model knows three columns; person and site are none of them."""
    found = material()
    sides = {
        name: csv(_with_people(table, name))
        for name, table in (("members", found.members), ("nonmembers", found.nonmembers))
    }
    layout = Layout(
        target=TARGET, group="person", drop=("site",), subgroups=("visits", "site"),
        split=Split.RANDOM,
    )  # fmt: skip
    data = house.new_dataset_version(
        house.new_dataset(tenant, technician), technician, sides, layout
    )
    version = house.new_model_version(house.new_model(tenant, technician), technician)
    audit.request(client=tenant, actor=technician, version=version, data=data, preset=Preset.QUICK)
    assert work() == 2
    document = Audit.objects.get().document
    assert document is not None
    assert document["records"]["members"] == SIDE // 2
    assert {one["grouping"] for one in document["groups"]} == {"class", "visits", "site"}
    sites = [one for one in document["groups"] if one["grouping"] == "site"]
    assert sum(one["members"] for one in sites) == SIDE // 2
    assert document["top_decile"]["base_rate"] == 0.5


def test_predictions_are_audited_without_references(
    tenant: Client, technician: User, work: Work
) -> None:
    answers = house.new_model_version(
        house.new_model(tenant, technician),
        technician,
        material().predictions,
        kind=VersionKind.PREDICTIONS,
    )
    audit.request(client=tenant, actor=technician, version=answers, data=None)
    assert work() == 2
    document = Audit.objects.get().document
    assert document is not None
    assert (document["references"]["count"], document["references"]["recipe"]) == (0, None)
    assert answers.file is not None
    assert document["provenance"]["predictions_sha256"] == answers.file.sha256


def test_groups_of_a_predictions_file_get_figures_of_their_own(
    tenant: Client, technician: User, work: Work
) -> None:
    answers = house.new_model_version(
        house.new_model(tenant, technician),
        technician,
        predictions_with_sites(),
        kind=VersionKind.PREDICTIONS,
        subgroups=("x_site",),
    )
    assert answers.facts["subgroups"] == ["site"]
    audit.request(client=tenant, actor=technician, version=answers, data=None)
    assert work() == 2
    document = Audit.objects.get().document
    assert document is not None
    sites = [one for one in document["groups"] if one["grouping"] == "site"]
    assert {one["value"]: one["members"] for one in sites} == {
        "north": SIDE // 2,
        "south": SIDE // 2,
    }


def test_a_result_in_words_of_its_own_is_not_stored(
    tenant: Client, technician: User, version: ModelVersion, data: DatasetVersion
) -> None:
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    said = {"outcome": "harmless", "reached": "L0", "ceiling": "L0", "grade": "A"}
    unit = JobUnit(output={"verdict": said})
    with pytest.raises(ValueError, match="harmless"):
        run_audit.AuditHandler().complete(Job.objects.get(), unit)
    made.refresh_from_db()
    assert (made.outcome, made.document) == ("", None)


def test_a_damaged_file_fails_the_audit_in_words_and_leaves_no_signals(
    tenant: Client,
    technician: User,
    version: ModelVersion,
    data: DatasetVersion,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    audit.request(client=tenant, actor=technician, version=version, data=data)
    monkeypatch.setitem(kinds.KINDS, "audit_step", kinds.Kind(6 << 30, 1e-9))
    assert work() == 1
    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert job.cause == "The step “Reading the records” took longer than the 1 s that it may take."
    assert job.remedy != ""
    assert Audit.objects.get().document is None
    assert not StoredFile.objects.filter(purpose=FilePurpose.UNIT_OUTPUT).exists()


def test_cancel_after_a_step_drops_what_it_left(
    tenant: Client,
    technician: User,
    version: ModelVersion,
    data: DatasetVersion,
    work: Work,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    before = house.left(storage_folder)[1]
    made = audit.request(client=tenant, actor=technician, version=version, data=data)
    unit = JobUnit.objects.get()
    in_scope = partial(tenancy.scope, provider_id=tenant.provider_id, client_ids=[tenant.pk])
    job_run.run(unit.pk, in_scope=in_scope)
    assert StoredFile.objects.filter(purpose=FilePurpose.UNIT_OUTPUT).count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        audit.cancel(audit=made, actor=technician)
    assert Job.objects.get().state == JobState.CANCELLED
    assert work() == 0
    assert house.left(storage_folder)[1] == before


def test_a_report_is_frozen_and_its_pdf_the_same_when_made_again(
    tenant: Client, technician: User, version: ModelVersion, data: DatasetVersion, work: Work
) -> None:
    made = audit.request(
        client=tenant, actor=technician, version=version, data=data, preset=Preset.QUICK
    )
    with pytest.raises(NotPossible):
        owner_summary(made, technician)
    work()
    asked = owner_summary(Audit.objects.get(), technician)
    assert asked.file is None
    frozen = Report.objects.get().data
    model = version.model
    model.name = "Renamed afterwards"
    model.save(update_fields=["name"])
    assert work() == 1
    first = Report.objects.get()
    assert first.job is not None
    assert (first.job.state, first.number, first.data) == (JobState.SUCCEEDED, 1, frozen)
    assert frozen["system"] == "No-show forecast"
    assert frozen["verdict"] != ""
    assert len(frozen["actions"]) == 3
    assert first.file is not None
    assert first.file.purpose == FilePurpose.REPORT
    with files.open_plain(first.file) as pdf:
        pages = pdf.read()
    assert pages.startswith(b"%PDF-")
    code = frozen["code"]
    assert f"mia-report:{code}".encode() in pages
    assert report_seal.of_file(BytesIO(pages)) == SealVerdict.GENUINE
    assert report_seal.of_file(BytesIO(pages + b"\n")) == SealVerdict.ALTERED
    assert report_seal.of_file(BytesIO(pages.replace(code.encode(), b"x"))) == SealVerdict.UNKNOWN
    assert report_seal.of_code(code) == SealVerdict.ISSUED

    # The same data drawn a second time.
    Report.objects.update(file=None)
    unit = JobUnit.objects.get(job=first.job)
    JobUnit.objects.filter(pk=unit.pk).update(state=JobState.QUEUED, output_file=None)
    Job.objects.filter(pk=unit.job_id).update(state=JobState.QUEUED)
    assert work() == 1
    second = Report.objects.get()
    assert second.file is not None
    with files.open_plain(second.file) as pdf:
        assert pdf.read() == pages
    assert Activity.objects.filter(verb="made").count() == 2
