"""What an inviter may give, when it is written and again when it is used."""

import re

import pytest

from audits import tenancy
from audits.access import actor_for, opened
from audits.enums import CLIENT_ROLES, STAFF_ROLES, Role
from audits.models import (
    Invitation,
    Membership,
    OutgoingMail,
    SignOnAddress,
    User,
)
from audits.services import invitation as service
from audits.services import mail, member
from audits.services.errors import InvalidInput, NotPossible
from audits.services.member import Grants
from tests.factories import World
from tests.people import make_person
from tests.services.asking import EMAIL, invite, link, refused, token_of


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("admin", {*CLIENT_ROLES, *STAFF_ROLES}),
        ("technician", {*CLIENT_ROLES}),
        ("technician_of_first", {*CLIENT_ROLES}),
        ("technician_of_group", {*CLIENT_ROLES}),
        ("owner", {*CLIENT_ROLES}),
        ("contributor", set()),
        ("viewer", set()),
    ],
)
def test_invitation_stays_within_the_rank(
    world: World, person: str, may: set[Role], role: Role
) -> None:
    if role in may:
        assert invite(world, person, role).invitation.role == role
        return
    with pytest.raises(NotPossible, match="own role"):
        invite(world, person, role)
    with tenancy.system_scope("the test looks at what is stored"):
        assert not Invitation.objects.filter(email=EMAIL).exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("person", ["owner", "technician_of_first"])
def test_invitation_to_another_client_is_refused(world: World, person: str) -> None:
    actor = actor_for(world.ours.people()[person])
    for foreign in (world.sibling, world.stranger):
        with foreign.scope():
            before = Invitation.objects.count()
            with pytest.raises(NotPossible, match="own role"):
                service.invite(
                    actor=actor,
                    client=foreign.client,
                    email=EMAIL,
                    role=Role.CLIENT_VIEWER,
                    link=link,
                )
            assert Invitation.objects.count() == before


@pytest.mark.parametrize("kind", ["clients", "groups"])
def test_invitation_grants_nothing_of_another_provider(world: World, kind: str) -> None:
    foreign = world.stranger.client if kind == "clients" else world.theirs.group
    with pytest.raises(InvalidInput, match="not a client or group of yours"):
        invite(world, "admin", Role.TECHNICIAN, grants=Grants(**{kind: (foreign,)}))  # type: ignore[arg-type]


def test_invitation_is_void_once_its_inviter_lost_the_rank(world: World) -> None:
    """The inviter's row is taken away behind the service's back: the door asks again."""
    token = token_of(invite(world, "owner", Role.CLIENT_VIEWER))
    assert not refused(token)
    with world.here.scope():
        Membership.objects.filter(user=world.ours.owner).update(role=Role.CLIENT_VIEWER)
    assert refused(token)
    with world.here.scope():
        Membership.objects.filter(user=world.ours.owner).update(role=Role.CLIENT_OWNER)
    assert not refused(token)
    User.objects.filter(pk=world.ours.owner.pk).update(is_active=False)
    assert refused(token)


def test_inviter_who_must_sign_in_elsewhere_still_covers_it(world: World) -> None:
    """A provider that requires single sign-on takes nothing from those who use it."""
    token = token_of(invite(world, "admin", Role.TECHNICIAN))
    with world.ours.scope():
        held = Membership.objects.get(user=world.ours.admin)
        Membership.objects.filter(pk=held.pk).update(keeps_password=False)
        SignOnAddress.objects.filter(provider=world.ours.provider).update(is_required=True)
    assert not actor_for(world.ours.admin).is_staff
    assert not refused(token)


def test_inviter_with_rank_at_another_provider_alone_covers_nothing(world: World) -> None:
    """What the inviter holds elsewhere does not keep an invitation alive here."""
    user = world.ours.technician_of_first
    with world.theirs.scope():
        Membership.objects.create(
            user=user, provider=world.theirs.provider, role=Role.MSP_ADMIN, all_clients=True
        )
    with opened(user, slug=world.here.client.slug) as (actor, _):
        sent = service.invite(
            actor=actor,
            client=world.here.client,
            email=EMAIL,
            role=Role.CLIENT_OWNER,
            link=link,
        )
    token = token_of(sent)
    assert not refused(token)
    with world.ours.scope():
        Membership.objects.filter(user=user, provider=world.ours.provider).delete()
    assert refused(token)


def test_removal_and_change_of_a_person_withdraw_what_they_sent(world: World) -> None:
    here = world.here.client
    with world.ours.scope():
        second = make_person("ours", "second", here, Role.CLIENT_OWNER)
    with opened(second, slug=here.slug) as (actor, _):
        service.invite(actor=actor, client=here, email=EMAIL, role=Role.CLIENT_VIEWER, link=link)
    token = re.search(r"join/([\w-]+)/", mail.read(OutgoingMail.objects.get()).body)
    assert token is not None
    assert not refused(token[1])
    with opened(world.ours.owner, slug=here.slug) as (actor, _):
        held = Membership.objects.get(user=second)
        member.change_role(actor=actor, membership=held, role=Role.CLIENT_CONTRIBUTOR)
        member.change_role(actor=actor, membership=held, role=Role.CLIENT_OWNER)
    assert refused(token[1])
