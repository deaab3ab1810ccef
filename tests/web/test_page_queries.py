"""The number of queries of a page does not depend on the number of rows."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audits import tenancy
from audits.enums import Answer, DataClass, JobKind, JobState, Role
from audits.models import AITool, ChecklistItem, ClientGroup, Finding, Membership, Report
from audits.services import activity
from tests import casts
from tests.factories import (
    REPORT_DATA,
    World,
    fill,
    finished,
    make_audit,
    make_client,
    make_dataset,
    make_dataset_version,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.people import make_invitation, make_person, make_staff
from tests.schedules import audit_schedule_rows, schedule_rows

LISTS = [
    "client",
    "models",
    "datasets",
    "tools",
    "audits",
    "checklist",
    "plan",
    "reports",
    "report_schedules",
    "audit_schedules",
    "audit_new",
    "people",
    "client_policy",
]


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def cost(world: World, person: str, url: str) -> int:
    browser = Browser()
    browser.force_login(world.ours.people()[person])
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)


def add_rows(world: World, names: tuple[str, ...]) -> None:
    """One more row of everything a client's pages list, for each name."""
    here = world.here
    own = {"provider_id": here.client.provider_id, "client": here.client}
    with here.scope():
        for number, name in enumerate(names, start=2):
            version = make_model_version(make_model(here.client, name))
            data = make_dataset_version(make_dataset(here.client, name))
            job = make_job(here.client, key=name, state=JobState.SUCCEEDED)
            audit = make_audit(version, data, job=job, **finished(result_document()))
            pdf = make_job(here.client, kind=JobKind.REPORT, key=name, state=JobState.SUCCEEDED)
            report = Report.objects.create(
                **own, number=number, audit=audit, data=REPORT_DATA, job=pdf
            )
            finding = Finding.objects.create(**own, audit=audit, key="leak_L3plus")
            AITool.objects.create(**own, name=name, data_class=DataClass.INTERNAL)
            person = make_person("more", name, here.client, Role.CLIENT_VIEWER)
            schedule_rows(here.client, report, person.membership_set.get())
            audit_schedule_rows(audit)
            make_invitation(
                here.client.provider_id,
                name,
                client=here.client,
                inviter=person,
                email=f"{name}@more.example",
            )
            ChecklistItem.objects.create(
                **own,
                control=f"AI-0{number}",
                catalogue_version="1",
                answer=Answer.NO,
                finding=finding,
            )
            activity.record(
                client=here.client, actor=world.ours.technician, verb="added", obj=version.model
            )


@pytest.mark.parametrize("person", ["technician", "owner"])
@pytest.mark.parametrize("name", LISTS)
def test_list_page_costs_the_same_with_one_and_with_three_rows(
    world: World, name: str, person: str
) -> None:
    if person == "owner" and name in ("audit_new", "audit_schedules", "report_schedules"):
        person = "admin"
    url = reverse(name, kwargs={"slug": world.here.client.slug})
    if name == "audit_new":  # an only model would be chosen beforehand, and what it allows told
        url += "?model_version="
    cost(world, person, url)  # what is made once for a process is not the page's
    before = cost(world, person, url)
    add_rows(world, ("Second", "Third"))
    assert cost(world, person, url) == before


def test_fleet_costs_the_same_with_two_and_with_four_clients(world: World) -> None:
    cost(world, "technician", reverse("fleet"))
    before = cost(world, "technician", reverse("fleet"))
    provider = world.ours.provider.pk
    with tenancy.scope(provider_id=provider, client_ids=()):
        for name in ("Third", "Fourth"):
            fill(make_client(provider, name))
    cost(world, "technician", reverse("fleet"))  # figures of the new ones are counted once
    assert cost(world, "technician", reverse("fleet")) == before


@pytest.mark.parametrize("name", ["team", "groups", "fleet"])
def test_page_of_the_provider_costs_the_same_with_more_people_and_groups(
    world: World, name: str
) -> None:
    url, ours = reverse(name), world.ours
    cost(world, "admin", url)
    before = cost(world, "admin", url)
    with ours.scope():
        for word in ("second", "third"):
            user = make_staff(
                "more", word, ours.provider, Role.TECHNICIAN, granted=world.sibling.client
            )
            held = Membership.objects.get(user=user)
            group = ClientGroup.objects.create(provider=ours.provider, name=word)
            for client in (world.here.client, world.sibling.client):
                group.members.create(provider=ours.provider, client=client)
            group.grants.create(provider=ours.provider, membership=held)
            make_invitation(ours.provider.pk, word, inviter=user, email=f"{word}@elsewhere.example")
    assert cost(world, "admin", url) == before
