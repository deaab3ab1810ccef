"""Reviews of sheets: kept step by step, judged as they stand, closed once."""

import hashlib
from datetime import date

import pytest

from audits.access import opened
from audits.enums import SheetState, ToolDecision, ToolState, TrainsOnData
from audits.guidance import questions
from audits.models import AITool, ProviderActivity, VendorReview, VendorSheet, VendorTerms
from audits.queries import review as queries
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.services import review as service
from audits.services import tool as tool_service
from audits.services import vendor
from audits.services.errors import InvalidInput, NotPossible
from tests.chains import details
from tests.factories import World
from tests.sheets import best_answers, completed, tool_of

WHAT, DATA = queries.STEPS[0], queries.STEPS[1]


def given(**answers: str) -> dict[str, dict[str, str]]:
    return {name.replace("_", "-"): {"answer": key} for name, key in answers.items()}


def test_five_steps_ask_every_question_once() -> None:
    asked = [name for step in queries.STEPS for name in step.questions]
    assert len(queries.STEPS) == 5
    assert sorted(asked) == [f"V-{number:02}" for number in range(1, 29)]


def test_not_knowing_is_one_choice_of_every_question_and_keeps_what_was_said() -> None:
    for question in questions.load():
        offered = dict(queries.choices_of(question))
        unsure = [key for key, text in offered.items() if str(text).startswith("Not known")]
        assert len(unsure) == 1, question.id
        assert question.points(unsure[0]) == questions.WORST_POINTS
        for before in ("not_known", unsure[0]):
            assert queries.chosen(question, before) in offered
            told = queries.said({question.id: {"answer": before}}, question)
            assert told == "Not known: counts as the worst answer"


def test_step_is_kept_by_itself_and_the_others_stay(world: World) -> None:
    with world.ours.scope():
        draft = world.ours.review
        service.save_step(
            review=draft, actor=world.ours.admin, step=DATA, given=given(V_02="personal")
        )
        row = VendorReview.objects.get(pk=draft.pk)
        assert row.answers == {
            "V-01": {"answer": "free", "evidence": "page", "note": "price list"},
            "V-02": {"answer": "personal", "evidence": "call", "note": ""},
        }
        service.save_step(review=draft, actor=world.ours.admin, step=WHAT, given={})
        assert set(VendorReview.objects.get(pk=draft.pk).answers) == {"V-02"}
        told = details(ProviderActivity.objects.filter(verb="answered").latest("pk"))
    assert told == {"questions": ["V-01"]}


@pytest.mark.parametrize("name", ["V-01", "V-99"])
def test_step_takes_no_answer_that_its_question_does_not_have(world: World, name: str) -> None:
    with world.ours.scope(), pytest.raises(InvalidInput) as refused:
        service.save_step(
            review=world.ours.review,
            actor=world.ours.admin,
            step=WHAT,
            given={name: {"answer": "made up"}},
        )
    assert refused.value.field == name


def test_start_goes_on_where_somebody_left(world: World) -> None:
    with opened(world.ours.technician, slug=None):
        again = service.start(sheet=world.ours.sheet, actor=world.ours.technician)
        assert again == world.ours.review
        service.complete(review=again, actor=world.ours.technician)
        fresh = service.start(sheet=world.ours.sheet, actor=world.ours.technician)
        assert (fresh.answers, VendorReview.objects.count()) == ({}, 2)


def test_completed_review_is_closed_and_stands_for_a_year(world: World) -> None:
    with opened(world.ours.technician, slug=None):
        draft = world.ours.review
        row = service.complete(review=draft, actor=world.ours.technician)
        assert (row.terms, row.completed_by) == (world.ours.terms, world.ours.technician)
        with pytest.raises(NotPossible):
            service.complete(review=draft, actor=world.ours.admin)
        with pytest.raises(NotPossible):
            service.save_step(review=draft, actor=world.ours.admin, step=WHAT, given={})
        found = sheets.row_of(world.ours.sheet)
        assert (found.state, found.standing) == (SheetState.CURRENT, row)
        assert found.next_review == queries.valid_until(row)


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 11, 27), date(2027, 11, 27)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_a_year_ends_on_the_same_day(day: date, end: date) -> None:
    assert queries.a_year_after(day) == end


