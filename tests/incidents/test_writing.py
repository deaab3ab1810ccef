"""What went wrong at others when somebody wrote, set up, or came too late: a test for each.

What a form sent to each page does is asked in tests/web/test_matrix_answers.py: closed pages take
none, and no page touches a line of the log.
"""

import csv
import io
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.enums import Impact, Origin
from audits.models import (
    Activity,
    ActivityPayload,
    AIModel,
    AITool,
    Audit,
    Client,
    Dataset,
    Membership,
    ModelVersion,
    OutgoingMail,
    Provider,
    SetUpLink,
    TenantModel,
    User,
)
from audits.queries.invitations import digest_of
from audits.services import mail
from tests.factories import PASSWORD, ClientCast, World
from tests.tokens import change, make_token, program
from tests.web.test_matrix import PAGES, address_of, asked, browser_of, is_of_a_client

NEIGHBOURS = ("sibling", "stranger")
JSON = "application/json"


def columns(cast: ClientCast) -> dict[str, list[dict[str, Any]]]:
    """Every row of a client, whole, but for the lines that closed doors leave in its log."""
    doors = {Activity: {"verb": "refused"}, ActivityPayload: {"line__verb": "refused"}}
    with cast.scope():
        return {
            model.__name__: [
                dict(row)
                for row in model.objects.exclude(**doors.get(model, {"pk": 0}))
                .order_by("pk")
                .values()
            ]
            for model in cast.rows()
        }


# --- a foreign id in the body


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize("field", ["model_version", "dataset_version"])
def test_form_and_api_know_no_version_of_a_neighbour(
    world: World, neighbour: str, field: str
) -> None:
    foreign = getattr(world, neighbour)
    with foreign.scope():
        assert ModelVersion.objects.filter(pk=foreign.model_version.pk).exists()
    own = {
        "model_version": world.here.model_version.pk,
        "dataset_version": world.here.dataset_version.pk,
        "preset": "quick",
    }
    before = {name: columns(getattr(world, name)) for name in ("here", *NEIGHBOURS)}
    browser = browser_of(world, "technician")
    answers = []
    for pk in (getattr(foreign, field).pk, 10**9):
        body = {**own, field: pk}
        slug = {"slug": world.here.client.slug}
        page = browser.post(reverse("audit_new", kwargs=slug), body)
        api = browser.post(reverse("api:audits", kwargs=slug), body, content_type=JSON)
        errors = page.context["form"].errors.get_json_data()
        told = api.content.decode().replace(str(pk), "N")
        answers.append((page.status_code, errors, api.status_code, told))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][2]) == (200, 400)
    assert {name: columns(getattr(world, name)) for name in before} == before


EDITS: dict[str, tuple[str, type[TenantModel], dict[str, Any]]] = {
    "model_edit": (
        "model",
        AIModel,
        {
            "name": "Renamed",
            "origin": Origin.IN_HOUSE.value,
            "impact": Impact.PERSONAL.value,
            "reveals": "no",
            "exposure": "internal",
            "outputs": "probs",
            "lifecycle": "draft",
        },
    ),
    "dataset_edit": (
        "dataset",
        Dataset,
        {
            "name": "Renamed",
            "data_class": "personal",
            "impact": Impact.PERSONAL.value,
            "reveals": "no",
        },
    ),
    "tool_edit": (
        "tool",
        AITool,
        {
            "name": "Renamed",
            "data_class": "internal",
            "trains_on_data": "unknown",
            "decision": "undecided",
        },
    ),
}


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize("name", EDITS)
def test_row_is_not_carried_to_a_neighbour_by_fields_that_no_form_has(
    world: World, neighbour: str, name: str
) -> None:
    attribute, model, given = EDITS[name]
    foreign, row = getattr(world, neighbour), getattr(world.here, attribute)
    page = next(page for page in PAGES if page.name == name)
    extra = {
        "id": getattr(foreign, attribute).pk,
        "pk": getattr(foreign, attribute).pk,
        "client": foreign.client.pk,
        "client_id": foreign.client.pk,
        "provider": foreign.client.provider_id,
        "provider_id": foreign.client.provider_id,
        "created_at": "2001-01-01",
    }
    before = columns(foreign)
    answer = browser_of(world, "technician").post(address_of(page, world.here), {**given, **extra})
    assert answer.status_code == 302, answer.context["form"].errors
    with world.here.scope():
        after = model.objects.get(pk=row.pk)
    assert (after.name, after.client_id, after.provider_id) == (  # type: ignore[attr-defined]
        "Renamed",
        world.here.client.pk,
        world.ours.provider.pk,
    )
    assert columns(foreign) == before


