"""The people of a client and the team of a provider, on their pages and against crafted forms."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.access import actor_for
from audits.enums import Role
from audits.models import Grant, Invitation, Membership, User
from audits.queries import team
from tests import casts
from tests.factories import CLIENT, GROUP, World
from tests.people import make_person
from tests.web.reading import browser_of, html_of, proven, words

EMAIL = "zoe@elsewhere.example"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def at(world: World, name: str, pk: int | None = None) -> str:
    arguments: dict[str, object] = {"slug": world.here.client.slug}
    return reverse(name, kwargs=arguments if pk is None else {**arguments, "pk": pk})


def held(user: User) -> Membership:
    with tenancy.system_scope("the test looks at what is stored"):
        return Membership.objects.get(user=user)


def is_logged_out(browser: Browser) -> bool:
    answer = browser.get("/")
    return answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


def asked_in() -> list[str]:
    with tenancy.system_scope("the test looks at what is stored"):
        rows = Invitation.objects.filter(email=EMAIL)
        return list(rows.order_by("pk").values_list("role", flat=True))


# --- people of a client


def test_people_page_names_people_roles_and_open_invitations(world: World) -> None:
    said = words(html_of(world, "owner", at(world, "people")))
    for user in (world.ours.owner, world.ours.contributor, world.ours.viewer):
        assert user.email in said
    assert "Contributor" in said
    assert world.here.invitation.email in said
    for other in (world.ours.technician, world.sibling.member.user, world.theirs.owner):
        assert other.email not in said


def test_people_page_explains_itself_when_empty(world: World) -> None:
    with world.ours.scope():
        Membership.objects.filter(client=world.sibling.client).delete()
    with world.sibling.scope():
        Invitation.objects.all().delete()
    url = reverse("people", args=[world.sibling.client.slug])
    assert "Nobody of this client is here yet" in words(html_of(world, "technician", url))


def test_tab_of_people_is_for_those_who_manage_them(world: World) -> None:
    url, tab = at(world, "client"), at(world, "people")
    shown = {name: tab in html_of(world, name, url) for name in ("owner", "contributor", "viewer")}
    assert shown == {"owner": True, "contributor": False, "viewer": False}


def test_owner_invites_by_letter(world: World) -> None:
    browser = proven(world, "owner")
    fields = {"email": EMAIL, "role": Role.CLIENT_CONTRIBUTOR}
    answer = browser.post(at(world, "people_invite"), fields, follow=True)
    assert f"An invitation is on its way to {EMAIL}." in words(answer.content.decode())
    assert asked_in() == [Role.CLIENT_CONTRIBUTOR]


def test_link_is_shown_once_where_there_is_no_mail(world: World, settings: Settings) -> None:
    settings.MIA_SENDS_MAIL = False
    browser = proven(world, "owner")
    answer = browser.post(
        at(world, "people_invite"), {"email": EMAIL, "role": Role.CLIENT_CONTRIBUTOR}
    )
    html = answer.content.decode()
    assert 'data-copy="join-link"' in html
    assert "http://testserver/join/" in html
    assert answer["Cache-Control"].count("no-store") == 1
    assert "/join/" not in browser.get(at(world, "people")).content.decode()


@pytest.mark.parametrize("role", [Role.MSP_ADMIN, Role.TECHNICIAN, "operator", ""])
@pytest.mark.parametrize("person", ["owner", "technician", "admin"])
def test_crafted_role_is_no_choice(world: World, person: str, role: str) -> None:
    """Side door: a form never offers what the rank does not allow, nor takes it."""
    answer = proven(world, person).post(at(world, "people_invite"), {"email": EMAIL, "role": role})
    assert answer.status_code == 200
    assert asked_in() == []
    url = at(world, "person", held(world.ours.viewer).pk)
    assert proven(world, person).post(url, {"role": role}).status_code == 200
    assert held(world.ours.viewer).role == Role.CLIENT_VIEWER


def test_crafted_ids_in_the_body_change_no_other_place(world: World) -> None:
    """Foreign id in the body: client, provider and person come from the address alone."""
    crafted = {
        "email": EMAIL,
        "role": Role.CLIENT_VIEWER,
        "client": world.sibling.client.pk,
        "client_id": world.stranger.client.pk,
        "provider": world.theirs.provider.pk,
        "all_clients": "on",
        "clients": [world.stranger.client.pk],
    }
    assert proven(world, "owner").post(at(world, "people_invite"), crafted).status_code == 302
    with world.here.scope():
        row = Invitation.objects.get(email=EMAIL)
    assert (row.client_id, row.provider_id) == (world.here.client.pk, world.ours.provider.pk)
    assert (row.all_clients, row.granted_clients) == (False, [])
    url = at(world, "person", held(world.ours.viewer).pk)
    crafted["user"] = world.theirs.owner.pk
    crafted["role"] = Role.CLIENT_CONTRIBUTOR
    assert proven(world, "owner").post(url, crafted).status_code == 302
    assert actor_for(world.ours.viewer).roles == {world.here.client.pk: Role.CLIENT_CONTRIBUTOR}


def test_refused_invitation_keeps_what_was_typed(world: World) -> None:
    fields = {"email": world.ours.viewer.email, "role": Role.CLIENT_OWNER}
    html = proven(world, "owner").post(at(world, "people_invite"), fields).content.decode()
    assert "there already as Viewer" in words(html)
    assert f'value="{world.ours.viewer.email}"' in html


def test_owner_changes_and_removes_people(world: World) -> None:
    browser = proven(world, "owner")
    pk = held(world.ours.viewer).pk
    assert browser.post(at(world, "person", pk), {"role": Role.CLIENT_OWNER}).status_code == 302
    assert actor_for(world.ours.viewer).roles == {world.here.client.pk: Role.CLIENT_OWNER}
    gone = browser_of(world, "viewer")
    assert gone.get(at(world, "client")).status_code == 200
    assert browser.post(at(world, "person_remove", pk)).status_code == 302
    assert gone.get(at(world, "client")).status_code == 404


def test_last_owner_is_told_whom_to_ask(world: World) -> None:
    browser, pk = proven(world, "owner"), held(world.ours.owner).pk
    answer = browser.post(at(world, "person", pk), {"role": Role.CLIENT_VIEWER})
    assert "ask them, or make another" in words(answer.content.decode())
    answer = browser.post(at(world, "person_remove", pk), follow=True)
    assert "ask them, or make another" in words(answer.content.decode())
    assert held(world.ours.owner).role == Role.CLIENT_OWNER


def test_owner_who_leaves_lands_on_the_start_page(world: World) -> None:
    with world.ours.scope():
        make_person("ours", "second", world.here.client, Role.CLIENT_OWNER)
    pk = held(world.ours.owner).pk
    answer = proven(world, "owner").post(at(world, "person_remove", pk))
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))


def test_invitation_is_sent_again_and_taken_back(world: World) -> None:
    browser, row = proven(world, "owner"), world.here.invitation
    assert browser.post(at(world, "people_invitation_again", row.pk)).status_code == 302
    with world.here.scope():
        row.refresh_from_db()
        fresh = Invitation.objects.get(revoked_at=None)
    assert row.revoked_at is not None
    assert (fresh.email, fresh.invited_by) == (row.email, world.ours.owner)
    assert browser.post(at(world, "people_invitation_revoke", fresh.pk)).status_code == 302
    assert browser.post(at(world, "people_invitation_revoke", fresh.pk)).status_code == 404


# --- the team


def test_team_page_names_people_what_they_open_and_invitations(world: World) -> None:
    said = words(html_of(world, "admin", reverse("team")))
    ours = world.ours
    for user in (ours.admin, ours.technician, ours.technician_of_first, ours.technician_of_none):
        assert user.email in said
    assert ours.invitation.email in said
    for part in ("Every client", "No client", GROUP, CLIENT):
        assert part in said
    for other in (ours.owner, world.theirs.admin):
        assert other.email not in said


def test_admin_invites_a_technician_with_grants(world: World) -> None:
    fields = {
        "email": EMAIL,
        "role": Role.TECHNICIAN,
        "reach": "some",
        "clients": [world.sibling.client.pk],
        "groups": [world.ours.group.pk],
    }
    assert proven(world, "admin").post(reverse("team_invite"), fields).status_code == 302
    with world.ours.scope():
        row = Invitation.objects.get(email=EMAIL)
    assert (row.granted_clients, row.granted_groups) == (
        [world.sibling.client.pk],
        [world.ours.group.pk],
    )


@pytest.mark.parametrize("kind", ["clients", "groups"])
@pytest.mark.parametrize("page", ["team_invite", "colleague"])
def test_crafted_grants_of_others_are_no_choice(world: World, kind: str, page: str) -> None:
    foreign = world.stranger.client if kind == "clients" else world.theirs.group
    fields = {"email": EMAIL, "role": Role.TECHNICIAN, "reach": "some", kind: [foreign.pk]}
    url = reverse(page, args=[world.ours.colleague.pk] if page == "colleague" else [])
    answer = proven(world, "admin").post(url, fields)
    assert answer.status_code == 200
    assert "is not one of the available choices" in words(answer.content.decode())
    assert asked_in() == []
    with world.ours.scope():
        assert not Grant.objects.filter(membership=world.ours.colleague).exists()


@pytest.mark.parametrize("role", [Role.CLIENT_OWNER, Role.CLIENT_VIEWER, "operator"])
def test_crafted_role_of_a_client_is_none_of_the_team(world: World, role: str) -> None:
    fields = {"email": EMAIL, "role": role, "reach": "some"}
    assert proven(world, "admin").post(reverse("team_invite"), fields).status_code == 200
    assert asked_in() == []


def test_admin_changes_role_and_grants_at_once(world: World) -> None:
    browser, user = proven(world, "admin"), world.ours.technician_of_none
    sibling = world.sibling.client
    theirs = browser_of(world, "technician_of_none")
    assert theirs.get(reverse("client", args=[sibling.slug])).status_code == 404
    url = reverse("colleague", args=[world.ours.colleague.pk])
    fields = {"role": Role.TECHNICIAN, "reach": "some", "clients": [sibling.pk]}
    assert browser.post(url, fields).status_code == 302
    assert theirs.get(reverse("client", args=[sibling.slug])).status_code == 200
    html = browser.get(url).content.decode()
    assert html.count("checked") == 3  # role, reach and the one client
    assert browser.post(url, {"role": Role.TECHNICIAN, "reach": "every"}).status_code == 302
    assert actor_for(user).all_clients
    assert browser.post(url, {"role": Role.TECHNICIAN, "reach": "some"}).status_code == 302
    assert theirs.get(reverse("client", args=[sibling.slug])).status_code == 404


def test_removed_colleague_opens_nothing_at_the_next_click(world: World) -> None:
    url = reverse("client", args=[world.here.client.slug])
    gone, pk = browser_of(world, "technician_of_first"), held(world.ours.technician_of_first).pk
    assert gone.get(url).status_code == 200
    answer = proven(world, "admin").post(reverse("colleague_remove", args=[pk]))
    assert answer.status_code == 302
    assert is_logged_out(gone)
    back = browser_of(world, "technician_of_first")
    assert back.get(url).status_code == 404
    assert back.get(reverse("fleet")).status_code == 404


def test_last_admin_is_told_why_not(world: World) -> None:
    browser, pk = proven(world, "admin"), held(world.ours.admin).pk
    answer = browser.post(reverse("colleague_remove", args=[pk]), follow=True)
    assert "make another person administrator first" in words(answer.content.decode())
    fields = {"role": Role.TECHNICIAN, "reach": "some"}
    answer = browser.post(reverse("colleague", args=[pk]), fields)
    assert "make another person administrator first" in words(answer.content.decode())
    assert actor_for(world.ours.admin).staff_role == Role.MSP_ADMIN


# --- before it is done, and afterwards


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("person", "owner"),
        ("person_remove", "technician"),
        ("colleague", "admin"),
        ("colleague_remove", "admin"),
    ],
)
def test_change_waits_until_the_person_proves_who_they_are(
    world: World, name: str, person: str
) -> None:
    of_client = name.startswith("person")
    user = world.ours.viewer if of_client else world.ours.technician_of_first
    before = held(user)
    url = at(world, name, before.pk) if of_client else reverse(name, args=[before.pk])
    role = Role.CLIENT_OWNER if of_client else Role.MSP_ADMIN
    answer = browser_of(world, person).post(url, {"role": role, "reach": "every"})
    assert answer.status_code == 302
    assert "/reauthenticate/" in answer["Location"]
    assert held(user).role == before.role
    answer = proven(world, person).post(url, {"role": role, "reach": "every"})
    assert "/reauthenticate/" not in answer["Location"]
    with tenancy.system_scope("the test looks at what is stored"):
        left = Membership.objects.filter(user=user)
        assert [row.role for row in left] == ([] if name.endswith("remove") else [role])


def test_team_page_tells_who_has_a_second_factor_and_was_here(world: World) -> None:
    ours = world.ours
    Authenticator.objects.filter(user=ours.technician_of_first).delete()
    browser_of(world, "technician").get(reverse("fleet"))
    with ours.scope():
        rows = {row.held.user_id: row for row in team.of_provider(ours.provider.pk)}
    assert not rows[ours.technician_of_first.pk].has_second_factor
    assert rows[ours.technician_of_none.pk].has_second_factor
    assert rows[ours.technician.pk].held.seen_at is not None
    assert rows[ours.technician_of_none.pk].held.seen_at is None
    said = words(html_of(world, "admin", reverse("team")))
    assert said.count("Not set up") == 1 + 1  # the badge, and the filter in the same words
    assert "Missing" not in said


def test_lost_device_is_logged_out_by_an_administrator(world: World) -> None:
    theirs, client_persons = browser_of(world, "technician"), browser_of(world, "viewer")
    for browser in (theirs, client_persons):
        assert not is_logged_out(browser)
    admin = proven(world, "admin")
    pk = held(world.ours.technician).pk
    assert admin.post(reverse("colleague_log_out", args=[pk])).status_code == 302
    url = at(world, "person_log_out", held(world.ours.viewer).pk)
    assert browser_of(world, "owner").post(url).status_code == 404
    assert not is_logged_out(client_persons)
    assert admin.post(url).status_code == 302
    assert is_logged_out(theirs)
    assert is_logged_out(client_persons)
    assert actor_for(world.ours.technician).all_clients  # the access stays
