"""A text of its own in every text column of every client, and in what is not theirs either.

Whatever page a person opens, no mark of anybody else may be in it: a new column is marked by
existing, and one that cannot be is listed with its reason.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import models
from django.test import Client as Browser
from django.test import override_settings

from audits import tenancy
from audits.access import actor_for
from audits.enums import Hosting
from audits.models import AIModel, Client, Note, Provider, User
from audits.queries.isolation import walled_models
from audits.services import activity
from tests import chains
from tests.datasets import keep_files
from tests.factories import ClientCast, ProviderCast, World
from tests.tenancy.rows import APPEND_ONLY, PROVIDER_MODELS, TENANT_MODELS

# One mark for each client, for the name of each provider, and for each provider's own rows.
CLIENTS = {"here": "zqhere", "sibling": "zqsibling", "stranger": "zqstranger", "second": "zqsecond"}
NAMES = {"ours": "zqnameours", "theirs": "zqnametheirs"}
HOUSES = {"ours": "zqrowours", "theirs": "zqrowtheirs"}
# What the provider's staff note about a client, which its people never read.
NOTE = "zqnote"
MARKS = (NOTE, *CLIENTS.values(), *NAMES.values(), *HOUSES.values())

# Text columns that carry no free text: the portal itself reads them.
UNMARKED = {
    "Audit.reached": "a level",
    "Audit.ceiling": "a level",
    "Audit.grade": "a grade",
    "Audit.engine_version": "a version",
    "Audit.house_policy": "a version",
    "ChecklistItem.control": "names a control of the catalogue",
    "ChecklistItem.catalogue_version": "a version",
    "Client.brand_band": "a colour",
    "Client.brand_colour": "a colour",
    "Client.time_zone": "a time zone that must exist",
    "Client.locale": "a language that must exist",
    "Finding.key": "names a finding of the catalogue",
    "FleetTable.query": "the query of an address: whoever kept it would be led there",
    "IsolationCheck.version": "a version",
    "Job.started_by": "a word of the portal",
    "Job.key": "says which request it is",
    "JobUnit.name": "a word of the portal",
    "ModelVersion.family": "a word of the engine",
    "Provider.brand_band": "a colour",
    "Provider.brand_colour": "a colour",
    "PortfolioReport.sha256": "a digest",
    "ProviderJob.key": "says which request it is",
    "ProviderJob.started_by": "a word of the portal",
    "ProviderJobUnit.name": "a word of the portal",
    "ReportSchedule.portal": "how addresses of the portal begin",
    "ReportSending.message_id": "the mark of a letter",
    "SignOn.sealed_secret": "encrypted",
    "SignOn.secret_ending": "four characters",
    "VendorReview.version": "a version",
    "VendorTerms.sha256": "a digest",
    "StoredFile.name": "random, and means nothing outside the storage",
    "StoredFile.sha256": "a digest",
}
Marking = Callable[[Any, str], Any]


def _sentence(document: dict[str, Any], mark: str) -> dict[str, Any]:
    verdict = {**document["verdict"], "sentence": f"{mark} said so."}
    return {**document, "verdict": verdict}


def _words(data: dict[str, Any], mark: str) -> dict[str, Any]:
    return {**data, **dict.fromkeys(("client", "system", "version", "verdict"), f"{mark} here.")}


def _remarks(answers: dict[str, Any], mark: str) -> dict[str, Any]:
    return {name: {**given, "note": f"{mark} noted it."} for name, given in answers.items()}


def _columns(profile: dict[str, Any], mark: str) -> dict[str, Any]:
    return {**profile, "columns": [{**one, "name": mark} for one in profile["columns"]]}


# JSON columns: how they take a mark, or why they do not.
JSON: dict[str, Marking | str] = {
    "AITool.allowed_data": "kinds of data",
    "ApiToken.client_ids": "numbers",
    "ApiToken.scopes": "words of the program",
    "Audit.document": _sentence,
    "Audit.rating_trace": "steps of the rating by number",
    "BreakGlass.opened": "names of pages",
    "ClientFigures.figures": "numbers and names of badges",
    "DatasetVersion.drop": lambda _value, mark: [mark],
    "DatasetVersion.subgroups": lambda _value, mark: [mark],
    "DatasetVersion.profile": _columns,
    "DatasetVersion.column_kinds": lambda _value, mark: {mark: "age"},
    "DatasetVersion.drawing": lambda value, mark: {**value, "by": mark},
    "FleetTable.columns": "words of the program",
    "Finding.params": "figures of an audit",
    "Invitation.granted_clients": "numbers",
    "Invitation.granted_groups": "numbers",
    "IsolationCheck.probes": lambda value, mark: [{**probe, "detail": mark} for probe in value],
    "JobUnit.output": "what units tell each other",
    "ModelVersion.facts": "words of the engine",
    "PortfolioReport.data": lambda value, mark: {**value, "subject": mark, "lead": mark},
    "ProviderJobUnit.output": "what units tell each other",
    "RatingPolicy.asks": "numbers and names of badges",
    "Provider.welcome_skipped": "steps of the welcome",
    "Report.data": _words,
    "ReportSchedule.sections": "words of the program",
    "ToolRuling.data_classes": "kinds of data",
    "ToolRuling.knock_outs": "names of questions",
    "VendorReview.answers": _remarks,
    "VendorSheet.default_data": "kinds of data",
    "SignOn.allowed_domains": lambda _value, mark: [f"{mark}.example"],
}


def name_of(field: models.Field[Any, Any]) -> str:
    return f"{field.model.__name__}.{field.name}"


def text_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """Columns that hold text, but for those with fixed choices."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField | models.TextField) and not field.choices:
            yield field


