"""Two providers of one person learn nothing of each other: not when they work, nor that they do."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits import tenancy
from audits.enums import Role
from audits.models import Activity, Membership, ProviderActivity, User
from audits.queries import activity as activities
from audits.queries.activity_content import content_of
from tests import casts
from tests.factories import ProviderCast, World
from tests.tokens import make_token, program
from tests.web.reading import browser_of, proven, words
from tests.web.test_reauthentication import vouched


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def person(world: World) -> User:
    """A technician of both providers."""
    with world.theirs.scope():
        Membership.objects.create(
            user=world.ours.technician,
            provider=world.theirs.provider,
            role=Role.TECHNICIAN,
            all_clients=True,
        )
    return world.ours.technician


def working_for(user: User, house: ProviderCast) -> Browser:
    browser = Browser()
    browser.force_login(user)
    browser.post(reverse("acting"), {"provider": house.provider.pk})
    assert browser.get(reverse("fleet")).status_code == 200
    return browser


def held(user: User, house: ProviderCast) -> Membership:
    with house.scope():
        return Membership.objects.get(user=user, provider=house.provider, client=None)


def log_out(world: World, user: User) -> str:
    pk = held(user, world.ours).pk
    answer = proven(world, "admin").post(reverse("colleague_log_out", args=[pk]), follow=True)
    return words(answer.content.decode())


def test_each_provider_reads_when_the_person_was_there(world: World, person: User) -> None:
    working_for(person, world.theirs)
    assert held(person, world.ours).seen_at is None
    assert held(person, world.theirs).seen_at is not None
    team = browser_of(world, "admin").get(reverse("team"))
    row = next(row for row in team.context["team"] if row.held.user == person)
    assert row.held.seen_at is None
    working_for(person, world.ours)
    assert held(person, world.ours).seen_at is not None


def test_each_client_reads_when_the_person_was_there(world: World) -> None:
    """An owner of two clients: the people of one read nothing of the other."""
    user = world.ours.owner
    with world.ours.scope():
        sibling = Membership.objects.create(
            user=user,
            provider=world.ours.provider,
            client=world.sibling.client,
            role=Role.CLIENT_OWNER,
        )
    browser = browser_of(world, "owner")
    browser.get(reverse("client", kwargs={"slug": world.here.client.slug}))
    with world.ours.scope():
        sibling.refresh_from_db()
        here = Membership.objects.get(user=user, client=world.here.client)
    assert (sibling.seen_at, here.seen_at is not None) == (None, True)


def test_log_out_at_one_provider_leaves_the_other_alone(world: World, person: User) -> None:
    here, there = working_for(person, world.ours), working_for(person, world.theirs)
    assert "is logged out on every device (1 sessions)" in log_out(world, person)
    assert here.get(reverse("fleet"))["Location"].startswith(reverse("account_login"))
    assert there.get(reverse("fleet")).status_code == 200
    page = reverse("client", kwargs={"slug": world.stranger.client.slug})
    assert there.get(page).status_code == 200


def test_session_of_another_provider_opens_nothing_here_after_the_log_out(
    world: World, person: User
) -> None:
    """It was never used here, so it goes on; but whoever has the device has no way in."""
    page = reverse("client", kwargs={"slug": world.here.client.slug})
    assert working_for(person, world.theirs).get(page).status_code == 200
    there = working_for(person, world.theirs)
    session = there.session
    session["begun"] -= 60
    session.save()
    log_out(world, person)
    assert there.get(page).status_code == 404
    assert there.post(reverse("acting"), {"provider": world.ours.provider.pk}).status_code == 404
    assert there.get(reverse("fleet")).status_code == 200
    again = working_for(person, world.ours)
    assert again.get(page).status_code == 200


def refused_at(house: ProviderCast) -> list[str]:
    with tenancy.system_scope("the test looks at what is stored"):
        rows = ProviderActivity.objects.filter(verb="refused", provider=house.provider)
        assert not Activity.objects.filter(verb="refused").exists()
        return [content_of(line).name for line in rows.order_by("pk")]


def test_refusal_at_one_provider_is_told_to_that_one_alone(world: World, person: User) -> None:
    browser = working_for(person, world.theirs)
    url = reverse("groups")
    assert browser.get(url).status_code == 404
    assert (refused_at(world.ours), refused_at(world.theirs)) == ([], [url])


def lines_at(house: ProviderCast, verb: str) -> list[str]:
    """What of this kind the provider and its clients read, with every fact of each line."""
    clients = [house.first.client, house.second.client]
    with tenancy.scope(
        provider_id=house.provider.pk,
        client_ids=[client.pk for client in clients],
        provider_rows=True,
    ):
        plain = [activities.of_client(client, is_plain=True) for client in clients]
        logs = [activities.of_provider(house.provider.pk), *plain]
        return [
            f"{line.content.name} {line.what} {line.facts}"
            for log in logs
            for line in log.told(log.rows.filter(verb=verb).order_by("pk"))
        ]


def test_client_of_a_provider_that_somebody_left_is_named_in_no_other_log(world: World) -> None:
    """A contributor here opens a bookmark of the time when they were at the other provider."""
    user, slug = world.ours.contributor, world.stranger.client.slug
    with world.theirs.scope():
        former = Membership.objects.create(
            user=user,
            provider=world.theirs.provider,
            client=world.stranger.client,
            role=Role.CLIENT_VIEWER,
        )
    browser = browser_of(world, "contributor")
    bookmark = reverse("model", kwargs={"slug": slug, "pk": world.stranger.model.pk})
    assert browser.get(bookmark).status_code == 200
    with world.theirs.scope():
        former.delete()
    absent = bookmark.replace(slug, "nowhere-0000")
    for url in (bookmark, absent):
        assert browser.get(url).status_code == 404
    told = lines_at(world.ours, "refused")
    assert len(told) == 2
    assert told[0] == told[1]
    assert f"/c/…/models/{world.stranger.model.pk}/" in told[0]
    assert not [line for line in told if slug in line or "nowhere" in line]


def test_token_and_voucher_tell_their_own_provider_alone_and_name_no_client(
    world: World, person: User
) -> None:
    """Each is known to act for one provider; the client that it names may be of the other."""
    slug = world.stranger.client.slug
    page, api = reverse("client", kwargs={"slug": slug}), reverse("api:client", args=[slug])
    assert working_for(person, world.theirs).get(page).status_code == 200
    _token, text = make_token(person, world.ours.provider)
    assert program(text).get(api).status_code == 404
    assert vouched(person, world.ours.provider.pk).get(page).status_code == 404
    told = lines_at(world.ours, "refused")
    assert (len(told), lines_at(world.theirs, "refused")) == (2, [])
    assert not [line for line in told if slug in line]
