from dataclasses import dataclass

from django.db import models
from django.db.models import Prefetch, Q

from audits.engine.types import MAX_SUBGROUPS
from audits.enums import MODEL_FILES
from audits.models import (
    AIModel,
    Audit,
    Client,
    DataPermission,
    Dataset,
    DatasetVersion,
    ModelVersion,
)

__all__ = [
    "MAX_SUBGROUPS",
    "Use",
    "auditable_versions",
    "audited_models",
    "dataset_id_of",
    "likely_for",
    "of_client",
    "permissions",
    "permissions_of_client",
    "register",
    "uses",
    "versions",
    "versions_of_client",
    "with_versions",
]


def of_client(client: Client) -> models.QuerySet[Dataset]:
    return Dataset.objects.filter(client=client).select_related("client")


def with_versions(client: Client) -> models.QuerySet[Dataset]:
    """Datasets that carry their versions, newest first."""
    newest_first = DatasetVersion.objects.order_by("dataset_id", "-number")
    return of_client(client).prefetch_related(Prefetch("versions", queryset=newest_first))


def versions_of_client(client: Client) -> models.QuerySet[DatasetVersion]:
    """Every version of every dataset, with its dataset and its files."""
    return DatasetVersion.objects.filter(client=client).select_related(
        "client",
        "dataset",
        "members_file",
        "nonmembers_file",
        "population_file",
        "created_by",
        "columns_confirmed_by",
    )


def dataset_id_of(version_id: int) -> int:
    """The dataset of a version in scope."""
    found: int = DatasetVersion.objects.values_list("dataset_id", flat=True).get(pk=version_id)
    return found


def permissions_of_client(client: Client) -> models.QuerySet[DataPermission]:
    return DataPermission.objects.filter(client=client).select_related(
        "client", "dataset", "file", "recorded_by"
    )


def permissions(dataset: Dataset) -> list[DataPermission]:
    """Every permission on record, the newest first."""
    return list(permissions_of_client(dataset.client).filter(dataset=dataset))


def audited_models(dataset: Dataset) -> list[str]:
    """Names of the models that were measured on a version of this dataset."""
    rows = Audit.objects.filter(dataset_version__dataset=dataset)
    return sorted(set(rows.values_list("model_version__model__name", flat=True)))


@dataclass(frozen=True, kw_only=True)
class Use:
    """A model that learned from a dataset or was measured on it, and its newest audit there."""

    model: AIModel
    audit: Audit | None


def uses(dataset: Dataset) -> list[Use]:
    """Every model that has to do with this dataset, by name, in two queries."""
    audits = Audit.objects.filter(dataset_version__dataset=dataset, completed_at__isnull=False)
    rows = audits.order_by("pk").select_related("model_version").only("model_version__model")
    newest = {row.model_version.model_id: row for row in rows}
    linked = Q(versions__trained_on__dataset=dataset) | Q(
        versions__audits__dataset_version__dataset=dataset
    )
    listed = AIModel.objects.filter(linked, client=dataset.client).distinct().order_by("name", "pk")
    return [Use(model=one, audit=newest.get(one.pk)) for one in listed]


def register(client: Client) -> models.QuerySet[Dataset]:
    """Every dataset with its newest version, without what no list shows of it."""
    newest = DatasetVersion.objects.order_by("dataset_id", "-number").distinct("dataset_id")
    return Dataset.objects.filter(client=client).prefetch_related(
        Prefetch("versions", queryset=newest.defer("profile"))
    )


def versions(dataset: Dataset) -> list[DatasetVersion]:
    """Every version, newest first, with its files."""
    return list(
        DatasetVersion.objects.filter(dataset=dataset)
        .select_related("members_file", "nonmembers_file", "population_file", "created_by")
        .order_by("-number")
    )


def likely_for(version: ModelVersion | None) -> int | None:
    """The records that a model file was trained on as was said; else the only ones there are."""
    if version is None or version.kind not in MODEL_FILES:
        return None
    if version.trained_on_id is not None:
        return version.trained_on_id
    found = list(DatasetVersion.objects.filter(client=version.client_id).values_list("pk")[:2])
    return found[0][0] if len(found) == 1 else None


def auditable_versions(client: Client) -> models.QuerySet[DatasetVersion]:
    """Versions that an audit can read, newest first within each dataset."""
    return (
        DatasetVersion.objects.filter(client=client)
        .select_related("dataset")
        .order_by("dataset__name", "dataset_id", "-number")
    )
