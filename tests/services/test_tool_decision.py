"""Decisions about tools: two people, as far as review and data allow, one record a client."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits import tenancy
from audits.access import Actor, actor_for, opened
from audits.enums import DataClass, ToolDecision, TrainsOnData
from audits.guidance.strictness import HOUSE
from audits.models import Activity, AITool, ToolRuling, User, VendorReview
from audits.queries import facts
from audits.queries import tool as tools
from audits.services import tool as tool_service
from audits.services import tool_decision, vendor
from audits.services.errors import InvalidInput, NotPossible
from audits.services.tool_decision import Wish
from tests.chains import details
from tests.factories import World, make_client
from tests.sheets import best_answers, completed, tool_of


def wish(
    decision: ToolDecision = ToolDecision.APPROVE,
    *,
    kinds: tuple[DataClass, ...] = (),
    review_on: date | None = None,
) -> Wish:
    day = review_on or timezone.localdate() + timedelta(days=90)
    return Wish(decision=decision, review_on=day, data=kinds, conditions="Named accounts only.")


def reported(world: World, data_class: DataClass, by: User | None = None) -> AITool:
    """The tool of the first client, asked for by somebody, with this data in it."""
    tool = world.here.tool
    tool.data_class, tool.requested_by = data_class, by or world.ours.technician
    tool.save()
    return tool


def refused(actor: Actor, tool: AITool, given: Wish) -> str:
    with pytest.raises(InvalidInput) as error:
        tool_decision.decide(actor=actor, rows=[tool], wish=given)
    tool.refresh_from_db()
    assert tool.decision == ToolDecision.UNDECIDED
    assert ToolRuling.objects.count() == 1  # that of the cast
    return error.value.field


def test_decision_is_recorded_with_both_people_and_the_figures(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        review = completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        (made,) = tool_decision.decide(actor=actor, rows=[tool], wish=wish())
        made.refresh_from_db()
        assert (made.decided_by, made.requested_by) == (world.ours.admin, world.ours.technician)
        assert (made.review, made.impact, made.risk, made.pass_mark) == (review, 3, 0, 40)
        tool.refresh_from_db()
        assert (tool.decision, tool.conditions) == (ToolDecision.APPROVE, "Named accounts only.")
        assert tool.plan == world.ours.sheet.tier == "Free"
        line = Activity.objects.get(verb="decided")
        assert (line.actor, line.object_id) == (world.ours.admin, tool.pk)
        fields = details(line)["fields"]
        assert fields["decision"] == {"before": "undecided", "after": "approve"}


def test_rules_follow_the_newest_decision_and_review(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, client):
        assert client is not None
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        before = facts.of_tool(tool, HOUSE)
        assert (before["decision"], before["vendor.trains"]) == ("undecided", None)
        tool_decision.decide(actor=actor, rows=[tool], wish=wish())
        after = facts.of_tool(AITool.objects.get(pk=tool.pk), HOUSE)
        assert (after["decision"], after["vendor.trains"]) == ("approve", "no")
        controls = set(
            world.here.checklist_item.__class__.objects.values_list("control", flat=True)
        )
        assert "AI-36" in controls  # re-check vendors: only where something is approved
        assert "AI-33" not in controls  # switch training off: nothing is trained on


def test_who_asked_does_not_decide(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL, by=world.ours.admin)
        for decision in (ToolDecision.APPROVE, ToolDecision.REJECT):
            assert refused(actor, tool, wish(decision)) == ""
        with pytest.raises(IntegrityError, match="toolruling_two_people"), transaction.atomic():
            ToolRuling.objects.filter(pk=world.here.ruling.pk).update(
                requested_by=world.ours.admin, decided_by=world.ours.admin
            )
        tool_service.ask(tool=tool, actor=world.ours.technician)
        tool_decision.decide(actor=actor, rows=[AITool.objects.get(pk=tool.pk)], wish=wish())


def test_without_a_completed_review_nothing_is_approved(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        tool = reported(world, DataClass.PUBLIC)
        assert VendorReview.objects.filter(completed_at=None).exists()
        assert refused(actor, tool, wish()) == "decision"
        tool_decision.decide(actor=actor, rows=[tool], wish=wish(ToolDecision.RESTRICT))


@pytest.mark.parametrize("missing", ["V_06", "V_28", "V_01"])
def test_unanswered_review_never_passes(world: World, missing: str) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet, answers=best_answers(**{missing: ""}))
        tool = reported(world, DataClass.PERSONAL)
        assert refused(actor, tool, wish()) == "decision"
        listed = wish(ToolDecision.APPROVE_LISTED, kinds=(DataClass.PUBLIC,))
        assert refused(actor, tool, listed) == "decision"


@pytest.mark.parametrize(
    ("answers", "data_class"),
    [
        ({"V_03": "yes"}, DataClass.PERSONAL),
        ({"V_03": "opt_out", "V_04": "each"}, DataClass.PERSONAL),
        ({"V_08": "no"}, DataClass.PERSONAL),
        ({"V_08": "available", "V_02": "special"}, DataClass.HEALTH),
        ({"V_14": "shared", "V_02": "confidential"}, DataClass.FINANCE),
        ({"V_16": "public", "V_18": "no", "V_02": "confidential"}, DataClass.FINANCE),
    ],
)
def test_knock_out_leaves_restrict_and_reject_alone(
    world: World, answers: dict[str, str], data_class: DataClass
) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet, answers=best_answers(**answers))
        tool = reported(world, data_class)
        bounds = tools.bounds_of(tools.row_of(tool, with_sheets=True))
        assert bounds.decisions == [ToolDecision.REJECT, ToolDecision.RESTRICT]
        assert bounds.reasons
        assert refused(actor, tool, wish()) == "decision"
        listed = wish(ToolDecision.APPROVE_LISTED, kinds=(DataClass.PUBLIC,))
        assert refused(actor, tool, listed) == "decision"
        (made,) = tool_decision.decide(actor=actor, rows=[tool], wish=wish(ToolDecision.RESTRICT))
        assert made.knock_outs


def test_one_account_for_several_clients_must_keep_them_apart(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet, answers=best_answers(V_14="shared"))
        tool = reported(world, DataClass.PERSONAL)
        world.ours.sheet.is_shared = True
        world.ours.sheet.save()
        assert refused(actor, tool, wish()) == "decision"
        world.ours.sheet.is_shared = False
        world.ours.sheet.save()
        tool_decision.decide(actor=actor, rows=[tool], wish=wish())


def test_review_of_harmless_data_approves_nothing_for_patients(world: World) -> None:
    answers = best_answers(V_02="public", V_05="", V_08="", V_09="")
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet, answers=answers)
        assert refused(actor, reported(world, DataClass.HEALTH), wish()) == "decision"
        assert refused(actor, reported(world, DataClass.INTERNAL), wish()) == "decision"
        tool_decision.decide(actor=actor, rows=[reported(world, DataClass.PUBLIC)], wish=wish())


def test_listed_data_is_named_and_within_the_review(world: World) -> None:
    # 33 of 100: above the mark of 30 for confidential data, below that of 40 for personal data.
    answers = {
        name: {**given, "evidence": "email"}
        for name, given in best_answers(V_02="confidential", V_18="claims").items()
    }
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet, answers=answers)
        tool = reported(world, DataClass.CLIENT)
        bounds = tools.bounds_of(tools.row_of(tool, with_sheets=True))
        assert bounds.found is not None
        assert (bounds.found.risk, bounds.found.listed_impact) == (33, 3)
        assert refused(actor, tool, wish()) == "decision"
        assert refused(actor, tool, wish(ToolDecision.APPROVE_LISTED)) == "kinds"
        far = wish(ToolDecision.APPROVE_LISTED, kinds=(DataClass.PERSONAL, DataClass.HEALTH))
        assert refused(actor, tool, far) == "kinds"
        given = wish(ToolDecision.APPROVE_LISTED, kinds=(DataClass.PERSONAL, DataClass.PUBLIC))
        tool_decision.decide(actor=actor, rows=[tool], wish=given)
        tool.refresh_from_db()
        assert tool.allowed_data == ["personal", "public"]


@pytest.mark.parametrize("days", [0, -1, 400])
def test_next_review_lies_within_a_year(world: World, days: int) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        day = timezone.localdate() + timedelta(days=days)
        assert refused(actor, tool, wish(review_on=day)) == "review_on"


def test_approval_ends_with_its_review(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        began = timezone.now() - timedelta(days=340)
        completed(world.ours.sheet, completed_at=began)
        tool = reported(world, DataClass.PERSONAL)
        assert refused(actor, tool, wish()) == "review_on"
        VendorReview.objects.update(completed_at=timezone.now() - timedelta(days=366))
        assert refused(actor, tool, wish()) == "decision"


def test_new_terms_end_the_review_and_make_decided_tools_due(world: World) -> None:
    today = timezone.localdate()
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, _):
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        tool_decision.decide(actor=actor, rows=[tool], wish=wish())
        assert new_terms(world)
        tool.refresh_from_db()
        assert (tool.decision, tool.next_review) == (ToolDecision.APPROVE, today)
        row = tools.row_of(tool, with_sheets=True)
        assert (row.state, tools.row_of(tool, with_sheets=False).state) == ("review_due",) * 2
        assert tools.bounds_of(row).decisions == [ToolDecision.REJECT, ToolDecision.RESTRICT]
        assert Activity.objects.filter(verb="fell_due", object_id=tool.pk).count() == 1
        assert not new_terms(world)


def new_terms(world: World) -> bool:
    return vendor.save_terms(
        sheet=world.ours.sheet, actor=world.ours.admin, url="", dated=None, text="We train on it."
    )


def test_more_sensitive_data_makes_an_approval_due(world: World) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug) as (actor, client):
        assert client is not None
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        tool_decision.decide(actor=actor, rows=[tool], wish=wish())
        tool.refresh_from_db()
        for data_class, state in (
            (DataClass.INTERNAL, "decided"),
            (DataClass.HEALTH, "review_due"),
        ):
            values = {"data_class": data_class}
            tool_service.save(client=client, actor=world.ours.admin, tool=tool, values=values)
            assert tools.row_of(tool, with_sheets=False).state == state


def test_completed_review_tells_tools_whether_the_vendor_trains(world: World) -> None:
    from audits.services import review  # noqa: PLC0415 - beside its only use

    with opened(world.ours.admin, slug=None) as (_actor, _):
        VendorReview.objects.update(answers=best_answers(V_03="opt_out"))
        draft = VendorReview.objects.get()
        review.complete(review=draft, actor=world.ours.admin)
        told = set(AITool.objects.values_list("trains_on_data", flat=True))
        assert told == {TrainsOnData.OPT_OUT}
        assert Activity.objects.filter(verb="learned").count() == 2


@pytest.mark.parametrize("person", ["owner", "viewer", "contributor", "technician_of_none"])
def test_decisions_are_taken_by_staff_who_opened_the_client(world: World, person: str) -> None:
    with opened(world.ours.admin, slug=world.here.client.slug):
        completed(world.ours.sheet)
        tool = reported(world, DataClass.PERSONAL)
        with pytest.raises(NotPossible):
            tool_decision.decide(
                actor=actor_for(world.ours.people()[person]), rows=[tool], wish=wish()
            )


def make_users(world: World, count: int) -> list[AITool]:
    """That many clients more, each with the tool, asked for by the technician."""
    provider = world.ours.provider.pk
    made = []
    with tenancy.scope(provider_id=provider, client_ids=(), provider_rows=True):
        for number in range(count):
            client = make_client(provider, f"Client {number}")
            tool = tool_of(
                client, world.ours.sheet, data_class=DataClass.PERSONAL,
                requested_by=world.ours.technician,
            )  # fmt: skip
            made.append(tool)
    return made


def test_one_decision_for_60_clients_writes_60_records_and_60_lines(world: World) -> None:
    made = make_users(world, 60)
    with opened(world.ours.admin, slug=None) as (actor, _):
        completed(world.ours.sheet)
        rows = list(AITool.objects.filter(pk__in=[tool.pk for tool in made]))
        assert len(rows) == 60
        tool_decision.decide(actor=actor, rows=rows, wish=wish())
        rulings = ToolRuling.objects.filter(decision=ToolDecision.APPROVE)
        assert set(rulings.values_list("client_id", flat=True)) == {row.client_id for row in rows}
        lines = Activity.objects.filter(verb="decided")
        assert lines.count() == rulings.count() == 60
        assert {line.client_id for line in lines} == {row.client_id for row in rows}
        assert all(details(line)["fields"]["decision"]["after"] == "approve" for line in lines)
        connection.check_constraints()
        assert all(line.sequence == 1 for line in Activity.objects.filter(verb="decided"))


def test_one_that_is_not_allowed_stops_all(world: World) -> None:
    made = make_users(world, 2)
    with opened(world.ours.admin, slug=None) as (actor, _):
        completed(world.ours.sheet)
        rows = list(AITool.objects.filter(pk__in=[tool.pk for tool in made]))
        AITool.objects.filter(pk=rows[1].pk).update(requested_by=world.ours.admin)
        with pytest.raises(InvalidInput, match="Client 1"):
            tool_decision.decide(actor=actor, rows=rows, wish=wish())
        assert not ToolRuling.objects.filter(tool__in=rows).exists()
        assert not Activity.objects.filter(verb="decided").exists()


def test_more_clients_cost_their_checklists_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records, tools, lines and keys are read and written together, however many there are."""
    made = make_users(world, 12)
    with opened(world.ours.admin, slug=None) as (actor, _):
        completed(world.ours.sheet)
        rows = list(AITool.objects.filter(pk__in=[tool.pk for tool in made]).order_by("pk"))
        for tool in rows:  # every client has its key by now, and its checklist is of today
            tool_service.save(client=tool.client, actor=world.ours.technician, tool=tool, values={})
        costs = []
        for some in (rows[:2], rows[2:5], rows[5:12]):
            with CaptureQueriesContext(connection) as queries:
                tool_decision.decide(actor=actor, rows=some, wish=wish())
            written = [one["sql"] for one in queries if 'INTO "audits_toolruling' in one["sql"]]
            assert len(written) == 1
            costs.append(len(queries))
        each = (costs[2] - costs[1]) / 4
        assert costs[1] - costs[0] == each
