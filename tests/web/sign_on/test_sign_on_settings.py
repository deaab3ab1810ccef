"""The settings page of single sign-on: what it stores, shows, hides and refuses."""

import logging
from collections.abc import Mapping

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.models import Membership, SignOn, SignOnAddress, SignOnIdentity
from audits.services import sign_on as service
from audits.services.masking import MASK
from tests.factories import World
from tests.web.reading import browser_of, proven, words
from tests.web.sign_on.identity_provider import CLIENT_ID, SECRET, IdentityProvider
from tests.web.sign_on.journey import Journey, lines, set_up

PAGE = "/settings/sign-on/"


@pytest.fixture
def admin(world: World) -> Browser:
    return proven(world, "admin")


def form(provider: IdentityProvider, **changed: object) -> dict[str, object]:
    return {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "allowed_domains": "@Ours.example\nsecond.example",
        "second_step": "told",
        "is_open": "on",
        **changed,
    }


def stored(world: World) -> SignOn:
    with world.ours.scope():
        return SignOn.objects.get()


def errors(page: bytes) -> str:
    return words(page.decode())


def test_settings_store_the_secret_sealed_and_never_show_it(
    world: World, admin: Browser, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = admin.post(PAGE, form(provider))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    row = stored(world)
    assert row.allowed_domains == ["ours.example", "second.example"]
    assert SECRET not in row.sealed_secret
    with world.ours.scope():
        assert service.secret_of(row) == SECRET
    page = admin.get(PAGE).content.decode()
    assert "ending in 9f3c" in page
    assert SECRET not in page
    assert lines(world.ours)[-1] == (
        "changed",
        {
            "issuer": {
                "before": f"https://login.house-{world.ours.provider.pk}.example",
                "after": row.issuer,
            },
            "allowed_domains": {
                "before": ["a.example"],
                "after": ["ours.example", "second.example"],
            },
            "client_secret": MASK,
        },
    )
    assert SECRET not in caplog.text


def test_settings_keep_the_secret_that_is_not_typed_again(
    world: World, admin: Browser, provider: IdentityProvider
) -> None:
    admin.post(PAGE, form(provider))
    admin.post(PAGE, form(provider, client_secret="", client_id="renamed"))
    with world.ours.scope():
        assert service.secret_of(stored(world)) == SECRET
    assert lines(world.ours)[-1] == (
        "changed",
        {"client_id": {"before": CLIENT_ID, "after": "renamed"}},
    )


def test_settings_send_a_stored_secret_to_no_new_issuer(
    world: World, admin: Browser, provider: IdentityProvider
) -> None:
    """Whoever may change the issuer could otherwise have the secret sent to a server of theirs."""
    admin.post(PAGE, form(provider))
    moved = form(provider, client_secret="", issuer="https://login.evil.example")
    answer = admin.post(PAGE, moved)
    assert answer.status_code == 200
    assert "not sent there" in errors(answer.content)
    assert stored(world).issuer == provider.issuer


WRONG: dict[str, tuple[Mapping[str, object], str]] = {
    "no https": ({"issuer": "http://login.example.org"}, "begins with https://"),
    "no address": ({"issuer": "login"}, "valid URL"),
    "no domain": ({"allowed_domains": ""}, "required"),
    "a wrong domain": ({"allowed_domains": "ours.example, no domain"}, "no e-mail domain"),
    "a bare top-level domain": ({"allowed_domains": "com"}, "no e-mail domain"),
    "required, nobody keeps a password": ({"is_required": "on"}, "at least one administrator"),
    "required, not open": ({"is_required": "on", "is_open": ""}, "Open single sign-on first"),
    "required, nobody came that way": ({"is_required": "on"}, "Nobody has logged in"),
    "somebody else keeps a password": ({"keep_password": "1"}, "not one of the available"),
}


@pytest.mark.parametrize(("changed", "told"), WRONG.values(), ids=WRONG.keys())
def test_settings_say_what_is_wrong_and_store_nothing(
    world: World,
    admin: Browser,
    provider: IdentityProvider,
    changed: Mapping[str, object],
    told: str,
) -> None:
    before = stored(world).issuer
    given = form(provider, **changed)
    if told in {"Open single sign-on first", "Nobody has logged in"}:
        given["keep_password"] = [str(keeper(world))]
    given = {name: value for name, value in given.items() if value or name != "is_open"}
    answer = admin.post(PAGE, given)
    assert answer.status_code == 200
    assert told in errors(answer.content)
    assert stored(world).issuer == before
    assert CLIENT_ID in answer.content.decode()


def keeper(world: World) -> int:
    with world.ours.scope():
        return Membership.objects.get(user=world.ours.admin).pk


def test_settings_require_sign_on_once_it_worked(
    world: World, admin: Browser, journey: Journey
) -> None:
    journey.whole()
    given = form(journey.provider, is_required="on", keep_password=[str(keeper(world))])
    assert admin.post(PAGE, given).status_code == 302
    assert SignOnAddress.objects.get(pk=journey.address.pk).is_required
    with world.ours.scope():
        kept = Membership.objects.filter(keeps_password=True)
        assert [row.user for row in kept] == [world.ours.admin]
    changes = lines(world.ours)[-1][1]
    assert changes["is_required"] == {"before": False, "after": True}
    assert changes["exceptions"] == {"before": [], "after": [world.ours.admin.email]}


def test_settings_show_the_addresses_to_register_and_to_tell(
    world: World, admin: Browser, provider: IdentityProvider
) -> None:
    page = words(admin.get(PAGE).content.decode())
    slug = world.ours.sign_on_address.slug
    assert f"http://testserver/sign-on/{slug}/callback/" in page
    assert f"http://testserver/sign-on/{slug}/ " in page


def test_settings_begin_with_an_address(world: World, admin: Browser) -> None:
    SignOnAddress.objects.filter(provider=world.ours.provider).delete()
    with world.ours.scope():
        SignOn.objects.all().delete()
    assert "Set up single sign-on" in words(admin.get(PAGE).content.decode())
    assert admin.post(reverse("sign_on_start")).status_code == 302
    made = SignOnAddress.objects.get(provider=world.ours.provider)
    assert made.slug.startswith("quay-managed-it-")
    assert not made.is_open
    assert made.slug in admin.get(PAGE).content.decode()
    admin.post(reverse("sign_on_start"))
    assert SignOnAddress.objects.get(provider=world.ours.provider) == made


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({}, "its addresses and its signing key are in order"),
        ({"issuer": "https://other.example"}, "Write it like this: https://other.example"),
        ({"issuer": "https://login.example/{tenantid}/v2.0"}, "address of your own tenant"),
        ({"token_endpoint": "http://a.example"}, "as token_endpoint is no https address"),
        ({"jwks_uri": "https://10.0.0.1/keys"}, "does not lead to a public server"),
        ({"token_endpoint": "https://10.0.0.1/token"}, "does not lead to a public server"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "Let it sign with RS256"),
        ({"response_types_supported": ["token"]}, "does not offer the code flow"),
        ({"issuer": "https://\ud800.example"}, "Copy the issuer again"),
        ({"issuer": 7}, "Copy the issuer again"),
        ({"token_endpoint": "https://[oops"}, "as token_endpoint is no https address"),
        ({"token_endpoint": "https://a.example/\ud800"}, "as token_endpoint is no https address"),
    ],
)
def test_check_says_in_words_what_is_wrong(
    admin: Browser, provider: IdentityProvider, told: dict[str, object], answer: str
) -> None:
    provider.discovery = told
    url = reverse("sign_on_check")
    part = admin.post(url, {"issuer": provider.issuer}, headers={"HX-Request": "true"})
    assert answer in part.content.decode()
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/.well-known/openid-configuration", b"<html>", "something that is not JSON"),
        ("/.well-known/openid-configuration", b"[" * 200_000, "something that is not JSON"),
        ("/.well-known/openid-configuration", b"[]", "something that is not JSON"),
        ("/keys", b'{"keys": 7}', "The list of signing keys is not one"),
        ("/keys", b'{"keys": []}', "publishes no key"),
    ],
)
def test_check_stands_answers_of_any_form(
    admin: Browser, provider: IdentityProvider, path: str, body: bytes, answer: str
) -> None:
    provider.bodies = {path: body}
    url = reverse("sign_on_check")
    part = admin.post(url, {"issuer": provider.issuer}, headers={"HX-Request": "true"})
    assert answer in part.content.decode()


