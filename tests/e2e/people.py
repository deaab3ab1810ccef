"""People and content of the browser tests; called beside the running portal by `manage.py shell`.

The portal has no sign-up page: provider and first accounts are made on the server.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from audits import access, tenancy
from audits.enums import (
    DataClass,
    Exposure,
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
from audits.services import ai_model, audit, dataset, demo_data, files, tool
from audits.services import client as clients
from audits.services.dataset import Layout, Upload
from audits.services.files import in_memory

PASSWORD = "a browser test's own password"


@contextmanager
def _provider(name: str) -> Iterator[Provider]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('audits_provider', 'id'))")
        number = cursor.fetchone()[0]
    with tenancy.scope(provider_id=number, client_ids=()):
        made = Provider(pk=number, name=name)
        made.save(force_insert=True)
        yield made


def _person(email: str, name: str) -> User:
    return User.objects.create_user(email, PASSWORD, name=name)


def _technician(provider: Provider, email: str) -> User:
    user = _person(email, "Robin Technician")
    Membership.objects.create(user=user, provider=provider, role=Role.TECHNICIAN, all_clients=True)
    return user


def _owner(client: Client, email: str) -> None:
    Membership.objects.create(
        user=_person(email, "Olu Owner"),
        provider_id=client.provider_id,
        client=client,
        role=Role.CLIENT_OWNER,
    )


def add_provider(technician: str) -> None:
    """A provider without clients, and its technician."""
    with _provider(f"Provider of {technician}") as provider:
        _technician(provider, technician)


def add_owner(technician: str, slug: str, owner: str) -> None:
    """An owner for a client that the technician made in the browser."""
    with access.opened(User.objects.get(email=technician), slug=slug) as (_actor, client):
        if client is None:
            raise LookupError(slug)
        _owner(client, owner)


def furnish(technician: str, owner: str) -> None:
    """A provider with one client that has something of everything, and one that has nothing."""
    with files.undone_on_error(), _provider("Furnished IT") as provider:
        user = _technician(provider, technician)
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
        _list_tools(full, user)
        queued = _queue_audit(full, user)
        told = {
            "full": full.slug,
            "bare": bare.slug,
            "audit": queued.pk,
            "model": queued.model_version.model_id,
            "dataset": queued.dataset_version.dataset_id if queued.dataset_version else None,
        }
    sys.stdout.write(json.dumps(told))


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
