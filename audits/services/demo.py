"""The demo: two providers and eleven clients, in every state that a client can be in.

Five have a real audit queued on this installation's engine; what the others show was measured
while it is seeded, and dated back (`demo_past.py`). One is a provider's own (`demo_house.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import (
    DataClass,
    Exposure,
    Hosting,
    Impact,
    Lifecycle,
    Outputs,
    Preset,
    Reveals,
    Role,
    Split,
    StartedBy,
    ToolDecision,
    TrainsOnData,
    VersionKind,
)
from audits.models import Client, DatasetVersion, Membership, ModelVersion, Provider, User
from audits.queries.demo import DOMAIN
from audits.services import (
    ai_model,
    audit,
    authorisation,
    dataset,
    demo_care,
    demo_data,
    demo_house,
    demo_past,
    demo_tools,
    files,
    tool,
)
from audits.services import client as clients
from audits.services import provider as providers
from audits.services.dataset import Layout, Upload
from audits.services.errors import NotPossible
from audits.services.files import in_memory

PROVIDER = "Northgate IT (demo)"
SECOND_PROVIDER = "Westfield Managed IT (demo)"
_ROLE = "managing director"
ADMIN, TECHNICIAN, OWNER, SECOND_ADMIN = (
    f"{name}@{DOMAIN}" for name in ("admin", "technician", "owner", "second-admin")
)


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
    hosted_by: str = ""
    preset: Preset = Preset.STANDARD


@dataclass(frozen=True, kw_only=True)
class DemoClient:
    """A client of the demo."""

    name: str
    industry: str
    contact: str
    models: tuple[DemoModel, ...]
    tools: tuple[tuple[str, str, DataClass, TrainsOnData, ToolDecision], ...]
    answered: int


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
                hosted_by="Example cloud",
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
        answered=6,
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
        answered=3,
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
        answered=0,
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
        answered=5,
    ),
)
# Of the second provider; its audit takes the longest, so that one is seen while it runs.
RUNNING = DemoClient(
    name="Quarry Tools (simulated data)",
    industry="Manufacturing",
    contact="Iris Novak",
    models=(
        DemoModel(
            case="simulated_attrition",
            name="Rota forecast",
            purpose="Says which shifts may run short. Made-up records.",
            people="Simulated staff",
            impact=Impact.PERSONAL,
            reveals=Reveals.NO,
            exposure=Exposure.INTERNAL,
            data_class=DataClass.HR,
            preset=Preset.DEEP,
        ),
    ),
    tools=(),
    answered=1,
)

PAST = (demo_past.EXPIRED, demo_past.FAILED)
SECOND_PAST = (demo_past.WORST, demo_past.UNKNOWN, demo_past.BEST)


def seed(*, password: str) -> list[int]:
    """Create the demo and queue its audits; returns the ids of those of the first provider."""
    with files.undone_on_error(), transaction.atomic():
        queued = _seed_first(password)
        _seed_second(password)
    return queued


def _seed_first(password: str) -> list[int]:
    queued: list[int] = []
    with providers.entered(name=PROVIDER, is_demo=True) as provider:
        admin = User.objects.create_user(ADMIN, password, name="Nora Northgate")
        technician = User.objects.create_user(TECHNICIAN, password, name="Sam Technician")
        owner = User.objects.create_user(OWNER, password, name="Priya Shah")
        for user, role in ((admin, Role.MSP_ADMIN), (technician, Role.TECHNICIAN)):
            lead = Membership.objects.create(
                user=user, provider=provider, role=role, all_clients=True
            )
        for index, wanted in enumerate(CLIENTS):
            client = _client(provider.pk, technician, wanted)
            Client.objects.filter(pk=client.pk).update(lead=lead)
            if index == 0:
                Membership.objects.create(
                    user=owner, provider=provider, client=client, role=Role.CLIENT_OWNER
                )
            queued.extend(_fill(client, technician, wanted, approver=admin))
            if index == 0:
                demo_care.plan_review(client=client, actor=technician)
                demo_care.plan_audits(client=client, actor=technician)
        for past in PAST:
            demo_past.add(provider_id=provider.pk, lead=lead, actor=technician, past=past)
        demo_house.add(provider_id=provider.pk, lead=lead, actor=technician, approver=admin)
    return queued


def _seed_second(password: str) -> None:
    """The other provider, which never sees anything of the first one."""
    with providers.entered(name=SECOND_PROVIDER, is_demo=True) as provider:
        admin = User.objects.create_user(SECOND_ADMIN, password, name="Wes Westfield")
        lead = Membership.objects.create(
            user=admin, provider=provider, role=Role.MSP_ADMIN, all_clients=True
        )
        for past in SECOND_PAST:
            demo_past.add(provider_id=provider.pk, lead=lead, actor=admin, past=past)
        running = _client(provider.pk, admin, RUNNING)
        Client.objects.filter(pk=running.pk).update(lead=lead)
        for _audit in _fill(running, admin, RUNNING):
            pass


def add_client(*, provider_id: int, actor: User) -> Client:
    """Give a provider a client to try things on: simulated records, a real model, a real audit.

    Raises NotPossible where there is one already.
    """
    wanted = CLIENTS[0]
    with files.undone_on_error(), transaction.atomic():
        Provider.objects.select_for_update(no_key=True).get(pk=provider_id)  # one at a time
        if Client.objects.filter(provider_id=provider_id, name=wanted.name).exists():
            raise NotPossible(_("The demo client is there already."))
        client = _client(provider_id, actor, wanted)
        for _audit in _fill(client, actor, wanted):
            pass
    return client


def _client(provider_id: int, actor: User, wanted: DemoClient) -> Client:
    return clients.create(
        provider_id=provider_id,
        actor=actor,
        name=wanted.name,
        industry=wanted.industry,
        contact_name=wanted.contact,
        time_zone="Europe/London",
        is_demo=True,
    )


def _fill(
    client: Client, actor: User, wanted: DemoClient, approver: User | None = None
) -> Iterator[int]:
    """Without a second person nothing is decided: who reports a tool does not allow it."""
    for name, vendor, data_class, trains, decision in wanted.tools:
        made = tool.save(
            client=client,
            actor=actor,
            tool=None,
            values={"name": name, "vendor": vendor, "data_class": data_class},
        )
        if approver is not None and decision != ToolDecision.UNDECIDED:
            demo_tools.settle(
                tool=made, actor=actor, approver=approver, trains=trains, decision=decision
            )
    for entry in wanted.models:
        yield _audited(client, actor, entry)
    demo_care.begin_checklist(client=client, actor=actor, answers=wanted.answered)


def _audited(client: Client, actor: User, entry: DemoModel) -> int:
    case = demo_data.CASES[entry.case]()
    version = _model_version(client, actor, entry, case)
    data = _dataset_version(client, actor, entry, case)
    demo_care.settle_records(version=data, actor=actor, person=client.contact_name, role=_ROLE)
    return audit.request(
        client=client,
        actor=actor,
        version=version,
        data=data,
        preset=entry.preset,
        started_by=StartedBy.DEMO,
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
            "hosting": Hosting.THIRD_PARTY if entry.hosted_by else Hosting.OWN,
            "hosted_by": entry.hosted_by,
            "outputs": Outputs.PROBS,
            "lifecycle": Lifecycle.IN_REVIEW,
        },
    )
    authorisation.record(
        model=model,
        actor=actor,
        person=client.contact_name,
        role=_ROLE,
        given_on=timezone.localdate(),
        ends_on=timezone.localdate() + authorisation.LASTS,
        scope="This model in all its versions, with the records it was trained on.",
        is_confirmed=True,
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