def test_check_says_that_the_issuer_has_a_part_too_many(
    admin: Browser, provider: IdentityProvider
) -> None:
    url = reverse("sign_on_check")
    part = admin.post(url, {"issuer": f"{provider.issuer}/more"}, headers={"HX-Request": "true"})
    assert "answered with status 404" in part.content.decode()


@pytest.mark.parametrize(
    ("issuer", "answer"),
    [
        ("", "This field is required"),
        ("https://127.0.0.1", "does not lead to a public server"),
        ("https://login.example.org:8443", "Port 8443 is not open"),
        ("https://169.254.169.254", "does not lead to a public server"),
        ("https://nobody.invalid", "was not found"),
        ("http://login.example.org", "must begin with https"),
    ],
)
def test_check_asks_nothing_inside(admin: Browser, issuer: str, answer: str) -> None:
    part = admin.post(reverse("sign_on_check"), {"issuer": issuer}, headers={"HX-Request": "true"})
    assert answer in part.content.decode()


def test_check_without_javascript_keeps_what_was_typed(
    admin: Browser, provider: IdentityProvider
) -> None:
    given = form(provider, client_id="typed just now", keep_password=["7"])
    page = admin.post(reverse("sign_on_check"), given).content.decode()
    assert "The connection works" in page
    for typed in (provider.issuer, "typed just now", "second.example"):
        assert typed in page
    assert SECRET not in page


