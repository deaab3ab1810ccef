from datetime import date, timedelta

from django.utils import timezone

from audits.enums import Answer, Expiry, Lifecycle, ToolDecision
from audits.models import AIModel, AITool, Authorisation, ChecklistItem, Client, Dataset
from audits.queries import client, expiring
from tests import factories
from tests.queries.rows import audited, measured


def _in(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def _found(row: Client) -> list[tuple[Expiry, str, int]]:
    items = client.overview(row).expiring.items
    return [(one.kind, one.name, one.days_left) for one in items]


def _first_actions(row: Client) -> None:
    """Three late actions that come before all others, and so stand above the list of days."""
    for control in ("AI-30", "AI-31", "AI-32"):
        ChecklistItem.objects.create(
            provider_id=row.provider_id,
            client=row,
            control=control,
            catalogue_version="1",
            answer=Answer.NO,
            due=_in(-30),
            priority=99,
        )


def test_first_actions_are_not_told_twice_and_nothing_is_called_overdue_that_is_not(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    _first_actions(row)
    found = client.overview(row)
    assert [one.item.control for one in found.top_actions] == ["AI-30", "AI-31", "AI-32"]
    assert [one.overdue for one in found.top_actions] == [True] * 3
    assert (found.expiring.items, found.expiring.has_overdue) == ([], False)
    assert found.first_fall_due
    own = {"provider_id": provider_id, "client": row, "catalogue_version": "1"}
    fourth = ChecklistItem.objects.create(**own, control="AI-01", answer=Answer.NO, due=_in(3))
    found = client.overview(row)
    assert [one.pk for one in found.expiring.items] == [fourth.pk]
    assert not found.expiring.has_overdue
    ChecklistItem.objects.filter(pk=fourth.pk).update(due=_in(-1))
    assert client.overview(row).expiring.has_overdue
    ChecklistItem.objects.filter(client=row).exclude(pk=fourth.pk).update(due=_in(46))
    found = client.overview(row)
    assert fourth.control not in [one.item.control for one in found.top_actions]
    assert not found.first_fall_due


def test_everything_with_a_day_within_45_days_is_listed_the_earliest_first(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    own = {"provider_id": provider_id, "client": row}
    model = factories.make_model(row)
    AIModel.objects.filter(pk=model.pk).update(next_review=_in(45))
    measured(factories.make_model_version(model), 0, days_ago=360)
    factories.make_authorisation(model)
    Authorisation.objects.update(ends_on=_in(12), given_on=_in(-20))
    factories.make_dataset(row)
    Dataset.objects.update(retain_until=_in(0))
    tools = ((ToolDecision.APPROVE, "Writer"), (ToolDecision.UNDECIDED, "Unread"))
    for decision, name in tools:
        AITool.objects.create(
            **own, name=name, data_class="internal", decision=decision, next_review=_in(-3)
        )
    for control, answer, due in (
        ("AI-01", Answer.NO, _in(20)),
        ("AI-02", Answer.YES, _in(2)),
        ("AI-03", Answer.NO, _in(46)),
    ):
        ChecklistItem.objects.create(
            **own, control=control, catalogue_version="1", answer=answer, due=due
        )
    _first_actions(row)
    found = client.overview(row).expiring
    assert [(one.kind, one.days_left) for one in found.items] == [
        (Expiry.TOOL, -3),
        (Expiry.RECORDS, 0),
        (Expiry.AUDIT, 5),
        (Expiry.PERMISSION, 12),
        (Expiry.ACTION, 20),
        (Expiry.MODEL, 45),
    ]
    assert [one.is_over for one in found.items] == [True, *[False] * 5]
    assert (found.items[0].name, found.more) == ("Writer", 0)


def test_newest_permission_of_a_model_counts_and_a_withdrawn_one_does_not(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    model = factories.make_model(row)
    old = factories.make_authorisation(model)
    Authorisation.objects.filter(pk=old.pk).update(given_on=_in(-90), ends_on=_in(-1))
    new = factories.make_authorisation(model)
    Authorisation.objects.filter(pk=new.pk).update(given_on=_in(-90), ends_on=_in(300))
    assert _found(row) == []
    Authorisation.objects.filter(pk=new.pk).update(withdrawn_at=timezone.now())
    assert _found(row) == [(Expiry.PERMISSION, model.name, -1)]


def test_retired_models_and_results_that_measured_nothing_run_out_of_nothing(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    model = audited(row, 0, lifecycle=Lifecycle.RETIRED, next_review=_in(-10))
    factories.make_authorisation(model)
    Authorisation.objects.update(given_on=_in(-90), ends_on=_in(-1))
    broken = factories.make_model(row, "Broken")
    measured(factories.make_model_version(broken), None, days_ago=400)
    assert _found(row) == []


def test_list_is_cut_and_says_how_much_more_there_is(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    for number in range(expiring.MOST + 3):
        factories.make_model(row, f"Model {number:02}", next_review=_in(number))
    found = client.overview(row).expiring
    assert [one.name for one in found.items] == [f"Model {n:02}" for n in range(expiring.MOST)]
    assert found.more == 3