@pytest.mark.parametrize(
    ("dated", "text", "other"),
    [
        (None, "We keep it.", False),
        (None, "We keep it longer.", True),
        (date(2030, 1, 1), "We keep it.", True),
    ],
)
def test_other_words_or_another_date_make_the_review_due(
    world: World, *, dated: date | None, text: str, other: bool
) -> None:
    digest = hashlib.sha256(b"We keep it.").hexdigest()
    with opened(world.ours.admin, slug=None):
        VendorTerms.objects.update(sha256=digest)
        completed(world.ours.sheet)
        changed = vendor.save_terms(
            sheet=world.ours.sheet, actor=world.ours.admin, url="", dated=dated, text=text
        )
        assert changed == other
        row = sheets.row_of(world.ours.sheet)
        assert row.state == (SheetState.DUE if other else SheetState.CURRENT)
        assert VendorTerms.objects.count() == 1 + other
        newest = VendorTerms.objects.latest("pk")
        assert newest.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_first_copy_of_the_terms_is_the_one_that_was_reviewed(world: World) -> None:
    with opened(world.ours.admin, slug=None):
        VendorReview.objects.all().delete()
        VendorTerms.objects.all().delete()
        completed(world.ours.sheet)
        given = {"sheet": world.ours.sheet, "actor": world.ours.admin, "url": "", "dated": None}
        for text, state in (("We keep it.", SheetState.CURRENT), ("We sell it.", SheetState.DUE)):
            vendor.save_terms(**given, text=text)  # type: ignore[arg-type]
            assert sheets.row_of(world.ours.sheet).state == state


def test_tool_that_gets_a_sheet_hears_what_its_review_says(world: World) -> None:
    with opened(world.ours.technician, slug=world.here.client.slug) as (_actor, client):
        assert client is not None
        completed(world.ours.sheet, answers=best_answers(V_03="yes"))
        tool = tool_of(client, name="Slide maker")
        values = {"sheet": world.ours.sheet}
        tool_service.save(client=client, actor=world.ours.technician, tool=tool, values=values)
        assert AITool.objects.get(pk=tool.pk).trains_on_data == TrainsOnData.YES


def test_tool_without_a_sheet_gets_one_with_its_review(world: World) -> None:
    with opened(world.ours.technician, slug=world.here.client.slug) as (_actor, client):
        assert client is not None
        tool = tool_of(client, name="Slide maker", vendor="Slide Co")
        assert tools.row_of(tool, with_sheets=True).state == ToolState.REPORTED
        review = service.start_for_tool(tool=tool, actor=world.ours.technician)
        tool = AITool.objects.get(pk=tool.pk)
        assert (str(tool.sheet), review.sheet) == ("Slide Co Slide maker", tool.sheet)
        assert tools.row_of(tool, with_sheets=False).state == ToolState.IN_REVIEW
        assert VendorSheet.objects.count() == 2


def test_sheet_of_a_plan_is_there_once(world: World) -> None:
    sheet = world.ours.sheet
    values = {"vendor": sheet.vendor, "product": sheet.product, "tier": sheet.tier}
    with world.ours.scope():
        with pytest.raises(InvalidInput) as refused:
            vendor.save(
                provider_id=sheet.provider_id, actor=world.ours.admin, sheet=None, values=values
            )
        assert refused.value.field == "product"
        vendor.save(
            provider_id=sheet.provider_id,
            actor=world.ours.admin,
            sheet=None,
            values={**values, "tier": "Business"},
        )
        assert VendorSheet.objects.count() == 2


def test_another_plan_of_a_sheet_stands_with_its_tools(world: World) -> None:
    sheet = world.ours.sheet
    with opened(world.ours.admin, slug=world.here.client.slug):
        tool = AITool.objects.get(sheet=sheet)
        vendor.save(
            provider_id=sheet.provider_id,
            actor=world.ours.admin,
            sheet=sheet,
            values={"tier": "Business"},
        )
        tool.refresh_from_db()
        assert tool.plan == "Business"


def test_usual_decision_goes_no_further_than_the_review(world: World) -> None:
    sheet = world.ours.sheet

    def set_to(decision: ToolDecision) -> None:
        vendor.set_default(
            sheet=sheet, actor=world.ours.admin, decision=decision, kinds=[], conditions="Ask us."
        )

    with opened(world.ours.admin, slug=None):
        with pytest.raises(InvalidInput):
            set_to(ToolDecision.APPROVE)
        set_to(ToolDecision.RESTRICT)
        completed(sheet, answers=best_answers())
        set_to(ToolDecision.APPROVE)
        assert VendorSheet.objects.get().default_decision == ToolDecision.APPROVE
        told = details(ProviderActivity.objects.filter(verb="set_default").latest("pk"))
    assert told["fields"]["default_decision"] == {"before": "restrict", "after": "approve"}


def test_another_provider_reaches_no_sheet_and_no_review(world: World) -> None:
    with world.theirs.scope():
        assert VendorReview.objects.filter(pk=world.theirs.review.pk).exists()
    with opened(world.ours.admin, slug=None):
        assert VendorSheet.objects.get() == world.ours.sheet
        with pytest.raises(VendorReview.DoesNotExist):
            service.save_step(
                review=world.theirs.review, actor=world.ours.admin, step=WHAT, given={}
            )
        with pytest.raises(VendorSheet.DoesNotExist):
            service.start(sheet=world.theirs.sheet, actor=world.ours.admin)
