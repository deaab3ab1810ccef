"""Decisions are records: appended, never changed; they stand until the matter is graver."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audits.enums import Answer, Treatment
from audits.models import Activity, AIModel, ChecklistItem, Client, Finding, RiskDecision, User
from audits.queries import client as clients
from audits.queries import fleet, plan
from audits.services import checklist, risk_decision
from audits.services.errors import InvalidInput
from tests import factories
from tests.chains import details
from tests.queries.rows import measured


def _found(model: AIModel, key: str = "leak_L2") -> Finding:
    audit = measured(model.versions.first() or factories.make_model_version(model), 2)
    return Finding.objects.create(
        provider_id=model.provider_id, client=model.client, audit=audit, key=key
    )


@pytest.fixture
def model(tenant: Client) -> AIModel:
    made = factories.make_model(tenant)
    _found(made)
    checklist.refresh(client=tenant)
    return made


@pytest.fixture
def item(model: AIModel) -> ChecklistItem:
    return ChecklistItem.objects.get(control="AI-20")


def _decide(item: ChecklistItem, actor: User, treatment: Treatment, **given: Any) -> RiskDecision:  # noqa: ANN401 - fields
    usual: dict[str, Any] = {
        "reason": "Cheap enough",
        "signature": "Anna Berg",
        "decided_on": timezone.localdate(),
    }
    return risk_decision.decide(item=item, actor=actor, treatment=treatment, **usual | given)


def _shown(show: str, client: Client) -> set[str]:
    found = plan.everywhere().filter(plan.shown_as(show), client=client)
    return set(found.values_list("control", flat=True))


def test_decision_takes_an_action_out_of_what_is_to_be_done(
    tenant: Client, technician: User, item: ChecklistItem
) -> None:
    ChecklistItem.objects.filter(pk=item.pk).update(due=timezone.localdate() - timedelta(days=1))
    before = fleet.fleet().rows[0]
    item.refresh_from_db()
    made = _decide(item, technician, Treatment.ACCEPT)
    after = fleet.fleet().rows[0]
    assert (after.open_actions, after.overdue_actions) == (
        before.open_actions - 1,
        before.overdue_actions - 1,
    )
    assert clients.overview(tenant).actions_open == after.open_actions
    assert item.control in _shown("left", tenant)
    assert item.control not in _shown("", tenant)
    assert made.priority == item.priority
    line = Activity.objects.get(verb="decided")
    assert details(line)["decided_by"] == "Anna Berg"


def test_to_fix_it_stays_to_be_done(tenant: Client, technician: User, item: ChecklistItem) -> None:
    _decide(item, technician, Treatment.FIX)
    assert item.control in _shown("", tenant) & _shown("fix", tenant)
    assert item.control not in _shown("undecided", tenant)


@pytest.mark.parametrize("field", ["reason", "signature"])
def test_decision_needs_a_reason_and_a_name(
    technician: User, item: ChecklistItem, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _decide(item, technician, Treatment.ACCEPT, **{field: "  "})
    assert refused.value.field == field
    assert not RiskDecision.objects.exists()


def test_decision_is_of_no_day_to_come(technician: User, item: ChecklistItem) -> None:
    with pytest.raises(InvalidInput) as refused:
        _decide(
            item, technician, Treatment.FIX, decided_on=timezone.localdate() + timedelta(days=1)
        )
    assert refused.value.field == "decided_on"


def test_nobody_changes_or_deletes_a_decision(technician: User, item: ChecklistItem) -> None:
    made = _decide(item, technician, Treatment.ACCEPT)
    for write in (
        lambda: RiskDecision.objects.update(reason="Never said"),
        lambda: RiskDecision.objects.all().delete(),
    ):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|append-only"),
            transaction.atomic(),
        ):
            write()
    assert RiskDecision.objects.get().reason == made.reason
    _decide(item, technician, Treatment.FIX)
    assert [one.treatment for one in plan.of_item(item)] == [Treatment.FIX, Treatment.ACCEPT]


def test_decision_outlives_the_account_that_recorded_it(item: ChecklistItem) -> None:
    user = factories.make_user("gone@house.example")
    _decide(item, user, Treatment.ACCEPT)
    user.delete()
    assert RiskDecision.objects.get().signature == "Anna Berg"


def test_what_has_become_graver_asks_for_a_decision_again(
    tenant: Client, technician: User, model: AIModel, item: ChecklistItem
) -> None:
    _decide(item, technician, Treatment.ACCEPT)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(pk=item.pk).decided == Treatment.ACCEPT
    AIModel.objects.filter(pk=model.pk).update(impact=5)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(pk=item.pk).decided == ""
    assert item.control in _shown("undecided", tenant)


def test_another_audit_that_finds_it_again_asks_for_a_decision_again(
    tenant: Client, technician: User, model: AIModel, item: ChecklistItem
) -> None:
    _decide(item, technician, Treatment.TRANSFER)
    _found(model)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(pk=item.pk).decided == ""


def test_decision_never_makes_the_client_readier(
    tenant: Client, technician: User, item: ChecklistItem
) -> None:
    ChecklistItem.objects.filter(pk=item.pk).update(answer=Answer.NO)
    before = clients.overview(tenant).score
    item.refresh_from_db()
    _decide(item, technician, Treatment.ACCEPT)
    assert clients.overview(tenant).score == before


def test_file_of_the_plan_holds_every_row_however_many_are_read_at_once(
    tenant: Client, item: ChecklistItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ChecklistItem.objects.filter(client=tenant).update(answer=Answer.NO)
    found = plan.everywhere()
    whole = plan.listing(plain=False).as_csv(plan.in_parts(found), for_staff=True)
    monkeypatch.setattr(plan, "AT_ONCE", 2)
    parts = plan.listing(plain=False).as_csv(plan.in_parts(found), for_staff=True)
    controls = [line["control"] for line in csv.DictReader(StringIO(parts.decode("utf-8-sig")))]
    assert len(controls) > 5
    assert controls == [one.control for one in found]
    assert parts == whole
    assert item.control in controls
