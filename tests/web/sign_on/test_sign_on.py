"""Single sign-on against a real identity provider: who comes in, and who does not."""

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from audits.models import Membership, SignOn, SignOnAddress, SignOnIdentity, User
from tests.factories import World
from tests.web.reading import words
from tests.web.sign_on.journey import Journey, lines, of, query_of


def test_sign_on_logs_a_known_person_in_and_binds_the_identity(
    world: World, journey: Journey
) -> None:
    answer = journey.whole()
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = world.ours.technician
    assert journey.person() == user.pk
    with world.ours.scope():
        bound = SignOnIdentity.objects.get(user=user)
    assert (bound.issuer, bound.subject) == (journey.provider.issuer, f"sub-{user.pk}")
    told = {"person": user.email, "issuer": journey.provider.issuer}
    assert lines(world.ours)[-1] == ("linked", told)
    assert journey.browser.get(reverse("fleet")).status_code == 200
    tables = (SocialAccount, SocialApp, SocialToken)
    assert [table.__name__ for table in tables if table.objects.exists()] == []


def test_sign_on_knows_the_identity_again_whatever_the_address(
    world: World, journey: Journey
) -> None:
    """Somebody who married: the subject counts, the new address need not be known here."""
    journey.whole()
    journey.provider.person["email"] = "new-name@ours.example"
    again = Journey(journey.provider, journey.address, Browser())
    assert again.whole().status_code == 302
    assert again.person() == world.ours.technician.pk
    with world.ours.scope():
        assert SignOnIdentity.objects.filter(user=world.ours.technician).count() == 1


def test_sign_on_leads_back_to_the_page_that_was_asked_for(world: World, journey: Journey) -> None:
    wanted = reverse("client", kwargs={"slug": world.here.client.slug})
    assert journey.whole(next=wanted)["Location"] == wanted


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "javascript:0"])
def test_sign_on_never_leads_elsewhere(journey: Journey, foreign: str) -> None:
    assert journey.whole(next=foreign)["Location"] == "/"


def test_sign_on_asks_through_outbound_with_state_nonce_and_pkce(journey: Journey) -> None:
    journey.whole()
    assert journey.provider.asked == [
        "GET /.well-known/openid-configuration",
        "GET /authorize",
        "GET /.well-known/openid-configuration",
        "POST /token",
        "GET /keys",
    ]
    (asked,) = journey.provider.authorised
    assert set(asked) == {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    }
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}


def test_sign_on_takes_no_parameter_of_the_request_from_the_person(journey: Journey) -> None:
    url = reverse("sign_on", kwargs={"address": journey.address.slug})
    answer = journey.browser.post(f"{url}?scope=admin&auth_params=nonce%3Dmine&process=connect")
    assert answer.status_code == 200
    assert b"admin" not in answer.content
    assert b"mine" not in answer.content


def test_sign_on_reads_the_address_from_userinfo_where_the_token_lacks_it(
    world: World, journey: Journey
) -> None:
    user = world.ours.technician
    sparse = {"sub": f"sub-{user.pk}", "amr": ["mfa"]}
    journey.provider.person, journey.provider.userinfo = sparse, of(user)
    journey.whole()
    assert journey.person() == user.pk


def test_sign_on_remembers_the_address_for_the_log_in_page(journey: Journey) -> None:
    entrance = reverse("sign_on", kwargs={"address": journey.address.slug})
    login = reverse("account_login")
    assert entrance not in journey.browser.get(login).content.decode()
    journey.whole()
    journey.browser.post(reverse("account_logout"))
    assert entrance in journey.browser.get(login).content.decode()


@pytest.mark.django_db
def test_log_in_page_stands_a_nonsense_cookie() -> None:
    browser = Browser()
    browser.cookies["sign_on"] = "../%22><script>"
    page = browser.get(reverse("account_login")).content.decode()
    assert reverse("sign_on_find") in page
    assert "<script>" not in page


# --- who is refused


