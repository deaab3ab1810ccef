"""Tokens and documents that must not be believed, each sent by a real identity provider."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.factories import World
from tests.web.reading import words
from tests.web.sign_on.identity_provider import (
    CLIENT_ID,
    KID,
    SECRET,
    IdentityProvider,
    Json,
    private_key,
    public_jwk,
    started,
)
from tests.web.sign_on.journey import Journey, lines

HOUR = 3600


def later(seconds: int) -> int:
    return int(time.time()) + seconds


WRONG_CLAIMS: dict[str, Callable[[], Json]] = {
    "another nonce": lambda: {"nonce": "x" * 43},
    "no nonce": lambda: {"nonce": None},
    "a nonce that is no text": lambda: {"nonce": ["x"]},
    "for another client": lambda: {"aud": "somebody-else"},
    "for several, asked for by nobody": lambda: {"aud": [CLIENT_ID, "somebody-else"]},
    "asked for by another client": lambda: {"azp": "somebody-else"},
    "for nobody": lambda: {"aud": None},
    "of another issuer": lambda: {"iss": "https://login.evil.example"},
    "of no issuer": lambda: {"iss": None},
    "expired": lambda: {"exp": later(-HOUR)},
    "without end": lambda: {"exp": None},
    "not valid yet": lambda: {"nbf": later(HOUR)},
    "of tomorrow": lambda: {"iat": later(24 * HOUR)},
    "without a date": lambda: {"iat": None},
    "about nobody": lambda: {"sub": None},
    "about an empty subject": lambda: {"sub": ""},
    "about a number": lambda: {"sub": 7},
    "about too long a subject": lambda: {"sub": "s" * 192},
    "about a subject with a zero in it": lambda: {"sub": "s\0"},
    "about half a sign": lambda: {"sub": "\ud800"},
    "with half a sign as nonce": lambda: {"nonce": "\ud800"},
}


def refused_once(world: World, journey: Journey, reason: str) -> None:
    """The wrong answer lets nobody in; the same person with the right one comes in."""
    answer = journey.whole()
    assert (answer.status_code, journey.person()) == (403, None)
    verb, details = lines(world.ours)[-1]
    assert (verb, details["reason"]) == ("refused", reason)


def comes_in(world: World, journey: Journey) -> None:
    provider = journey.provider
    provider.claims, provider.sign, provider.token_answer = {}, provider.signed, None
    provider.keys, provider.discovery = [public_jwk("own")], {}
    journey.whole()
    assert journey.person() == world.ours.technician.pk


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_token_with_a_wrong_claim_is_refused(
    world: World, journey: Journey, claims: Callable[[], Json]
) -> None:
    journey.provider.claims = claims()
    refused_once(world, journey, "untrusted")
    comes_in(world, journey)


def text_of(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def swapped(claims: Json) -> str:
    """A real signature under other claims."""
    head, _, signature = jwt.encode(
        {**claims, "sub": "somebody"}, private_key("own"), "RS256", {"kid": KID}
    ).split(".")
    return f"{head}.{text_of(claims)}.{signature}"


def with_public_key_as_secret(claims: Json) -> str:
    """The oldest trick: an HMAC under the public key that everybody can read."""
    pem = (
        private_key("own")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    message = f"{text_of({'alg': 'HS256', 'typ': 'JWT', 'kid': KID})}.{text_of(claims)}"
    signature = base64.urlsafe_b64encode(algorithm.sign(message.encode(), pem)).rstrip(b"=")
    return f"{message}.{signature.decode()}"


def foreign(claims: Json, **header: Any) -> str:  # noqa: ANN401 - any header
    return jwt.encode(claims, private_key("foreign"), "RS256", {"kid": KID, **header})


FORGERIES: dict[str, Callable[[Json], str]] = {
    "unsigned": lambda claims: jwt.encode(claims, "", algorithm="none", headers={"kid": KID}),
    "with the signature cut off": lambda claims: (
        f"{text_of({'alg': 'RS256', 'kid': KID})}.{text_of(claims)}."
    ),
    "signed with a foreign key": foreign,
    "signed with a foreign key that it brings along": lambda claims: foreign(
        claims, jwk=public_jwk("foreign")
    ),
    "signed with a key that is not published": lambda claims: foreign(claims, kid="key-9"),
    "signed with our client secret": lambda claims: jwt.encode(
        claims, SECRET, "HS256", {"kid": KID}
    ),
    "signed with the public key as a secret": with_public_key_as_secret,
    "with a real signature of other claims": swapped,
    "with conditions that nobody understands": lambda claims: jwt.encode(
        claims, private_key("own"), "RS256", {"kid": KID, "crit": ["exp"]}
    ),
    "that is no token": lambda _claims: "not.a.token",
    "that is too long": lambda claims: jwt.encode(
        {**claims, "more": "x" * 40_000}, private_key("own"), "RS256", {"kid": KID}
    ),
}


@pytest.mark.parametrize("sign", FORGERIES.values(), ids=FORGERIES.keys())
def test_forged_token_is_refused(
    world: World, journey: Journey, sign: Callable[[Json], str]
) -> None:
    journey.provider.sign = sign
    refused_once(world, journey, "untrusted")
    comes_in(world, journey)


def test_userinfo_of_somebody_else_is_refused(world: World, journey: Journey) -> None:
    person = journey.provider.person
    journey.provider.person = {"sub": person["sub"]}
    journey.provider.userinfo = {**person, "sub": "somebody-else"}
    refused_once(world, journey, "untrusted")


@pytest.mark.parametrize(
    "keys",
    [[], [{"kty": "RSA"}], ["no key"], [{**public_jwk("own"), "use": "enc"}], [{"kty": ["RSA"]}]],
)
def test_token_is_refused_where_no_key_fits(
    world: World, journey: Journey, keys: list[Any]
) -> None:
    journey.provider.keys = keys
    refused_once(world, journey, "untrusted")
    comes_in(world, journey)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([], "unreachable"),
        ("access_token", "unreachable"),
        ({"error": "invalid_grant"}, "unreachable"),
        ({"access_token": 7}, "unreachable"),
        ({"access_token": "x"}, "untrusted"),
        ({"access_token": "x", "id_token": 7}, "untrusted"),
    ],
)
def test_answer_of_the_token_endpoint_in_another_form_is_refused(
    world: World, journey: Journey, told: object, reason: str
) -> None:
    journey.provider.token_answer = told
    answer = journey.whole()
    assert (answer.status_code, journey.person()) == (403, None)
    assert lines(world.ours)[-1][1]["reason"] == reason
    comes_in(world, journey)


def test_answer_of_the_token_endpoint_that_is_not_json_is_refused(
    world: World, journey: Journey
) -> None:
    journey.provider.bodies = {"/token": b"{access_token"}
    refused_once(world, journey, "unreachable")
    journey.provider.bodies = {}
    comes_in(world, journey)


def test_code_of_another_sign_in_is_refused(world: World, journey: Journey) -> None:
    """A stolen code comes with a verifier that is not its own."""
    victim = Journey(journey.provider, journey.address, Browser())
    stolen = victim.authorise(victim.begin()).split("code=")[1].split("&")[0]
    own = journey.authorise(journey.begin())
    mixed = own.replace(own.split("code=")[1].split("&")[0], stolen)
    assert (journey.come_back(mixed).status_code, journey.person()) == (403, None)
    comes_in(world, journey)


# --- where the discovery document points


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize("place", ["another port of this machine", "metadata", "a name for it"])
def test_discovery_that_points_inside_is_refused(
    world: World, journey: Journey, tmp_path: Path, name: str, place: str
) -> None:
    """The document itself comes from an allowed address; what it names is judged anew."""
    person = journey.provider.person
    if name == "userinfo_endpoint":
        sparse = {name: person[name] for name in ("sub", "amr")}
        journey.provider.person, journey.provider.userinfo = sparse, person
    folder = tmp_path / "inside"
    folder.mkdir()
    with started(folder) as inside:
        hosts = {
            "another port of this machine": inside.endpoint,
            "metadata": "169.254.169.254",
            "a name for it": f"localhost:{inside.port}",
        }
        journey.provider.discovery = {name: f"https://{hosts[place]}/token"}
        answer = journey.whole()
        assert (answer.status_code, journey.person()) == (403, None)
        assert inside.asked == []
    assert lines(world.ours)[-1][0] == "refused"
    comes_in(world, journey)


def test_issuer_that_the_operator_closed_is_not_asked(
    world: World, journey: Journey, settings: Settings
) -> None:
    settings.MIA_OUTBOUND_ALLOW = []
    answer = journey.browser.post(f"/sign-on/{journey.address.slug}/")
    assert (answer.status_code, journey.provider.asked) == (403, [])
    assert "did not answer as it should" in words(answer.content.decode())
    assert "127.0.0.1" not in answer.content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://login.evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://login.example.org/authorize"},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"response_types_supported": ["token"]},
        {"id_token_signing_alg_values_supported": ["HS256"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)
def test_wrong_discovery_document_leads_nowhere(world: World, journey: Journey, told: Json) -> None:
    journey.provider.discovery = told
    answer = journey.browser.post(f"/sign-on/{journey.address.slug}/")
    assert answer.status_code == 403
    assert b"http-equiv" not in answer.content
    assert lines(world.ours)[-1][1]["reason"] == "unreachable"
    comes_in(world, journey)


def test_provider_speaks_to_nobody_with_a_wrong_secret(provider: IdentityProvider) -> None:
    """The identity provider of these tests is as strict as a real one."""
    assert provider.token({"code": "x"}) == (400, {"error": "invalid_grant"})
