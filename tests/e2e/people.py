"""People and content of the browser tests; called beside the running portal by `manage.py shell`.

The portal has no sign-up page: provider and first accounts are made on the server.
"""

import json
import sys

from audits import access
from audits.enums import (
    DataClass,
    Exposure,
    Hue,
    Impact,
    Preset,
    Reveals,
    Role,
    Split,
    ToolDecision,
    TrainsOnData,
    VersionKind,
)
from audits.models import Audit, Client, DatasetVersion, Membership, ModelVersion, Provider, User
from audits.services import (
    ai_model,
    audit,
    client_group,
    dataset,
    demo_data,
    files,
    invitation,
    tool,
)
from audits.services import client as clients
from audits.services import provider as providers
from audits.services.dataset import Layout, Upload
from audits.services.files import in_memory
from tests.builders import make_authorisation
from tests.second_factor import protect

PASSWORD = "a browser test's own password"


def _person(email: str, name: str) -> User:
    return User.objects.create_user(email, PASSWORD, name=name)


def _technician(provider: Provider, email: str) -> User:
    return _staff(provider, email, "Robin Technician", Role.TECHNICIAN)


def _staff(provider: Provider, email: str, name: str, role: Role) -> User:
    user = protect(_person(email, name))
    Membership.objects.create(user=user, provider=provider, role=role, all_clients=True)
    return user


def add_unprotected(technician: str) -> None:
    """A provider, and a technician who has no second factor yet."""
    with providers.entered(name=f"Provider of {technician}") as provider:
        user = _person(technician, "Uma Technician")
        Membership.objects.create(
            user=user, provider=provider, role=Role.TECHNICIAN, all_clients=True
        )


def _owner(client: Client, email: str) -> None:
    Membership.objects.create(
        user=_person(email, "Olu Owner"),
        provider_id=client.provider_id,
        client=client,
        role=Role.CLIENT_OWNER,
    )


def add_provider(technician: str) -> None:
    """A provider without clients, and its technician."""
    with providers.entered(name=f"Provider of {technician}") as provider:
        _technician(provider, technician)


def add_house(admin: str, technician: str) -> None:
    """A provider with an administrator and a technician who sees every client."""
    with providers.entered(name="Company account IT") as provider:
        user = _staff(provider, admin, "Ada Admin", Role.MSP_ADMIN)
        clients.create(provider_id=provider.pk, actor=user, name="First client")
        _technician(provider, technician)


def add_owner(technician: str, slug: str, owner: str) -> None:
    """An owner for a client that the technician made in the browser."""
    with access.opened(User.objects.get(email=technician), slug=slug) as (_actor, client):
        if client is None:
            raise LookupError(slug)
        _owner(client, owner)


def furnish(technician: str, owner: str, admin: str) -> None:
    """A provider with one client that has something of everything, and one that has nothing."""
    with files.undone_on_error(), providers.entered(name="Furnished IT") as provider:
        user = _technician(provider, technician)
        head = _staff(provider, admin, "Ada Admin", Role.MSP_ADMIN)
        full, bare = (
            clients.create(
                provider_id=provider.pk,
                actor=user,
                name=name,
                industry="Health care",
                contact_name="Dr Anna Berg",
                time_zone="Europe/London",
            )
            for name in ("Lakeside Clinic", "Parcel & Post")
        )
        _owner(full, owner)
        colleague = head.membership_set.get()
        person = full.membership_set.get()
        _list_tools(full, user)
        queued = _queue_audit(full, user)
        told = {
            "full": full.slug,
            "bare": bare.slug,
            "audit": queued.pk,
            "model": queued.model_version.model_id,
            "dataset": queued.dataset_version.dataset_id if queued.dataset_version else None,
            "colleague": colleague.pk,
            "person": person.pk,
        }
    told |= _groups_and_invitations(head, full)
    sys.stdout.write(json.dumps(told))


def add_checklist(technician: str, owner: str, contributor: str) -> None:
    """A client with a tool, and so with a checklist; its owner and a contributor."""
    with providers.entered(name=f"Provider of {technician}") as provider:
        user = _technician(provider, technician)
        client = clients.create(provider_id=provider.pk, actor=user, name="Pocket Pharmacy")
        _list_tools(client, user)
        _owner(client, owner)
        Membership.objects.create(
            user=_person(contributor, "Kim Contributor"),
            provider=provider,
            client=client,
            role=Role.CLIENT_CONTRIBUTOR,
        )
    sys.stdout.write(json.dumps(client.slug))


def _groups_and_invitations(admin: User, client: Client) -> dict[str, object]:
    """A group of the provider, and people asked in to the team and to the client."""
    links: list[str] = []

    def link(token: str) -> str:
        links.append(f"/join/{token}/")
        return links[-1]

    with access.opened(admin, slug=None) as (actor, _):
        group = client_group.save(
            actor=actor,
            provider_id=client.provider_id,
            group=None,
            name="Health",
            hue=Hue.TEAL,
            clients=[client],
        )
        invitation.invite(
            actor=actor,
            client=None,
            email="new@furnished.example",
            role=Role.TECHNICIAN,
            link=link,
        )
    with access.opened(admin, slug=client.slug) as (actor, found):
        invitation.invite(
            actor=actor,
            client=found,
            email="zoe@lakeside.example",
            role=Role.CLIENT_CONTRIBUTOR,
            link=link,
        )
    return {"group": group.pk, "join": links[-1]}


def _list_tools(client: Client, actor: User) -> None:
    for name, trains, decision in (
        ("Dictation", TrainsOnData.OPT_OUT, ToolDecision.RESTRICT),
        ("Chat assistant, free plan", TrainsOnData.UNKNOWN, ToolDecision.UNDECIDED),
    ):
        tool.save(
            client=client,
            actor=actor,
            tool=None,
            values={
                "name": name,
                "vendor": "Example vendor",
                "data_class": DataClass.HEALTH,
                "trains_on_data": trains,
                "decision": decision,
            },
        )


def _queue_audit(client: Client, actor: User) -> Audit:
    case = demo_data.tumour_triage()
    return audit.request(
        client=client,
        actor=actor,
        version=_model(client, actor, case),
        data=_records(client, actor, case),
        preset=Preset.STANDARD,
    )


def _model(client: Client, actor: User, case: demo_data.DemoCase) -> ModelVersion:
    model = ai_model.register(
        client=client,
        actor=actor,
        values={
            "name": "Tumour triage",
            "purpose": "Orders biopsies by urgency.",
            "people": "Patients with a biopsy",
            "impact": Impact.SPECIAL,
            "reveals": Reveals.YES,
            "exposure": Exposure.INTERNAL,
        },
    )
    make_authorisation(model)
    with in_memory(case.model) as upload:
        return ai_model.add_version(
            model=model,
            actor=actor,
            kind=VersionKind.SKOPS,
            upload=upload,
            original_name="triage.skops",
        )


def _records(client: Client, actor: User, case: demo_data.DemoCase) -> DatasetVersion:
    made = dataset.register(
        client=client,
        actor=actor,
        values={
            "name": "Biopsies",
            "data_class": DataClass.HEALTH,
            "impact": Impact.SPECIAL,
            "reveals": Reveals.YES,
        },
    )
    with in_memory(case.members) as inside, in_memory(case.nonmembers) as outside:
        return dataset.add_version(
            dataset=made,
            actor=actor,
            uploads={
                "members": Upload(source=inside, name="used_for_training.parquet"),
                "nonmembers": Upload(source=outside, name="held_out.parquet"),
            },
            layout=Layout(target=case.target, split=Split.RANDOM),
        )
