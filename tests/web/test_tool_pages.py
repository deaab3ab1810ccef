"""Pages of the tool review: what each person sees, what they keep, what they may not name."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audits import tenancy
from audits.enums import DataClass, ToolDecision
from audits.models import (
    Activity,
    AITool,
    Report,
    ToolRuling,
    VendorReview,
    VendorSheet,
    VendorTerms,
)
from tests import casts
from tests.factories import TOOL, World, make_client
from tests.sheets import completed, tool_of
from tests.summaries import posted
from tests.web.reading import address, browser_of, html_of, page, words

LIST = b"Merchant,Application,Seats\nSlide Co,Slides,12\nX,=1,3\n"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def of_sheet(world: World, name: str, **more: object) -> str:
    return reverse(name, kwargs={"pk": world.ours.sheet.pk, **more})


def test_page_of_a_tool_shows_the_sheet_to_staff_alone(world: World) -> None:
    for person, seen in (("technician", True), ("owner", False), ("viewer", False)):
        html = html_of(world, person, address(world, "tool", "tool"))
        assert (of_sheet(world, "vendor") in html) == seen
        assert ("No completed review is in force" in words(html)) == seen
        assert ("Review the vendor, then have" in words(html)) == seen


def test_owner_reports_a_tool_with_the_short_form(world: World) -> None:
    assert "Fact sheet" not in page(world, "owner", "tool_new")
    given = {"name": "Slides", "data_class": "internal", "sheet": world.ours.sheet.pk}
    answer = browser_of(world, "owner").post(address(world, "tool_new"), given)
    assert answer.status_code == 302
    with world.here.scope():
        made = AITool.objects.get(name="Slides")
    assert (made.requested_by, made.sheet_id) == (world.ours.owner, None)


@pytest.mark.parametrize("data", ["health", "hr", "finance", "client", "internal", "public"])
def test_report_of_a_tool_says_what_holds_until_it_is_decided(world: World, data: str) -> None:
    given = {"name": "Slides", "data_class": data}
    answer = browser_of(world, "owner").post(address(world, "tool_new"), given, follow=True)
    told = words(answer.content.decode())
    assert "Slides is on the list." in told
    warned = "Until it is decided, put nothing in that is not public." in told
    assert warned is (data != "public")


def test_a_tool_in_other_letters_is_the_same_tool(world: World) -> None:
    given = {"name": TOOL.upper(), "data_class": "internal"}
    answer = browser_of(world, "owner").post(address(world, "tool_new"), given)
    assert "tool of that name is on the list already" in words(answer.content.decode())


def test_terms_of_an_impossible_day_are_refused_with_the_days_that_can_be(world: World) -> None:
    browser, url = browser_of(world, "technician"), of_sheet(world, "vendor_terms")
    for day, said in (
        ("9999-12-31", "Look at the year again"),
        ("0026-11-01", "Look at the year again"),
        ("2199-01-01", "No terms are announced so long before their day"),
    ):
        html = browser.post(url, {"dated": day, "text": "We never train."}).content.decode()
        assert f"Date of the terms : {said}" in words(html)
    with world.ours.scope():
        assert not VendorTerms.objects.filter(text="We never train.").exists()


def test_only_the_copy_of_the_terms_that_is_read_brings_its_text(world: World) -> None:
    sheet, browser = world.ours.sheet, browser_of(world, "technician")
    old = world.ours.terms
    with tenancy.scope(provider_id=sheet.provider_id, client_ids=(), provider_rows=True):
        for text in ("They keep it a week.", "They sell it."):
            VendorTerms.objects.create(
                provider=sheet.provider, sheet=sheet, text=text, sha256=text[:9]
            )

    def read(query: str = "") -> tuple[set[str], int]:
        with CaptureQueriesContext(connection) as asked:
            html = browser.get(of_sheet(world, "vendor") + query).content.decode()
        texts = {"We keep it.", "They keep it a week.", "They sell it."}
        loaded = [one["sql"] for one in asked if '"audits_vendorterms"."text"' in one["sql"]]
        return {text for text in texts if text in html}, sum("LIMIT 1" not in q for q in loaded)

    assert read() == ({"They sell it."}, 0)
    assert read(f"?copy={old.pk}") == ({"We keep it."}, 0)


def test_page_of_a_review_keeps_its_answers_whichever_button_is_pressed(world: World) -> None:
    browser = browser_of(world, "technician")
    url = of_sheet(world, "review", key="what")
    given = {"V-01": "team", "V-01-evidence": "page", "V-01-note": "Price list"}
    for to, target in (
        ("", of_sheet(world, "review", key="data")),
        ("keeping", of_sheet(world, "review", key="keeping")),
        ("close", of_sheet(world, "vendor")),
    ):
        answer = browser.post(url, {**given, "to": to})
        assert answer["Location"] == target
    with world.ours.scope():
        kept = VendorReview.objects.get().answers
    assert kept == {"V-01": {"answer": "team", "evidence": "page", "note": "Price list"}}
    html = browser.get(url).content.decode()
    assert 'value="Price list"' in html


def test_change_of_an_answer_shows_the_figures_and_keeps_nothing(world: World) -> None:
    browser, url = browser_of(world, "technician"), of_sheet(world, "review", key="data")
    answer = browser.post(url, {"V-02": "public"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert 'id="score"' in html
    assert "<html" not in html
    assert "at most 55 passes" in " ".join(html.split())
    with world.ours.scope():
        assert "V-02" not in VendorReview.objects.get().answers


def test_page_of_a_review_says_which_answer_is_wrong(world: World) -> None:
    answer = browser_of(world, "technician").post(
        of_sheet(world, "review", key="what"), {"V-01": "made up", "V-17": ""}
    )
    assert answer.status_code == 200
    assert "made up is not one of the available choices" in answer.content.decode()


def test_page_of_a_review_that_was_completed_meanwhile_says_so(world: World) -> None:
    """Somebody else closes it between the moment the page finds the draft and the one it writes."""
    url = of_sheet(world, "review", key="what")
    done: list[int] = []

    def closing(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401 - Django's own
        if not done and "audits_vendorreview" in sql and "FOR NO KEY UPDATE" in sql:
            done.append(VendorReview.objects.filter(completed_at=None).update(completed_at=Now()))
        return execute(sql, *rest)

    with connection.execute_wrapper(closing):
        answer = browser_of(world, "technician").post(url, {"V-01": "free"}, follow=True)
    assert done == [1]
    assert answer.redirect_chain == [(of_sheet(world, "vendor"), 302)]
    assert "This review is completed. Start a new one" in answer.content.decode()


def test_review_has_no_other_pages(world: World) -> None:
    answer = browser_of(world, "technician").get(of_sheet(world, "review", key="nowhere"))
    assert answer.status_code == 404


def asked_by(world: World, data_class: DataClass = DataClass.PERSONAL) -> None:
    for cast in (world.here, world.sibling):
        with cast.scope():
            AITool.objects.update(requested_by=world.ours.technician, data_class=data_class)


DECISION = {"decision": "restrict", "conditions": "Public data.", "review_on": ""}


def decision(**changed: object) -> dict[str, object]:
    from datetime import timedelta  # noqa: PLC0415 - beside its only use

    from django.utils import timezone  # noqa: PLC0415 - beside its only use

    day = timezone.localdate() + timedelta(days=30)
    return {**DECISION, "review_on": day.isoformat(), **changed}


def test_own_request_cannot_be_decided_on_the_page_either(world: World) -> None:
    asked_by(world)
    url = address(world, "tool_decide", "tool")
    browser = browser_of(world, "technician")
    assert "You asked for this decision yourself" in words(browser.get(url).content.decode())
    browser.post(url, decision())
    with world.here.scope():
        assert AITool.objects.get().decision == ToolDecision.UNDECIDED
    answer = browser_of(world, "admin").post(url, decision())
    assert answer["Location"] == address(world, "tool", "tool")
    assert "Public data." in page(world, "owner", "tool", "tool")


def test_page_offers_no_more_than_the_review_allows(world: World) -> None:
    url = address(world, "tool_decide", "tool")
    asked_by(world)

    def offered() -> set[str]:
        html = html_of(world, "admin", url)
        return {one for one in ToolDecision.values if f'name="decision" value="{one}"' in html}

    assert offered() == {"restrict", "reject"}
    with world.ours.scope():
        completed(world.ours.sheet)
    assert offered() == {"approve", "approve_listed", "restrict", "reject"}
    assert "The vendor is reviewed: somebody" in page(world, "admin", "tool", "tool")
    answer = browser_of(world, "admin").post(url, decision(decision="undecided"))
    assert "is not one of the available choices" in answer.content.decode()


def test_many_are_decided_on_one_page(world: World) -> None:
    asked_by(world)
    both = [world.here.tool.pk, world.sibling.tool.pk]
    html = html_of(world, "admin", of_sheet(world, "vendor_decide"))
    assert words(html).count("nothing decided yet") == 2
    assert "Not reviewed" not in words(html)
    answer = browser_of(world, "admin").post(
        of_sheet(world, "vendor_decide"), decision(tools=both), follow=True
    )
    assert "The decisions for 2 clients are on record." in answer.content.decode()
    for cast in (world.here, world.sibling):
        with cast.scope():
            assert AITool.objects.get().decision == ToolDecision.RESTRICT
            assert ToolRuling.objects.count() == 2
            assert Activity.objects.filter(verb="decided").count() == 1


def test_two_tools_of_one_client_are_one_client(world: World) -> None:
    asked_by(world)
    with world.here.scope():
        other = tool_of(world.here.client, world.ours.sheet, name="The same, elsewhere")
    url, both = of_sheet(world, "vendor_decide"), [world.here.tool.pk, other.pk]
    browser, name = browser_of(world, "admin"), world.here.client.name
    refused = browser.post(url, decision(tools=both, decision="approve")).content.decode()
    assert f"further than the review allows for {name}. " in words(refused)
    answer = browser.post(url, decision(tools=both), follow=True).content.decode()
    assert "The decision for one client is on record." in answer


@pytest.mark.parametrize("foreign", ["sibling", "stranger"])
def test_tool_of_a_client_that_is_not_granted_is_like_an_absent_one(
    world: World, foreign: str
) -> None:
    asked_by(world)
    browser, url = browser_of(world, "technician_of_first"), of_sheet(world, "vendor_decide")
    pk = getattr(world, foreign).tool.pk
    assert f'value="{pk}"' not in browser.get(url).content.decode()

    def told(named: int) -> str:
        answer = browser.post(url, decision(tools=[world.here.tool.pk, named]))
        assert answer.status_code == 200
        return words(answer.content.decode()).replace(str(named), "#")

    assert told(pk) == told(10**9)
    for cast in (world.here, world.sibling, world.stranger):
        with cast.scope():
            assert AITool.objects.get().decision == ToolDecision.UNDECIDED


def test_register_leads_from_a_report_to_the_questions(world: World) -> None:
    with world.here.scope():
        tool = tool_of(world.here.client, name="Slides", vendor="Slide Co")
    html = html_of(world, "technician", reverse("vendors_reported"))
    url = reverse("tool_review", kwargs={"slug": world.here.client.slug, "pk": tool.pk})
    assert url in html
    assert (
        browser_of(world, "technician_of_none").get(reverse("vendors_reported")).status_code == 404
    )
    with world.sibling.scope():
        tool_of(world.sibling.client, name="Notes", vendor="Note Co")
    assert "Notes" in html_of(world, "technician", reverse("vendors_reported"))
    of_first = html_of(world, "technician_of_first", reverse("vendors_reported"))
    assert ("Slides" in of_first, "Notes" in of_first) == (True, False)
    answer = browser_of(world, "technician").post(url)
    with world.ours.scope():
        made = VendorSheet.objects.get(product="Slides")
    assert answer["Location"] == reverse("review", kwargs={"pk": made.pk, "key": "what"})


@pytest.mark.parametrize("name", ["vendors", "vendors_reported", "vendor", "vendor_decide"])
def test_pages_of_sheets_cost_the_same_with_more_rows(world: World, name: str) -> None:
    url = reverse(name) if name.startswith("vendors") else of_sheet(world, name)
    browser = browser_of(world, "admin")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    with world.here.scope():
        tool_of(world.here.client, name="Unknown")
    cost()
    before = cost()
    provider = world.ours.provider
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        for number in range(3):
            client = make_client(provider.pk, f"More {number}")
            tool_of(client, world.ours.sheet, requested_by=world.ours.technician)
            tool_of(client, name=f"Unknown {number}")
            more = VendorSheet.objects.create(
                provider=provider, vendor="Other", product=f"Product {number}"
            )
            completed(more)
    assert cost() == before


def upload(world: World, data: bytes = LIST, person: str = "technician") -> str:
    answer = browser_of(world, person).post(
        address(world, "tool_import"), {"file": SimpleUploadedFile("list.csv", data)}
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_list_is_shown_before_anything_is_written(world: World) -> None:
    html = upload(world)
    said = words(html)
    assert "row 3, column “Application”: begins as a formula" in said
    assert "Add 1 tool" in said
    with world.here.scope():
        assert list(AITool.objects.values_list("name", flat=True)) == [TOOL]


def sent(world: World, **changed: object) -> tuple[int, str]:
    given = {
        "text": LIST.decode(), "name": 1, "vendor": 0, "people": 2, "data_class": "internal",
        "seen": "{'name': 1, 'vendor': 0, 'people': 2, 'note': None}", "confirmed": "on",
    }  # fmt: skip
    answer = browser_of(world, "technician").post(
        address(world, "tool_import_columns"), {**given, **changed}
    )
    return answer.status_code, answer.content.decode()


def test_list_is_taken_over_as_it_was_shown(world: World) -> None:
    assert sent(world)[0] == 302
    assert "Nothing on this list is new" in words(upload(world))
    assert sent(world)[0] == 302
    with world.here.scope():
        made = AITool.objects.get(name="Slides")
        assert (made.vendor, made.people, AITool.objects.count()) == ("Slide Co", 12, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"confirmed": ""},
        {"name": 0},
        {"seen": ""},
        {"data_class": ""},
        {"name": 17},
        {"name": ""},
    ],
)
def test_list_that_was_not_looked_at_like_this_is_shown_again(
    world: World, changed: dict[str, object]
) -> None:
    status, html = sent(world, **changed)
    assert status == 200
    assert "Which column says what" in html
    with world.here.scope():
        assert AITool.objects.count() == 1


def test_list_that_is_none_any_more_leads_back(world: World) -> None:
    assert sent(world, text="nothing")[0] == 302
    assert "characters that no text has" in upload(world, b"PK\x03\x04\x00")
    assert "at most" in upload(world, b"a,b\n" * 100_000)


@pytest.mark.parametrize("who", ["technician", "owner"])
def test_report_names_the_plan_of_a_tool_whoever_asks_for_it(world: World, who: str) -> None:
    """The sheet is the provider's own; its plan stands with the tool."""
    url = address(world, "report_make")
    assert browser_of(world, who).post(url, posted(world.here.audit)).status_code == 302
    with world.here.scope():
        tool = AITool.objects.get()
        frozen = Report.objects.latest("pk").data["tools"]
    told = [(one["name"], one["plan"], one["decision"]) for one in frozen]
    assert told == [(tool.name, "Free", ToolDecision(tool.decision).done)]
