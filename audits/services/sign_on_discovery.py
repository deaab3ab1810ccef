"""What an identity provider says about itself; every address in it is asked through outbound."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import outbound
from audits.services import id_token
from audits.services.errors import InvalidInput

WELL_KNOWN: Final = "/.well-known/openid-configuration"
_LONGEST_KEY_LIST: Final = 100
_SECRET_METHODS: Final = frozenset({"client_secret_post", "client_secret_basic"})


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """The parts of a discovery document that a sign-in needs, each checked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    token_endpoint_auth_methods_supported: tuple[str, ...]


def discover(issuer: str) -> Discovery:
    """Fetch and judge the discovery document. Raises InvalidInput on "issuer"."""
    told = _json(issuer.rstrip("/") + WELL_KNOWN)
    _require_same_issuer(issuer, told.get("issuer"))
    _require_what_we_use(told)
    return Discovery(
        issuer=issuer,
        authorization_endpoint=_address(told, "authorization_endpoint"),
        token_endpoint=_address(told, "token_endpoint"),
        jwks_uri=_address(told, "jwks_uri"),
        userinfo_endpoint=_address(told, "userinfo_endpoint", required=False),
        token_endpoint_auth_methods_supported=_secret_methods(told),
    )


def signing_keys(found: Discovery) -> list[Mapping[str, Any]]:
    """Fetch the public keys of the identity provider. Raises InvalidInput on "issuer"."""
    keys = _json(found.jwks_uri).get("keys")
    if not isinstance(keys, list) or len(keys) > _LONGEST_KEY_LIST:
        raise InvalidInput("issuer", _("The list of signing keys is not one."))
    return [key for key in keys if isinstance(key, dict)]


def check(issuer: str) -> str:
    """Try an issuer out, and say in one sentence that it works. Raises InvalidInput."""
    found = discover(issuer)
    keys = signing_keys(found)
    usable = sum(id_token.is_usable(key) for key in keys)
    if not usable:
        raise InvalidInput(
            "issuer",
            _("The identity provider publishes no key that can be used to check a signature."),
            _("Let it sign with RS256 or ES256."),
        )
    _require_reachable(found.token_endpoint)
    text = ngettext(
        "%(host)s answers: its addresses and its signing key are in order.",
        "%(host)s answers: its addresses and its %(count)d signing keys are in order.",
        usable,
    )
    return text % {"host": urlsplit(found.issuer).hostname, "count": usable}


def _require_reachable(url: str) -> None:
    try:
        outbound.check(url)
    except outbound.OutboundError as error:
        raise InvalidInput("issuer", str(error)) from error


def _json(url: str) -> dict[str, Any]:
    try:
        answer = outbound.send(method="GET", url=url, headers={"Accept": "application/json"})
    except outbound.OutboundError as error:
        raise InvalidInput("issuer", str(error)) from error
    if answer.status != HTTPStatus.OK:
        raise InvalidInput(
            "issuer",
            _("%(url)s answered with status %(status)d.") % {"url": url, "status": answer.status},
            _("Copy the issuer again: what is entered here lacks or has a part too many."),
        )
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(url) from error
    if not isinstance(told, dict):
        raise _unreadable(url)
    return told


def _unreadable(url: str) -> InvalidInput:
    return InvalidInput(
        "issuer",
        _("%(url)s answered with something that is not JSON.") % {"url": url},
        _("Copy the issuer again."),
    )


def _require_same_issuer(issuer: str, told: object) -> None:
    if told == issuer:
        return
    if isinstance(told, str) and "{" in told:
        remedy = _("Use the address of your own tenant, with its number in it.")
    elif isinstance(told, str) and _is_plain(told):
        remedy = _("Write it like this: %(issuer)s") % {"issuer": told[:300]}
    else:
        remedy = _("Copy the issuer again.")
    raise InvalidInput("issuer", _("The identity provider calls itself something else."), remedy)


def _require_what_we_use(told: Mapping[str, Any]) -> None:
    """Refuse early what could only fail later; what a document does not mention is not judged."""
    responses = told.get("response_types_supported")
    if isinstance(responses, list) and "code" not in responses:
        raise InvalidInput("issuer", _("The identity provider does not offer the code flow."))
    signed = told.get("id_token_signing_alg_values_supported")
    if isinstance(signed, list) and not id_token.ALGORITHMS & set(_texts(signed)):
        raise InvalidInput(
            "issuer",
            _("The identity provider signs with nothing that is accepted here."),
            _("Let it sign with RS256 or ES256."),
        )

    if not _SECRET_METHODS & set(_secret_methods(told)):
        raise InvalidInput(
            "issuer",
            _("The identity provider takes no client secret."),
            _("Let it take one by the form or by the header (client_secret_post or _basic)."),
        )


def _secret_methods(told: Mapping[str, Any]) -> tuple[str, ...]:
    """How the client secret may be sent; where a document is silent, the standard says: Basic."""
    methods = told.get("token_endpoint_auth_methods_supported")
    return ("client_secret_basic",) if methods is None else _texts(methods)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _address(told: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = told.get(name)
    if value is None and not required:
        return ""
    if isinstance(value, str) and _is_plain(value) and _is_https(value):
        return value
    raise InvalidInput(
        "issuer",
        _("What the identity provider says as %(name)s is no https address.") % {"name": name},
    )


def _is_plain(value: str) -> bool:
    """What a stranger wrote may hold signs that no address has and no page can show."""
    return value.isascii() and value.isprintable()


def _is_https(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.fragment
