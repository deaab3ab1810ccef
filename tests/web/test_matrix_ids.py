"""Ids that arrive in bodies and query strings: a foreign one is answered like one that is nowhere.

Fields that take a row are found on the pages themselves: a new one needs its line in FIELDS.
"""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from django import forms
from django.db import models, transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings
from rest_framework import serializers

import audits.api
from audits.models import (
    AITool,
    Client,
    ClientGroup,
    Job,
    Membership,
    PortfolioReport,
    User,
    VendorSheet,
)
from tests import casts
from tests.architecture.sources import ROOT
from tests.datasets import keep_files
from tests.factories import ClientCast, World
from tests.web.reading import proven
from tests.web.routes import addresses
from tests.web.row_fields import FIELDS, NUMBERS, PLAIN
from tests.web.test_matrix import GET, PAGES, Page, address_of, cast_of, is_of_a_client

ABSENT = 10**9
# Every field of the API that takes a row, by serializer, and where it is sent.
API_FIELDS = {
    ("StartSerializer", "model_version"): "api:audits",
    ("StartSerializer", "dataset_version"): "api:audits",
}
# Files that read the query string themselves, and the parameters that name something there.
QUERIES = {
    "audits/web/activity.py": [
        "activity?person=",
        "activity?object=",
        "provider_activity?person=",
    ],
    "audits/web/audit.py": ["audit_new?model_version=", "audit_new?dataset_version="],
    # a word: tests/web/test_counts_lead.py
    "audits/web/audit_schedule.py": [],
    "audits/web/on_their_way.py": [],  # the same: tests/web/test_jobs_indicator.py
    "audits/web/bearer.py": [],  # a token in an address is refused, whatever it is called
    "audits/web/chart.py": [],  # kept as it is: tests/web/test_files_to_take.py
    "audits/web/checklist.py": ["checklist?owner=", "checklist_file?owner="],
    "audits/web/fleet.py": ["fleet?group=", "fleet?lead=", "fleet?why="],
    "audits/web/fleet_bulk.py": [],  # an order
    "audits/web/fleet_view.py": [],  # kept as it is: tests/web/test_list_views.py
    "audits/web/list_columns.py": [],  # the same
    "audits/web/listing.py": [],  # which page of a list: tests/web/test_list_pages.py
    # The other words of a list: tests/web/test_list_filters.py
    "audits/web/narrowing.py": [
        "plan?owner=",
        "plans?owner=",
        "plans?group=",
        "vendors_reported?group=",
    ],
    "audits/web/vendor.py": ["vendor?copy="],
    "audits/web/portfolio.py": [],  # sections of a report
    "audits/web/report_brand.py": [],  # colours and words
    "audits/web/report_bulk.py": [],  # the client's own address: tests/web/test_report_bulk.py
    "audits/web/report_start.py": [],  # choices of a form: tests/web/test_report_pages.py
    "audits/web/search.py": [],  # words to look for: tests/web/test_search.py
    "templates/home/switcher.html": ["switcher?at="],
}
# Files that read a parameter of a body without a form, and where the foreign one is tried.
BODIES = {
    "audits/web/acting.py": "tests/web/test_acting.py",
    "audits/web/portfolio.py": "tests/web/test_portfolio_pages.py",
    "audits/web/report_brand.py": "tests/web/test_report_brand.py",
    "audits/web/audit.py": "tests/web/test_audit_start.py",
    "audits/web/list_columns.py": "tests/web/test_list_columns.py",
    "audits/web/report_check.py": "tests/web/test_report_check.py",
    "audits/web/report_start.py": "tests/web/test_report_pages.py",
    "audits/web/welcome.py": "tests/web/test_welcome.py",
    "audits/web/sign_on_settings.py": "tests/web/sign_on/test_sign_on_settings.py",
}
VARYING = re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce=")[^"]+')


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            keep_files(lent.here)
        yield lent


