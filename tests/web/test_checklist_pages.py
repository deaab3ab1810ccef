"""The checklist's pages: ticked rows, filters, evidence and cards, for those who may."""

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate
from pytest_django.fixtures import Settings

from audits.enums import Answer, WorkStatus
from audits.guidance import editions
from audits.models import (
    Activity,
    CatalogueEdition,
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    ChecklistPin,
)
from audits.queries.checklist_view import revision_of
from tests import casts
from tests.chains import details
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, proven, words


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


def _item(world: World) -> ChecklistItem:
    with world.here.scope():
        return ChecklistItem.objects.get(pk=world.here.checklist_item.pk)


def _more(world: World, *controls: str) -> list[int]:
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        rows = [
            ChecklistItem.objects.create(**own, control=control, catalogue_version="1")
            for control in controls
        ]
    return [row.pk for row in rows]


def _bulk(world: World, person: str, **fields: Any) -> int:  # noqa: ANN401 - form fields
    return int(browser_of(world, person).post(address(world, "checklist"), fields).status_code)


def test_ticked_rows_are_assigned_dated_and_left_out(world: World) -> None:
    ticked = _more(world, "AI-01", "AI-02")
    owner = world.ours.contributor.pk
    assert _bulk(world, "owner", do="assign", items=ticked, owner=owner) == 302
    assert _bulk(world, "owner", do="due", items=ticked, due="2031-05-01") == 302
    assert _bulk(world, "owner", do="leave_out", items=ticked, reason="Closed") == 302
    with world.here.scope():
        rows = ChecklistItem.objects.filter(pk__in=ticked)
        found = {(row.owner_id, str(row.due), row.answer, row.status) for row in rows}
        assert not ChecklistItem.objects.filter(owner=owner).exclude(pk__in=ticked).exists()
    assert found == {(owner, "2031-05-01", Answer.NOT_APPLICABLE, WorkStatus.IN_REVIEW)}


def test_a_due_day_is_to_come_and_the_one_that_stands_may_stay(world: World) -> None:
    own, gone = world.here.checklist_item.pk, localdate() - timedelta(days=1)
    url = address(world, "checklist_answer", "checklist_item")
    for day in (gone.isoformat(), "0026-12-01", "9999-12-31"):
        assert _bulk(world, "technician", do="due", items=[own], due=day) == 200
        answer = browser_of(world, "technician").post(url, {"answer": "partly", "due": day})
        assert answer.status_code == 200
    assert (str(_item(world).due), _item(world).answer) == ("2031-01-01", Answer.UNANSWERED)
    with world.here.scope():
        ChecklistItem.objects.filter(pk=own).update(due=gone)
    fields = {"answer": "partly", "due": gone.isoformat()}
    assert browser_of(world, "technician").post(url, fields).status_code == 302


def test_a_whole_section_is_assigned_at_once(world: World) -> None:
    rules = _more(world, "AI-01", "AI-02")
    (other,) = _more(world, "AI-32")
    owner = world.ours.owner.pk
    assert _bulk(world, "technician", do="assign", sections=["rules"], owner=owner) == 302
    with world.here.scope():
        held = set(ChecklistItem.objects.filter(owner=owner).values_list("pk", flat=True))
    assert held == set(rules)
    assert other not in held


@pytest.mark.parametrize("whose", ["sibling", "stranger"])
def test_foreign_rows_and_people_are_answered_like_absent_ones(world: World, whose: str) -> None:
    foreign = getattr(world, whose)
    with foreign.scope():
        assert ChecklistItem.objects.filter(pk=foreign.checklist_item.pk).exists()
    own = world.here.checklist_item.pk
    for fields in (
        {"do": "due", "due": "2031-05-02", "items": [own, foreign.checklist_item.pk]},
        {"do": "due", "due": "2031-05-02", "items": [own, 10**9]},
        {"do": "assign", "items": [own], "owner": world.theirs.technician.pk},
        {"do": "assign", "items": [own], "owner": 10**9},
    ):
        assert _bulk(world, "technician", **fields) == 200
    assert (_item(world).owner_id, str(_item(world).due)) == (None, "2031-01-01")
    with foreign.scope():
        assert str(ChecklistItem.objects.get(pk=foreign.checklist_item.pk).due) == "2031-01-01"


