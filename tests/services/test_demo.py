from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from audits import access, tenancy
from audits.enums import Answer, JobState, ProbeState, RatingBadge, ToolDecision
from audits.models import (
    AIModel,
    AITool,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    DataPermission,
    Dataset,
    DatasetVersion,
    Job,
    Membership,
    Provider,
    ProviderActivity,
    Removal,
    ToolRuling,
    User,
)
from audits.queries import fleet
from audits.queries.demo import is_seeded
from audits.services import demo, demo_data, demo_house, demo_past, demo_removal, isolation
from audits.services.demo_removal import Gone
from audits.services.errors import NotPossible
from tests.factories import World, fill, make_client
from tests.web.doors import browser_of
from tests.web.test_operator import browser_of as proven


@pytest.mark.django_db
def test_the_demo_queues_real_audits_for_people_who_can_log_in(
    storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = next(one for one in demo.CLIENTS if one.models[0].case == "tumour_triage")
    monkeypatch.setattr(demo, "CLIENTS", (small,))
    monkeypatch.setattr(demo, "PAST", ())
    monkeypatch.setattr(demo, "_seed_second", lambda _password: None)
    assert not is_seeded()
    queued = demo.seed(password="correct horse battery")
    assert is_seeded()
    staff, owner = User.objects.get(email=demo.TECHNICIAN), User.objects.get(email=demo.OWNER)
    assert staff.check_password("correct horse battery")
    admin = access.actor_for(User.objects.get(email=demo.ADMIN))
    assert access.may(admin, "team.manage")
    with tenancy.scope(provider_id=None, client_ids=(), user_id=owner.pk):
        owned = Membership.objects.get()
    assert owned.client_id is not None
    with tenancy.scope(provider_id=owned.provider_id, client_ids=[owned.client_id]):
        assert Provider.objects.get().name == demo.PROVIDER
        assert Client.objects.get().name == small.name
        audit = Audit.objects.get()
        assert [audit.pk] == queued
        assert Job.objects.get().state == JobState.QUEUED
        assert audit.document is None
        tools = {tool.name: tool.decision for tool in AITool.objects.all()}
        assert tools == {name: decision for name, *_more, decision in small.tools}
        ruling = ToolRuling.objects.get()
        assert (ruling.requested_by, ruling.decided_by) == (staff, admin.user)
        version = DatasetVersion.objects.get()
        assert version.columns_confirmed_by == staff
        assert set(version.column_kinds) == {row["name"] for row in version.profile["columns"]}
        records = version.dataset
        assert records.impact_decided_by == staff
        assert records.retain_until is not None
        assert DataPermission.objects.get().given_by == small.contact
        answers = Counter(ChecklistItem.objects.values_list("answer", flat=True))
        assert {key: answers[key] for key in ("yes", "partly")} == {"yes": 2, "partly": 1}
        assert ChecklistEvidence.objects.count() == 2
        # Whoever sees to something there and has no account stands by name.
        sees_to = ChecklistItem.objects.exclude(owner=None, owner_name="")
        assert {(row.owner, row.owner_name) for row in sees_to} == {(None, small.contact)}
    assert len(list(storage_folder.iterdir())) == 3
    with tenancy.system_scope("the test pushes against the walls between the demo's clients"):
        found = isolation.check()
    assert [probe for probe in found.probes if probe.state == ProbeState.FAILED] == []


@pytest.mark.django_db
def test_contact_of_a_demo_client_who_has_an_account_sees_to_controls_as_a_person(
    storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = next(one for one in demo.CLIENTS if one.models[0].case == "tumour_triage")
    monkeypatch.setattr(demo, "CLIENTS", (replace(small, contact="Priya Shah", answered=5),))
    monkeypatch.setattr(demo, "PAST", ())
    monkeypatch.setattr(demo, "_seed_second", lambda _password: None)
    demo.seed(password="correct horse battery")
    owner = User.objects.get(email=demo.OWNER)
    with tenancy.scope(provider_id=None, client_ids=(), user_id=owner.pk):
        owned = Membership.objects.get()
    assert owned.client_id is not None
    with tenancy.scope(provider_id=owned.provider_id, client_ids=[owned.client_id]):
        sees_to = ChecklistItem.objects.exclude(owner=None, owner_name="")
        assert {(row.owner, row.owner_name) for row in sees_to} == {(owner, "")}
        left_out = ChecklistItem.objects.get(answer=Answer.NOT_APPLICABLE)
        assert left_out.control == "AI-05"
        assert "ask the model" not in left_out.reason
    assert storage_folder.exists()


def test_the_demo_says_which_data_are_simulated() -> None:
    houses = (*demo.CLIENTS, demo.RUNNING)
    cases = [(house.name, model.case) for house in houses for model in house.models]
    assert {case for _, case in cases} == set(demo_data.CASES)
    assert all(("simulated" in name) == case.startswith("simulated") for name, case in cases)
    made_up = (*demo.PAST, *demo.SECOND_PAST)
    assert all("simulated data" in past.name for past in made_up)
    assert len({house.name for house in (*houses, *made_up)}) == 10


@pytest.mark.django_db
def test_demo_shows_every_state_and_goes_as_a_whole_but_for_the_log_of_the_provider(
    world: World, storage_folder: Path
) -> None:
    house = world.ours
    ids = [house.first.client.pk, house.second.client.pk]
    before = len(list(storage_folder.iterdir()))
    with tenancy.scope(provider_id=house.provider.pk, client_ids=ids, provider_rows=True):
        lead = house.admin.membership_set.get()
        made = {
            past: demo_past.add(
                provider_id=house.provider.pk, lead=lead, actor=house.technician, past=past
            )
            for past in (*demo.PAST, *demo.SECOND_PAST)
        }
        rows = {row.client.pk: row for row in fleet.fleet().rows}
        badges = {past: rows[client.pk].badge for past, client in made.items()}
        assert badges == {
            demo_past.EXPIRED: RatingBadge.EXPIRED,
            demo_past.FAILED: badges[demo_past.FAILED],
            demo_past.WORST: RatingBadge.CRITICAL,
            demo_past.UNKNOWN: RatingBadge.UNTESTED,
            demo_past.BEST: RatingBadge.LOW,
        }
        assert rows[made[demo_past.FAILED].pk].failed_audits == 1
        called = set(
            Dataset.objects.filter(client__in=made.values()).values_list("name", flat=True)
        )
        assert called == {"Records of the last year", "Records of the last two years"}
        connection.check_constraints()
        gone = demo_removal.remove(provider_id=house.provider.pk, actor=house.admin)
        assert (gone.clients, gone.accounts, gone.providers) == (5, 0, 0)
        assert set(Client.objects.values_list("pk", flat=True)) == set(ids)
        assert Audit.objects.count() == AIModel.objects.count() == 2
        (line,) = ProviderActivity.objects.filter(verb="removed_demo")
        assert line.actor == house.admin
        with pytest.raises(NotPossible):
            demo_removal.remove(provider_id=house.provider.pk, actor=house.admin)
    connection.check_constraints()
    names = set(Removal.objects.values_list("name", flat=True))
    assert len(names) == len(list(storage_folder.iterdir())) - before > 0


@pytest.mark.django_db
def test_removing_the_demo_takes_rows_of_every_table(world: World) -> None:
    """Whatever a client can have goes with it: a new table, or a log that nobody may shorten."""
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=(), provider_rows=True):
        cast = fill(make_client(world.ours.provider.pk, "From the demo", is_demo=True))
        assert {model for model in cast.rows() if not model._default_manager.exists()} == set()
        gone = demo_removal.remove(provider_id=world.ours.provider.pk, actor=world.ours.admin)
        assert gone == Gone(clients=1)
        assert {model for model in cast.rows() if model._default_manager.exists()} == set()
    connection.check_constraints()


def test_administrator_removes_the_demo_from_the_fleet(world: World) -> None:
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        made = make_client(world.ours.provider.pk, "From the demo", is_demo=True)
    address = reverse("demo_remove")
    technician = browser_of(world, "technician")
    admin, stranger = proven(world.ours.admin), proven(world.theirs.admin)
    assert address in admin.get(reverse("fleet")).content.decode()
    assert address not in technician.get(reverse("fleet")).content.decode()
    assert made.name in admin.get(address).content.decode()
    assert f'<a href="{address}" aria-current="page">' in admin.get(address).content.decode()
    assert made.name not in stranger.get(address).content.decode()
    assert [one.post(address).status_code for one in (technician, stranger, admin)] == [
        404,
        404,
        302,
    ]
    with tenancy.system_scope("a test looks for what was left"):
        assert not Client.objects.filter(pk=made.pk).exists()
        assert Client.objects.filter(pk=world.here.client.pk).exists()
    assert address not in admin.get(reverse("fleet")).content.decode()


@pytest.mark.django_db
def test_the_demo_has_the_provider_s_own_company(world: World) -> None:
    house = world.ours
    ids = [house.first.client.pk, house.second.client.pk]
    with tenancy.scope(provider_id=house.provider.pk, client_ids=ids, provider_rows=True):
        made = demo_house.add(
            provider_id=house.provider.pk,
            lead=house.admin.membership_set.get(),
            actor=house.technician,
            approver=house.admin,
        )
        assert (made.is_house, made.is_demo) == (True, True)
        tools = AITool.objects.filter(client=made)
        assert dict(tools.values_list("name", "decision")) == {
            "Ticket summaries": ToolDecision.APPROVE_LISTED,
            "Script assistant": ToolDecision.UNDECIDED,
        }
        asked = ChecklistItem.objects.filter(client=made, control__in=("AI-14", "AI-15", "AI-16"))
        assert {item.control: item.answer for item in asked} == {
            "AI-14": Answer.YES,
            "AI-15": Answer.PARTLY,
            "AI-16": Answer.YES,
        }
        row = next(row for row in fleet.fleet().rows if row.client.pk == made.pk)
        assert row.badge == RatingBadge.UNTESTED
        assert row.reasons[0].words == "Never audited: treat as High"
