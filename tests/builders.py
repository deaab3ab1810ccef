"""Rows of every kind, one call each: what the cast and single tests are made of."""

import base64
import copy
from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone

from audits import storage, tenancy
from audits.enums import (
    DataClass,
    Exposure,
    FilePurpose,
    Impact,
    JobKind,
    Outputs,
    RatingBadge,
    Reveals,
    VersionKind,
)
from audits.models import (
    AIModel,
    Audit,
    Authorisation,
    Client,
    ClientKey,
    Dataset,
    DatasetVersion,
    Job,
    JobUnit,
    ModelVersion,
    ProviderJob,
    ProviderJobUnit,
    StoredFile,
    User,
)
from tests.charts.documents import document
from tests.datasets import DRAWING, profile

# The smallest PNG that is one: a single pixel.
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
PASSWORD = "correct horse battery staple"
PROVIDER, CLIENT, GROUP, MODEL, DATASET, TOOL = (
    "Quay Managed IT",
    "Harbour Dental",
    "Coast",
    "No-show forecast",
    "Appointments",
    "Typing assistant",
)


def make_user(email: str) -> User:
    return User.objects.create_user(email, PASSWORD)


def make_client(provider_id: int, name: str = CLIENT, **values: Any) -> Client:  # noqa: ANN401 - model fields
    """Create a bare client and add it to the running scope."""
    pk = tenancy.enter_new_client()
    return Client.objects.create(
        pk=pk, provider_id=provider_id, name=name, slug=f"harbour-{pk}", **values
    )


def make_key(client: Client) -> ClientKey:
    """A real key, so that files of the cast can be written and read."""
    wrapped = storage.wrap_key(storage.new_client_key(), context=f"client:{client.pk}".encode())
    return ClientKey.objects.create(provider_id=client.provider_id, client=client, wrapped=wrapped)


def make_file(client: Client, purpose: FilePurpose, name: str) -> StoredFile:
    return StoredFile.objects.create(
        provider_id=client.provider_id,
        client=client,
        purpose=purpose,
        name=f"{name}-{client.pk}",
        original_name=f"{name}.csv",
        size=1,
        sha256="0" * 64,
    )


def make_model(client: Client, name: str = MODEL, **values: Any) -> AIModel:  # noqa: ANN401 - model fields
    return AIModel.objects.create(
        **{
            "provider_id": client.provider_id,
            "client": client,
            "name": name,
            "impact": Impact.PERSONAL,
            "reveals": Reveals.NO,
            "exposure": Exposure.INTERNAL,
            "outputs": Outputs.PROBS,
            **values,
        }
    )


def make_model_version(model: AIModel, *, number: int = 1) -> ModelVersion:
    return ModelVersion.objects.create(
        provider_id=model.provider_id,
        client=model.client,
        model=model,
        number=number,
        kind=VersionKind.SKOPS,
        file=make_file(model.client, FilePurpose.MODEL, f"model-{model.pk}-{number}"),
        family="random_forest",
    )


def make_authorisation(model: AIModel, **values: Any) -> Authorisation:  # noqa: ANN401 - model fields
    today = timezone.localdate()
    return Authorisation.objects.create(
        **{
            "provider_id": model.provider_id,
            "client": model.client,
            "model": model,
            "person": "Dr Amelia Okafor",
            "role": "practice owner",
            "given_on": today,
            "ends_on": today + timedelta(days=300),
            "scope": "This model and its records.",
            "is_confirmed": True,
            **values,
        }
    )


def make_dataset(client: Client, name: str = DATASET) -> Dataset:
    return Dataset.objects.create(
        provider_id=client.provider_id,
        client=client,
        name=name,
        data_class=DataClass.PERSONAL,
        impact=Impact.PERSONAL,
        reveals=Reveals.NO,
    )


def make_dataset_version(dataset: Dataset, *, number: int = 1) -> DatasetVersion:
    return DatasetVersion.objects.create(
        provider_id=dataset.provider_id,
        client=dataset.client,
        dataset=dataset,
        number=number,
        members_file=make_file(dataset.client, FilePurpose.MEMBERS, f"in-{dataset.pk}-{number}"),
        nonmembers_file=make_file(
            dataset.client, FilePurpose.NONMEMBERS, f"out-{dataset.pk}-{number}"
        ),
        target="came",
        members=400,
        nonmembers=400,
        profile=profile(),
        drawing=DRAWING,
    )


def make_job(client: Client, *, kind: str = JobKind.AUDIT, **values: Any) -> Job:  # noqa: ANN401 - model fields
    return Job.objects.create(
        **{
            "provider_id": client.provider_id,
            "client": client,
            "kind": kind,
            "object_id": 0,
            "key": "key",
            "steps": 1,
            **values,
        }
    )


def make_unit(job: Job | ProviderJob, **values: Any) -> None:  # noqa: ANN401 - model fields
    """The first step of the job, in the state of the job."""
    units: type[Any] = ProviderJobUnit if isinstance(job, ProviderJob) else JobUnit
    usual = {"name": "only", "index": 0, "state": job.state, "queued_at": timezone.now()}
    units.objects.create(**job.owners, job=job, **usual | values)


def make_audit(version: ModelVersion, data: DatasetVersion | None, **values: Any) -> Audit:  # noqa: ANN401 - model fields
    """Ask for an audit; nothing is queued behind it."""
    return Audit.objects.create(
        **{
            "provider_id": version.provider_id,
            "client": version.client,
            "model_version": version,
            "dataset_version": data,
            "impact": Impact.PERSONAL,
            "reveals": Reveals.NO,
            "exposure": Exposure.INTERNAL,
            **values,
        }
    )


def finished(found: dict[str, Any]) -> dict[str, Any]:
    """Columns of an audit that ended with this document."""
    verdict = found["verdict"]
    return {
        "document": found,
        "outcome": verdict["outcome"],
        "reached": verdict["reached"] or "",
        "ceiling": verdict["ceiling"] or "",
        "grade": verdict["grade"] or "",
        "badge": RatingBadge.ELEVATED,
        "completed_at": timezone.now(),
    }


def result_document() -> dict[str, Any]:
    """A whole result of the caller's own; made once, because its arithmetic is real."""
    return copy.deepcopy(_document())


@cache
def _document() -> dict[str, Any]:
    return document()


REPORT_DATA: dict[str, Any] = {
    "report_number": "0001",
    "client": CLIENT,
    "provider": PROVIDER,
    "system": MODEL,
    "version": "v1",
    "audit_date": "1 January 2031",
    "rating": {"badge": RatingBadge.ELEVATED.value},
    "verdict": "Some people can be picked out with confidence.",
    "actions": [],
}
