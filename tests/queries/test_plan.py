"""The plan of every client as the database puts it in order and narrows it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.enums import Answer, ClientState, Treatment
from audits.guidance import catalogue
from audits.guidance import editions as newest
from audits.models import (
    CatalogueEdition,
    ChecklistItem,
    ChecklistPin,
    Client,
    Finding,
    Provider,
)
from audits.queries import checklist, list_print, next_actions, plan, plan_print
from audits.queries.narrowed_plan import PLANS
from audits.queries.narrowing import Filters
from audits.reports.printed_table import MOST_ROWS
from tests.factories import make_client, make_model, make_model_version, make_user
from tests.queries.rows import measured

TODAY = timezone.localdate


def act(client: Client, control: str, **values: Any) -> ChecklistItem:  # noqa: ANN401 - model fields
    usual = {"provider_id": client.provider_id, "client": client, "catalogue_version": "1"}
    return ChecklistItem.objects.create(
        **{**usual, "control": control, "answer": Answer.NO, **values}
    )


def asked(sort: str = "", q: str = "", **chosen: str) -> list[tuple[str, str]]:
    """Client and control of each row that the list holds, in its order."""
    found = PLANS.apply(plan.everywhere(), Filters(q=q, chosen=chosen, sort=sort))
    rows = plan.in_order(plan.numbers_of(found))
    assert [row.item.pk for row in rows] == [one.pk for one in found]
    return [(row.client.name, row.row.control.id) for row in rows]


@pytest.fixture
def two(provider_id: int) -> tuple[Client, Client]:
    """Two clients with two actions each; of Bay's the first is left as it is."""
    amber, bay = make_client(provider_id, "amber"), make_client(provider_id, "Bay")
    ours = make_user("yves@quay.example")
    act(amber, "AI-02", priority=3, due=TODAY() - timedelta(1), owner=ours)
    act(amber, "AI-04", priority=6, answer=Answer.PARTLY, owner_name="Zoe")
    act(bay, "AI-02", priority=9, decided=Treatment.ACCEPT, due=TODAY() - timedelta(9))
    act(bay, "AI-03", priority=8, decided=Treatment.FIX, due=TODAY() + timedelta(9))
    return amber, bay


A2, A4, B2, B3 = ("amber", "AI-02"), ("amber", "AI-04"), ("Bay", "AI-02"), ("Bay", "AI-03")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("", [B3, A4, A2]),
        ("priority", [B3, A4, A2]),
        ("-priority", [A2, A4, B3]),
        ("client", [A4, A2, B3]),
        ("-client", [B3, A4, A2]),
        ("due", [A2, B3, A4]),
        ("-due", [B3, A2, A4]),
        ("owner", [A2, A4, B3]),
        ("-owner", [A4, A2, B3]),
        ("answer", [A4, B3, A2]),
        ("decision", [B3, A4, A2]),
    ],
)
def test_every_column_sorts_and_what_is_alike_stays_by_urgency(
    sort: str, found: list[tuple[str, str]]
) -> None:
    here = asked(sort)
    if sort == "answer":
        by_answer = {A4: Answer.PARTLY, B3: Answer.NO, A2: Answer.NO}
        order = [list(Answer).index(by_answer[row]) for row in here]
        assert order == sorted(order)
        assert here.index(B3) < here.index(A2)
    else:
        assert here == found


@pytest.mark.usefixtures("two")
def test_actions_stand_in_the_order_of_their_titles() -> None:
    titles = {key: one.title.casefold() for key, one in catalogue.by_id().items()}
    by_title = sorted([A2, A4, B3], key=lambda row: titles[row[1]])
    assert by_title != [B3, A4, A2]
    assert asked("name") == by_title
    assert asked("-name") == by_title[::-1]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"show": "left"}, [B2]),
        ({"show": "fix"}, [B3]),
        ({"show": "undecided"}, [A4, A2]),
        ({"due": "overdue"}, [A2]),
        # What was decided to be left is late no longer.
        ({"due": "overdue", "show": "left"}, []),
        ({"due": "month"}, [B3]),
        ({"due": "none"}, [A4]),
        ({"owner": "Zoe"}, [A4]),
        ({"owner": "9" * 30}, []),
        ({"q": "BAY"}, [B3]),
        ({"q": "zoe"}, [A4]),
        ({"q": "yves"}, [A2]),
        ({"q": "quay.example"}, [A2]),
        ({"q": "nobody at all"}, []),
    ],
)
def test_choices_and_texts_leave_what_they_say(
    chosen: dict[str, str], found: list[tuple[str, str]]
) -> None:
    assert asked(**chosen) == found


def test_name_of_an_owner_hides_the_address_from_the_search(two: tuple[Client, Client]) -> None:
    user = ChecklistItem.objects.get(client=two[0], control="AI-02").owner
    assert user is not None
    user.name = "Anna Berg"
    user.save()
    assert asked(q="quay.example") == []
    assert asked(q="anna") == [A2]
    assert PLANS.offered(plan.everywhere())["owner"] == [
        (str(user.pk), "Anna Berg"),
        ("Zoe", "Zoe"),
    ]
    assert asked(owner=str(user.pk)) == [A2]


@pytest.mark.usefixtures("two")
def test_counts_are_those_of_the_rows() -> None:
    found = plan.counts()
    assert found.every == plan.everywhere().count() == 4
    assert found.to_do == len(asked()) == 3
    for show, count in (("undecided", found.undecided), ("fix", found.fix), ("left", found.left)):
        assert len(asked(show=show)) == count
    assert len(asked(due="overdue")) == found.overdue == 1