def test_owner_is_offered_the_own_people_and_staff_also_those_who_open_the_client(
    world: World,
) -> None:
    url = address(world, "checklist")
    offered = {}
    for name in ("owner", "technician"):
        html = html_of(world, name, url)
        offered[name] = {
            person
            for person, user in world.ours.people().items()
            if f'<option value="{user.pk}"' in html
        }
    people = {"owner", "contributor", "viewer"}
    staff = {"admin", "technician", "technician_of_first", "technician_of_group"}
    assert offered == {"owner": people, "technician": people | staff}


@pytest.mark.parametrize("person", ["contributor", "viewer"])
def test_who_only_answers_or_reads_changes_nothing_at_once(world: World, person: str) -> None:
    own = world.here.checklist_item.pk
    assert _bulk(world, person, do="due", items=[own], due="2031-05-01") == 404
    assert 'name="items"' not in html_of(world, person, address(world, "checklist"))
    assert str(_item(world).due) == "2031-01-01"


def test_contributor_cannot_hand_on_what_is_only_to_be_answered(world: World) -> None:
    fields = {"answer": "partly", "owner": world.ours.owner.pk, "due": "2031-09-09"}
    url = address(world, "checklist_answer", "checklist_item")
    assert browser_of(world, "contributor").post(url, fields).status_code == 302
    found = _item(world)
    assert (found.answer, found.owner_id, str(found.due)) == (Answer.PARTLY, None, "2031-01-01")


def test_filters_of_the_address_choose_rows_and_words(world: World) -> None:
    _more(world, "AI-01", "AI-32")
    url = address(world, "checklist")

    def shown(query: str, person: str = "technician") -> str:
        return words(html_of(world, person, f"{url}?{query}"))

    everything = shown("")
    technical, plain = "Is there one list of every AI model", "Do you keep one list of all the AI"
    assert technical in everything
    assert plain in shown("words=plain")
    assert plain in shown("", "owner")
    asked = "Does every model require login, least privilege"
    assert asked in shown("show=asked")
    assert technical not in shown("show=asked")
    assert asked not in shown("set=week_one")
    assert technical in shown("set=week_one")
    assert "Nothing fits this choice" in shown(f"owner={world.ours.technician.pk}")
    assert technical in shown("show=nonsense&set=none&owner=x")


def test_priority_is_shown_with_its_numbers(world: World) -> None:
    with world.here.scope():
        ChecklistItem.objects.filter(pk=world.here.checklist_item.pk).update(priority=30)
    told = words(html_of(world, "owner", address(world, "checklist")))
    assert "Priority 30: why?" in told
    assert "Weight 5 of the control × impact 4 of the data × 1.5 because an audit asks" in told


