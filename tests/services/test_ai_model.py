from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from audits.enums import Exposure, FilePurpose, Lifecycle, VersionKind
from audits.models import Activity, AIModel, ChecklistItem, Client, StoredFile, User
from audits.queries import ai_model as models
from audits.queries import client as clients
from audits.services import ai_model, files
from audits.services.errors import InvalidInput
from tests.chains import details
from tests.services import house
from tests.services.material import SIDE, csv, material, predictions_with_sites


def test_a_skops_file_becomes_a_version(
    tenant: Client, technician: User, storage_folder: Path
) -> None:
    model = house.new_model(tenant, technician)
    version = house.new_model_version(model, technician)
    assert (version.number, version.kind, version.family) == (1, VersionKind.SKOPS, "random_forest")
    assert version.facts["classes"] == ["no", "yes"]
    assert (version.facts["features"], version.facts["min_samples_leaf"]) == (3, 1)
    assert version.file is not None
    with files.open_plain(version.file) as plain:
        assert plain.read() == material().model
    assert (version.file.original_name, version.file.created_by) == ("forest.skops", technician)
    assert {path.name for path in storage_folder.iterdir()} == {version.file.name}
    assert material().model[:200] not in (storage_folder / version.file.name).read_bytes()
    # Smallest leaf of one record: the file can hold real records.
    assert ChecklistItem.objects.filter(control="AI-21").count() == 1


def test_a_predictions_file_becomes_the_next_version(tenant: Client, technician: User) -> None:
    model = house.new_model(tenant, technician)
    house.new_model_version(model, technician)
    version = house.new_model_version(
        model,
        technician,
        material().predictions,
        kind=VersionKind.PREDICTIONS,
        name="answers.csv",
    )
    assert (version.number, version.kind, version.family) == (2, VersionKind.PREDICTIONS, "")
    assert (version.facts["members"], version.facts["nonmembers"]) == (SIDE, SIDE)
    assert version.facts["reading"]["predictions"]["format"] == "csv"


def _onnx() -> bytes:
    import onnx  # noqa: PLC0415 - heavy
    from onnx import TensorProto, helper  # noqa: PLC0415 - heavy

    graph = helper.make_graph(
        [helper.make_node("Softmax", ["x"], ["out"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [None, 3])],
    )
    made: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    )
    content: bytes = made.SerializeToString()
    return content


def _safetensors() -> bytes:
    import numpy as np  # noqa: PLC0415 - heavy
    import safetensors.numpy  # noqa: PLC0415 - with numpy

    arrays = {"0.weight": np.zeros((2, 3)), "0.bias": np.zeros(2)}
    content: bytes = safetensors.numpy.save(arrays, {"mia_mlp": '{"classes": ["no", "yes"]}'})
    return content


@pytest.mark.parametrize(
    ("content", "kind", "family"),
    [(_onnx, VersionKind.ONNX, "other"), (_safetensors, VersionKind.SAFETENSORS, "mlp")],
    ids=["onnx", "safetensors"],
)
def test_the_kind_of_a_model_file_is_what_its_content_says(
    tenant: Client,
    technician: User,
    content: Callable[[], bytes],
    kind: VersionKind,
    family: str,
) -> None:
    model = house.new_model(tenant, technician)
    version = house.new_model_version(model, technician, content(), name="model.skops")
    assert (version.kind, version.family) == (kind, family)
    assert (version.facts["format"], version.facts["retrainable"]) == (kind, False)
    assert version.file is not None
    assert version.file.purpose == FilePurpose.MODEL


def _off() -> bytes:
    return b"member,label,p_no,p_yes\n1,no,0.5,0.6\n0,yes,0.5,0.5\n"


def _not_a_number() -> bytes:
    return b"member,label,p_no,p_yes\n1,no,nan,0.6\n0,yes,0.5,0.5\n"


REFUSALS: dict[str, tuple[VersionKind, Callable[[], bytes], str]] = {
    "pickle renamed": (VersionKind.SKOPS, lambda: material().pickled, "pickle"),
    "empty model": (VersionKind.SKOPS, lambda: b"", "empty"),
    "table as model": (VersionKind.SKOPS, lambda: csv(material().members), ""),
    "model cut short": (VersionKind.SKOPS, lambda: material().model[:-200], ""),
    "empty predictions": (VersionKind.PREDICTIONS, lambda: b"", "empty"),
    "model as predictions": (VersionKind.PREDICTIONS, lambda: material().model, ""),
    "sums off one": (VersionKind.PREDICTIONS, _off, "1.1"),
    "NaN": (VersionKind.PREDICTIONS, _not_a_number, ""),
    "no member column": (VersionKind.PREDICTIONS, lambda: csv(material().members), "member"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_file_that_cannot_be_used_leaves_nothing(
    tenant: Client, technician: User, storage_folder: Path, case: str
) -> None:
    kind, content, word = REFUSALS[case]
    model = house.new_model(tenant, technician)
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        house.new_model_version(model, technician, content(), kind=kind, name="model.skops")
    assert refused.value.field == "file"
    assert word in refused.value.problem
    assert refused.value.remedy != ""
    assert house.left(storage_folder) == before


def test_a_group_that_is_no_column_is_refused_at_its_own_field(
    tenant: Client, technician: User, storage_folder: Path
) -> None:
    model, kind = house.new_model(tenant, technician), VersionKind.PREDICTIONS
    before = house.left(storage_folder)
    for content, columns in (
        (predictions_with_sites(), "x_site, x_weight"),
        (material().predictions, "none"),
    ):
        with pytest.raises(InvalidInput) as refused:
            house.new_model_version(model, technician, content, kind=kind, subgroups=("age",))
        assert refused.value.field == "subgroups"
        assert f"no column x_age (found: {columns})" in refused.value.problem
    assert house.left(storage_folder) == before


MODEL_CHOICE = 'This is a model file. Choose "Model file" above and upload it again.'
PREDICTIONS_CHOICE = (
    'This is a predictions table. Choose "Predictions file" above and upload it again.'
)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (VersionKind.SKOPS, lambda: material().predictions, PREDICTIONS_CHOICE),
        (VersionKind.PREDICTIONS, lambda: material().model, MODEL_CHOICE),
        (VersionKind.PREDICTIONS, _safetensors, MODEL_CHOICE),
    ],
    ids=["predictions as model", "skops as predictions", "safetensors as predictions"],
)
def test_a_file_under_the_other_choice_is_called_by_its_name(
    tenant: Client,
    technician: User,
    storage_folder: Path,
    kind: VersionKind,
    content: Callable[[], bytes],
    said: str,
) -> None:
    model = house.new_model(tenant, technician)
    before = house.left(storage_folder)
    with pytest.raises(InvalidInput) as refused:
        house.new_model_version(model, technician, content(), kind=kind)
    assert (refused.value.field, str(refused.value), refused.value.code) == ("file", said, "")
    assert house.left(storage_folder) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: material().pickled, ai_model.OTHER_FORMAT),
        (lambda: b"no model at all", ai_model.OTHER_FORMAT),
        (lambda: b"", ""),
    ],
    ids=["pickle", "unknown", "empty"],
)
def test_a_model_in_another_format_is_told_by_its_code(
    tenant: Client, technician: User, content: Callable[[], bytes], code: str
) -> None:
    model = house.new_model(tenant, technician)
    with pytest.raises(InvalidInput) as refused:
        house.new_model_version(model, technician, content())
    assert refused.value.code == code