def test_unbinding_lets_a_new_company_account_in(
    world: World, admin: Browser, journey: Journey
) -> None:
    journey.whole()
    journey.provider.person["sub"] = "a-new-company-account"
    again = Journey(journey.provider, journey.address, Browser())
    assert again.whole().status_code == 403
    with world.ours.scope():
        identity = SignOnIdentity.objects.get(user=world.ours.technician)
    admin.post(reverse("sign_on_unlink"), {"identity": identity.pk})
    assert lines(world.ours)[-1] == ("unlinked", {"person": world.ours.technician.email})
    assert again.whole().status_code == 302
    assert again.person() == world.ours.technician.pk


@pytest.mark.parametrize("number", ["", "x", "9" * 30, "٣", "theirs"])
def test_unbinding_a_foreign_account_answers_like_an_absent_one(
    world: World, admin: Browser, number: str
) -> None:
    if number == "theirs":
        number = str(world.theirs.sign_on_identity.pk)
    assert admin.post(reverse("sign_on_unlink"), {"identity": number}).status_code == 404
    with world.theirs.scope():
        assert SignOnIdentity.objects.filter(pk=world.theirs.sign_on_identity.pk).exists()


def test_settings_of_another_provider_stay_theirs(
    world: World, admin: Browser, provider: IdentityProvider
) -> None:
    set_up(world.theirs, provider)
    admin.post(PAGE, form(provider, client_id="ours"))
    with world.theirs.scope():
        assert SignOn.objects.get().client_id == CLIENT_ID
    assert "second.example" not in Browser().get(PAGE, follow=True).content.decode()


def test_settings_ask_who_it_is_before_they_show_or_change_anything(
    world: World, provider: IdentityProvider
) -> None:
    """Whoever may name the issuer may name the one that lets in whom they like."""
    browser = browser_of(world, "admin")
    with world.ours.scope():
        before = list(SignOn.objects.values())
    asked = (browser.get(PAGE), browser.post(PAGE, form(provider)))
    for answer in (*asked, browser.post(reverse("sign_on_unlink"), {"identity": 10**9})):
        assert answer.status_code in {302, 404}
        assert answer.status_code == 404 or "reauthenticate" in answer["Location"]
    with world.ours.scope():
        assert list(SignOn.objects.values()) == before
