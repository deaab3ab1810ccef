"""Which keys and tokens are believed; the whole way is in tests/web/sign_on."""

import time
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from audits.services.id_token import ALGORITHMS, Untrusted, claims_of, is_usable

ISSUER, AUDIENCE = "https://login.example.org", "portal"
Jwk = dict[str, Any]


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def key_for(algorithm: str) -> Any:  # noqa: ANN401 - keys of several kinds
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    return ed25519.Ed25519PrivateKey.generate() if algorithm == "EdDSA" else rsa_key(2048)


def jwk(algorithm: str, key: Any = None, **more: Any) -> Jwk:  # noqa: ANN401 - keys of several kinds
    public = (key or key_for(algorithm)).public_key()
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    return {**made, **more}


def token(algorithm: str, key: Any = None, **header: str) -> str:  # noqa: ANN401 - as above
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7", "iat": now, "exp": now + 300}
    return jwt.encode(claims, key or key_for(algorithm), algorithm, header)


def read(text: object, *keys: Jwk, issuer: str = ISSUER) -> str:
    return str(claims_of(text, keys=keys, issuer=issuer, audience=AUDIENCE)["sub"])


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_token_of_every_accepted_kind_is_read(algorithm: str) -> None:
    assert read(token(algorithm, kid="a"), jwk(algorithm, kid="a", alg=algorithm)) == "7"


def test_token_without_a_name_of_its_key_is_tried_with_all_that_fit() -> None:
    other = jwk("RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert read(token("RS256"), jwk("ES256"), other, jwk("RS256")) == "7"
    with pytest.raises(Untrusted, match="InvalidSignatureError"):
        read(token("RS256"), other)


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"kty": "RSA", "n": 7, "e": "AQAB"},
        {"kty": "RSA", "n": "AQAB"},
        {"kty": "EC", "crv": "P-0", "x": "AQAB", "y": "AQAB"},
        {"kty": "OKP", "crv": "X25519", "x": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0"},
        jwk("RS256", rsa_key(1024)),
        jwk("RS256", use="enc"),
        jwk("RS256", use=["sig"]),
        jwk("RS256", alg="RS1"),
        jwk("RS256", d="AQAB"),
    ],
    ids=lambda key: f"{key.get('kty')}-{len(str(key))}",
)
def test_key_that_proves_nothing_is_not_used(key: Jwk) -> None:
    assert not is_usable(key)
    assert is_usable(jwk("RS256"))
    with pytest.raises(Untrusted, match="no published key fits"):
        read(token("RS256"), key)


def test_issuer_is_compared_whole() -> None:
    assert read(token("RS256"), jwk("RS256")) == "7"
    for part in (ISSUER[:-1], ISSUER + "/", ISSUER.upper()):
        with pytest.raises(Untrusted, match="InvalidIssuerError"):
            read(token("RS256"), jwk("RS256"), issuer=part)


def test_key_of_another_kind_is_not_bent_to_fit() -> None:
    """A token says itself how it is signed; the published key decides what that may be."""
    with pytest.raises(Untrusted, match="no published key fits"):
        read(token("RS256", kid="a"), jwk("RS256", kid="a", alg="PS256"))
    with pytest.raises(Untrusted, match="no published key fits"):
        read(token("ES256", kid="a"), jwk("RS256", kid="a"))


@pytest.mark.parametrize("text", [None, 7, "", "a.b", "x" * 40_000])
def test_text_that_is_no_token_is_refused(text: object) -> None:
    with pytest.raises(Untrusted):
        read(text, jwk("RS256"))