@pytest.mark.parametrize("person", ["owner", "contributor"])
def test_evidence_is_added_and_comes_out_as_an_attachment(world: World, person: str) -> None:
    browser = browser_of(world, person)
    url = address(world, "checklist_evidence_new", "checklist_item")
    data = b"a,b\n=1,2\n"
    upload = SimpleUploadedFile("../list <b>.csv", data, content_type="text/html")
    fields = {"kind": "file", "file": upload, "dated": "2026-01-01", "text": "The list"}
    assert browser.post(url, fields).status_code == 302
    with world.here.scope():
        made = ChecklistEvidence.objects.get(text="The list")
    file = reverse(
        "checklist_evidence_file", kwargs={"slug": world.here.client.slug, "pk": made.pk}
    )
    answer = browser.get(file)
    assert answer.getvalue() == data
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    with world.here.scope():
        (line,) = Activity.objects.filter(verb="downloaded", object_id=world.here.checklist_item.pk)
        told = details(line)
    assert line.actor_id == world.ours.people()[person].pk
    assert told["file"].endswith("list <b>.csv")
    assert told["sha256"] == sha256(data).hexdigest()
    assert "a,b" not in str(told)
    page = html_of(world, person, address(world, "checklist_answer", "checklist_item"))
    assert "list &lt;b&gt;.csv" in page
    removal = reverse(
        "checklist_evidence_remove", kwargs={"slug": world.here.client.slug, "pk": made.pk}
    )
    # Who may remove it is asked first: the button opens a dialog that sends to the same address.
    opened = page.count(f'data-dialog-open="remove-evidence-{made.pk}"')
    asks = page.count(f'<dialog class="dialog" id="remove-evidence-{made.pk}"')
    assert (opened, asks, page.count(f'action="{removal}"')) == (
        (1, 1, 2) if person == "owner" else (0, 0, 0)
    )
    taken = proven(world, person).post(removal)
    assert taken.status_code == (302 if person == "owner" else 404)
    with world.here.scope():
        assert ChecklistEvidence.objects.filter(pk=made.pk).exists() == (person != "owner")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "file", "file": SimpleUploadedFile("a.pdf", b"MZ\x90")}, "evidence_file"),
        ({"kind": "file"}, "evidence_file"),
        ({"kind": "link", "url": "javascript:alert(1)"}, "evidence_url"),
        ({"kind": "note", "text": " "}, "evidence_text"),
        ({"kind": "note", "text": "Seen", "dated": "2999-01-01"}, "evidence_dated"),
    ],
)
def test_refused_evidence_says_at_which_field(
    world: World, fields: dict[str, Any], field: str
) -> None:
    url = address(world, "checklist_evidence_new", "checklist_item")
    given = {"dated": "2026-01-01", **fields}
    answer = browser_of(world, "owner").post(url, given)
    assert answer.status_code == 200
    assert f'id="{field}_error"' in answer.content.decode()
    with world.here.scope():
        assert ChecklistEvidence.objects.count() == 1


def test_link_opens_nothing_of_ours_and_is_no_referrer(world: World) -> None:
    url = address(world, "checklist_evidence_new", "checklist_item")
    given = {"kind": "link", "url": "https://example.org/?a=1&b=2", "dated": "2026-01-01"}
    browser_of(world, "owner").post(url, given)
    html = html_of(world, "owner", address(world, "checklist_answer", "checklist_item"))
    shown = "https://example.org/?a=1&amp;b=2"
    assert f'<a href="{shown}" rel="noopener noreferrer nofollow external">{shown}</a>' in html


def test_comment_is_plain_text_with_its_author(world: World) -> None:
    url = address(world, "checklist_comment", "checklist_item")
    given = {"comment": "<script>alert(1)</script>\n\nSecond"}
    assert browser_of(world, "contributor").post(url, given).status_code == 302
    html = html_of(world, "owner", address(world, "checklist_answer", "checklist_item"))
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in html
    assert str(world.ours.contributor) in words(html)
    assert browser_of(world, "contributor").post(url, {"comment": " "}).status_code == 200
    with world.here.scope():
        assert ChecklistComment.objects.count() == 2


def test_card_leads_from_question_to_question(world: World) -> None:
    second, third = _more(world, "AI-01", "AI-02")
    browser = browser_of(world, "contributor")
    start = browser.get(address(world, "checklist_cards"))
    first = address(world, "checklist_card", "checklist_item")
    assert start["Location"] == first  # what an audit asks for lies on top
    after = browser.post(first, {"answer": "yes"})
    assert after.status_code == 302
    assert after["Location"] in {
        reverse("checklist_card", kwargs={"slug": world.here.client.slug, "pk": pk})
        for pk in (second, third)
    }
    refused = browser.post(after["Location"], {"answer": "not_applicable", "reason": " "})
    assert refused.status_code == 200
    assert "Say why it does not apply." in refused.content.decode()
    assert "(optional)" not in words(refused.content.decode())
    given = {"answer": "not_applicable", "reason": "We train nothing."}
    last = browser.post(after["Location"], given)["Location"]
    said = words(browser.get(last).content.decode())
    assert "1 answered" in said  # as on the list: what waits for a second person is not answered
    assert "1 of 3" in words(browser.get(address(world, "checklist")).content.decode())
    found = _item(world)
    assert (found.answer, found.answered_by_id, found.status) == (
        Answer.YES,
        world.ours.contributor.pk,
        WorkStatus.DONE,
    )


