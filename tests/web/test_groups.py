"""Groups on their page, as a filter of the fleet, and against ids of others in a form."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audits.models import ClientGroup
from audits.queries import client_group as groups
from tests import casts
from tests.factories import CLIENT, GROUP, World
from tests.web.reading import browser_of, html_of, proven, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def slugs(world: World, person: str, **chosen: str | int) -> list[str]:
    answer = browser_of(world, person).get(reverse("fleet"), chosen)
    assert answer.status_code == 200
    return [row.client.slug for row in answer.context["page"]]


def test_fleet_shows_the_clients_of_a_chosen_group(world: World) -> None:
    here, sibling = world.here.client.slug, world.sibling.client.slug
    assert sorted(slugs(world, "technician")) == sorted([here, sibling])
    assert slugs(world, "technician", group=world.ours.group.pk) == [here]
    assert slugs(world, "technician", group=world.ours.group.pk, show="attention") == slugs(
        world, "technician_of_first", show="attention"
    )


def test_fleet_figures_speak_of_the_chosen_group(world: World) -> None:
    answer = browser_of(world, "admin").get(reverse("fleet"), {"group": world.ours.group.pk})
    assert answer.context["fleet"].clients == 1
    html = answer.content.decode()
    assert f"?group={world.ours.group.pk}&amp;show=attention" in html


def test_fleet_offers_groups_that_have_a_client_for_the_person(world: World) -> None:
    with world.ours.scope():
        hidden = ClientGroup.objects.create(provider=world.ours.provider, name="Of the other")
        hidden.members.create(provider=world.ours.provider, client=world.sibling.client)
    seen = {
        name: "Of the other" in html_of(world, name, reverse("fleet"))
        for name in ("admin", "technician_of_first", "technician_of_none")
    }
    assert seen == {"admin": True, "technician_of_first": False, "technician_of_none": False}
    browser = browser_of(world, "technician_of_first")
    absent = words(html_of(world, "technician_of_first", f"{reverse('fleet')}?group={10**9}"))
    assert "It was left out." in absent
    for pk in (hidden.pk, world.theirs.group.pk):
        answer = browser.get(reverse("fleet"), {"group": pk})
        assert (answer.status_code, words(answer.content.decode())) == (200, absent)
        assert browser.get(reverse("fleet_csv"), {"group": pk}).status_code == 404


@pytest.mark.parametrize("value", ["x", "-1", "0", str(2**80), "1.5"])
def test_fleet_has_no_group_of_that_number(world: World, value: str) -> None:
    answer = browser_of(world, "admin").get(reverse("fleet"), {"group": value})
    assert "It was left out." in words(answer.content.decode())
    assert answer.context["fleet"].filters.group is None


def test_view_of_a_group_that_was_deleted_opens_without_it(world: World) -> None:
    admin = proven(world, "admin")
    query = f"group={world.ours.group.pk}&show=attention"
    assert "It was left out." not in words(html_of(world, "admin", f"{reverse('fleet')}?{query}"))
    assert admin.post(reverse("group_delete", args=(world.ours.group.pk,))).status_code == 302
    for name in ("fleet", "fleet_map"):
        said = words(html_of(world, "admin", f"{reverse(name)}?{query}"))
        assert "names something that is not there any more" in said
    shown = admin.get(f"{reverse('fleet')}?{query}").context["fleet"].filters
    assert (shown.group, shown.show) == (None, "attention")


def test_groups_page_names_clients_and_people(world: World) -> None:
    said = words(html_of(world, "admin", reverse("groups")))
    assert GROUP in said
    assert CLIENT in said
    assert world.ours.technician_of_group.email in said


def test_groups_page_explains_itself_when_empty(world: World) -> None:
    with world.ours.scope():
        world.ours.group.delete()
    assert "No groups yet" in words(html_of(world, "admin", reverse("groups")))


def test_group_is_made_changed_and_deleted(world: World) -> None:
    browser, here = proven(world, "admin"), world.here.client
    fields = {"name": "Gold", "hue": "3", "clients": [here.pk]}
    assert browser.post(reverse("group_new"), fields).status_code == 302
    with world.ours.scope():
        made = ClientGroup.objects.get(name="Gold")
    changed = {"name": "Silver", "hue": "4", "clients": []}
    assert browser.post(reverse("group", args=[made.pk]), changed).status_code == 302
    with world.ours.scope():
        made.refresh_from_db()
        assert (made.name, made.hue, groups.clients_in(made).count()) == ("Silver", 4, 0)
    assert browser.post(reverse("group_delete", args=[made.pk])).status_code == 302
    with world.ours.scope():
        assert not ClientGroup.objects.filter(pk=made.pk).exists()


@pytest.mark.parametrize("foreign", ["client", "provider"])
def test_group_form_takes_no_client_of_others(world: World, foreign: str) -> None:
    """Foreign id in the body: a client of another provider is no choice, nor is one that is not."""
    pk = world.stranger.client.pk if foreign == "client" else 10**9
    fields = {"name": "Gold", "hue": "3", "clients": [world.here.client.pk, pk]}
    answer = proven(world, "admin").post(reverse("group_new"), fields)
    assert answer.status_code == 200
    assert "is not one of the available choices" in answer.content.decode()
    with world.ours.scope():
        assert list(ClientGroup.objects.values_list("name", flat=True)) == [GROUP]


def test_group_form_says_that_a_name_is_taken(world: World) -> None:
    fields = {"name": GROUP, "hue": "3", "clients": [world.here.client.pk]}
    answer = proven(world, "admin").post(reverse("group_new"), fields)
    said = words(answer.content.decode())
    assert "This name is in use already" in said
    assert f'value="{world.here.client.pk}"' in answer.content.decode()
