"""Accounts that single sign-on makes where the provider wants it, and the second factor."""

import pytest
from allauth.mfa.models import Authenticator
from django.db.models.functions import Now
from django.test import Client as Browser
from django.urls import reverse

from audits.access import actor_for
from audits.enums import Role, SecondStep
from audits.models import Invitation, SignOnIdentity, User
from audits.services import member
from audits.services.member import Grants
from tests.factories import World
from tests.second_factor import code_at, counter_now
from tests.services.asking import invite
from tests.web.sign_on.journey import Journey, lines, of, set_up

EMAIL = "newcomer@ours.example"


def come(world: World, journey: Journey, *, makes_accounts: bool = True) -> User | None:
    """Sign in with the newcomer's company account; returns the account there is then."""
    set_up(world.ours, journey.provider, makes_accounts=makes_accounts)
    journey.provider.person = {"sub": "new", "email": EMAIL, "email_verified": True, "amr": ["mfa"]}
    journey.whole()
    return User.objects.filter(email=EMAIL).first()


def test_invited_colleague_gets_an_account_with_what_was_granted(
    world: World, journey: Journey
) -> None:
    grants = Grants(clients=(world.sibling.client,))
    sent = invite(world, "admin", Role.TECHNICIAN, grants=grants, email=EMAIL)
    user = come(world, journey)
    assert user is not None
    assert journey.person() == user.pk
    assert not user.has_usable_password()
    actor = actor_for(user)
    assert actor.staff_role == Role.TECHNICIAN
    assert actor.client_ids == {world.sibling.client.pk}
    with world.ours.scope():
        assert Invitation.objects.get(pk=sent.invitation.pk).accepted_by == user
        assert SignOnIdentity.objects.get(user=user).subject == "new"
    assert journey.browser.get(reverse("fleet")).status_code == 200


def test_invitation_makes_no_account_unless_the_provider_wants_it(
    world: World, journey: Journey
) -> None:
    invite(world, "admin", Role.TECHNICIAN, email=EMAIL)
    assert come(world, journey, makes_accounts=False) is None
    assert lines(world.ours)[-1] == ("refused", {"reason": "unknown"})
    assert come(world, journey) is not None


@pytest.mark.parametrize("case", ["nobody", "of a client", "of another", "taken back", "uncovered"])
def test_sign_on_makes_no_account_without_an_invitation_to_the_staff_that_holds(
    world: World, journey: Journey, case: str
) -> None:
    if case == "of a client":
        invite(world, "owner", Role.CLIENT_VIEWER, email=EMAIL)
    if case == "of another":
        swapped = World(ours=world.theirs, theirs=world.ours)
        invite(swapped, "admin", Role.TECHNICIAN, email=EMAIL)
    if case in {"taken back", "uncovered"}:
        sent = invite(world, "admin", Role.TECHNICIAN, email=EMAIL)
        if case == "taken back":
            with world.ours.scope():
                Invitation.objects.filter(pk=sent.invitation.pk).update(revoked_at=Now())
        else:
            User.objects.filter(pk=world.ours.admin.pk).update(is_active=False)
    assert come(world, journey) is None
    assert journey.person() is None
    assert lines(world.ours)[-1] == ("refused", {"reason": "unknown"})


def test_unverified_address_makes_no_account(world: World, journey: Journey) -> None:
    invite(world, "admin", Role.TECHNICIAN, email=EMAIL)
    set_up(world.ours, journey.provider, makes_accounts=True)
    journey.provider.person = {"sub": "new", "email": EMAIL, "email_verified": False}
    assert (journey.whole().status_code, journey.person()) == (403, None)
    assert not User.objects.filter(email=EMAIL).exists()


def test_account_that_exists_is_not_let_in_by_an_invitation_that_it_has_not_accepted(
    world: World, journey: Journey
) -> None:
    with world.ours.scope():
        user = member.new_account(email=EMAIL, password="a password of some length")
    invite(world, "admin", Role.TECHNICIAN, email=EMAIL)
    assert come(world, journey) == user
    assert journey.person() is None
    assert actor_for(user).provider_id is None


# --- the portal's own second factor after a company account


def test_own_second_factor_is_asked_where_the_company_account_asked_for_none(
    world: World, journey: Journey
) -> None:
    journey.provider.claims = {"amr": ["pwd"]}
    answer = journey.whole()
    assert (answer["Location"], journey.person()) == (reverse("mfa_authenticate"), None)
    step = reverse("mfa_authenticate")
    assert journey.browser.post(step, {"code": "000000"}).status_code == 200
    assert journey.person() is None
    journey.browser.post(step, {"code": code_at(counter_now())})
    assert journey.person() == world.ours.technician.pk
    there = reverse("client", kwargs={"slug": world.here.client.slug})
    assert journey.browser.get(there).status_code == 200


def test_own_second_factor_is_asked_always_where_the_provider_says_so(
    world: World, journey: Journey
) -> None:
    set_up(world.ours, journey.provider, second_step=SecondStep.OWN)
    assert journey.whole()["Location"] == reverse("mfa_authenticate")
    assert journey.person() is None


@pytest.mark.parametrize(("methods", "status"), [(["mfa"], 200), (["pwd"], 302)])
def test_staff_without_a_second_factor_set_one_up_unless_the_company_account_has_one(
    world: World, journey: Journey, methods: list[str], status: int
) -> None:
    user = world.ours.technician
    Authenticator.objects.filter(user=user).delete()
    journey.provider.person = of(user, amr=methods)
    journey.whole()
    assert journey.person() == user.pk
    assert journey.browser.get(reverse("fleet")).status_code == status


def test_abandoned_second_step_vouches_for_nobody_else(world: World, journey: Journey) -> None:
    """Somebody else's password in the same browser is not a company account."""
    journey.provider.claims = {"amr": ["pwd"]}
    journey.whole()
    journey.browser.force_login(world.theirs.admin)
    there = reverse("client", kwargs={"slug": world.stranger.client.slug})
    assert journey.browser.get(there).status_code == 200
    assert Browser().get(there).status_code == 302