def test_too_large_a_model_is_refused_unread(
    tenant: Client, technician: User, storage_folder: Path, settings: Settings
) -> None:
    model = house.new_model(tenant, technician)
    before = house.left(storage_folder)
    settings.MIA_MAX_UPLOAD_BYTES = 100
    with pytest.raises(InvalidInput) as refused:
        house.new_model_version(model, technician, b"x" * 101)
    assert (refused.value.field, "at most" in refused.value.problem) == ("file", True)
    assert refused.value.remedy.startswith("Use a smaller model")
    assert house.left(storage_folder) == before


def test_edit_ranks_the_checklist_anew(tenant: Client, technician: User) -> None:
    model = house.new_model(tenant, technician, exposure=Exposure.INTERNAL)
    assert not ChecklistItem.objects.filter(control="AI-26").exists()
    model.exposure = Exposure.PUBLIC  # as a form does before the service is asked
    ai_model.edit(model=model, actor=technician, values={"exposure": Exposure.PUBLIC})
    assert AIModel.objects.get(pk=model.pk).exposure == Exposure.PUBLIC
    assert ChecklistItem.objects.filter(control="AI-26").count() == 1
    line = Activity.objects.get(verb="changed", object_id=model.pk)
    assert details(line) == {"fields": {"exposure": {"before": "internal", "after": "public"}}}


def test_a_name_is_taken_once_per_client(tenant: Client, technician: User) -> None:
    house.new_model(tenant, technician, "Forecast")
    with pytest.raises(InvalidInput) as refused:
        house.new_model(tenant, technician, "Forecast", lifecycle=Lifecycle.IN_REVIEW)
    assert refused.value.field == "name"
    assert AIModel.objects.count() == 1
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [
        ("draft", "in_review", True),
        ("draft", "approved", False),
        ("in_review", "approved", True),
        ("in_review", "blocked", True),
        ("approved", "restricted", True),
        ("approved", "draft", False),
        ("blocked", "approved", False),
        ("retired", "approved", False),
        ("retired", "in_review", True),
        ("draft", "draft", True),
    ],
)
def test_status_follows_the_one_before_and_nothing_is_decided_without_a_review(
    tenant: Client, technician: User, before: str, after: str, *, follows: bool
) -> None:
    model = house.new_model(tenant, technician)
    AIModel.objects.filter(pk=model.pk).update(lifecycle=before)
    change = partial(ai_model.edit, model=model, actor=technician, values={"lifecycle": after})
    if follows:
        change()
    else:
        with pytest.raises(InvalidInput) as refused:
            change()
        assert refused.value.field == "lifecycle"
        assert "In review" in str(refused.value)
    assert AIModel.objects.get(pk=model.pk).lifecycle == (after if follows else before)


def test_an_entry_begins_as_a_draft_or_in_review(tenant: Client, technician: User) -> None:
    for status in set(Lifecycle) - {Lifecycle.DRAFT, Lifecycle.IN_REVIEW}:
        with pytest.raises(InvalidInput):
            house.new_model(tenant, technician, lifecycle=status)
    assert not AIModel.objects.exists()


def test_a_retired_model_asks_for_nothing_and_comes_back_with_a_review(
    tenant: Client, technician: User
) -> None:
    model = house.new_model(tenant, technician, exposure=Exposure.PUBLIC)
    asked = set(ChecklistItem.objects.values_list("control", flat=True))
    assert "AI-26" in asked
    ai_model.edit(model=model, actor=technician, values={"lifecycle": Lifecycle.RETIRED})
    assert not ChecklistItem.objects.filter(control="AI-26").exists()
    assert clients.overview(tenant).risks == []
    (listed,) = models.register(tenant)
    assert listed.is_retired
    ai_model.edit(model=model, actor=technician, values={"lifecycle": Lifecycle.IN_REVIEW})
    assert set(ChecklistItem.objects.values_list("control", flat=True)) == asked
