"""Leaving out takes two people; owner, date and status stand apart from answer and score."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits.enums import Answer, WorkStatus
from audits.models import Activity, ChecklistItem, Client, User
from audits.queries import checklist as queries
from audits.queries.checklist_view import revision_of
from audits.services import checklist, checklist_answer
from audits.services.errors import InvalidInput, NotPossible
from tests.chains import details
from tests.factories import make_user


@pytest.fixture
def items(tenant: Client) -> list[ChecklistItem]:
    checklist.refresh(client=tenant)
    return list(ChecklistItem.objects.order_by("control"))


@pytest.fixture
def second(tenant: Client) -> User:
    return make_user("second@house.example")


def _stored(item: ChecklistItem) -> ChecklistItem:
    return ChecklistItem.objects.get(pk=item.pk)


def _left_out(item: ChecklistItem, actor: User, reason: str = "No AI here") -> ChecklistItem:
    return checklist_answer.answer(
        item=item, actor=actor, answer=Answer.NOT_APPLICABLE, reason=reason
    )


def _confirm(read: ChecklistItem, actor: User) -> None:
    checklist_answer.confirm(item=read, actor=actor, seen=revision_of(read))


def _send_back(read: ChecklistItem, actor: User) -> None:
    checklist_answer.send_back(item=read, actor=actor, seen=revision_of(read))


def test_what_is_left_out_counts_as_unanswered_until_somebody_else_confirms_it(
    tenant: Client, technician: User, second: User, items: list[ChecklistItem]
) -> None:
    before = queries.score(queries.rows(tenant))
    _left_out(items[0], technician)
    assert queries.score(queries.rows(tenant)) == before
    (row,) = [row for row in queries.rows(tenant) if row.is_waiting]
    assert (row.item.pk, row.standing, row.is_open) == (items[0].pk, Answer.UNANSWERED, True)
    assert row.item.status == WorkStatus.IN_REVIEW
    with pytest.raises(NotPossible):
        _confirm(_stored(items[0]), technician)
    assert _stored(items[0]).confirmed_at is None
    _confirm(_stored(items[0]), second)
    after = queries.score(queries.rows(tenant))
    assert (after.applicable, after.answered) == (before.applicable - 1, before.answered)
    stored = _stored(items[0])
    assert (stored.confirmed_by, stored.status) == (second, WorkStatus.DONE)
    assert Activity.objects.filter(verb="confirmed", object_id=stored.pk).count() == 1


def test_the_database_refuses_who_confirms_the_own_answer(
    technician: User, items: list[ChecklistItem]
) -> None:
    _left_out(items[0], technician)
    rows = ChecklistItem.objects.filter(pk=items[0].pk)
    with pytest.raises(IntegrityError, match="another_person"), transaction.atomic():
        rows.update(confirmed_by=technician, confirmed_at=timezone.now())


def test_another_reason_asks_for_another_confirmation(
    technician: User, second: User, items: list[ChecklistItem]
) -> None:
    _left_out(items[0], technician)
    _confirm(_stored(items[0]), second)
    _left_out(_stored(items[0]), second)
    kept = _stored(items[0])
    assert (kept.confirmed_by, kept.answered_by) == (second, technician)
    _left_out(_stored(items[0]), second, "Another reason")
    again = _stored(items[0])
    assert (again.confirmed_by, again.confirmed_at, again.answered_by) == (None, None, second)
    assert again.status == WorkStatus.IN_REVIEW


@pytest.mark.parametrize("decide", [_confirm, _send_back])
def test_nobody_decides_about_a_reason_that_changed_meanwhile(
    technician: User,
    second: User,
    items: list[ChecklistItem],
    decide: Callable[[ChecklistItem, User], None],
) -> None:
    _left_out(items[0], technician)
    read = _stored(items[0])
    _left_out(_stored(items[0]), technician, "Nobody reads this one")
    with pytest.raises(NotPossible, match="The reason has changed"):
        decide(read, second)
    kept = _stored(items[0])
    assert (kept.reason, kept.confirmed_at) == ("Nobody reads this one", None)
    decide(kept, second)
    settled = _stored(items[0])
    assert settled.confirmed_by == second or settled.answer == Answer.UNANSWERED


def test_what_is_sent_back_is_open_again(
    technician: User, second: User, items: list[ChecklistItem]
) -> None:
    _left_out(items[0], technician)
    _send_back(_stored(items[0]), second)
    stored = _stored(items[0])
    assert (stored.answer, stored.reason, stored.status, stored.answered_by) == (
        Answer.UNANSWERED, "", WorkStatus.TO_DO, None,
    )  # fmt: skip
    with pytest.raises(NotPossible):
        _confirm(stored, second)


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        (WorkStatus.TO_DO, Answer.YES, WorkStatus.DONE),
        (WorkStatus.IN_PROGRESS, Answer.YES, WorkStatus.DONE),
        (WorkStatus.IN_REVIEW, Answer.YES, WorkStatus.IN_REVIEW),
        (WorkStatus.IN_PROGRESS, Answer.NO, WorkStatus.IN_PROGRESS),
        (WorkStatus.TO_DO, Answer.PARTLY, WorkStatus.TO_DO),
    ],
)
def test_status_follows_the_answer_where_nobody_says_more(
    technician: User,
    items: list[ChecklistItem],
    before: WorkStatus,
    answer: Answer,
    after: WorkStatus,
) -> None:
    ChecklistItem.objects.filter(pk=items[0].pk).update(status=before)
    checklist_answer.answer(item=items[0], actor=technician, answer=answer)
    assert _stored(items[0]).status == after


def test_status_that_somebody_chose_stands(technician: User, items: list[ChecklistItem]) -> None:
    beside = {"status": WorkStatus.IN_PROGRESS}
    checklist_answer.answer(item=items[0], actor=technician, answer=Answer.YES, beside=beside)
    assert (_stored(items[0]).status, _stored(items[0]).answer) == (
        WorkStatus.IN_PROGRESS,
        Answer.YES,
    )


def test_what_was_in_place_and_is_not_any_more_is_to_be_done(
    technician: User, items: list[ChecklistItem]
) -> None:
    checklist_answer.answer(item=items[0], actor=technician, answer=Answer.YES)
    checklist_answer.answer(item=_stored(items[0]), actor=technician, answer=Answer.NO)
    assert _stored(items[0]).status == WorkStatus.TO_DO


def test_several_controls_get_an_owner_and_a_date_at_once(
    technician: User, second: User, items: list[ChecklistItem]
) -> None:
    chosen = items[:3]
    assert checklist_answer.assign(items=chosen, actor=technician, owner=second) == 3
    assert checklist_answer.set_due(items=chosen, actor=technician, due=date(2031, 5, 1)) == 3
    told = set(ChecklistItem.objects.values_list("control", "owner", "due"))
    assert {row for row in told if row[1] or row[2]} == {
        (item.control, second.pk, date(2031, 5, 1)) for item in chosen
    }
    # What stands so already is not written again, and leaves no line.
    assert checklist_answer.assign(items=chosen, actor=technician, owner=second) == 0
    lines = Activity.objects.filter(verb="assigned").order_by("pk")
    assert [line.object_id for line in lines] == [item.pk for item in chosen]
    assert details(lines[0])["fields"]["owner"] == {"before": None, "after": str(second)}


def test_several_controls_are_left_out_with_one_reason_and_wait(
    tenant: Client, technician: User, items: list[ChecklistItem]
) -> None:
    with pytest.raises(InvalidInput):
        checklist_answer.leave_out(items=items[:2], actor=technician, reason=" ")
    assert not ChecklistItem.objects.exclude(answer=Answer.UNANSWERED).exists()
    done = checklist_answer.leave_out(items=items[:2], actor=technician, reason="Closed")
    assert done == 2
    assert {row.item.pk for row in queries.rows(tenant) if row.is_waiting} == {
        item.pk for item in items[:2]
    }


def test_who_has_an_owner_or_a_status_stays_when_nothing_asks_for_it(
    tenant: Client, technician: User, second: User
) -> None:
    checklist.refresh(client=tenant)
    for control, values in (("AI-30", {"owner": second}), ("AI-26", {"status": "in_progress"})):
        ChecklistItem.objects.create(
            provider_id=tenant.provider_id,
            client=tenant,
            control=control,
            catalogue_version="1",
            **values,
        )
    ChecklistItem.objects.create(
        provider_id=tenant.provider_id, client=tenant, control="AI-25", catalogue_version="1"
    )
    checklist.refresh(client=tenant)
    found = set(ChecklistItem.objects.values_list("control", flat=True))
    assert found & {"AI-25", "AI-26", "AI-30"} == {"AI-26", "AI-30"}