def test_new_client_belongs_to_the_persons_own_provider_whatever_the_form_says(
    world: World,
) -> None:
    extra = {"provider": world.theirs.provider.pk, "slug": world.sibling.client.slug, "id": 1}
    answer = browser_of(world, "admin").post(
        reverse("client_new"), {"name": "New", "time_zone": "UTC", **extra}
    )
    assert answer.status_code == 302
    with tenancy.system_scope("whose the new client is"):
        made = Client.objects.get(name="New")
        assert made.provider == Provider.objects.get(pk=world.ours.provider.pk)
        assert made.slug != world.sibling.client.slug


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_api_has_no_verb_that_could_move_a_row(world: World, method: str) -> None:
    """Where a row may be changed one day, the same body must not carry it elsewhere."""
    before = {name: columns(getattr(world, name)) for name in ("here", *NEIGHBOURS)}
    body = {"client": world.sibling.client.pk, "name": "Moved", "model": world.sibling.model.pk}
    browser = browser_of(world, "technician_of_first")
    for page in [page for page in PAGES if page.name.startswith("api:")]:
        for cast in (world.here, world.sibling, world.stranger):
            answer = getattr(browser, method)(address_of(page, cast), body, content_type=JSON)
            inside = cast is world.here or not is_of_a_client(page)
            assert answer.status_code == (405 if inside else 404), page.name
    assert {name: columns(getattr(world, name)) for name in before} == before


# --- a side door with a weaker check


def test_header_that_renames_the_verb_is_not_heard(world: World) -> None:
    page = next(page for page in PAGES if page.name == "api:audit_cancel")
    answer = browser_of(world, "owner").get(
        address_of(page, world.here), headers={"x-http-method-override": "POST"}
    )
    assert answer.status_code in {404, 405}


# --- the set-up can be reached after the set-up


def test_set_up_is_shut_once_somebody_has_an_account(world: World) -> None:
    """Even with a link that was valid and was never used."""
    token = secrets.token_urlsafe(32)
    SetUpLink.objects.create(
        digest=digest_of(token), expires_at=timezone.now() + timedelta(hours=1)
    )
    people = User.objects.count()
    assert people > 0
    given = {
        "company": "Evil", "name": "Eve", "email": "eve@evil.example",
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    address, guessed = (reverse("set_up", kwargs={"token": one}) for one in (token, "guessed"))
    for browser in (Browser(), browser_of(world, "admin"), browser_of(world, "owner")):
        answers = [browser.get(address), browser.post(address, given), browser.get(guessed)]
        assert [answer.status_code for answer in answers] == [404] * 3
    assert User.objects.count() == people
    with tenancy.system_scope("no provider came of it"):
        assert not Provider.objects.filter(name="Evil").exists()


# --- the audit trail can be spoofed


def test_line_of_the_log_names_who_was_logged_in_and_when_it_was(world: World) -> None:
    began = timezone.now()
    claimed = {
        "actor": world.ours.admin.pk,
        "created_by": world.ours.admin.pk,
        "user": world.ours.admin.email,
        "at": "2001-01-01T00:00:00Z",
        "verb": "approved",
    }
    headers = {"x-user": world.ours.admin.email, "remote-user": world.ours.admin.email}
    page = next(page for page in PAGES if page.name == "tool_edit")
    given = EDITS["tool_edit"][2]
    answer = browser_of(world, "technician").post(
        address_of(page, world.here), {**given, **claimed}, headers=headers
    )
    assert answer.status_code == 302
    with world.here.scope():
        line = Activity.objects.filter(object_type="aitool").latest("pk")
    assert (line.actor_id, line.verb) == (world.ours.technician.pk, "changed")
    assert line.at >= began - timedelta(minutes=1)


# --- CSV formulas and headers in file names


def test_spreadsheet_runs_nothing_of_a_download(world: World) -> None:
    formula = '=HYPERLINK("https://evil.example","x")'
    with world.here.scope():
        Client.objects.update(name=formula)
        AIModel.objects.update(name=formula)
        document = Audit.objects.get(pk=world.here.audit.pk).document or {}
        document["attacks"] = {formula: next(iter(document["attacks"].values()))}
        Audit.objects.filter(pk=world.here.audit.pk).update(document=document)
    cells = []
    for name in ("audit_figures", "audit_members"):
        page = next(page for page in PAGES if page.name == name)
        status, body = asked(browser_of(world, "technician"), page, address_of(page, world.here))
        assert status == 200
        cells += [cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))) for cell in row]
    assert f"'{formula}" in cells
    assert [cell for cell in cells if cell[:1] in set("=+-@|%\t\r")] == []


