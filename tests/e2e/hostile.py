"""Clients whose every name is as bad as a form lets it be; called beside the running portal."""

import json
import sys

from django.utils import timezone

from audits.enums import (
    COLUMNS_OF,
    ColumnList,
    DataClass,
    Exposure,
    Impact,
    Reveals,
    Role,
    ToolDecision,
    TrainsOnData,
)
from audits.models import Client, FleetTable, Membership, Provider, User
from audits.queries import report_periods
from audits.services import ai_model, dataset, note, tool
from audits.services import client as clients
from audits.services import provider as providers
from tests.e2e.people import PASSWORD
from tests.second_factor import protect

_WORDS = {
    "long": "Wm" * 150,
    "right_to_left": "מרפאת שיניים عيادة الأسنان " * 7,
    "signs": "😀👨\u200d👩\u200d👧漢字ก็็็็็\u202egpj.exe\u202c" * 6,
}
_NAME, _SHORT, _TEXT = 200, 100, 300


def _technician(provider: Provider, email: str) -> User:
    user = protect(User.objects.create_user(email, PASSWORD, name="Hana Technician"))
    Membership.objects.create(user=user, provider=provider, role=Role.TECHNICIAN, all_clients=True)
    return user


def _client(provider: Provider, user: User, word: str) -> Client:
    return clients.create(
        provider_id=provider.pk,
        actor=user,
        name=word[:_NAME].strip(),
        industry=word[:_SHORT],
        contact_name=word[:_NAME],
    )


def _model(client: Client, user: User, word: str) -> int:
    made = ai_model.register(
        client=client,
        actor=user,
        values={
            "name": word[:_NAME].strip(),
            "purpose": word,
            "people": word[:_TEXT],
            "owner_name": word[:_NAME],
            "impact": Impact.SPECIAL,
            "reveals": Reveals.YES,
            "exposure": Exposure.PUBLIC,
        },
    )
    return made.pk


def _dataset(client: Client, user: User, word: str) -> int:
    return dataset.register(
        client=client,
        actor=user,
        values={
            "name": word[:_NAME].strip(),
            "data_class": DataClass.HEALTH,
            "impact": Impact.SPECIAL,
            "reveals": Reveals.YES,
        },
    ).pk


def _tool(client: Client, user: User, word: str) -> int:
    return tool.save(
        client=client,
        actor=user,
        tool=None,
        values={
            "name": word[:_NAME].strip(),
            "vendor": word[:_NAME].strip(),
            "data_class": DataClass.HEALTH,
            "trains_on_data": TrainsOnData.UNKNOWN,
            "decision": ToolDecision.UNDECIDED,
        },
    ).pk


def furnish_hostile(technician: str, kind: str) -> None:
    """A client, a model, a dataset, a tool and notes with such names; pages that show them."""
    word = _WORDS[kind]
    with providers.entered(name=word[:_NAME]) as provider:
        user = _technician(provider, technician)
        client = _client(provider, user, word)
        home = f"/c/{client.slug}/"
        model, records = _model(client, user, word), _dataset(client, user, word)
        made = _tool(client, user, word)
        quarter = report_periods.offered(client, timezone.now())[0]
        note.write(actor=user, about=client, text=word * 3)
        told = {
            "name": client.name,
            "pages": [
                "/fleet/",
                "/fleet/map/",
                "/switcher/",
                home,
                f"{home}edit/",
                f"{home}models/",
                f"{home}models/{model}/",
                f"{home}models/{model}/edit/",
                f"{home}notes/client/{client.pk}/",
                f"{home}datasets/",
                f"{home}datasets/{records}/",
                f"{home}tools/",
                f"{home}tools/{made}/",
                f"{home}audits/new/",
                f"{home}checklist/",
                f"{home}activity/",
                f"{home}reports/",
                f"{home}reports/schedules/",
                f"{home}reports/new/preview/?kind=quarterly_review&period={quarter.key}",
                "/fleet/reports/new/preview/?sections=everybody&sections=undecided&sections=map",
            ],
        }
    sys.stdout.write(json.dumps(told))


def furnish_many(technician: str, rows: int) -> None:
    """One client with so many models and tools."""
    with providers.entered(name="Provider of many") as provider:
        user = _technician(provider, technician)
        client = _client(provider, user, "Many of Everything Ltd")
        for number in range(rows):
            _model(client, user, f"Model {number} of a rather large company")
            _tool(client, user, f"Tool {number} of a rather large company")
        for listing in (ColumnList.MODELS, ColumnList.TOOLS):
            FleetTable.objects.create(
                provider=provider,
                user=user,
                listing=listing,
                columns=[column.value for column in COLUMNS_OF[listing]],
                size=rows,
            )
        home = f"/c/{client.slug}/"
    sys.stdout.write(json.dumps({"pages": {f"{home}models/": rows, f"{home}tools/": rows}}))
