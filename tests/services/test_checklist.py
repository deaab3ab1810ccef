from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.enums import Answer, DataClass, Exposure, Reveals
from audits.models import Activity, AIModel, ChecklistItem, Client, Finding, User
from audits.queries import ai_model as model_queries
from audits.queries import checklist as queries
from audits.queries import fleet_figures, plan, risk
from audits.services import ai_model, checklist, checklist_answer, tool
from audits.services.errors import InvalidInput
from tests import factories
from tests.chains import details
from tests.queries.rows import measured


def _controls() -> set[str]:
    return set(ChecklistItem.objects.values_list("control", flat=True))


def _priority(control: str) -> float:
    return ChecklistItem.objects.get(control=control).priority


def _found(model: AIModel, key: str, level: int = 2) -> Finding:
    audit = measured(factories.make_model_version(model), level)
    return Finding.objects.create(
        provider_id=model.provider_id, client=model.client, audit=audit, key=key
    )


def test_refresh_adds_what_the_facts_ask_for_once(tenant: Client) -> None:
    checklist.refresh(client=tenant)
    always = {"AI-01", "AI-02", "AI-03", "AI-11", "AI-31", "AI-35", "AI-38"}
    assert _controls() == always
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.count() == len(always)
    factories.make_model(tenant, exposure=Exposure.PUBLIC)
    checklist.refresh(client=tenant)
    assert {"AI-25", "AI-26", "AI-30"} < _controls()


