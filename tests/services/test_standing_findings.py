"""Findings without an audit: they come with their reason, change with it, and go with it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits.enums import Answer, DataClass, Exposure, ToolDecision
from audits.models import AITool, ChecklistItem, Client, Finding, ToolRuling, User
from audits.queries import checklist as queries
from audits.queries import earlier, facts
from audits.services import checklist, checklist_answer
from tests import factories
from tests.guidance.audit_documents import make_document
from tests.queries.rows import audited, measured
from tests.sheets import tool_of


def _ruled(tool: AITool, *knock_outs: str, decision: str = ToolDecision.RESTRICT) -> ToolRuling:
    return ToolRuling.objects.create(
        provider_id=tool.provider_id,
        client_id=tool.client_id,
        tool=tool,
        decision=decision,
        review_on=timezone.localdate(),
        impact=2,
        knock_outs=list(knock_outs),
    )


def _because(client: Client, control: str) -> str:
    checklist.refresh(client=client)
    found = {row.control.id: row for row in queries.rows(client)}
    return found[control].because if control in found else "not asked"


def _answer(client: Client, actor: User, control: str, given: Answer) -> None:
    item = ChecklistItem.objects.get(client=client, control=control)
    checklist_answer.answer(item=item, actor=actor, answer=given)


def test_knock_out_of_the_newest_decision_puts_its_controls_first(tenant: Client) -> None:
    tool = tool_of(tenant, name="Dictation", data_class=DataClass.HEALTH)
    before = _because(tenant, "AI-34")
    weighed = ChecklistItem.objects.get(control="AI-34").priority
    assert before == ""
    _ruled(tool, "V-05", "V-08")
    assert _because(tenant, "AI-34") == (
        "“Dictation” was ruled out for private data by 2 answers of its vendor."
    )
    assert ChecklistItem.objects.get(control="AI-34").priority == 1.5 * weighed
    asked = ChecklistItem.objects.filter(finding__key="vendor_knockout")
    assert set(asked.values_list("control", flat=True)) == {"AI-33", "AI-34", "AI-36"}
    _ruled(tool, "V-05")
    assert "by one answer" in _because(tenant, "AI-34")
    assert Finding.objects.count() == 1
    _ruled(tool)
    assert _because(tenant, "AI-34") == ""
    assert not Finding.objects.exists()


def test_rejected_tool_asks_for_nothing(tenant: Client) -> None:
    _ruled(tool_of(tenant), "V-05", decision=ToolDecision.REJECT)
    checklist.refresh(client=tenant)
    assert not Finding.objects.exists()


def test_no_log_is_a_finding_about_the_most_sensitive_model(
    tenant: Client, technician: User
) -> None:
    factories.make_model(tenant, "Till", impact=1, exposure=Exposure.PUBLIC)
    worst = factories.make_model(tenant, "Triage", impact=5, exposure=Exposure.CUSTOMERS)
    factories.make_model(tenant, "Vault", impact=5, exposure=Exposure.LOCKED)
    checklist.refresh(client=tenant)
    _answer(tenant, technician, "AI-30", Answer.NO)
    (found,) = Finding.objects.all()
    assert (found.key, found.model, found.audit) == ("no_logs", worst, None)
    said = "“Triage” can be asked without anybody recording who asks it what."
    assert _because(tenant, "AI-30") == said
    _answer(tenant, technician, "AI-30", Answer.YES)
    assert not Finding.objects.exists()
    assert _because(tenant, "AI-30") == ""


def test_mixed_clients_are_a_finding_about_the_provider(tenant: Client, technician: User) -> None:
    for name in ("One", "Two"):
        factories.make_client(tenant.provider_id, name)
    tenant.is_house = True
    tenant.save()
    checklist.refresh(client=tenant)
    _answer(tenant, technician, "AI-15", Answer.NO)
    asked = ChecklistItem.objects.filter(client=tenant, finding__key="cross_client")
    assert set(asked.values_list("control", flat=True)) == {"AI-15", "AI-16", "AI-31"}
    assert _because(tenant, "AI-16").startswith(f"“{tenant.name}” lets clients share a model")
    checklist.refresh(client=tenant)
    assert Finding.objects.count() == 1


def test_answers_left_out_in_one_go_take_their_finding_along(
    tenant: Client, technician: User
) -> None:
    factories.make_model(tenant, exposure=Exposure.PUBLIC)
    checklist.refresh(client=tenant)
    _answer(tenant, technician, "AI-30", Answer.NO)
    assert Finding.objects.filter(key="no_logs").exists()
    items = ChecklistItem.objects.filter(control__in=["AI-30", "AI-01"])
    assert checklist_answer.leave_out(items=items, actor=technician, reason="Closed") == 2
    assert not Finding.objects.exists()


def test_finding_is_about_one_thing(tenant: Client) -> None:
    tool, model = tool_of(tenant), factories.make_model(tenant)
    own: dict[str, Any] = {"provider_id": tenant.provider_id, "client": tenant, "key": "no_logs"}
    Finding.objects.create(**own, tool=tool)
    for twice in ({"tool": tool}, {"tool": tool, "model": model}):
        with pytest.raises(IntegrityError, match="finding_"), transaction.atomic():
            Finding.objects.create(**own, **twice)


def test_worst_tenth_and_gap_of_an_audit_are_facts(tenant: Client) -> None:
    model = audited(tenant, 0)
    audit = model.versions.get().audits.get()
    own = {"provider_id": tenant.provider_id, "client": tenant, "audit": audit}
    Finding.objects.create(**own, key="worst_decile")
    Finding.objects.create(**own, key="overfit_gap", params={"gap": "12", "share": "0.1234"})
    (asset,) = [one for one in facts.known_of(tenant).assets if one.kind == "model"]
    found = asset.facts
    assert (found["finding.outlier_leak"], found["finding.overfit_gap"]) == (True, 0.1234)
    assert asset.figures["gap"] == "12"
    checklist.refresh(client=tenant)
    assert {"AI-09", "AI-20"} <= set(ChecklistItem.objects.values_list("control", flat=True))


def test_result_is_held_against_the_last_valid_one_on_the_same_data(tenant: Client) -> None:
    data = factories.make_dataset_version(factories.make_dataset(tenant))
    version = factories.make_model_version(factories.make_model(tenant))
    on_data: dict[str, Any] = {"dataset_version": data}

    def done(level: int | None, days_ago: int, **values: Any) -> Any:  # noqa: ANN401 - audit fields
        audit = measured(version, level, days_ago=days_ago)
        for name, value in values.items():
            setattr(audit, name, value)
        audit.save()
        return audit

    first = done(1, 30, **on_data)
    done(None, 20, **on_data)  # void
    done(4, 10)  # on other records
    last = done(2, 0, **on_data)
    found = earlier.of(last)
    assert found is not None
    assert found.document == make_document(1)
    assert earlier.of(first) is None