def json_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    return (field for field in model._meta.concrete_fields if isinstance(field, models.JSONField))


def _value(field: models.Field[Any, Any], row: models.Model, mark: str) -> str:
    if isinstance(field, models.EmailField):
        return f"{mark}@example.org"
    text = f"{mark}-{row.pk}" if isinstance(field, models.SlugField) else f"{mark} {row.pk:04}"
    return text[: field.max_length]


def mark_row(row: models.Model, mark: str) -> None:
    values: dict[str, Any] = {
        field.name: _value(field, row, mark)
        for field in text_fields(type(row))
        if name_of(field) not in UNMARKED
    }
    for field in json_fields(type(row)):
        how = JSON.get(name_of(field))  # a test says which one is lacking
        if callable(how):
            values[field.name] = how(getattr(row, field.name), mark)
    if isinstance(row, AIModel):  # a host is named where a third party hosts the model alone
        values["hosting"] = Hosting.THIRD_PARTY
    if values:
        type(row)._default_manager.filter(pk=row.pk).update(**values)
        for name, value in values.items():
            setattr(row, name, value)


def _mark_client(cast: ClientCast, mark: str) -> None:
    with cast.scope():
        for model in TENANT_MODELS:
            if model not in APPEND_ONLY:
                for row in model._default_manager.all():
                    mark_row(row, mark)
        mark_row(cast.client, mark)
        own = {"provider_id": cast.client.provider_id, "client": cast.client}
        for about in ({}, {"model": cast.model}, {"dataset": cast.dataset}, {"tool": cast.tool}):
            Note.objects.create(**own, text=f"{NOTE} about it.", **about)
        activity.record(client=cast.client, actor=None, verb="changed", obj=cast.client)
        chains.seal()


def _mark_house(house: ProviderCast, *, name: str, rows: str) -> None:
    with house.scope():
        mark_row(house.provider, name)
        for model in PROVIDER_MODELS:
            if model not in APPEND_ONLY:
                for row in model._default_manager.all():
                    mark_row(row, rows)
        activity.record_at_provider(
            provider_id=house.provider.pk, actor=None, verb="changed", obj=house.group
        )
        chains.seal()