def test_refresh_costs_the_same_however_much_there_is(
    tenant: Client,
    django_assert_num_queries: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    with django_assert_num_queries(15):
        checklist.refresh(client=tenant)
    for number in range(3):
        _found(factories.make_model(tenant, f"Model {number}", impact=5), "leak_L2")
        factories.make_dataset(tenant, f"Data {number}")
    checklist.refresh(client=tenant)
    with django_assert_num_queries(12):
        checklist.refresh(client=tenant)


def test_what_nothing_asks_for_goes_unless_somebody_wrote_in_it(tenant: Client) -> None:
    model = factories.make_model(tenant, exposure=Exposure.PUBLIC)
    checklist.refresh(client=tenant)
    ChecklistItem.objects.filter(control="AI-30").update(note="Logs go to the SIEM.")
    AIModel.objects.filter(pk=model.pk).update(exposure=Exposure.LOCKED)
    checklist.refresh(client=tenant)
    assert {"AI-26", "AI-30"} & _controls() == {"AI-30"}


def test_a_finding_raises_its_controls_by_the_impact_of_its_own_data(tenant: Client) -> None:
    model = factories.make_model(tenant, impact=4, reveals=Reveals.YES)
    finding = _found(model, "leak_L2")
    factories.make_model(tenant, "Other", impact=1)
    checklist.refresh(client=tenant)
    item = ChecklistItem.objects.get(control="AI-20")
    # Weight 4, S4 raised to S5 by what membership reveals, half as much again for the finding.
    assert (item.finding, item.priority) == (finding, 4 * 5 * 1.5)
    # Nothing but the finding asks for AI-09: it still counts with the impact of that data.
    assert _priority("AI-09") == 4 * 5 * 1.5


def test_a_better_measurement_takes_the_finding_off(tenant: Client) -> None:
    model = factories.make_model(tenant)
    _found(model, "leak_L2")
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(control="AI-20").finding is not None
    ChecklistItem.objects.filter(control="AI-20").update(answer=Answer.PARTLY)
    measured(model.versions.get(), 0)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(control="AI-20").finding is None
    assert ChecklistItem.objects.get(control="AI-20").answer == Answer.PARTLY


def test_date_of_a_finding_goes_with_it_and_a_date_of_ones_own_stays(
    tenant: Client, technician: User
) -> None:
    model = factories.make_model(tenant, impact=5)
    _found(model, "leak_L2")
    checklist.refresh(client=tenant)
    dated = {item.control: item for item in ChecklistItem.objects.filter(due__isnull=False)}
    assert {"AI-07", "AI-12", "AI-20"} & dated.keys() == {"AI-07", "AI-20"}
    own = timezone.localdate() + timedelta(days=200)
    checklist_answer.set_due(items=[dated["AI-20"]], actor=technician, due=own)
    measured(model.versions.get(), 0)
    checklist.refresh(client=tenant)
    found = dict(ChecklistItem.objects.values_list("control", "due"))
    assert (found["AI-07"], found["AI-20"]) == (None, own)
    assert plan.counts(client=tenant).to_do == 1


def test_dates_of_a_rating_that_rises_come_nearer_and_a_date_of_ones_own_stays(
    tenant: Client, technician: User
) -> None:
    model = factories.make_model(tenant)
    _found(model, "leak_L2")
    checklist.refresh(client=tenant)
    dated = list(ChecklistItem.objects.filter(due__isnull=False).order_by("control"))
    own = timezone.localdate() + timedelta(days=200)
    checklist_answer.set_due(items=dated[:1], actor=technician, due=own)
    values = {"impact": 5, "exposure": Exposure.PUBLIC}
    for _again in range(2):
        ai_model.edit(model=model, actor=technician, values=values)
    rated = model_queries.risk_of(AIModel.objects.get(pk=model.pk))
    nearer = checklist.deadline(rated, tenant)
    assert nearer is not None
    assert all(row.due is not None and nearer < row.due for row in dated[1:])
    assert len(dated) > 1
    found = dict(ChecklistItem.objects.filter(due__isnull=False).values_list("control", "due"))
    assert found == {row.control: nearer for row in dated} | {dated[0].control: own}
    line = Activity.objects.get(verb="brought_forward")
    assert details(line) == {"dates_moved": len(dated) - 1, "first_due": str(nearer)}
    ai_model.edit(model=model, actor=technician, values={"impact": 1, "exposure": Exposure.LOCKED})
    assert found == dict(
        ChecklistItem.objects.filter(due__isnull=False).values_list("control", "due")
    )


def test_an_invalid_comparison_does_not_take_the_finding_off(tenant: Client) -> None:
    model = factories.make_model(tenant)
    finding = _found(model, "leak_L2")
    measured(model.versions.get(), None)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(control="AI-20").finding == finding


def test_the_graver_finding_is_named_where_two_call_for_a_control(tenant: Client) -> None:
    _found(factories.make_model(tenant, "A"), "overfit_gap", level=0)
    worse = _found(factories.make_model(tenant, "B"), "leak_L3plus", level=3)
    checklist.refresh(client=tenant)
    assert ChecklistItem.objects.get(control="AI-20").finding == worse


def test_tools_bring_their_own_controls(tenant: Client, technician: User) -> None:
    values = {"name": "Notes", "data_class": DataClass.HEALTH, "trains_on_data": "unknown"}
    made = tool.save(client=tenant, actor=technician, tool=None, values=values)
    assert {"AI-32", "AI-33", "AI-34"} < _controls()
    weighed = _priority("AI-34")
    made.data_class = DataClass.PERSONAL  # as a form does before the service is asked
    tool.save(
        client=tenant,
        actor=technician,
        tool=made,
        values={"name": "Notes", "data_class": DataClass.PERSONAL},
    )
    assert _priority("AI-34") == weighed * 3 / 5
    line = Activity.objects.get(verb="changed")
    assert details(line) == {"fields": {"data_class": {"before": "health", "after": "personal"}}}


def test_answer_keeps_who_when_and_what_stood_before(tenant: Client, technician: User) -> None:
    checklist.refresh(client=tenant)
    item = ChecklistItem.objects.get(control="AI-01")
    item.answer = Answer.PARTLY  # as a form does before the service is asked
    due = date(2031, 5, 1)
    checklist_answer.answer(
        item=item,
        actor=technician,
        answer=Answer.PARTLY,
        beside={"owner_name": "Ada", "due": due, "note": "Half of it"},
    )
    stored = ChecklistItem.objects.get(pk=item.pk)
    assert (stored.answer, stored.owner_name, stored.due, stored.note) == (
        Answer.PARTLY, "Ada", due, "Half of it",
    )  # fmt: skip
    assert stored.answered_by == technician
    assert stored.answered_at is not None
    assert timezone.now() - stored.answered_at < timedelta(minutes=5)
    line = Activity.objects.get(verb="answered")
    assert details(line) == {
        "fields": {
            "answer": {"before": "unanswered", "after": "partly"},
            "due": {"before": None, "after": "2031-05-01"},
            "note": {"before": "", "after": "Half of it"},
            "owner_name": {"before": "", "after": "Ada"},
        }
    }
    checklist_answer.answer(item=stored, actor=technician, answer=Answer.UNANSWERED)
    again = ChecklistItem.objects.get(pk=item.pk)
    assert (again.answered_by, again.answered_at) == (None, None)


def test_leaving_a_control_out_needs_a_reason(tenant: Client, technician: User) -> None:
    checklist.refresh(client=tenant)
    item = ChecklistItem.objects.get(control="AI-01")
    with pytest.raises(InvalidInput) as refused:
        checklist_answer.answer(
            item=item, actor=technician, answer=Answer.NOT_APPLICABLE, reason="  "
        )
    assert refused.value.field == "reason"
    assert ChecklistItem.objects.get(pk=item.pk).answer == Answer.UNANSWERED
    checklist_answer.answer(
        item=item, actor=technician, answer=Answer.NOT_APPLICABLE, reason="No AI"
    )
    assert ChecklistItem.objects.get(pk=item.pk).reason == "No AI"


def test_answers_never_change_the_rating(tenant: Client, technician: User) -> None:
    model = factories.make_model(tenant, impact=4)
    _found(model, "leak_L3plus", level=3)
    checklist.refresh(client=tenant)
    before = risk.risks_of([model])[0].rating
    for item in ChecklistItem.objects.all():
        checklist_answer.answer(item=item, actor=technician, answer=Answer.YES)
    assert risk.risks_of([model])[0].rating == before


def test_dated_and_assigned_work_is_in_the_plan_as_the_fleet_counts_it(
    tenant: Client, technician: User
) -> None:
    """Nobody has answered it and no finding asks for it: it is somebody's to do all the same."""
    checklist.refresh(client=tenant)
    today = timezone.localdate()
    items = {item.control: item for item in ChecklistItem.objects.all()}
    yesterday = today - timedelta(days=1)
    checklist_answer.set_due(items=[items["AI-01"]], actor=technician, due=yesterday)
    checklist_answer.assign(items=[items["AI-02"]], actor=technician, owner=technician)
    checklist_answer.assign(items=[items["AI-03"]], actor=technician, owner=None, owner_name="Ada")
    assert fleet_figures.actions(today) == ({tenant.pk: 3}, {tenant.pk: 1})
    counts = plan.counts(client=tenant)
    assert (counts.to_do, counts.overdue) == (3, 1)
    (late,) = plan.overdue().filter(client=tenant)
    assert late.control == "AI-01"
    rows = queries.rows(tenant)
    assert {row.control.id for row in rows if row.is_action} == {"AI-01", "AI-02", "AI-03"}
