"""Invitations: bound to place, address and role, once, for seven days, within a rank."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.access import actor_for, opened, opened_invitation
from audits.enums import CLIENT_ROLES, MailKind, Role
from audits.models import (
    Activity,
    Client,
    Invitation,
    OutgoingMail,
    Provider,
    ProviderActivity,
    User,
)
from audits.queries import invitations
from audits.services import invitation as service
from audits.services import mail
from audits.services.errors import InvalidInput, NotPossible
from audits.services.member import Grants
from tests.chains import details
from tests.factories import World, make_user
from tests.services.asking import EMAIL, PASSWORD, invite, join, link, refused, token_of


@pytest.mark.parametrize("role", CLIENT_ROLES)
def test_invited_person_of_a_client_joins_as_asked(world: World, role: Role) -> None:
    user = join(token_of(invite(world, "owner", role)))
    assert (user.email, user.name) == (EMAIL, "Zoe")
    assert user.check_password(PASSWORD)
    assert actor_for(user).roles == {world.here.client.pk: role}
    assert not actor_for(user).is_staff
    with world.here.scope():
        lines = Activity.objects.filter(object_type__in=["user", "invitation"]).order_by("pk")
        assert [(row.verb, row.actor) for row in lines] == [
            ("invited", world.ours.owner),
            ("joined", user),
        ]


def test_invited_technician_opens_what_was_granted(world: World) -> None:
    grants = Grants(clients=(world.sibling.client,), groups=(world.ours.group,))
    user = join(token_of(invite(world, "admin", Role.TECHNICIAN, grants=grants)))
    actor = actor_for(user)
    assert actor.staff_role == Role.TECHNICIAN
    assert actor.client_ids == {world.here.client.pk, world.sibling.client.pk}
    assert not actor.all_clients
    with world.ours.scope():
        logged = ProviderActivity.objects.get(verb="joined")
        assert (logged.actor, details(logged)["person"]) == (user, EMAIL)


def test_invited_technician_without_grants_opens_nothing(world: World) -> None:
    user = join(token_of(invite(world, "admin", Role.TECHNICIAN)))
    assert actor_for(user).client_ids == frozenset()


def test_invited_administrator_opens_everything(world: World) -> None:
    user = join(token_of(invite(world, "admin", Role.MSP_ADMIN)))
    assert actor_for(user).all_clients


def test_letter_says_who_asks_to_what_and_until_when(world: World) -> None:
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    letter = mail.read(OutgoingMail.objects.get())
    assert world.ours.owner.email in letter.subject
    for part in (world.ours.provider.name, world.here.client.name, EMAIL, "Viewer", "seven"):
        assert (part in letter.body) == (part != "seven"), part
    assert f"{sent.invitation.expires_at:%B %Y}" in letter.body
    assert OutgoingMail.objects.get().kind == MailKind.INVITATION
    assert sent.link is None


@pytest.mark.parametrize("role", [Role.CLIENT_VIEWER, Role.TECHNICIAN])
def test_names_write_no_paragraph_of_the_letter(world: World, role: Role) -> None:
    name = "Eve\n\nYour account is blocked.\u2028\x01Log in at evil.example:\r\n"
    for person in (world.ours.owner, world.ours.admin):
        person.name = name
        person.save(update_fields=["name"])
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(name=f"Dental {name}")
    with world.ours.scope():
        Provider.objects.filter(pk=world.ours.provider.pk).update(name=f"House {name}")
    invite(world, "owner" if role in CLIENT_ROLES else "admin", role)
    letter = mail.read(OutgoingMail.objects.get())
    in_a_line = "Eve Your account is blocked. Log in at evil.example:"
    assert f"{in_a_line} invites you" in letter.body
    assert f"House {in_a_line}" in letter.body
    lines = letter.body.splitlines()
    assert not [line for line in lines if line.startswith(("Your account", "Log in"))]
    assert "\x01" not in letter.body


def test_link_is_shown_only_where_no_letter_brings_it(world: World, settings: Settings) -> None:
    settings.MIA_SENDS_MAIL = False
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    assert sent.link == link(token_of(sent))


def test_token_is_kept_as_its_digest_alone(world: World) -> None:
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    token = token_of(sent)
    with tenancy.system_scope("the test looks at every column"):
        row = Invitation.objects.get(pk=sent.invitation.pk)
    with world.here.scope():
        told = [details(line) for line in Activity.objects.all()]
    assert row.digest == invitations.digest_of(token)
    assert token not in str(vars(row))
    assert len(told) > 1
    assert token not in str(told)


# --- once, for seven days, for one address


def test_invitation_is_used_once(world: World) -> None:
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    user = join(token)
    assert refused(token)
    with tenancy.system_scope("the test looks at what is stored"):
        row = Invitation.objects.get(email=EMAIL)
    assert (row.accepted_by, row.accepted_at is not None) == (user, True)


def test_two_who_open_the_same_link_at_once_are_one(world: World) -> None:
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    with opened_invitation(token) as first:
        service.accept_as_new(invitation=first, name="Zoe", password=PASSWORD)
        with pytest.raises(NotPossible, match="no longer valid"):
            service.accept(invitation=first, user=User.objects.get(email=EMAIL))


def test_invitation_ends_after_seven_days(world: World) -> None:
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    left = sent.invitation.expires_at - sent.invitation.created_at
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    token = token_of(sent)
    assert not refused(token)
    with world.here.scope():
        Invitation.objects.filter(pk=sent.invitation.pk).update(expires_at=Now())
    assert refused(token)


def test_invitation_taken_back_opens_nothing(world: World) -> None:
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    token = token_of(sent)
    with opened(world.ours.technician_of_first, slug=world.here.client.slug) as (actor, _):
        service.revoke(actor=actor, invitation=sent.invitation)
        with pytest.raises(NotPossible, match="already"):
            service.revoke(actor=actor, invitation=sent.invitation)
    assert refused(token)


def test_sending_again_voids_the_link_before(world: World) -> None:
    first = invite(world, "owner", Role.CLIENT_VIEWER)
    old = token_of(first)
    with opened(world.ours.owner, slug=world.here.client.slug) as (actor, _):
        second = service.send_again(actor=actor, invitation=first.invitation, link=link)
    new = token_of(second)
    assert old != new
    assert refused(old)
    assert actor_for(join(new)).roles == {world.here.client.pk: Role.CLIENT_VIEWER}


def test_sending_again_keeps_what_was_to_be_opened(world: World) -> None:
    grants = Grants(groups=(world.ours.group,))
    first = invite(world, "admin", Role.TECHNICIAN, grants=grants)
    with opened(world.ours.admin, slug=None) as (actor, _):
        second = service.send_again(actor=actor, invitation=first.invitation, link=link)
    assert actor_for(join(token_of(second))).client_ids == {world.here.client.pk}


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "A" * 5000, "\x00"])
def test_tampered_and_guessed_links_open_nothing(world: World, token: str) -> None:
    assert not refused(token_of(invite(world, "owner", Role.CLIENT_VIEWER)))
    assert refused(token)


def test_link_of_one_letter_changed_opens_nothing(world: World) -> None:
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    assert not refused(token)
    for place in (0, 20, 41):
        other = "A" if token[place] != "A" else "B"
        assert refused(token[:place] + other + token[place + 1 :])


def test_digest_itself_is_no_link(world: World) -> None:
    """Whoever reads the table cannot accept an invitation with what stands there."""
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    assert refused(invitations.digest_of(token))


def test_account_of_another_address_does_not_accept(world: World) -> None:
    token = token_of(invite(world, "owner", Role.CLIENT_OWNER))
    for user in (world.ours.viewer, world.theirs.admin, make_user("zoe@elsewhere.example.evil")):
        before = dict(actor_for(user).roles)
        with (
            opened_invitation(token) as found,
            pytest.raises(NotPossible, match="another person"),
        ):
            service.accept(invitation=found, user=user)
        assert actor_for(user).roles == before
    assert not refused(token)


def test_account_that_exists_accepts_and_keeps_its_password(world: World) -> None:
    user = world.theirs.owner
    token = token_of(invite(world, "owner", Role.CLIENT_CONTRIBUTOR, email=user.email.upper()))
    with (
        opened_invitation(token) as found,
        pytest.raises(InvalidInput, match="account already"),
    ):
        service.accept_as_new(invitation=found, name="Mallory", password=PASSWORD)
    with opened_invitation(token) as found:
        service.accept(invitation=found, user=user)
    here = actor_for(user, provider_id=world.ours.provider.pk)
    assert here.roles == {world.here.client.pk: Role.CLIENT_CONTRIBUTOR}
    assert not User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_weak_password_leaves_the_invitation_open(world: World) -> None:
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    with pytest.raises(InvalidInput, match="too short"):
        join(token, password="short")
    assert not User.objects.filter(email=EMAIL).exists()
    assert not refused(token)


# --- what cannot be asked twice


def test_invitation_of_somebody_who_is_there_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="there already as Viewer"):
        invite(world, "owner", Role.CLIENT_OWNER, email=world.ours.viewer.email.upper())


def test_second_invitation_to_the_same_place_is_refused_while_one_is_valid(world: World) -> None:
    sent = invite(world, "owner", Role.CLIENT_VIEWER)
    with pytest.raises(InvalidInput, match="invitation already"):
        invite(world, "technician", Role.CLIENT_OWNER)
    with world.here.scope():
        Invitation.objects.filter(pk=sent.invitation.pk).update(expires_at=Now())
    assert invite(world, "technician", Role.CLIENT_OWNER).invitation.role == Role.CLIENT_OWNER


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "zoe@elsewhere.example\nBcc: x@y.zz"])
def test_invitation_needs_an_address(world: World, email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        invite(world, "owner", Role.CLIENT_VIEWER, email=email)
    assert caught.value.field == "email"


def test_inviter_sends_twenty_a_day_and_no_more_wherever(world: World) -> None:
    with opened(world.ours.technician, slug=world.sibling.client.slug) as (actor, _):
        for number in range(service.MOST_A_DAY):
            service.invite(
                actor=actor,
                client=world.sibling.client,
                email=f"person-{number}@elsewhere.example",
                role=Role.CLIENT_VIEWER,
                link=link,
            )
    with pytest.raises(InvalidInput, match="20 invitations within a day"):
        invite(world, "technician", Role.CLIENT_VIEWER)
    assert invite(world, "admin", Role.CLIENT_VIEWER).invitation.email == EMAIL
    with world.sibling.scope():
        sent = Invitation.objects.filter(invited_by=world.ours.technician)
        sent.update(created_at=Now() - timedelta(days=1, minutes=1))
    again = invite(world, "technician", Role.CLIENT_VIEWER, email="later@elsewhere.example")
    assert again.invitation.pk
