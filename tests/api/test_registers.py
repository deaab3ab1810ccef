"""What the registers say to a program, and what a list costs."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from audits import tenancy
from audits.enums import Answer, Hosting, JobState, PrivacyUnit, ToolDecision
from audits.models import AIModel, AITool, Authorisation, ChecklistItem, Dataset
from audits.queries import authorisation
from tests.factories import (
    TOOL,
    World,
    finished,
    make_audit,
    make_authorisation,
    make_client,
    make_dataset,
    make_dataset_version,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.sheets import tool_of


@pytest.fixture
def as_owner(world: World, client: Browser) -> Browser:
    client.force_login(world.ours.owner)
    return client


def url(name: str, world: World, **kwargs: int) -> str:
    return reverse(f"api:{name}", kwargs={"slug": world.here.client.slug, **kwargs})


def test_model_says_until_when_it_may_be_audited(world: World, as_owner: Browser) -> None:
    today = timezone.localdate()
    with world.here.scope():
        Authorisation.objects.filter(model=world.here.model).update(withdrawn_at=timezone.now())
    address = url("model", world, pk=world.here.model.pk)
    assert as_owner.get(address).json()["auditable_until"] is None
    with world.here.scope():
        for days in (40, 90):
            make_authorisation(world.here.model, ends_on=today + timedelta(days=days))
        make_authorisation(
            world.here.model, given_on=today + timedelta(days=1), ends_on=today + timedelta(days=99)
        )
    last = (today + timedelta(days=90)).isoformat()
    assert as_owner.get(address).json()["auditable_until"] == last
    (row,) = as_owner.get(url("models", world)).json()["results"]
    assert row["auditable_until"] == last


def test_last_day_is_that_of_a_permission_which_allows_an_audit(world: World) -> None:
    with world.here.scope():
        held = authorisation.current(world.here.model)
        assert held is not None
        assert authorisation.last_days([world.here.model]) == {world.here.model.pk: held.ends_on}


def test_model_carries_its_statement_on_differential_privacy(
    world: World, as_owner: Browser
) -> None:
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(
            dp_unit=PrivacyUnit.PERSON, dp_epsilon=2.5, dp_delta=1e-6, dp_source="model card"
        )
    row = as_owner.get(url("model", world, pk=world.here.model.pk)).json()
    assert [row[f"dp_{name}"] for name in ("unit", "epsilon", "delta", "source")] == [
        "person",
        2.5,
        1e-6,
        "model card",
    ]


def test_model_says_where_it_runs_and_who_hosts_it(world: World, as_owner: Browser) -> None:
    told = ("hosting", "hosted_by")
    row = as_owner.get(url("model", world, pk=world.here.model.pk)).json()
    assert [row[name] for name in told] == ["unknown", ""]
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(
            hosting=Hosting.THIRD_PARTY, hosted_by="Northern Cloud"
        )
    row = as_owner.get(url("model", world, pk=world.here.model.pk)).json()
    assert [row[name] for name in told] == ["third_party", "Northern Cloud"]


def test_dataset_says_what_its_columns_hold_and_when_it_ends(
    world: World, as_owner: Browser
) -> None:
    ends = timezone.localdate() + timedelta(days=30)
    with world.here.scope():
        Dataset.objects.filter(pk=world.here.dataset.pk).update(retain_until=ends)
    row = as_owner.get(url("dataset", world, pk=world.here.dataset.pk)).json()
    assert (row["retain_until"], row["records_deleted_at"]) == (ends.isoformat(), None)
    version = world.here.dataset_version
    assert row["versions"][0]["column_kinds"] == version.column_kinds


def test_tools_carry_what_was_decided(world: World, as_owner: Browser) -> None:
    with world.here.scope():
        AITool.objects.filter(pk=world.here.tool.pk).update(
            decision=ToolDecision.RESTRICT, conditions="No names.", allowed_data=["internal"]
        )
    (row,) = as_owner.get(url("tools", world)).json()["results"]
    told = [row[name] for name in ("name", "decision", "conditions", "allowed_data")]
    assert told == [TOOL, "restrict", "No names.", ["internal"]]
    assert as_owner.get(url("tool", world, pk=row["id"])).json() == row


def test_checklist_tells_answers_from_what_counts_of_them(world: World, client: Browser) -> None:
    with world.here.scope():
        ChecklistItem.objects.filter(pk=world.here.checklist_item.pk).update(
            answer=Answer.NOT_APPLICABLE, reason="Nobody can reach it."
        )
    client.force_login(world.ours.contributor)
    (row,) = client.get(url("checklist", world)).json()["results"]
    told = [row[name] for name in ("control", "answer", "counts_as", "reason", "evidence")]
    assert told == ["AI-25", "not_applicable", "unanswered", "Nobody can reach it.", 1]
    assert row["title"]


# What one list costs, whether it has one row or three: session, person and scope included.
QUERIES = {
    "clients": 18,
    "models": 22,
    "datasets": 19,
    "tools": 18,
    "checklist": 19,
    "audits": 18,
}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_list_costs_the_same_for_one_row_and_three(
    world: World,
    client: Browser,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
) -> None:
    client.force_login(world.ours.owner if name != "clients" else world.ours.admin)
    address = reverse("api:clients") if name == "clients" else url(name, world)
    assert client.get(address).status_code == 200
    with django_assert_num_queries(QUERIES[name]):
        one = client.get(address).json()["count"]
    more(world)
    with django_assert_num_queries(QUERIES[name]):
        three = client.get(address).json()["count"]
    assert three - one == 2


def more(world: World) -> None:
    """Two more of everything that is listed."""
    with world.here.scope():
        for number in range(2):
            client = world.here.client
            version = make_model_version(make_model(client, f"More {number}"))
            data = make_dataset_version(make_dataset(client, f"More {number}"))
            job = make_job(client, key=f"more {number}", state=JobState.SUCCEEDED)
            make_audit(version, data, job=job, **finished(result_document()))
            tool_of(client, name=f"More {number}")
            ChecklistItem.objects.create(
                provider_id=client.provider_id,
                client=client,
                control=f"AI-0{number + 1}",
                catalogue_version="1",
            )
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        for number in range(2):
            make_client(world.ours.provider.pk, f"More {number}")