def test_page_of_a_refused_answer_shows_what_is_stored_and_the_errors_first(world: World) -> None:
    url = address(world, "checklist_answer", "checklist_item")
    assert _item(world).answer == Answer.UNANSWERED
    given = {"answer": "not_applicable", "reason": " ", "note": "Typed"}
    html = browser_of(world, "owner").post(url, given).content.decode()
    told = words(html)
    assert "Does it really not apply?" not in told
    header = html[html.index('<header class="page-header"') :]
    header = header[: header.index("</header>")]
    labels = (str(Answer.UNANSWERED.label), str(Answer.NOT_APPLICABLE.label))
    assert [label in header for label in labels] == [True, False]
    assert html.index("data-error-summary") < html.index('id="why"')
    assert html.count("data-error-summary") == 1
    assert re.search(r'value="not_applicable"[^>]*checked', html)  # what was typed still stands
    assert ">Typed</textarea>" in html.replace("\n", "")
    reason = html[html.index('for="id_reason"') :]
    assert "(optional)" not in reason[: reason.index("<input")]
    assert "“Not applicable” needs a reason" in reason


def test_only_another_person_confirms_on_the_page(world: World) -> None:
    fields = {"answer": "not_applicable", "reason": "Gone"}
    url = address(world, "checklist_answer", "checklist_item")
    browser_of(world, "owner").post(url, fields)
    confirm = address(world, "checklist_confirm", "checklist_item")
    assert "Confirm" not in words(html_of(world, "owner", url)).replace("confirm", "")
    browser_of(world, "owner").post(confirm)
    assert _item(world).confirmed_at is None
    assert browser_of(world, "contributor").post(confirm).status_code == 404
    assert 'action="' + confirm in html_of(world, "technician", url)
    (seen, again) = re.findall(r'name="seen" value="([^"]+)"', html_of(world, "technician", url))
    assert seen == again
    browser_of(world, "owner").post(url, {**fields, "reason": "Never there"})
    changed = browser_of(world, "technician").post(confirm, {"seen": seen}, follow=True)
    assert "The reason has changed since you opened the page." in changed.content.decode()
    assert _item(world).confirmed_at is None
    browser_of(world, "technician").post(confirm, {"seen": revision_of(_item(world))})
    assert _item(world).confirmed_by_id == world.ours.technician.pk


def _pin_to_an_old_edition(world: World) -> None:
    """One control less, one that is gone today, and one that is put otherwise."""
    shipped = editions.dumped(editions.current().controls)
    old = [control for control in shipped if control["id"] != "AI-38"]
    old[0] = old[0] | {"title": "A title of old times", "weight": 1}
    old.append(old[1] | {"id": "AI-77", "title": "Gone with the old edition"})
    with world.here.scope():
        row = CatalogueEdition.objects.create(version="2025.9", digest="0" * 64, controls=old)
        ChecklistPin.objects.update(edition=row)


def test_newer_edition_is_shown_before_it_is_taken_over(world: World) -> None:
    _pin_to_an_old_edition(world)
    url = address(world, "checklist_edition")
    told = words(html_of(world, "technician", url))
    for said in (
        "AI-38 Report AI privacy risk to the owner every quarter",
        "AI-77 Gone with the old edition",
        "What should be in place A title of old times Keep one list of every AI model",
        "Weight 1 4",
    ):
        assert said in told
    assert "See what it changes" in words(html_of(world, "technician", address(world, "checklist")))
    assert "See what it changes" not in words(html_of(world, "owner", address(world, "checklist")))
    adopt = address(world, "checklist_edition_adopt")
    assert browser_of(world, "owner").post(adopt).status_code == 404
    assert browser_of(world, "technician").post(adopt).status_code == 302
    assert "Nothing to take over" in words(html_of(world, "technician", url))
    assert _item(world).answer == Answer.UNANSWERED
