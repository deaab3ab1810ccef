"""Clients whose every name is as bad as a form lets it be; called beside the running portal."""

import json
import sys
from urllib.parse import quote

from django.utils import timezone

from audits.enums import (
    COLUMNS_OF,
    Answer,
    ColumnList,
    DataClass,
    Exposure,
    Hosting,
    Impact,
    JobKind,
    JobState,
    Reveals,
    Role,
    ToolDecision,
    TrainsOnData,
)
from audits.models import (
    AIModel,
    AITool,
    ChecklistItem,
    Client,
    FleetTable,
    Membership,
    Provider,
    Report,
    User,
    VendorSheet,
)
from audits.queries import report_periods
from audits.services import ai_model, checklist, client_figures, dataset, note, tool
from audits.services import client as clients
from audits.services import provider as providers
from tests.builders import (
    REPORT_DATA,
    finished,
    make_audit,
    make_client,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.e2e.people import PASSWORD
from tests.house_rows import portfolio_of
from tests.second_factor import protect

_WORDS = {
    "long": "Wm" * 150,
    "right_to_left": "מרפאת שיניים عيادة الأسنان " * 7,
    "signs": "😀👨\u200d👩\u200d👧漢字ก็็็็็\u202egpj.exe\u202c" * 6,
}
_NAME, _SHORT, _TEXT, _LOOKED_FOR = 200, 100, 300, 20


def _technician(provider: Provider, email: str, name: str = "Hana Technician") -> User:
    user = protect(User.objects.create_user(email, PASSWORD, name=name))
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
            "hosting": Hosting.THIRD_PARTY,
            "hosted_by": word[:_NAME],
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


def _people(client: Client, word: str) -> None:
    """An owner of that name, and somebody who was asked in."""
    owner = User.objects.create_user(f"owner-{client.pk}@hostile.example", PASSWORD)
    User.objects.filter(pk=owner.pk).update(name=word[:_SHORT])
    Membership.objects.create(
        user=owner, provider_id=client.provider_id, client=client, role=Role.CLIENT_OWNER
    )


def _results(client: Client, user: User, model: int, word: str) -> tuple[int, int]:
    """A finished audit and a report about it, neither of which anything has to be made for."""
    version = make_model_version(AIModel.objects.get(pk=model))
    job = make_job(client, key=f"audit-{model}", state=JobState.SUCCEEDED)
    audit = make_audit(version, None, job=job, **finished(result_document()))
    made = make_job(client, kind=JobKind.REPORT, key=f"report-{model}", state=JobState.SUCCEEDED)
    said = {"client": word[:_NAME], "provider": word[:_NAME], "system": word[:_NAME]}
    report = Report.objects.create(
        provider_id=client.provider_id,
        client=client,
        number=1,
        audit=audit,
        data=REPORT_DATA | said,
        job=made,
        created_by=user,
    )
    return audit.pk, report.pk


def _actions(client: Client, word: str) -> None:
    """Every question of the checklist answered with no, and somebody who sees to it."""
    checklist.refresh(client=client)
    items = ChecklistItem.objects.filter(client=client)
    items.update(answer=Answer.NO, owner_name=word[:_NAME], reason=word[:_TEXT])


def _sheet(provider: Provider, word: str) -> None:
    VendorSheet.objects.create(
        provider=provider, vendor=word[:_NAME], product=word[:_NAME], tier=word[:_SHORT]
    )


def furnish_hostile(technician: str, kind: str) -> None:
    """A client, a model, a dataset, a tool and notes with such names; pages that show them."""
    word = _WORDS[kind]
    with providers.entered(name=word[:_NAME]) as provider:
        user = _technician(provider, technician, word[:_SHORT])
        client = _client(provider, user, word)
        home = f"/c/{client.slug}/"
        model, records = _model(client, user, word), _dataset(client, user, word)
        made = _tool(client, user, word)
        audit, report = _results(client, user, model, word)
        _people(client, word)
        _actions(client, word)
        _sheet(provider, word)
        portfolio = portfolio_of(provider, user, [client])["portfolio_report"]
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
                f"{home}audits/",
                f"{home}audits/{audit}/",
                f"{home}checklist/",
                f"{home}plan/",
                f"{home}people/",
                f"{home}activity/",
                f"{home}reports/",
                f"{home}reports/{report}/",
                f"{home}reports/schedules/",
                f"{home}reports/new/preview/?kind=quarterly_review&period={quarter.key}",
                "/fleet/reports/",
                f"/fleet/reports/{portfolio.pk}/",
                f"/fleet/?show=&why={client.pk}",
                f"/search/?q={quote(word[:_LOOKED_FOR])}",
                "/plan/",
                "/tools/",
                "/tools/reported/",
                "/fleet/reports/new/preview/?sections=everybody&sections=undecided&sections=map",
            ],
        }
    sys.stdout.write(json.dumps(told))


def furnish_many(technician: str, rows: int) -> None:
    """One client with so many models and tools, so many clients, and so many open actions."""
    with providers.entered(name="Provider of many") as provider:
        user = _technician(provider, technician)
        client = _client(provider, user, "Many of Everything Ltd")
        _many_rows(client, rows)
        others = [make_client(provider.pk, f"Branch {number} Ltd") for number in range(1, rows)]
        _enough_actions([client, *others], rows)
        client_figures.refresh()
        listed = (ColumnList.MODELS, ColumnList.TOOLS, ColumnList.PLAN, ColumnList.FLEET)
        for listing in (*listed, ColumnList.PLANS, ColumnList.VENDORS_REPORTED):
            FleetTable.objects.create(
                provider=provider,
                user=user,
                listing=listing,
                columns=[column.value for column in COLUMNS_OF[listing]],
                size=rows,
            )
        home = f"/c/{client.slug}/"
        asked = ChecklistItem.objects.filter(client=client).count()
    paths = (f"{home}models/", f"{home}tools/", "/fleet/", "/plan/", "/tools/reported/")
    pages = dict.fromkeys(paths, rows) | {f"{home}checklist/": asked, f"{home}plan/": asked}
    sys.stdout.write(json.dumps({"pages": pages}))


def _many_rows(client: Client, rows: int) -> None:
    """Models and tools as they are listed, without what a service does around each of them."""
    for number in range(rows):
        make_model(client, f"Model {number} of a rather large company", impact=Impact.SPECIAL)
    AITool.objects.bulk_create(
        AITool(
            provider_id=client.provider_id,
            client=client,
            name=f"Tool {number} of a rather large company",
            vendor="A rather large vendor",
            data_class=DataClass.HEALTH,
        )
        for number in range(rows)
    )


def _enough_actions(listed: list[Client], rows: int) -> None:
    """Answer checklists with no, one client after the other, until there are so many actions."""
    for client in listed:
        _actions(client, "Somebody")
        if ChecklistItem.objects.filter(client__in=listed, answer=Answer.NO).count() >= rows:
            return
