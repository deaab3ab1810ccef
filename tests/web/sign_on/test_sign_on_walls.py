"""One provider's identity is nothing at another; and what a provider may require."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits import access
from audits.enums import Role, SecondStep
from audits.models import Membership, ProviderActivity, SignOnIdentity, User
from tests.chains import details, seal
from tests.factories import PASSWORD, ProviderCast, World
from tests.web.sign_on.identity_provider import IdentityProvider
from tests.web.sign_on.journey import Journey, lines, of, require, set_up


def test_identity_of_one_provider_opens_nothing_of_a_member_of_another(
    world: World, provider: IdentityProvider
) -> None:
    """Their identity provider claims our technician's address, domain allowed and verified."""
    set_up(world.theirs, provider)
    provider.person = of(world.ours.technician)
    with world.ours.scope():
        assert Membership.objects.filter(user=world.ours.technician).exists()
    journey = Journey(provider, world.theirs.sign_on_address, Browser())
    assert (journey.whole().status_code, journey.person()) == (403, None)
    assert lines(world.theirs)[-1] == ("refused", {"reason": "unknown"})


def test_identity_bound_at_one_provider_is_unknown_at_another(
    world: World, journey: Journey, provider: IdentityProvider
) -> None:
    """The same issuer and subject, set up by the other provider as well."""
    journey.whole()
    set_up(world.theirs, provider)
    other = Journey(provider, world.theirs.sign_on_address, Browser())
    assert (other.whole().status_code, other.person()) == (403, None)


def test_state_of_one_provider_is_refused_at_another(
    world: World, journey: Journey, provider: IdentityProvider
) -> None:
    set_up(world.theirs, provider)
    with world.theirs.scope():
        Membership.objects.create(
            user=world.ours.technician, provider=world.theirs.provider, role=Role.TECHNICIAN
        )
    back = journey.authorise(journey.begin())
    elsewhere = back.replace(journey.address.slug, world.theirs.sign_on_address.slug)
    assert elsewhere != back
    assert (journey.come_back(elsewhere).status_code, journey.person()) == (403, None)


def test_person_of_two_providers_confirms_by_password_before_the_first_sign_on(
    world: World, journey: Journey, of_both: User
) -> None:
    journey.provider.person = of(of_both)
    answer = journey.whole()
    confirm = reverse("sign_on_confirm", kwargs={"address": journey.address.slug})
    assert (answer.status_code, answer["Location"]) == (302, confirm)
    with world.ours.scope():
        assert not SignOnIdentity.objects.filter(user=of_both).exists()
    wrong = journey.browser.post(confirm, {"password": "not this one"})
    assert (wrong.status_code, journey.person()) == (200, None)
    assert "not your password" in wrong.content.decode()
    right = journey.browser.post(confirm, {"password": PASSWORD})
    assert (right.status_code, journey.person()) == (302, of_both.pk)
    again = Journey(journey.provider, journey.address, Browser())
    assert again.whole()["Location"] == "/"
    assert again.person() == of_both.pk


def test_confirmation_is_tried_a_few_times_alone(
    world: World, journey: Journey, of_both: User
) -> None:
    journey.provider.person = of(of_both)
    confirm = journey.whole()["Location"]
    for _ in range(5):
        journey.browser.post(confirm, {"password": "not this one"})
    last = journey.browser.post(confirm, {"password": PASSWORD})
    assert (last.status_code, journey.person()) == (200, None)
    assert "Too many failed login attempts" in last.content.decode()


def test_confirmation_comes_too_late_for_an_account_that_was_bound_meanwhile(
    world: World, journey: Journey, of_both: User
) -> None:
    journey.provider.person = of(of_both)
    confirm = journey.whole()["Location"]
    with world.ours.scope():
        SignOnIdentity.objects.create(
            provider=world.ours.provider,
            issuer=journey.provider.issuer,
            subject="another",
            user=of_both,
        )
    answer = journey.browser.post(confirm, {"password": PASSWORD})
    assert (answer.status_code, journey.person()) == (403, None)
    assert lines(world.ours)[-1] == ("refused", {"reason": "other_identity"})


def test_confirmation_is_of_its_own_browser_and_address(
    world: World, journey: Journey, of_both: User, provider: IdentityProvider
) -> None:
    set_up(world.theirs, provider, allowed_domains=("ours.example",))
    journey.provider.person = of(of_both)
    journey.whole()
    for browser, address in (
        (Browser(), journey.address),
        (journey.browser, world.theirs.sign_on_address),
    ):
        confirm = reverse("sign_on_confirm", kwargs={"address": address.slug})
        assert browser.post(confirm, {"password": PASSWORD}).status_code == 302
    assert journey.person() is None


def test_session_of_single_sign_on_reaches_its_provider_alone(
    world: World, journey: Journey, of_both: User
) -> None:
    here = reverse("client", kwargs={"slug": world.here.client.slug})
    there = reverse("client", kwargs={"slug": world.stranger.client.slug})
    by_password = Browser()
    by_password.login(email=of_both.email, password=PASSWORD)
    assert [by_password.get(url).status_code for url in (here, there)] == [200, 200]
    journey.provider.person = of(of_both)
    confirm = journey.whole()["Location"]
    journey.browser.post(confirm, {"password": PASSWORD})
    assert [journey.browser.get(url).status_code for url in (here, there)] == [200, 404]
    assert journey.browser.get(f"/api/v1/clients/{world.stranger.client.slug}/").status_code == 404