def test_archived_clients_are_left_out(two: tuple[Client, Client]) -> None:
    assert A2 in asked()
    Client.objects.filter(pk=two[0].pk).update(state=ClientState.ARCHIVED)
    assert asked() == [B3]


def test_titles_are_those_of_the_edition_of_each_client(two: tuple[Client, Client]) -> None:
    words = catalogue.by_id()["AI-02"].title
    assert asked(q=words) == [A2]
    old = newest.dumped(newest.current().controls)
    for control in old:
        control["title"] = {"AI-02": "Zz old words", "AI-04": "Aa old words"}.get(
            control["id"], control["title"]
        )
    edition = CatalogueEdition.objects.create(version="2025.9", digest="1" * 64, controls=old)
    ChecklistPin.objects.update_or_create(
        provider_id=two[0].provider_id, client=two[0], defaults={"edition": edition}
    )
    assert asked(q=words) == []
    assert asked(q="old words") == [A4, A2]
    assert asked(q=words, show="left") == [B2]
    assert asked("name") == [A4, B3, A2]
    assert asked("-name") == [A2, B3, A4]


def test_of_two_that_weigh_the_same_a_finding_comes_first_then_the_day(provider_id: int) -> None:
    row = make_client(provider_id)
    audit = measured(make_model_version(make_model(row)), 0)
    finding = Finding.objects.create(
        provider_id=provider_id, client=row, audit=audit, key="leak_L2"
    )
    act(row, "AI-02", priority=5)
    act(row, "AI-03", priority=5, due=TODAY())
    act(row, "AI-04", priority=5, finding=finding)
    assert [control for _client, control in asked()] == ["AI-04", "AI-03", "AI-02"]
    assert [control for _client, control in asked("answer")] == ["AI-04", "AI-03", "AI-02"]


def test_one_order_of_actions_for_a_client_and_for_all_of_them(provider_id: int) -> None:
    """The database puts the actions of everybody in the order that a client's own pages have."""
    row = make_client(provider_id)
    audit = measured(make_model_version(make_model(row)), 0)
    found = {
        key: Finding.objects.create(
            provider_id=provider_id, client=row, audit=audit, key=key, params={"gap": "9"}
        )
        for key in ("leak_L2", "inconclusive", "overfit_gap", "worst_decile")
    }
    for control, priority, finding, due in (
        ("AI-20", 9, "overfit_gap", 0), ("AI-19", 9, "inconclusive", 5),
        ("AI-12", 9, "inconclusive", 1), ("AI-07", 9, "leak_L2", None),
        ("AI-09", 9, "leak_L2", 8), ("AI-28", 9, "worst_decile", 2),
        ("AI-03", 9, None, 1), ("AI-02", 9, None, 1), ("AI-01", 9, None, None),
        ("AI-05", 12, None, None), ("AI-04", 1, "leak_L2", 0), ("AI-06", 1, "leak_L2", 0),
    ):  # fmt: skip
        day = None if due is None else TODAY() + timedelta(due)
        act(row, control, priority=priority, due=day, finding=found.get(finding or ""))
    own = [one.row.control.id for one in plan.open_at(row, plain=True)]
    assert [control for _client, control in asked()] == own
    assert own == [
        "AI-05", "AI-09", "AI-07", "AI-19", "AI-12", "AI-20", "AI-28",
        "AI-02", "AI-03", "AI-01", "AI-04", "AI-06",
    ]  # fmt: skip
    assert [one.control.id for one in next_actions.first(checklist.rows(row))] == own[:3]
    assert [one.item.control for one in plan.rows(plan.to_do(client=row))] == own


def questions(sort: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        PLANS.offered(plan.everywhere())
        asked(sort)
    return len(queries)


@pytest.mark.parametrize("sort", ["", *PLANS.sorts])
def test_questions_do_not_grow_with_clients_and_actions(
    two: tuple[Client, Client], sort: str
) -> None:
    questions(sort)  # what is read once for a process
    before = questions(sort)
    for number in range(3):
        more = make_client(two[0].provider_id, f"More {number}")
        for control in ("AI-05", "AI-06"):
            act(more, control, owner=make_user(f"{number}{control}@quay.example"))
    assert len(asked()) == 9
    assert questions(sort) == before


def test_paper_holds_so_many_rows_and_says_how_many_there_are(
    two: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Provider.objects.get(pk=two[0].provider_id)
    asks = PLANS.apply(plan.everywhere(), Filters(sort="client"))
    whole = plan_print.table(asks, house)
    assert [row[0] for row in whole.rows] == ["amber", "amber", "Bay"]
    assert (whole.left_out, whole.provider) == ("", house.name)
    assert whole.about.startswith("3 actions, as of ")
    assert len({len(whole.headers), len(whole.widths), *map(len, whole.rows)}) == 1
    assert MOST_ROWS == 1_000
    for module in (plan_print, list_print):
        monkeypatch.setattr(module, "MOST_ROWS", 2)
    short = plan_print.table(asks, house)
    said = "Only the first 2 of 3 rows. The CSV and JSON files have all."
    assert (short.rows, short.left_out) == (whole.rows[:2], said)
    assert short.about.startswith(f"{said} 3 actions, as of ")