REFUSED = {
    "an address outside the allowed domains": {"email": "technician@elsewhere.example"},
    "an address under an allowed domain": {"email": "technician@sub.ours.example"},
    "nobody's address": {"email": "nobody@ours.example"},
    "a letter that folds to another": {"email": "techn\u0131cian@ours.example"},
    "no address": {"email": None},
    "an address that is none": {"email": "technician ours.example"},
    "an unverified address": {"email_verified": False},
    "an address nobody speaks for": {"email_verified": None},
    "a strange kind of truth": {"email_verified": ["true"]},
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
def test_sign_on_refuses(world: World, journey: Journey, changed: dict[str, object]) -> None:
    journey.provider.person |= changed
    answer = journey.whole()
    assert (answer.status_code, journey.person()) == (403, None)
    assert lines(world.ours)[-1][0] == "refused"
    with world.ours.scope():
        assert not SignOnIdentity.objects.filter(user=world.ours.technician).exists()


def test_sign_on_takes_the_word_of_issuers_that_own_the_domain(
    world: World, journey: Journey
) -> None:
    journey.provider.person |= {"email_verified": None, "xms_edov": "1"}
    journey.whole()
    assert journey.person() == world.ours.technician.pk


def test_sign_on_refuses_somebody_who_was_deactivated(world: World, journey: Journey) -> None:
    journey.whole()
    User.objects.filter(pk=world.ours.technician.pk).update(is_active=False)
    again = Journey(journey.provider, journey.address, Browser())
    assert (again.whole().status_code, again.person()) == (403, None)


def test_sign_on_refuses_somebody_who_left(world: World, journey: Journey) -> None:
    journey.whole()
    with world.ours.scope():
        Membership.objects.filter(user=world.ours.technician).delete()
    again = Journey(journey.provider, journey.address, Browser())
    assert (again.whole().status_code, again.person()) == (403, None)
    assert lines(world.ours)[-1] == ("refused", {"reason": "unknown"})


def test_sign_on_refuses_a_second_company_account_of_the_same_person(
    world: World, journey: Journey
) -> None:
    """An address given to somebody new at the company does not open the old owner's account."""
    journey.whole()
    journey.provider.person["sub"] = "another-subject"
    again = Journey(journey.provider, journey.address, Browser())
    assert (again.whole().status_code, again.person()) == (403, None)
    assert lines(world.ours)[-1] == ("refused", {"reason": "other_identity"})


def test_closed_sign_on_answers_like_an_absent_one(world: World, journey: Journey) -> None:
    back = journey.authorise(journey.begin())
    SignOnAddress.objects.filter(pk=journey.address.pk).update(is_open=False)
    assert journey.come_back(back).status_code == 404
    assert journey.person() is None
    absent, closed = (
        journey.browser.get(reverse("sign_on", kwargs={"address": address}))
        for address in ("no-such-company-000000", journey.address.slug)
    )
    assert (absent.status_code, absent.content) == (closed.status_code, closed.content)
    assert closed.status_code == 404


def test_find_page_opens_open_addresses_alone(world: World, journey: Journey) -> None:
    find = reverse("sign_on_find")
    answer = journey.browser.post(find, {"name": journey.address.slug})
    assert answer["Location"] == reverse("sign_on", kwargs={"address": journey.address.slug})
    SignOnAddress.objects.filter(pk=journey.address.pk).update(is_open=False)
    answers = [
        words(journey.browser.post(find, {"name": name}).content.decode()).replace(name, "")
        for name in (journey.address.slug, "no-such-company-000000")
    ]
    assert answers[0] == answers[1]
    assert "Nobody logs in under this name" in answers[0]


# --- going on and coming back


def test_state_works_once(journey: Journey) -> None:
    back = journey.authorise(journey.begin())
    assert journey.come_back(back).status_code == 302
    journey.browser.post(reverse("account_logout"))
    assert (journey.come_back(back).status_code, journey.person()) == (403, None)


def test_state_is_of_its_own_browser(journey: Journey) -> None:
    back = journey.authorise(journey.begin())
    other = Journey(journey.provider, journey.address, Browser())
    assert (other.come_back(back).status_code, other.person()) == (403, None)
    tampered = back.replace(query_of(back)["state"], "x" * 16)
    assert (journey.come_back(tampered).status_code, journey.person()) == (403, None)


def test_refusal_of_the_identity_provider_is_told_plainly(journey: Journey) -> None:
    state = query_of(journey.begin())["state"]
    callback = reverse("sign_on_callback", kwargs={"address": journey.address.slug})
    answer = journey.browser.get(callback, {"error": "access_denied", "state": state})
    assert answer.status_code == 403
    assert "You stopped at your company" in words(answer.content.decode())


def test_sign_on_is_begun_a_few_times_a_minute_alone(journey: Journey) -> None:
    """Each beginning makes us ask somebody else's server."""
    url = reverse("sign_on", kwargs={"address": journey.address.slug})
    answers = [journey.browser.post(url).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_person_who_is_logged_in_already_is_asked_anew(world: World, journey: Journey) -> None:
    """At the identity provider, too; whoever comes back is who is logged in then."""
    journey.browser.force_login(world.ours.owner)
    assert journey.person() == world.ours.owner.pk
    journey.whole()
    assert journey.provider.authorised[-1]["prompt"] == "login"
    assert journey.person() == world.ours.technician.pk


def test_address_without_settings_behind_it_is_absent(world: World, journey: Journey) -> None:
    with world.ours.scope():
        SignOn.objects.all().delete()
    url = reverse("sign_on", kwargs={"address": journey.address.slug})
    assert journey.browser.get(url).status_code == 404


def test_library_knows_no_configuration_but_the_one_that_was_opened(world: World) -> None:
    request = RequestFactory().get("/")
    adapter = get_adapter(request)
    assert adapter.list_apps(request) == []
    assert not adapter.is_open_for_signup(request, None)