def test_name_of_a_client_stays_out_of_the_headers_of_its_downloads(world: World) -> None:
    hostile = 'x.exe"; filename="y\r\nSet-Cookie: session=stolen'
    answer = browser_of(world, "admin").post(
        reverse("client_new"), {"name": hostile, "time_zone": "UTC"}
    )
    assert answer.status_code in {200, 302}
    with world.here.scope():
        Client.objects.update(name=hostile)
    page = next(page for page in PAGES if page.name == "report_download")
    answer = browser_of(world, "technician").get(address_of(page, world.here))
    assert answer.getvalue() == b"%PDF-1.7 zqhere"
    assert "stolen" not in str(answer.headers)
    assert "stolen" not in str(answer.cookies)
    name = answer["Content-Disposition"].removeprefix('attachment; filename="').removesuffix('"')
    assert name.replace("-", "").replace(".pdf", "").isalnum()


# --- expiry is not enforced


def reset_link(user: User) -> str:
    Browser().post(reverse("account_reset_password"), {"email": user.email})
    letter = mail.read(OutgoingMail.objects.get(recipient=user.email))
    (link,) = [word for word in letter.body.split() if "/password/reset/key/" in word]
    return link.split("//", 1)[1].split("/", 1)[1]


def can_reset(link: str) -> bool:
    return b'type="password"' in Browser().get(f"/{link}", follow=True).content


def test_link_to_reset_a_password_ends(world: World, settings: Settings) -> None:
    link = reset_link(world.ours.owner)
    assert can_reset(link)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert not can_reset(link)


def test_link_to_reset_a_password_of_one_person_opens_no_other(world: World) -> None:
    link = reset_link(world.ours.owner)
    path, _, key = link.rpartition("/key/")
    mine, _, token = key.partition("-")
    other = reset_link(world.ours.viewer).rpartition("/key/")[2].partition("-")[0]
    assert mine != other
    assert not can_reset(f"{path}/key/{other}-{token}")


def test_session_ends(world: World) -> None:
    browser = browser_of(world, "owner")
    own = reverse("client", kwargs={"slug": world.here.client.slug})
    assert browser.get(own).status_code == 200
    session = browser.session
    session.set_expiry(timezone.now() - timedelta(seconds=1))
    session.save()
    assert browser.get(own).status_code == 302


def test_api_token_ends(world: World) -> None:
    token, text = make_token(world.ours.owner, world.ours.provider)
    own = reverse("api:client", kwargs={"slug": world.here.client.slug})
    assert program(text).get(own).status_code == 200
    past = timezone.now() - timedelta(seconds=1)
    change(token, created_at=past - timedelta(days=1), expires_at=past)
    assert program(text).get(own).status_code == 401


def test_membership_that_ended_ends_what_an_open_session_may_do(world: World) -> None:
    browser = browser_of(world, "owner")
    own = reverse("client", kwargs={"slug": world.here.client.slug})
    assert browser.get(own).status_code == 200
    with tenancy.scope(
        provider_id=world.ours.provider.pk, client_ids=[world.here.client.pk], provider_rows=True
    ):
        assert Membership.objects.filter(user=world.ours.owner).delete()[0] == 1
    assert browser.get(own).status_code == 404