def sessions_told(cast: ProviderCast) -> list[tuple[str, object]]:
    """Log-ins, with their methods, and log-outs in the log of a provider."""
    with cast.scope():
        rows = ProviderActivity.objects.filter(verb__in=["logged_in", "logged_out"]).order_by("pk")
        return [(row.verb, details(row).get("with")) for row in rows]


def test_other_provider_hears_of_no_sign_on(world: World, journey: Journey, of_both: User) -> None:
    """Neither that the person works there, nor how that one lets its people in."""
    journey.provider.person = of(of_both)
    confirm = journey.whole()["Location"]
    journey.browser.post(confirm, {"password": PASSWORD})
    journey.browser.post(reverse("account_logout"))
    seal()
    (came, went) = sessions_told(world.ours)
    assert (came[0], went) == ("logged_in", ("logged_out", None))
    assert "socialaccount" in str(came[1])
    assert sessions_told(world.theirs) == []
    by_password = Browser()
    by_password.force_login(of_both)
    by_password.post(reverse("account_logout"))
    seal()
    assert sessions_told(world.theirs) == [("logged_out", None)]


def test_voucher_is_of_the_person_it_was_given_for(world: World, journey: Journey) -> None:
    """Somebody else who logs in with the same browser has not been vouched for."""
    journey.whole()
    session = journey.browser.session
    kept = session["vouched"]
    assert kept["user"] == world.ours.technician.pk
    browser = Browser()
    browser.force_login(world.theirs.admin)
    other = browser.session
    other["vouched"] = kept
    other.save()
    there = reverse("client", kwargs={"slug": world.stranger.client.slug})
    assert browser.get(there).status_code == 200


def test_required_sign_on_closes_the_password_way_for_staff(world: World, journey: Journey) -> None:
    journey.whole()
    require(world.ours, journey.provider)
    here = reverse("client", kwargs={"slug": world.here.client.slug})
    found = {}
    for name in ("technician", "admin", "owner"):
        browser = Browser()
        given = {"login": world.ours.people()[name].email, "password": PASSWORD}
        answer = browser.post(reverse("account_login"), given)
        found[name] = (answer["Location"], browser.get(here).status_code)
    entrance = reverse("sign_on", kwargs={"address": journey.address.slug})
    step = reverse("mfa_authenticate")  # the password is taken, and the second factor comes next
    assert found == {"technician": (entrance, 302), "admin": (step, 302), "owner": ("/", 200)}
    assert journey.browser.get(here).status_code == 200


def test_required_sign_on_takes_staff_roles_from_running_password_sessions(
    world: World, journey: Journey
) -> None:
    journey.whole()
    browser = Browser()
    browser.force_login(world.ours.technician)
    here = reverse("client", kwargs={"slug": world.here.client.slug})
    assert browser.get(here).status_code == 200
    require(world.ours, journey.provider)
    assert browser.get(here).status_code == 404


def test_required_sign_on_says_nothing_to_a_wrong_password(world: World, journey: Journey) -> None:
    journey.whole()
    require(world.ours, journey.provider)
    answer = Browser().post(
        reverse("account_login"), {"login": world.ours.technician.email, "password": "wrong"}
    )
    assert answer.status_code == 200
    assert journey.address.slug not in answer.content.decode()


# --- the second factor


@pytest.mark.parametrize(
    ("step", "methods", "counts"),
    [
        (SecondStep.TOLD, ["pwd", "mfa"], True),
        (SecondStep.TOLD, ["pwd"], False),
        (SecondStep.TOLD, "mfa", False),
        (SecondStep.TOLD, None, False),
        (SecondStep.OWN, ["pwd", "mfa"], False),
        (SecondStep.TRUSTED, None, True),
    ],
)
def test_second_factor_of_the_company_account_counts_as_the_provider_says(
    world: World, journey: Journey, step: SecondStep, methods: object, *, counts: bool
) -> None:
    set_up(world.ours, journey.provider, second_step=step)
    journey.provider.claims = {"amr": methods}
    journey.whole()
    assert journey.browser.session["vouched"]["second_factor"] is counts


def test_vouched_actor_holds_roles_of_that_provider_alone(world: World, of_both: User) -> None:
    vouched = access.Vouched(provider_id=world.theirs.provider.pk, second_factor=False)
    actor = access.actor_for(of_both, vouched=vouched)
    assert actor.provider_id == world.theirs.provider.pk
    assert actor.client_ids == {world.stranger.client.pk, world.theirs.second.client.pk}


def test_required_sign_on_leaves_what_is_held_elsewhere(
    world: World, journey: Journey, of_both: User
) -> None:
    """By password somebody of two providers still works for the one that does not require it."""
    journey.whole()
    require(world.ours, journey.provider)
    browser = Browser()
    given = {"login": of_both.email, "password": PASSWORD}
    answer = browser.post(reverse("account_login"), given, follow=True)
    assert "asks its staff to log in with the company account" in answer.content.decode()
    browser.force_login(of_both)
    here, there = (
        reverse("client", kwargs={"slug": cast.client.slug})
        for cast in (world.here, world.stranger)
    )
    assert [browser.get(url).status_code for url in (here, there)] == [404, 200]
