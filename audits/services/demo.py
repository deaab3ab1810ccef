"""The demo: one provider, four clients, real audits queued on this installation's engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from audits.enums import (
    DataClass,
    Exposure,
    Impact,
    Lifecycle,
    Outputs,
    Reveals,
    Role,
    Split,
    ToolDecision,
    TrainsOnData,
    VersionKind,
)
from audits.models import Client, DatasetVersion, Membership, ModelVersion, User
from audits.services import ai_model, audit, dataset, demo_data, files, tool
from audits.services import client as clients
from audits.services import provider as providers
from audits.services.dataset import Layout, Upload
from audits.services.files import in_memory

PROVIDER = "Northgate IT (demo)"
TECHNICIAN, OWNER = "technician@demo.example", "owner@demo.example"


@dataclass(frozen=True, kw_only=True)
class DemoModel:
    """A model entry of the demo and the records it is measured on."""

    case: str
    name: str
    purpose: str
    people: str
    impact: Impact
    reveals: Reveals
    exposure: Exposure
    data_class: DataClass


@dataclass(frozen=True, kw_only=True)
class DemoClient:
    """A client of the demo."""

    name: str
    industry: str
    contact: str
    models: tuple[DemoModel, ...]
    tools: tuple[tuple[str, str, DataClass, TrainsOnData, ToolDecision], ...]


CLIENTS = (
    DemoClient(
        name="Brightline Lending (simulated data)",
        industry="Consumer loans",
        contact="Priya Shah",
        models=(
            DemoModel(
                case="simulated_loans",
                name="Loan default score",
                purpose="Suggests which applications need a second look. Made-up records.",
                people="Simulated loan applicants",
                impact=Impact.SENSITIVE,
                reveals=Reveals.YES,
                exposure=Exposure.CUSTOMERS,
                data_class=DataClass.FINANCE,
            ),
        ),
        tools=(
            (
                "Chat assistant, free plan",
                "Example vendor",
                DataClass.CLIENT,
                TrainsOnData.UNKNOWN,
                ToolDecision.UNDECIDED,
            ),
            (
                "Meeting notes",
                "Example vendor",
                DataClass.INTERNAL,
                TrainsOnData.NO,
                ToolDecision.APPROVE,
            ),
        ),
    ),
    DemoClient(
        name="Lakeside Clinic",
        industry="Health care",
        contact="Dr Anna Berg",
        models=(
            DemoModel(
                case="tumour_triage",
                name="Tumour triage",
                purpose="Orders biopsies by urgency. Public research data.",
                people="Patients with a biopsy",
                impact=Impact.SPECIAL,
                reveals=Reveals.YES,
                exposure=Exposure.INTERNAL,
                data_class=DataClass.HEALTH,
            ),
        ),
        tools=(
            (
                "Dictation",
                "Example vendor",
                DataClass.HEALTH,
                TrainsOnData.OPT_OUT,
                ToolDecision.RESTRICT,
            ),
        ),
    ),
    DemoClient(
        name="Parcel & Post",
        industry="Logistics",
        contact="Tom Reed",
        models=(
            DemoModel(
                case="digit_reader",
                name="Postcode reader",
                purpose="Reads handwritten digits on parcels. Public research data.",
                people="Handwritten digits, no names",
                impact=Impact.INTERNAL,
                reveals=Reveals.NO,
                exposure=Exposure.INTERNAL,
                data_class=DataClass.INTERNAL,
            ),
        ),
        tools=(),
    ),
    DemoClient(
        name="Fernhill Staffing (simulated data)",
        industry="Recruitment",
        contact="Maria Lopez",
        models=(
            DemoModel(
                case="simulated_attrition",
                name="Attrition forecast",
                purpose="Shows which teams may need support. Made-up records.",
                people="Simulated staff",
                impact=Impact.SENSITIVE,
                reveals=Reveals.NO,
                exposure=Exposure.NAMED,
                data_class=DataClass.HR,
            ),
        ),
        tools=(
            (
                "CV screening",
                "Example vendor",
                DataClass.HR,
                TrainsOnData.YES,
                ToolDecision.REJECT,
            ),
        ),
    ),
)


def exists() -> bool:
    """Say whether the demo has been seeded."""
    return User.objects.filter(email=TECHNICIAN).exists()


def seed(*, password: str) -> list[int]:
    """Create the demo and queue its audits; returns the ids of the audits."""
    queued: list[int] = []
    with files.undone_on_error(), providers.entered(name=PROVIDER) as provider:
        technician = User.objects.create_user(TECHNICIAN, password, name="Sam Technician")
        owner = User.objects.create_user(OWNER, password, name="Priya Shah")
        Membership.objects.create(
            user=technician, provider=provider, role=Role.TECHNICIAN, all_clients=True
        )
        for index, wanted in enumerate(CLIENTS):
            client = clients.create(
                provider_id=provider.pk,
                actor=technician,
                name=wanted.name,
                industry=wanted.industry,
                contact_name=wanted.contact,
                time_zone="Europe/London",
            )
            if index == 0:
                Membership.objects.create(
                    user=owner, provider=provider, client=client, role=Role.CLIENT_OWNER
                )
            queued.extend(_fill(client, technician, wanted))
    return queued


def _fill(client: Client, actor: User, wanted: DemoClient) -> Iterator[int]:
    today = timezone.localdate()
    for name, vendor, data_class, trains, decision in wanted.tools:
        tool.save(
            client=client,
            actor=actor,
            tool=None,
            values={
                "name": name,
                "vendor": vendor,
                "data_class": data_class,
                "trains_on_data": trains,
                "decision": decision,
                "next_review": today + timedelta(days=180),
            },
        )
    for entry in wanted.models:
        yield _audited(client, actor, entry)


def _audited(client: Client, actor: User, entry: DemoModel) -> int:
    case = demo_data.CASES[entry.case]()
    version = _model_version(client, actor, entry, case)
    data = _dataset_version(client, actor, entry, case)
    return audit.request(
        client=client, actor=actor, version=version, data=data, started_by="demo"
    ).pk


def _model_version(
    client: Client, actor: User, entry: DemoModel, case: demo_data.DemoCase
) -> ModelVersion:
    model = ai_model.register(
        client=client,
        actor=actor,
        values={
            "name": entry.name,
            "purpose": entry.purpose,
            "people": entry.people,
            "owner_name": client.contact_name,
            "impact": entry.impact,
            "reveals": entry.reveals,
            "exposure": entry.exposure,
            "outputs": Outputs.PROBS,
            "lifecycle": Lifecycle.IN_REVIEW,
        },
    )
    with in_memory(case.model) as upload:
        return ai_model.add_version(
            model=model,
            actor=actor,
            kind=VersionKind.SKOPS,
            upload=upload,
            original_name=f"{entry.case}.skops",
        )


def _dataset_version(
    client: Client, actor: User, entry: DemoModel, case: demo_data.DemoCase
) -> DatasetVersion:
    records = dataset.register(
        client=client,
        actor=actor,
        values={
            "name": f"{entry.name}: records",
            "description": entry.people,
            "data_class": entry.data_class,
            "impact": entry.impact,
            "reveals": entry.reveals,
            "owner_name": client.contact_name,
        },
    )
    with in_memory(case.members) as inside, in_memory(case.nonmembers) as outside:
        return dataset.add_version(
            dataset=records,
            actor=actor,
            uploads={
                "members": Upload(source=inside, name="used_for_training.parquet"),
                "nonmembers": Upload(source=outside, name="held_out.parquet"),
            },
            layout=Layout(target=case.target, split=Split.RANDOM),
        )
