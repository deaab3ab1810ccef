"""The action plan of a client as a list: filters, orders, and that its files keep to them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.enums import Answer, Treatment
from audits.models import ChecklistItem
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, html_of, words
from tests.web.test_files_to_take import rows_of

# Three actions: control, priority, answer, days until it is due, decided, who sees to it.
ROWS = (
    ("AI-02", 3, Answer.NO, -2, "", "technician"),
    ("AI-03", 9, Answer.PARTLY, 9, Treatment.FIX, ""),
    ("AI-04", 6, Answer.NO, None, Treatment.ACCEPT, "Zoe"),
)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        own = {"provider_id": lent.here.client.provider_id, "client": lent.here.client}
        today = timezone.localdate()
        with lent.here.scope():
            ChecklistItem.objects.update(answer=Answer.YES)
            for control, priority, answer, days, decided, who in ROWS:
                person = lent.ours.technician if who == "technician" else None
                ChecklistItem.objects.create(
                    **own,
                    control=control,
                    catalogue_version="1",
                    priority=priority,
                    answer=answer,
                    due=None if days is None else today + timedelta(days),
                    decided=decided,
                    owner=person,
                    owner_name="" if person else who,
                )
        yield lent


def shown(world: World, query: str, person: str = "technician") -> list[str]:
    """Controls on the page, in their order."""
    html = html_of(world, person, f"{address(world, 'plan')}?{query}")
    if "<tbody" not in html:
        return []
    table = html[html.index("<tbody") : html.index("</tbody>")]
    with world.here.scope():
        controls = dict(ChecklistItem.objects.values_list("pk", "control"))
    return [controls[int(pk)] for pk in re.findall(r'name="items"\s+value="(\d+)"', table)]


def filed(world: World, query: str) -> list[str]:
    """The same in the file."""
    answer = browser_of(world, "technician").get(f"{address(world, 'plan_csv')}?{query}")
    assert answer.status_code == 200
    return [row["control"] for row in rows_of(answer.content)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["AI-03", "AI-02"]),
        ("sort=priority", ["AI-03", "AI-02"]),
        ("sort=-priority", ["AI-02", "AI-03"]),
        ("show=left", ["AI-04"]),
        ("show=fix", ["AI-03"]),
        ("show=undecided", ["AI-02"]),
        ("due=overdue", ["AI-02"]),
        ("due=month", ["AI-03"]),
        ("due=none", []),
        ("show=left&due=none", ["AI-04"]),
        ("q=one-page", ["AI-02"]),
        ("owner=Zoe&show=left", ["AI-04"]),
        ("sort=due", ["AI-02", "AI-03"]),
        ("sort=-due", ["AI-03", "AI-02"]),
        ("sort=answer", None),
        ("sort=owner", ["AI-02", "AI-03"]),
        ("sort=-owner", ["AI-02", "AI-03"]),
        ("sort=decision", ["AI-03", "AI-02"]),
        ("sort=name", ["AI-03", "AI-02"]),
        ("sort=-name", ["AI-02", "AI-03"]),
    ],
)
def test_page_and_file_hold_what_the_address_chooses_in_its_order(
    world: World, query: str, found: list[str] | None
) -> None:
    here = shown(world, query)
    assert here == filed(world, query)
    assert here == found if found is not None else set(here) == {"AI-02", "AI-03"}


def test_owner_of_an_action_is_chosen_by_number_and_named_in_words(world: World) -> None:
    user = world.ours.technician
    assert shown(world, f"owner={user.pk}") == ["AI-02"]
    html = html_of(world, "technician", address(world, "plan"))
    (offered,) = re.findall(r'<select name="owner".*?</select>', html, flags=re.DOTALL)
    named = dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)<', offered))
    assert named == {str(user.pk): str(user), "Zoe": "Zoe"}


def test_what_is_shown_stays_when_filters_are_sent_and_goes_when_they_are_cleared(
    world: World,
) -> None:
    html = html_of(world, "technician", f"{address(world, 'plan')}?show=left&sort=-due")
    form = html[html.index('<form class="filters') :]
    form = form[: form.index("</form>")]
    assert '<input type="hidden" name="show" value="left"' in form
    assert '<input type="hidden" name="sort" value="-due">' in form
    assert re.search(rf'href="\s*{address(world, "plan")}\?sort=-due\s*"', form)
    assert 'name="show"' not in html_of(world, "technician", address(world, "plan"))


def test_order_is_told_and_can_be_turned(world: World) -> None:
    url = address(world, "plan")
    html = html_of(world, "technician", url)
    assert html.count('aria-sort="descending"') == 1
    assert 'href="?sort=-priority"' in html
    assert 'href="?sort=due"' in html
    assert "the most urgent first" in words(html)
    assert "the most urgent first" not in words(html_of(world, "technician", f"{url}?sort=due"))


def test_priority_is_explained_with_and_without_its_column(world: World) -> None:
    page = html_of(world, "technician", address(world, "plan"))
    assert re.findall(r'data-label="Priority">(\d+)<', page) == ["9", "3"]
    assert words(page).count("Why this priority?") == 2
    url = reverse("list_columns", args=[world.here.client.slug, "plan"])
    browser_of(world, "technician").post(url, {"columns": ["due"], "size": 25})
    without = words(html_of(world, "technician", address(world, "plan")))
    assert "Priority 9: why?" in without
    assert "Why this priority?" not in without


def test_every_count_leads_to_its_rows(world: World) -> None:
    html = html_of(world, "technician", address(world, "plan"))
    counts = re.findall(
        r'class="chip"\s+href="([^"]*)"[^>]*>[^<]*<span class="num">(\d+)</span>', html
    )
    assert [int(count) for _url, count in counts] == [2, 1, 1, 1]
    for url, count in counts:
        assert len(shown(world, url.partition("?")[2])) == int(count)


def test_file_of_an_address_that_cannot_be_followed_is_none(world: World) -> None:
    browser = browser_of(world, "technician")
    for query in ("sort=password", "show=everything", "owner=10000000"):
        url = f"{address(world, 'plan_csv')}?{query}"
        assert browser.get(url).status_code == 404
        html = html_of(world, "technician", f"{address(world, 'plan')}?{query}")
        assert "It was left out." in html
    assert browser.get(address(world, "plan_csv")).status_code == 200


def test_printed_plan_holds_what_the_address_chooses(world: World) -> None:
    url = reverse("list_pdf", args=[world.here.client.slug, "plan"])
    html = html_of(world, "technician", f"{address(world, 'plan')}?show=left")
    assert f'action="{url}?show=left"' in html
    browser = browser_of(world, "technician")
    assert browser.post(f"{url}?show=everything").status_code == 404
    answer = browser.post(f"{url}?show=left")
    assert answer["Content-Type"] == "application/pdf"


def test_files_below_the_plan_are_those_of_its_address(world: World) -> None:
    html = html_of(world, "owner", f"{address(world, 'plan')}?show=left&page=1")
    for name in ("plan_csv", "plan_json"):
        assert f'href="{address(world, name)}?show=left"' in html
