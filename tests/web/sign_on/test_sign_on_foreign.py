"""Single sign-on against an identity provider that others wrote, in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.models import SignOnIdentity
from audits.services import sign_on as service
from audits.services import sign_on_discovery
from audits.services.errors import InvalidInput
from tests.factories import World
from tests.web.reading import proven, words
from tests.web.sign_on.foreign_provider import ForeignJourney, ForeignProvider, started
from tests.web.sign_on.journey import HOST, lines, of, query_of, settings_of

Opening = Callable[..., ForeignJourney]


@pytest.fixture
def opened(world: World, tmp_path: Path, settings: Settings) -> Iterator[Opening]:
    """Start it, register the portal there, enter what it says; it knows our technician."""
    running = ExitStack()

    def start(*arguments: str) -> ForeignJourney:
        entering: AbstractContextManager[ForeignProvider] = started(tmp_path, *arguments)
        found = running.enter_context(entering)
        settings.MIA_OUTBOUND_ALLOW = [found.endpoint]
        settings.MIA_OUTBOUND_CA_FILE = found.authority
        address, person = world.ours.sign_on_address, world.ours.technician
        back = HOST + reverse("sign_on_callback", kwargs={"address": address.slug})
        client_id, secret = found.register(back)
        with world.ours.scope():
            service.set_up(
                provider_id=world.ours.provider.pk,
                actor=world.ours.admin,
                values=settings_of(found, client_id=client_id, client_secret=secret),
                keepers=(),
            )
        subject = f"sub-{person.pk}"
        journey = ForeignJourney(found, address, Browser(), subject)
        found.know(subject, claims_of(world))
        return journey

    with running:
        yield start


def claims_of(world: World, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any claim
    told = of(world.ours.technician, **changed)
    return {name: value for name, value in told.items() if name != "sub"}


def refused(world: World, journey: ForeignJourney, answer: Any, reason: str) -> None:  # noqa: ANN401 - the test client's response
    assert (answer.status_code, journey.person()) == (403, None)
    verb, details = lines(world.ours)[-1]
    assert (verb, details["reason"]) == ("refused", reason)


def test_person_logs_in_by_a_provider_that_others_wrote(world: World, opened: Opening) -> None:
    """The whole way: tested, entered, begun, its own page answered, bound, and known again."""
    journey = opened()
    checked = sign_on_discovery.check(journey.provider.issuer)
    assert checked == "127.0.0.1 answers: its addresses and its signing key are in order."
    answer = journey.whole()
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = world.ours.technician
    assert journey.person() == user.pk
    with world.ours.scope():
        bound = SignOnIdentity.objects.get(user=user)
    assert (bound.issuer, bound.subject) == (journey.provider.issuer, journey.subject)
    assert journey.browser.get(reverse("fleet")).status_code == 200
    again = ForeignJourney(journey.provider, journey.address, Browser(), journey.subject)
    assert (again.whole().status_code, again.person()) == (302, user.pk)


def test_administrator_sets_it_up_by_the_page(world: World, opened: Opening) -> None:
    journey = opened()
    page = proven(world, "admin")
    form = {
        "issuer": journey.provider.issuer,
        "client_id": "another",
        "client_secret": "a secret of theirs",
        "allowed_domains": "ours.example",
        "second_step": "told",
        "is_open": "on",
    }
    tested = page.post(reverse("sign_on_check"), form)
    assert "The connection works" in words(tested.content.decode())
    assert page.post(reverse("sign_on_settings"), form).status_code == 302
    url = reverse("sign_on", kwargs={"address": journey.address.slug})
    forward = journey.browser.post(url).content.decode()
    assert f"{journey.provider.issuer}/oauth2/authorize?client_id=another" in forward


@pytest.mark.parametrize(
    "changed",
    [{"email": "nobody@ours.example"}, {"email_verified": False}, {"email": "t@theirs.example"}],
    ids=["unknown", "unverified", "of another domain"],
)
def test_person_whom_it_does_not_vouch_for_is_refused(
    world: World, opened: Opening, changed: dict[str, Any]
) -> None:
    journey = opened()
    journey.provider.know(journey.subject, claims_of(world, **changed))
    answer = journey.whole()
    assert (answer.status_code, journey.person()) == (403, None)
    journey.provider.know(journey.subject, claims_of(world))
    assert (journey.whole().status_code, journey.person()) == (302, world.ours.technician.pk)


def test_token_that_has_expired_is_refused(world: World, opened: Opening) -> None:
    journey = opened("--lifetime-seconds", "-3600")
    refused(world, journey, journey.whole(), "untrusted")


def test_token_signed_by_a_key_that_is_not_published_is_refused(
    world: World, opened: Opening
) -> None:
    journey = opened("--other-keys")
    refused(world, journey, journey.whole(), "untrusted")


def test_code_of_somebody_elses_sign_in_is_refused(world: World, opened: Opening) -> None:
    """This provider does not look at PKCE: our nonce alone says that the code is another's."""
    journey = opened()
    victim = ForeignJourney(journey.provider, journey.address, Browser(), journey.subject)
    stolen = query_of(victim.authorise(victim.begin()))["code"]
    own = journey.authorise(journey.begin())
    answer = journey.come_back(own.replace(query_of(own)["code"], stolen))
    refused(world, journey, answer, "untrusted")
    assert journey.whole().status_code == 302


def test_code_that_was_used_or_tampered_with_is_refused(world: World, opened: Opening) -> None:
    journey = opened()
    used = journey.authorise(journey.begin())
    assert journey.come_back(used).status_code == 302
    for code in (query_of(used)["code"], "x" * 48):
        other = ForeignJourney(journey.provider, journey.address, Browser(), journey.subject)
        back = other.authorise(other.begin())
        answer = other.come_back(back.replace(query_of(back)["code"], code))
        refused(world, other, answer, "unreachable")


def test_code_that_was_given_to_another_application_is_refused(
    world: World, opened: Opening
) -> None:
    journey = opened()
    begun = journey.begin()
    asked = query_of(begun)
    other_id, _secret = journey.provider.register(asked["redirect_uri"])
    back = journey.authorise(begun.replace(asked["client_id"], other_id))
    refused(world, journey, journey.come_back(back), "unreachable")


def test_person_who_says_no_there_is_told_so(opened: Opening) -> None:
    journey = opened()
    begun = journey.begin()
    back = journey.answer(begun, {"action": "deny"})
    callback = reverse("sign_on_callback", kwargs={"address": journey.address.slug})
    told = {"state": query_of(begun)["state"], **query_of(back)}
    answer = journey.browser.get(callback, told)
    assert (answer.status_code, journey.person()) == (403, None)
    assert "You stopped at your company" in words(answer.content.decode())


def test_provider_that_the_operator_closed_is_not_asked(
    opened: Opening, settings: Settings
) -> None:
    journey = opened()
    settings.MIA_OUTBOUND_ALLOW = []
    url = reverse("sign_on", kwargs={"address": journey.address.slug})
    assert journey.browser.post(url).status_code == 403
    with pytest.raises(InvalidInput):
        sign_on_discovery.check(journey.provider.issuer)
