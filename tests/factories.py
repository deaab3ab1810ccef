"""The cast that every test shares: two providers, two clients each, every model, same names."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.utils import timezone

from audits import storage, tenancy
from audits.enums import (
    Answer,
    DataClass,
    Exposure,
    FilePurpose,
    Impact,
    JobKind,
    JobState,
    Outputs,
    RatingBadge,
    Reveals,
    Role,
    ToolDecision,
    VersionKind,
)
from audits.models import (
    Activity,
    AIModel,
    AITool,
    Audit,
    ChecklistItem,
    Client,
    ClientKey,
    Dataset,
    DatasetVersion,
    Finding,
    Grant,
    Job,
    JobUnit,
    Membership,
    ModelVersion,
    Provider,
    Report,
    StoredFile,
    TenantModel,
    User,
)
from tests.charts.documents import document

PASSWORD = "correct horse battery staple"
PROVIDER, CLIENT, MODEL, DATASET, TOOL = (
    "Quay Managed IT",
    "Harbour Dental",
    "No-show forecast",
    "Appointments",
    "Typing assistant",
)


@dataclass(frozen=True, kw_only=True)
class ClientCast:
    """One client with one row of every tenant table; only the ids differ from the next client."""

    client: Client
    activity: Activity
    audit: Audit
    checklist_item: ChecklistItem
    client_key: ClientKey
    dataset: Dataset
    dataset_version: DatasetVersion
    file: StoredFile
    finding: Finding
    job: Job
    model: AIModel
    model_version: ModelVersion
    report: Report
    tool: AITool
    unit: JobUnit

    def rows(self) -> dict[type[TenantModel], TenantModel]:
        """Every tenant row by its model."""
        found = [value for value in vars(self).values() if isinstance(value, TenantModel)]
        return {type(row): row for row in found}

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Look at this client and at nothing else."""
        with tenancy.scope(provider_id=self.client.provider_id, client_ids=[self.client.pk]):
            yield


@dataclass(frozen=True, kw_only=True)
class ProviderCast:
    """One provider, its two clients, and a person of each kind.

    The owner, the viewer and the technician with one grant belong to the first client.
    """

    provider: Provider
    first: ClientCast
    second: ClientCast
    admin: User
    technician: User
    technician_of_first: User
    technician_of_none: User
    owner: User
    viewer: User

    def people(self) -> dict[str, User]:
        return {name: value for name, value in vars(self).items() if isinstance(value, User)}


@dataclass(frozen=True, kw_only=True)
class World:
    """`here` is where a test works; `sibling` and `stranger` are what it must never reach."""

    ours: ProviderCast
    theirs: ProviderCast

    @property
    def here(self) -> ClientCast:
        return self.ours.first

    @property
    def sibling(self) -> ClientCast:
        return self.ours.second

    @property
    def stranger(self) -> ClientCast:
        return self.theirs.first


def build_world() -> World:
    """Make the whole cast, through tenancy scopes as the portal itself would."""
    return World(ours=_provider("ours"), theirs=_provider("theirs"))


def _provider(name: str) -> ProviderCast:
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name=PROVIDER)
    with tenancy.scope(provider_id=provider.pk, client_ids=()):
        first, second = make_client(provider.pk), make_client(provider.pk)
        casts = [fill(first), fill(second)]
    return ProviderCast(
        provider=provider,
        first=casts[0],
        second=casts[1],
        admin=_staff(name, "admin", provider, Role.MSP_ADMIN, all_clients=True),
        technician=_staff(name, "technician", provider, Role.TECHNICIAN, all_clients=True),
        technician_of_first=_staff(name, "one", provider, Role.TECHNICIAN, granted=first),
        technician_of_none=_staff(name, "none", provider, Role.TECHNICIAN),
        owner=_person(name, "owner", first, Role.CLIENT_OWNER),
        viewer=_person(name, "viewer", first, Role.CLIENT_VIEWER),
    )


def make_user(email: str) -> User:
    return User.objects.create_user(email, PASSWORD)


def _staff(
    house: str,
    name: str,
    provider: Provider,
    role: Role,
    *,
    all_clients: bool = False,
    granted: Client | None = None,
) -> User:
    user = make_user(f"{name}@{house}.example")
    membership = Membership.objects.create(
        user=user, provider=provider, role=role, all_clients=all_clients
    )
    if granted is not None:
        Grant.objects.create(provider=provider, membership=membership, client=granted)
    return user


def _person(house: str, name: str, client: Client, role: Role) -> User:
    user = make_user(f"{name}@{house}.example")
    Membership.objects.create(user=user, provider_id=client.provider_id, client=client, role=role)
    return user


def make_client(provider_id: int, name: str = CLIENT) -> Client:
    """Create a bare client and add it to the running scope."""
    pk = tenancy.enter_new_client()
    return Client.objects.create(pk=pk, provider_id=provider_id, name=name, slug=f"harbour-{pk}")


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


def fill(client: Client) -> ClientCast:
    """Give a client one row of everything."""
    own = {"provider_id": client.provider_id, "client": client}
    model, dataset = make_model(client), make_dataset(client)
    version, data = make_model_version(model), make_dataset_version(dataset)
    job = make_job(client, state=JobState.SUCCEEDED)
    audit = make_audit(version, data, job=job, **finished(result_document()))
    finding = Finding.objects.create(**own, audit=audit, key="leak_L3plus")
    Job.objects.filter(pk=job.pk).update(object_id=audit.pk)
    return ClientCast(
        client=client,
        activity=Activity.objects.create(
            **own, verb="created", object_type="client", object_id=client.pk
        ),
        audit=audit,
        checklist_item=ChecklistItem.objects.create(
            **own,
            control="AI-25",
            catalogue_version="1",
            answer=Answer.UNANSWERED,
            due=date(2031, 1, 1),
            finding=finding,
        ),
        client_key=make_key(client),
        dataset=dataset,
        dataset_version=data,
        file=version.file,
        finding=finding,
        job=job,
        model=model,
        model_version=version,
        report=Report.objects.create(
            **own,
            number=1,
            audit=audit,
            data=REPORT_DATA,
            job=make_job(client, kind=JobKind.REPORT, key="report", state=JobState.SUCCEEDED),
        ),
        tool=AITool.objects.create(
            **own, name=TOOL, data_class=DataClass.INTERNAL, decision=ToolDecision.UNDECIDED
        ),
        unit=JobUnit.objects.create(
            **own,
            job=job,
            name="only",
            index=0,
            state=JobState.SUCCEEDED,
            queued_at=timezone.now(),
        ),
    )
