"""Puts a client's real uploads through the services, and looks at what they left."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from audits.enums import (
    DataClass,
    Exposure,
    Impact,
    Outputs,
    Reveals,
    Split,
    VersionKind,
)
from audits.models import (
    Activity,
    AIModel,
    Audit,
    ChecklistItem,
    Client,
    DataPermission,
    Dataset,
    DatasetVersion,
    Finding,
    Job,
    JobUnit,
    ModelVersion,
    Report,
    StoredFile,
    User,
)
from audits.services import ai_model, dataset
from audits.services.dataset import Layout, Upload
from tests.builders import make_authorisation
from tests.services import material

_COUNTED = (
    Activity,
    AIModel,
    Audit,
    ChecklistItem,
    DataPermission,
    Dataset,
    DatasetVersion,
    Finding,
    Job,
    JobUnit,
    ModelVersion,
    Report,
    StoredFile,
)


def left(folder: Path) -> tuple[dict[str, int], set[str]]:
    """Number of rows of every kind, and the names of the files in storage."""
    return (
        {model.__name__: model.objects.count() for model in _COUNTED},
        {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()},
    )


def new_model(
    client: Client,
    actor: User,
    name: str = "No-show forecast",
    **values: Any,  # noqa: ANN401 - model fields
) -> AIModel:
    usual = {
        "name": name,
        "impact": Impact.PERSONAL,
        "reveals": Reveals.NO,
        "exposure": Exposure.INTERNAL,
        "outputs": Outputs.PROBS,
    }
    made = ai_model.register(client=client, actor=actor, values={**usual, **values})
    make_authorisation(made)
    return made


def new_dataset(client: Client, actor: User, name: str = "Appointments", **values: Any) -> Dataset:  # noqa: ANN401 - model fields
    usual = {
        "name": name,
        "data_class": DataClass.PERSONAL,
        "impact": Impact.PERSONAL,
        "reveals": Reveals.NO,
    }
    return dataset.register(client=client, actor=actor, values={**usual, **values})


def new_model_version(
    model: AIModel,
    actor: User,
    content: bytes | None = None,
    *,
    kind: VersionKind = VersionKind.SKOPS,
    name: str = "forest.skops",
    subgroups: tuple[str, ...] = (),
) -> ModelVersion:
    with material.uploaded(material.material().model if content is None else content) as upload:
        return ai_model.add_version(
            model=model,
            actor=actor,
            kind=kind,
            upload=upload,
            original_name=name,
            subgroups=subgroups,
        )


def new_dataset_version(
    row: Dataset,
    actor: User,
    contents: dict[str, bytes] | None = None,
    layout: Layout | None = None,
) -> DatasetVersion:
    """Upload tables by field; the usual two CSV files where none are given."""
    given = contents or {
        "members": material.csv(material.material().members),
        "nonmembers": material.csv(material.material().nonmembers),
    }
    with ExitStack() as stack:
        uploads = {
            field: Upload(
                source=stack.enter_context(material.uploaded(content)), name=f"{field}.csv"
            )
            for field, content in given.items()
        }
        return dataset.add_version(
            dataset=row,
            actor=actor,
            uploads=uploads,
            layout=layout or Layout(target=material.TARGET, split=Split.RANDOM),
        )
