"""Whether an ID token is what it says: signed, by the issuer, for us, now.

The signature is checked although the token came over TLS: nothing is believed unsigned.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from audits.services.errors import ServiceError

# Asymmetric ones alone: neither "none" nor a key that the portal knows itself.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
LONGEST_SUBJECT: Final = 191
_LONGEST_TOKEN: Final = 32 * 1024
_SMALLEST_RSA_BITS: Final = 2048
_CLOCKS_DIFFER_SECONDS: Final = 60
_OF_TYPE: Final = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("EdDSA",)}


class Untrusted(ServiceError):  # noqa: N818 - reads as what happened
    """A token that is not believed; the text says why, for the log."""


def is_usable(key: Mapping[str, Any]) -> bool:
    """Say whether a published key can check a signature that is accepted here."""
    return any(_key(key, algorithm) is not None for algorithm in sorted(ALGORITHMS))


def claims_of(
    token: object, *, keys: Iterable[Mapping[str, Any]], issuer: str, audience: str
) -> dict[str, Any]:
    """Check a token and return what it says. Raises Untrusted."""
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise Untrusted("there is no token")
    claims = _decoded(token, keys=keys, issuer=issuer, audience=audience)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Untrusted("the subject is empty or too long")
    if not (subject.isascii() and subject.isprintable()):
        raise Untrusted("the subject has signs that no subject has")
    _require_meant_for_us(claims, audience)
    return claims


def _decoded(
    token: str, *, keys: Iterable[Mapping[str, Any]], issuer: str, audience: str
) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise Untrusted("the token has no readable header") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise Untrusted("the signature of the token is of a kind that is not accepted")
    fitting = [
        found
        for key in keys
        if "kid" not in header or key.get("kid") == header["kid"]
        if (found := _key(key, algorithm)) is not None
    ]
    if not fitting:
        raise Untrusted("no published key fits the token")
    problem: jwt.PyJWTError | None = None
    for key in fitting:
        try:
            return dict(
                jwt.decode(
                    token,
                    key,
                    algorithms=[algorithm],
                    audience=audience,
                    issuer=[issuer],  # a list: compared whole, never as a part
                    leeway=_CLOCKS_DIFFER_SECONDS,
                    options={"require": ["iss", "sub", "aud", "exp", "iat"]},
                )
            )
        except jwt.PyJWTError as error:
            problem = error
    raise Untrusted(f"the token does not hold: {type(problem).__name__}") from problem


def _key(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    """Return a published key for this algorithm, None where it is not one."""
    family = _OF_TYPE.get(str(key.get("kty")), ())
    # Tuples: what a stranger published need not be hashable.
    meant = key.get("use") in (None, "sig") and key.get("alg") in (None, algorithm)
    if not meant or "d" in key or not algorithm.startswith(family):
        return None
    try:
        found = jwt.PyJWK(dict(key), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    public = found.key
    weak = isinstance(public, RSAPublicKey) and public.key_size < _SMALLEST_RSA_BITS
    return None if weak else found


def _require_meant_for_us(claims: Mapping[str, Any], audience: str) -> None:
    """A token for several must name us as the one who asked for it."""
    party, audiences = claims.get("azp"), claims["aud"]
    if party is None and isinstance(audiences, list) and len(audiences) > 1:
        raise Untrusted("the token is for several and names nobody")
    if party is not None and party != audience:
        raise Untrusted("the token was asked for by somebody else")
