"""Policies are revisions: appended with their reason, never laxer, and ratings follow at once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits import tenancy
from audits.enums import Impact, RatingBadge, Reveals
from audits.guidance.badges import Badge
from audits.guidance.strictness import HOUSE, Asked, Policy
from audits.models import (
    Activity,
    AIModel,
    ChecklistItem,
    Client,
    Dataset,
    Finding,
    ProviderActivity,
    RatingPolicy,
    User,
)
from audits.queries import ai_model, dataset_intake, policy_preview
from audits.queries import audit as audits
from audits.queries import rating_policy as policies
from audits.reports.owner_summary import OwnerSummary
from audits.services import checklist, checklist_answer, rating_policy
from audits.services.errors import InvalidInput, NotPossible
from tests import factories
from tests.chains import details
from tests.guidance.audit_documents import make_document
from tests.queries.rows import audited, measured
from tests.summaries import owner_summary

RAISED = Asked(raised=frozenset({3}))


@pytest.fixture
def house(tenant: Client) -> Iterator[Client]:
    """The client as staff of its provider works at it."""
    with tenancy.scope(provider_id=tenant.provider_id, client_ids=[tenant.pk], provider_rows=True):
        yield tenant


def revise(house: Client, actor: User, *, of_client: bool = False, **asked: Any) -> RatingPolicy:  # noqa: ANN401 - knobs of Asked
    return rating_policy.revise(
        provider_id=house.provider_id,
        client=house if of_client else None,
        actor=actor,
        asked=Asked(**asked),
        reason=" The insurer asks for it. ",
    )


def risk_of(model: AIModel) -> Any:  # noqa: ANN401 - a ModelRisk
    return ai_model.risk_of(AIModel.objects.get(pk=model.pk))


def test_provider_raises_the_rating_of_all_its_clients(house: Client, technician: User) -> None:
    model = audited(house, 2)
    assert risk_of(model).badge == RatingBadge.GUARDED
    made = revise(house, technician, raised=frozenset({3}))
    found = risk_of(model)
    assert (found.badge, found.rating.policy) == (RatingBadge.ELEVATED, "2026.1")
    assert [one.number for one in found.rating.stricter] == [made.number] == [1]
    assert (made.reason, made.recorded_by) == ("The insurer asks for it.", technician)
    line = ProviderActivity.objects.get(verb="revised")
    assert details(line)["fields"] == {"counted_one_class_higher": {"before": [], "after": ["S3"]}}
    assert (details(line)["models_rated_otherwise"], details(line)["reason"]) == (1, made.reason)


def test_page_of_a_dataset_says_how_a_policy_raises_it(house: Client, technician: User) -> None:
    row = Dataset.objects.create(
        provider_id=house.provider_id,
        client=house,
        name="Customers",
        impact=Impact.PERSONAL,
        reveals=Reveals.NO,
    )
    found = dataset_intake.sensitivity_of(row, None)
    assert (found.effective, len(found.trace)) == (Impact.PERSONAL, 1)
    revise(house, technician, raised=frozenset({3}))
    found = dataset_intake.sensitivity_of(row, None)
    assert (found.impact, found.effective) == (Impact.PERSONAL, Impact.SENSITIVE)
    assert found.trace[1].startswith("The provider's own rating policy (revision 1, ")
    assert found.trace[1].endswith("asks for more care: this class of data counts as S4.")


def test_client_asks_for_more_than_its_provider(house: Client, technician: User) -> None:
    model = audited(house, 2)
    revise(house, technician, days={Badge.GUARDED: 45})
    revise(house, technician, of_client=True, days={Badge.GUARDED: 20})
    assert risk_of(model).rating.deadline_days == 20
    elsewhere = factories.make_client(house.provider_id)
    assert risk_of(audited(elsewhere, 2)).rating.deadline_days == 45
    line = Activity.objects.get(verb="revised")
    told = {"days_to_act_on_guarded": {"before": None, "after": 20}}
    assert (line.client_id, details(line)["fields"]) == (house.pk, told)


def test_policy_is_revised_and_can_be_taken_back(house: Client, technician: User) -> None:
    model = audited(house, 2)
    steps: list[dict[str, Any]] = [{"months": 6}, {"months": 3}, {}]
    numbers = [revise(house, technician, **asked).number for asked in steps]
    assert numbers == [1, 2, 3]
    assert policies.of_client(house) is HOUSE
    assert risk_of(model).rating.stricter == ()
    rows = policies.history(provider_id=house.provider_id, client=None)
    assert [row.number for row in rows] == [3, 2, 1]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"months": 12}, "months"),
        ({"days": {Badge.HIGH: 20}}, "high"),
        ({"days": {Badge.CRITICAL: 6, Badge.GUARDED: 3}}, "critical"),
    ],
)
def test_client_cannot_be_laxer_than_its_provider(
    house: Client, technician: User, asked: dict[str, Any], field: str
) -> None:
    revise(house, technician, months=6, days={Badge.HIGH: 14})
    with pytest.raises(InvalidInput) as refused:
        revise(house, technician, of_client=True, **asked)
    assert refused.value.field == field
    assert policies.history(provider_id=house.provider_id, client=house).count() == 0


def test_what_the_provider_asks_already_is_not_written_down_again(
    house: Client, technician: User
) -> None:
    revise(house, technician, months=6, unproven=True)
    with pytest.raises(NotPossible, match="exactly that already"):
        revise(house, technician, of_client=True, months=6, unproven=True)
    made = revise(house, technician, of_client=True, months=3, unproven=True)
    assert Asked.of(made.asks) == Asked(months=3)


def test_policy_needs_a_reason(house: Client, technician: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        rating_policy.revise(
            provider_id=house.provider_id, client=None, actor=technician, asked=RAISED, reason=" "
        )
    assert refused.value.field == "reason"
    assert not RatingPolicy.objects.exists()


def _with_finding(house: Client) -> AIModel:
    model = factories.make_model(house)
    audit = measured(factories.make_model_version(model), 2)
    Finding.objects.create(provider_id=house.provider_id, client=house, audit=audit, key="leak_L2")
    checklist.refresh(client=house)
    return model


def test_dates_of_the_rating_follow_and_dates_of_people_stay(
    house: Client, technician: User
) -> None:
    _with_finding(house)
    dated = list(ChecklistItem.objects.filter(due__isnull=False).order_by("control"))
    assert len(dated) > 1
    own = timezone.localdate() + timedelta(days=300)
    checklist_answer.set_due(items=dated[:1], actor=technician, due=own)
    before = dated[1].due
    made = revise(house, technician, days={Badge.GUARDED: 20})
    assert before is not None
    for item in dated:
        item.refresh_from_db()
    assert dated[0].due == own
    assert {item.due for item in dated[1:]} == {before - timedelta(days=70)}
    told = details(ProviderActivity.objects.get(verb="revised", object_id=made.pk))
    assert told["dates_moved"] == len(dated) - 1


def test_checklist_is_ranked_anew_where_data_counts_higher(house: Client, technician: User) -> None:
    _with_finding(house)
    before = ChecklistItem.objects.get(control="AI-20").priority
    revise(house, technician, raised=frozenset({3}))
    assert ChecklistItem.objects.get(control="AI-20").priority > before


def _preview(house: Client, **asked: Any) -> list[str]:  # noqa: ANN401 - knobs of Asked
    revision = rating_policy.proposed(
        provider_id=house.provider_id, client=None, asked=Asked(**asked)
    )
    found = policy_preview.of_revision(revision, provider_id=house.provider_id, client=None)
    return found.sentences


def test_preview_says_what_would_change_and_changes_nothing(house: Client) -> None:
    models = [audited(house, 2, name=f"Model {number}") for number in range(3)]
    factories.make_model(house, "Never measured")
    assert _preview(house, raised=frozenset({3})) == [
        "3 models would move from Guarded to Elevated.",
        "1 model would stay Untested and be treated as High.",
        "4 models would have to be acted on by an earlier day.",
    ]
    assert _preview(house, unproven=True) == [
        "1 model would stay Untested and be treated as Elevated.",
        "1 model would have to be acted on by an earlier day.",
    ]
    assert _preview(house, days={Badge.CRITICAL: 2}) == ["No model would be rated otherwise today."]
    assert risk_of(models[0]).badge == RatingBadge.GUARDED
    assert not RatingPolicy.objects.exists()


def test_preview_names_what_would_be_overdue_and_what_gets_more_time(
    house: Client, technician: User
) -> None:
    version = factories.make_model_version(factories.make_model(house))
    measured(version, 2, days_ago=40)
    assert _preview(house, days={Badge.GUARDED: 30}) == [
        "1 model would have to be acted on by an earlier day.",
        "1 model would be overdue at once.",
    ]
    revise(house, technician, days={Badge.GUARDED: 30})
    assert _preview(house) == ["1 model would have more time than today."]


def test_audit_expires_by_the_policy_and_keeps_its_deadline(
    house: Client, technician: User
) -> None:
    model = factories.make_model(house)
    audit = measured(factories.make_model_version(model), 2, days_ago=200)
    revise(house, technician, months=6)
    found = risk_of(model)
    assert (found.badge, found.audit) == (RatingBadge.EXPIRED, audit)
    assert found.deadline is not None
    assert found.deadline.is_overdue
    assert audit.completed_at is not None
    assert found.deadline.at == audit.completed_at + timedelta(days=90)


def test_untested_model_counts_its_days_from_when_it_was_entered(house: Client) -> None:
    model = factories.make_model(house, impact=4)
    found = risk_of(model).deadline
    assert found is not None
    assert (found.since_audit, found.days, found.is_overdue) == (False, 30, False)
    assert found.at == model.created_at + timedelta(days=30)
    assert risk_of(factories.make_model(house, "Staff list", impact=3)).deadline is None


def test_audit_page_and_report_name_both_policies(house: Client, technician: User) -> None:
    drawn = factories.result_document()
    parts = {name: drawn[name] for name in ("attacks", "curves", "provenance")}
    version = factories.make_model_version(factories.make_model(house))
    audit = measured(version, 2, document=make_document(2) | parts)
    first = revise(house, technician, raised=frozenset({3}))
    second = revise(house, technician, of_client=True, days={Badge.ELEVATED: 10})
    days = [f"{row.recorded_at.day} {row.recorded_at:%B %Y}" for row in (first, second)]
    found = audits.result(audit)
    assert found is not None
    assert found.policies == [
        "Rating policy 2026.1 applies.",
        f"The provider's own rating policy, revision 1 of {days[0]}, makes it stricter.",
        f"This client's own rating policy, revision 1 of {days[1]}, makes it stricter.",
    ]
    assert found.trace[-1] == (
        f"This client's own rating policy (revision 1, {days[1]}) asks for action within 10 days."
    )
    made = owner_summary(audit, technician)
    frozen = OwnerSummary.from_json(json.dumps(made.data))
    assert {fact.name: fact.value for fact in frozen.method}["Rating policy"] == " ".join(
        found.policies
    )


def test_policies_cost_one_query_however_many_models_there_are(
    house: Client,
    technician: User,
    django_assert_num_queries: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    revise(house, technician, months=6)
    models = [audited(house, 2, name=f"Model {number}") for number in range(2)]
    other = factories.make_client(house.provider_id)
    models.append(audited(other, 2))
    with django_assert_num_queries(1):
        found = policies.of_models(models)
    assert {pk: policy.months for pk, policy in found.items()} == {house.pk: 6, other.pk: 6}
    assert all(isinstance(policy, Policy) for policy in found.values())


def test_priorities_of_data_and_tools_follow_a_policy_that_raises_them(
    house: Client, technician: User
) -> None:
    """At a client without any model: its dataset counts a class higher at once."""
    factories.make_dataset(house)
    checklist.refresh(client=house)
    before = ChecklistItem.objects.get(control="AI-05").priority
    revise(house, technician, raised=frozenset({3}))
    assert ChecklistItem.objects.get(control="AI-05").priority == before * 4 / 3
    revise(house, technician)
    assert ChecklistItem.objects.get(control="AI-05").priority == before
