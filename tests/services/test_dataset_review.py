"""What a person says about a dataset is kept with who and when; nothing is assumed before."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import DataClass, Impact, LegalBasis, Reveals
from audits.models import (
    Activity,
    AIModel,
    ChecklistItem,
    Client,
    DataPermission,
    Dataset,
    DatasetVersion,
    User,
)
from audits.queries import dataset_intake as intake
from audits.services import dataset_review, files
from audits.services.errors import InvalidInput
from tests.chains import details
from tests.services import house
from tests.services.material import TARGET, csv, material, uploaded


@pytest.fixture
def version(tenant: Client, technician: User) -> DatasetVersion:
    """A stored version whose columns are age, visits, distance and the label."""
    return house.new_dataset_version(house.new_dataset(tenant, technician), technician)


def said(**kinds: str) -> dict[str, str]:
    return {"age": "age", "visits": "none", "distance": "none", TARGET: "none", **kinds}


def test_an_upload_proposes_and_confirms_nothing(version: DatasetVersion) -> None:
    assert (version.column_kinds, version.columns_confirmed_at) == ({}, None)
    found = intake.profile_of(version)
    assert found is not None
    assert {row.name: row.proposed for row in found.columns}["age"] == "age"
    assert {row.confirmed for row in found.columns} == {""}
    assert intake.proposal_of(version).impact is None
    assert version.dataset.impact_decided_at is None


def test_confirmed_columns_are_kept_with_who_and_when(
    version: DatasetVersion, technician: User
) -> None:
    dataset_review.confirm_columns(version=version, actor=technician, kinds=said(visits="health"))
    kept = DatasetVersion.objects.get(pk=version.pk)
    assert kept.column_kinds == said(visits="health")
    assert kept.columns_confirmed_by == technician
    assert kept.columns_confirmed_at is not None
    found = intake.proposal_of(kept)
    assert (found.personal, found.data_class, found.impact) == (True, "health", 5)
    told = details(Activity.objects.get(verb="confirmed"))["fields"]
    assert told["visits"] == {"before": "", "after": "health"}
    assert "distance" not in told  # nothing was said of it that was not so before
    # The dataset itself is as it was: a proposal decides nothing.
    assert Dataset.objects.get().impact == Impact.PERSONAL


@pytest.mark.parametrize(
    "kinds",
    [
        {},
        {"age": "age"},
        said(extra="none"),
        said(age="a kind that there is not"),
        said(age=""),
    ],
)
def test_every_column_needs_an_answer_that_there_is(
    version: DatasetVersion, technician: User, kinds: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput):
        dataset_review.confirm_columns(version=version, actor=technician, kinds=kinds)
    assert DatasetVersion.objects.get(pk=version.pk).columns_confirmed_at is None


def test_the_next_version_starts_from_what_was_said_and_is_not_confirmed(
    version: DatasetVersion, technician: User
) -> None:
    dataset_review.confirm_columns(version=version, actor=technician, kinds=said(visits="health"))
    later = house.new_dataset_version(version.dataset, technician)
    assert later.columns_confirmed_at is None
    assert intake.earlier_kinds(later) == said(visits="health")
    assert intake.proposal_of(later).impact is None


def test_a_decision_writes_the_facts_and_the_checklist_follows(
    version: DatasetVersion, technician: User
) -> None:
    row = version.dataset
    before = ChecklistItem.objects.get(control="AI-10").priority
    values = {
        "data_class": DataClass.HEALTH,
        "impact": Impact.SPECIAL,
        "reveals": Reveals.YES,
    }
    dataset_review.decide_sensitivity(dataset=row, actor=technician, values=values)
    kept = Dataset.objects.get(pk=row.pk)
    assert (kept.data_class, kept.impact, kept.reveals) == ("health", 5, "yes")
    assert (kept.impact_decided_by, kept.impact_decided_at is None) == (technician, False)
    assert ChecklistItem.objects.get(control="AI-10").priority > before
    told = details(Activity.objects.get(verb="decided"))["fields"]
    assert set(told) == {"data_class", "impact", "reveals"}


def test_a_decision_leaves_the_entries_of_models_alone(
    version: DatasetVersion, tenant: Client, technician: User
) -> None:
    model = house.new_model(tenant, technician)
    values = {"data_class": DataClass.HEALTH, "impact": Impact.SPECIAL, "reveals": Reveals.NO}
    dataset_review.decide_sensitivity(dataset=version.dataset, actor=technician, values=values)
    assert AIModel.objects.get(pk=model.pk).impact == Impact.PERSONAL


GIVEN: dict[str, Any] = {
    "basis": LegalBasis.CONSENT,
    "given_by": "Dr Anna Berg",
    "given_role": "Head of the practice",
}


def test_a_permission_is_kept_with_its_encrypted_file(
    version: DatasetVersion, technician: User, storage_folder: Path
) -> None:
    letter = b"%PDF-1.7 signed by Dr Anna Berg"
    with uploaded(letter) as source:
        made = dataset_review.record_permission(
            dataset=version.dataset,
            actor=technician,
            given_on=timezone.localdate(),
            upload=(source, "letter.pdf"),
            **GIVEN,
        )
    assert made.recorded_by == technician
    assert made.file is not None
    with files.open_plain(made.file) as plain:
        assert (made.file.original_name, plain.read()) == ("letter.pdf", letter)
    assert not any(letter in path.read_bytes() for path in storage_folder.iterdir())
    told = details(Activity.objects.get(verb="permitted"))
    assert told["given by"] == "Dr Anna Berg"


def test_a_permission_without_a_note_or_file_or_from_tomorrow_is_refused(
    version: DatasetVersion, technician: User
) -> None:
    today = timezone.localdate()
    for given_on, note, field in (
        (today, "", "note"),
        (today, "  ", "note"),
        (today + timedelta(days=1), "In the contract", "given_on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            dataset_review.record_permission(
                dataset=version.dataset, actor=technician, given_on=given_on, note=note, **GIVEN
            )
        assert refused.value.field == field
    assert not DataPermission.objects.exists()


def test_too_large_a_letter_is_refused_with_what_to_do_about_a_letter(
    version: DatasetVersion, technician: User, settings: Settings
) -> None:
    settings.MIA_MAX_UPLOAD_BYTES = 10
    with pytest.raises(InvalidInput) as refused, uploaded(b"%PDF-1.7 signed") as source:
        dataset_review.record_permission(
            dataset=version.dataset,
            actor=technician,
            given_on=timezone.localdate(),
            upload=(source, "letter.pdf"),
            **GIVEN,
        )
    assert (refused.value.field, refused.value.remedy) == (
        "upload",
        "Add the pages that say it, or a smaller scan.",
    )


def test_steps_of_the_intake_are_done_one_by_one(version: DatasetVersion, technician: User) -> None:
    row = version.dataset

    def done() -> list[str]:
        fresh = DatasetVersion.objects.select_related("columns_confirmed_by").get(pk=version.pk)
        held = list(DataPermission.objects.filter(dataset=row))
        found = intake.intake_of(Dataset.objects.get(pk=row.pk), [fresh], held)
        return [step.key for step in found.steps if step.is_done]

    assert done() == ["records"]
    dataset_review.confirm_columns(version=version, actor=technician, kinds=said())
    assert done() == ["records", "columns"]
    values = {"data_class": DataClass.PERSONAL, "impact": Impact.PERSONAL, "reveals": Reveals.NO}
    dataset_review.decide_sensitivity(dataset=row, actor=technician, values=values)
    dataset_review.record_permission(
        dataset=row, actor=technician, given_on=timezone.localdate(), note="Clause 4", **GIVEN
    )
    assert done() == ["records", "columns", "sensitivity", "permission"]


def test_a_column_with_the_name_of_another_language_is_shown_and_confirmed(
    tenant: Client, technician: User
) -> None:
    names = ["年齢", "<b>visits</b>", "distance", TARGET]
    found = material()
    contents = {
        side: csv(pa.table(dict(zip(names, table.columns, strict=True))))
        for side, table in (("members", found.members), ("nonmembers", found.nonmembers))
    }
    row = house.new_dataset(tenant, technician)
    version = house.new_dataset_version(row, technician, contents)
    kinds = dict.fromkeys(names, "none")
    dataset_review.confirm_columns(version=version, actor=technician, kinds=kinds)
    assert DatasetVersion.objects.get(pk=version.pk).column_kinds == kinds
    with files.open_plain(version.members_file) as source:
        assert source.read() == contents["members"]