def sources(folder: str, ending: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob(f"*{ending}")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def reading(pattern: str) -> set[str]:
    found = [*sources("audits", ".py"), *sources("templates", ".html")]
    return {path for path, text in found if re.search(pattern, text)}


def body_of(browser: Browser, address: str, **posted: int) -> bytes:
    """The answer without what is new each time; what it wrote is taken back."""
    with transaction.atomic():
        answer = browser.post(address, posted) if posted else browser.get(address)
        body = answer.getvalue()
        transaction.set_rollback(True)
    return VARYING.sub(b"", body)


def numbers_of(field: forms.Field) -> bool:
    """Say whether a field takes a row, or a number that could be one's."""
    if isinstance(field, forms.ModelChoiceField | forms.IntegerField):
        return True
    if not isinstance(field, forms.ChoiceField):
        return False
    choices: Any = field.choices
    listed = [one for value, words in choices for one in _values(value, words)]
    return any(str(one).isdigit() for one in listed)


def _values(value: object, words: object) -> list[object]:
    """Values of one choice, or of a group of them."""
    grouped = isinstance(words, list | tuple)
    return [inner for inner, _ in words] if grouped else [value]  # type: ignore[attr-defined]


def row_fields(world: World, page: Page) -> dict[str, Any]:
    """Fields of the forms on a page that take a row, as the page itself hands them to a reader."""
    answer = proven(world, "admin").get(address_of(page, cast_of(page, world)))
    answer.getvalue()  # a download holds its file open until it is read
    layers: Any = answer.context or []
    shown = [value for layer in layers for value in layer.flatten().values()]
    return {
        name: field
        for form in shown
        if isinstance(form, forms.BaseForm)
        for name, field in form.fields.items()
        if numbers_of(field)
    }


def options(browser: Browser, address: str, field: str) -> set[int]:
    """Ids that the page offers to choose from, in a list or as boxes to tick."""
    html = body_of(browser, address).decode()
    listed = re.findall(rf'<select name="{field}".*?</select>', html, flags=re.DOTALL)
    boxes = re.findall(rf'<input [^>]*name="{field}"[^>]*>', html)
    return {int(pk) for part in (*listed, *boxes) for pk in re.findall(r'value="(\d+)"', part)}


def foreign_rows(world: World, page: Page, model: type[models.Model]) -> list[models.Model]:
    """Rows that the page must not take: of the sibling where it is about one client."""
    if model is User:
        return [world.theirs.technician]
    if model in (ClientGroup, Membership, PortfolioReport, VendorSheet):
        rows: dict[Any, Any] = {**world.theirs.rows(), Membership: world.theirs.colleague}
        row = rows[model]
        with world.theirs.scope():
            assert model._default_manager.filter(pk=row.pk).exists()
        return [row]
    casts_: list[ClientCast] = [world.stranger]
    if is_of_a_client(page):
        casts_.append(world.sibling)
    found: list[models.Model] = []
    for cast in casts_:
        with cast.scope():
            own = cast.client if model is Client else cast.rows()[model]  # type: ignore[index]
            assert type(own)._default_manager.filter(pk=own.pk).exists()
            found.append(own)
    return found


def test_row_fields_of_pages_are_all_listed(world: World) -> None:
    shown = {200, 302}  # some only after a confirmation, which this browser has
    pages = [page for page in PAGES if page.method == GET and page.expected["admin"] in shown]
    found = {(page.name, name) for page in pages for name in row_fields(world, page)}
    asked = {tuple(one.rstrip("=").split("?")) for queries in QUERIES.values() for one in queries}
    rows = {one for one in found if one[1] not in NUMBERS} - (asked - FIELDS)
    assert rows == FIELDS, sorted(rows ^ FIELDS)
    assert set(NUMBERS) <= {name for _, name in found}


def test_plain_fields_are_all_rows() -> None:
    assert set(PLAIN) <= FIELDS
    assert all(NUMBERS.values())


@pytest.mark.parametrize(("name", "field"), sorted(FIELDS))
def test_row_field_refuses_a_foreign_row_like_an_absent_one(
    world: World, name: str, field: str
) -> None:
    page = next(page for page in PAGES if page.name == name)
    if name == "vendors_reported":
        for cast in (world.here, world.stranger):
            with cast.scope():
                AITool.objects.update(sheet=None)
    shown = row_fields(world, page)[field]
    model: Any = PLAIN.get((name, field)) or shown.queryset.model
    address = address_of(page, cast_of(page, world))
    browser = proven(world, "admin")
    outside = {
        Client: world.here.client,
        ClientGroup: world.ours.group,
        Membership: _member_of(world, name),
        PortfolioReport: world.ours.portfolio_report,
        VendorSheet: world.ours.sheet,
        User: world.ours.technician,
    }
    if field == "keep_password":  # offered to administrators alone
        with world.ours.scope():
            outside[Membership] = Membership.objects.get(user=world.ours.admin)
    own = outside.get(model) or world.here.rows()[model]
    offered = options(browser, address, field)
    assert own.pk in offered
    absent = body_of(browser, address, **{field: ABSENT})
    for foreign in foreign_rows(world, page, model):
        assert foreign.pk not in offered
        told = body_of(browser, address, **{field: foreign.pk})
        pk = b"%d" % foreign.pk
        nowhere = absent.replace(b"%d" % ABSENT, b"#").replace(pk, b"#")
        assert told.replace(pk, b"#") == nowhere


def _member_of(world: World, name: str) -> Membership:
    """Whom a page takes: a colleague, or for a report and among its people the client's owner."""
    if not name.startswith(("report_", "people")):
        return world.ours.colleague
    with world.here.scope():
        return Membership.objects.get(user=world.ours.owner)


def test_row_fields_of_the_api_are_all_listed() -> None:
    found = set()
    for module in iter_modules(audits.api.__path__, "audits.api."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, serializers.Serializer):
                for name, field in value._declared_fields.items():
                    if isinstance(field, serializers.RelatedField) and not field.read_only:
                        found.add((value.__name__, name))
    assert found == set(API_FIELDS)


@pytest.mark.parametrize(("serializer", "field"), sorted(API_FIELDS))
def test_row_field_of_the_api_refuses_a_foreign_row_like_an_absent_one(
    world: World, serializer: str, field: str
) -> None:
    url = reverse(API_FIELDS[serializer, field], kwargs={"slug": world.here.client.slug})
    browser = proven(world, "admin")
    attribute = field  # the cast calls its rows as the API calls its fields

    def told(pk: int) -> tuple[int, bytes]:
        given = {"model_version": world.here.model_version.pk, field: pk}
        answer = browser.post(url, json.dumps(given), "application/json")
        return answer.status_code, answer.content.replace(str(pk).encode(), b"#")

    absent = told(ABSENT)
    assert absent[0] == 400
    assert field.encode() in absent[1]
    for cast in (world.sibling, world.stranger):
        row = getattr(cast, attribute)
        with cast.scope():
            assert type(row).objects.filter(pk=row.pk).exists()
        assert told(row.pk) == absent
    with world.here.scope():
        assert Job.objects.count() == 2  # those of the cast: nothing was started


def test_query_strings_and_bare_bodies_are_all_listed() -> None:
    assert reading(r"request\.(GET|query_params)") == set(QUERIES)
    assert reading(r"request\.POST(?! or None\b)") == set(BODIES)
    assert [path for path in BODIES.values() if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("query", [one for asked in QUERIES.values() for one in asked])
def test_query_that_names_a_foreign_row_is_answered_like_an_absent_one(
    world: World, query: str
) -> None:
    name, parameter = query.rstrip("=").split("?")
    page = next(page for page in PAGES if page.name == name)
    address = address_of(page, cast_of(page, world))
    browser = proven(world, "admin")
    others = (world.sibling, world.stranger)
    named_by: dict[str, list[int | str]] = {
        "at": [world.stranger.client.slug],
        "why": [world.stranger.client.pk],
        "group": [world.theirs.group.pk],
        "copy": [world.theirs.terms.pk],
        "lead": [world.theirs.colleague.pk],
        "person": [world.theirs.technician.pk],
        "owner": [world.theirs.technician.pk],
        "object": [f"aimodel:{cast.model.pk}" for cast in others],
    }
    foreign = named_by.get(parameter) or [getattr(cast, parameter).pk for cast in others]
    absent = {"at": "nowhere-0000", "object": f"aimodel:{ABSENT}"}.get(parameter, str(ABSENT))
    expected = body_of(browser, f"{address}?{parameter}={absent}")
    for value in foreign:
        told = body_of(browser, f"{address}?{parameter}={value}")
        missing, named = (one.rpartition(":")[2].encode() for one in (absent, str(value)))
        assert told.replace(named, b"#") == expected.replace(missing, b"#").replace(named, b"#")


def test_query_that_names_an_own_row_is_followed(world: World) -> None:
    """What the answers above leave out is really there to be had."""
    browser = proven(world, "admin")
    address = reverse("fleet")
    own = body_of(browser, f"{address}?group={world.ours.group.pk}")
    assert own != body_of(browser, f"{address}?group={ABSENT}")
    opened = body_of(browser, f"{address}?why={world.here.client.pk}")
    assert b"<summary autofocus>" in opened
    assert b"<summary autofocus>" not in body_of(browser, f"{address}?why={ABSENT}")
    version = world.here.model_version.pk
    start = reverse("audit_new", kwargs={"slug": world.here.client.slug})
    chosen = body_of(browser, f"{start}?model_version={version}")
    assert b'value="%d" selected' % version in chosen


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_address_has_no_other_method(world: World, method: str) -> None:
    """Nothing is changed by a verb that a page does not have, own row or foreign."""
    browser = proven(world, "admin")
    given = json.dumps({"client": world.sibling.client.pk, "name": "taken"})
    found = {}
    for page in {page.name: page for page in PAGES}.values():
        address = address_of(page, cast_of(page, world))
        answer = getattr(browser, method)(address, given, "application/json")
        found[page.name] = answer.status_code
    assert found == dict.fromkeys(dict(addresses()), 405)


def test_files_are_served_by_checked_views_alone() -> None:
    """No address leads into the storage: its names are random and are never asked for."""
    routes = [route for _, route in addresses()]
    assert [route for route in routes if re.search("media|storage|files/|<path:", route)] == []
    served = {path for path, text in sources("audits", ".py") if "FileResponse(" in text}
    assert served == {"audits/web/downloads.py"}
    assert not (Path(ROOT) / "audits/web/files.py").exists()