def mark(world: World) -> None:
    """Mark the whole cast; the objects of the cast follow their rows."""
    casts = (world.here, world.sibling, world.stranger, world.theirs.second)
    for cast, text in zip(casts, CLIENTS.values(), strict=True):
        _mark_client(cast, text)
        for row in cast.rows().values():
            if type(row) not in APPEND_ONLY:
                with cast.scope():
                    row.refresh_from_db()
    for house, key in ((world.ours, "ours"), (world.theirs, "theirs")):
        _mark_house(house, name=NAMES[key], rows=HOUSES[key])
        for label, user in house.people().items():
            first = CLIENTS["here" if key == "ours" else "stranger"]
            own = NAMES[key] if label.startswith(("admin", "technician")) else first
            User.objects.filter(pk=user.pk).update(name=f"{own} {label}")


def marks_in(*parts: bytes | str) -> set[str]:
    """Marks that stand in any of these texts, however they are written."""
    text = "\n".join(
        part.decode(errors="replace") if isinstance(part, bytes) else part for part in parts
    ).lower()
    return {found for found in MARKS if found in text}


def allowed_marks(world: World, user: User | None, *, client: Client | None) -> set[str]:
    """What a person may read on a page: of one client, or of all those they may open."""
    if user is None:
        return set()
    actor = actor_for(user)
    casts = {
        cast.client.pk: text
        for cast, text in zip(
            (world.here, world.sibling, world.stranger, world.theirs.second),
            CLIENTS.values(),
            strict=True,
        )
    }
    opened = set(actor.client_ids) & ({client.pk} if client is not None else set(casts))
    house = "ours" if actor.provider_id == world.ours.provider.pk else "theirs"
    own = {NAMES[house], HOUSES[house], NOTE} if actor.is_staff else {NAMES[house]}
    return {casts[pk] for pk in opened} | own


def marks_of(address: str, body: bytes, headers: Mapping[str, str]) -> set[str]:
    """Marks of an answer, body and headers; that it repeats its own address is fine."""
    lines = "\n".join(f"{name}: {value}" for name, value in headers.items())
    slug = address.partition("/c/")[2].partition("/")[0] or address.partition("clients/")[2]
    own = slug.partition("/")[0]
    return marks_in(*(text.replace(own, "") for text in (body.decode(errors="replace"), lines)))


def answer_of(
    browser: Browser, address: str, given: Mapping[str, Any] | None = None, *, kind: str = ""
) -> tuple[int, set[str]]:
    """Status and marks of an answer; `given` and `kind` send a form."""
    answer = browser.get(address) if not kind else browser.post(address, given, kind)
    return answer.status_code, marks_of(address, answer.getvalue(), answer.headers)


@contextmanager
def furnished(world: World, folder: Path) -> Iterator[None]:
    """Mark the whole cast, and lay the files that pages let one download, as long as it is lent."""
    kept = override_settings(STORAGE_URL=f"file://{folder}", MIA_STORAGE_ROOT=folder)
    with kept:
        for cast, text in zip(
            (world.here, world.sibling, world.stranger), CLIENTS.values(), strict=False
        ):
            with cast.scope():
                keep_files(cast, text)
        with named(world):
            yield


@contextmanager
def named(world: World) -> Iterator[None]:
    """The cast with its marks, looked at from a scope that shows all of it."""
    mark(world)
    with tenancy.system_scope("the test looks first whether the marks are there"):
        for cast, text in zip(
            (world.here, world.sibling, world.stranger), CLIENTS.values(), strict=False
        ):
            assert marks_in(Client.objects.get(pk=cast.client.pk).name) == {text}
        assert Provider.objects.filter(name__contains=NAMES["theirs"]).exists()
    yield


def every_text_field() -> set[str]:
    found: set[type[models.Model]] = {Client, Provider, *TENANT_MODELS, *PROVIDER_MODELS}
    return {name_of(f) for model in found if model not in APPEND_ONLY for f in text_fields(model)}


def every_json_field() -> set[str]:
    return {name_of(field) for model in walled_models() for field in json_fields(model)}
