"""Refuse to start with what is missing or unsafe: every command and the web server ask here."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http.request import validate_host

from audits import outbound, scanner, storage
from audits.guidance import soundness
from audits.tenancy import former

_SHORTEST_SECRET: Final = 50
_FEWEST_SIGNS: Final = 10
# What examples, templates and habits put where a secret belongs.
_PLACEHOLDERS: Final = ("change", "example", "insecure", "placeholder", "replace", "secret-key")


def _secret_keys() -> list[str]:
    try:
        return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    except ImproperlyConfigured:  # Django's own answer to an empty one
        return [""]


def _weakness(key: str) -> str:
    """What makes a secret guessable; empty for a good one."""
    if not key:
        return "is not set"
    if len(key) < _SHORTEST_SECRET:
        return f"has fewer than {_SHORTEST_SECRET} characters"
    if len(set(key)) < _FEWEST_SIGNS:
        return f"has fewer than {_FEWEST_SIGNS} different characters"
    if any(word in key.lower() for word in _PLACEHOLDERS):
        return "is a placeholder"
    return ""


def _secrets_that_are_weak() -> Iterator[CheckMessage]:
    key, *former = _secret_keys()
    named = [("SECRET_KEY", key), *(("SECRET_KEY_FALLBACKS", one) for one in former)]
    for name, value in named:
        if weakness := _weakness(value):
            yield Error(
                f"{name} {weakness}.",
                hint="Set it to 50 or more random characters, the same on every process; to"
                " change it, put the former one first into SECRET_KEY_FALLBACKS.",
                id="audits.E001",
            )


@register(Tags.database)
def former_database(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's own signature
    """Refuse to migrate what the present migrations would take for more than it is."""
    return [
        Error(
            "This database was set up by an earlier version and not brought up to date before this"
            " one was installed. Nothing was changed.",
            hint="Install the last version before this one and start it once, then this one again.",
            id="audits.E013",
        )
        for alias in databases or ()
        if former.stands_between(connections[alias])
    ]


@register(Tags.security)
def keys_are_set(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Name each key that is missing or unusable, and how to make one."""
    found: list[CheckMessage] = [*_secrets_that_are_weak()]
    problem = storage.installation_key_problem()
    if problem:
        found.append(
            Error(
                f"MIA_ENCRYPTION_KEY {problem}.",
                hint="Set it to 32 random bytes in URL-safe base64; without it no stored file"
                " can be read, so keep a copy apart from the backups.",
                id="audits.E002",
            )
        )
    if not settings.BROKER_URL:
        found.append(
            Error(
                "BROKER_URL is not set.",
                hint="Set it to redis://…, redis+socket://… or amqp://…",
                id="audits.E003",
            )
        )
    if not (settings.MIA_REQUIRE_MFA or settings.MIA_EMBEDDED or settings.DEBUG):
        found.append(
            Warning(
                "MIA_REQUIRE_MFA is off: staff may log in with a password alone.",
                hint="Unset it, unless single sign-on asks everybody for a second factor.",
                id="audits.W001",
            )
        )
    if not settings.STORAGE_URL.startswith("file:///"):
        found.append(
            Error(
                "STORAGE_URL names no folder of this machine.",
                hint="Set it to file:///…, an absolute path that every process shares.",
                id="audits.E004",
            )
        )
    return found


@register(Tags.security)
def outbound_is_readable(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Say which word of the operator about requests to the outside cannot be read."""
    try:
        outbound.configured().require_authorities()
    except (OSError, ValueError) as error:
        return [
            Error(
                f"MIA_OUTBOUND_ALLOW, MIA_OUTBOUND_PORTS or MIA_OUTBOUND_CA_FILE: {error}.",
                hint="Networks such as 10.0.5.0/24 and endpoints such as idp.inside:8443, port"
                " numbers, and a file of certificates in PEM form.",
                id="audits.E005",
            )
        ]
    return []


@register(Tags.security)
def scanner_is_named_well(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Say where the address of the malware scanner is none."""
    try:
        if settings.MIA_CLAMD:
            scanner.daemon(settings.MIA_CLAMD)
    except ValueError as error:
        return [Error(f"MIA_CLAMD: {error}.", id="audits.E010")]
    return []


@register(Tags.security)
def guidance_is_sound(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Name each file of the guidance that cannot be used, before a page asks for it."""
    return [
        Error(
            f"{problem}.",
            hint="Put the files of this release back, or mend the one that was changed.",
            id="audits.E011",
        )
        for problem in soundness.problems()
    ]


@register(Tags.security)
def names_and_proxies_are_exact(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Refuse a wildcard where somebody else's name or address would be believed."""
    found: list[CheckMessage] = []
    wild = [name for name in settings.ALLOWED_HOSTS if "*" in name or name.strip() in {"", "."}]
    if wild and not settings.DEBUG:
        found.append(
            Error(
                f"ALLOWED_HOSTS has {wild[0]!r}, which stands for any name.",
                hint="Write out the names under which the portal is reached.",
                id="audits.E006",
            )
        )
    found.extend(
        Error(
            f"MIA_PROXIES has {one!r}, which is no address or network that could be a proxy's.",
            hint="Write addresses or networks, such as 10.0.0.2 or 10.0.0.0/28, or unix.",
            id="audits.E007",
        )
        for one in settings.MIA_PROXIES
        if not _could_be_proxies(one)
    )
    if settings.MIA_TRUSTED_PROXIES and not settings.MIA_PROXIES:
        found.append(
            Error(
                "MIA_TRUSTED_PROXIES counts proxies that MIA_PROXIES does not name.",
                hint="Name their networks: whoever comes round them is then not believed.",
                id="audits.E009",
            )
        )
    found.extend(
        Error(
            f"MIA_SECURITY_CONTACT has {one!r}, which is no address.",
            hint="Write mailto:security@example.org or https://example.org/security.",
            id="audits.E008",
        )
        for one in settings.MIA_SECURITY_CONTACT
        if not _is_contact(one)
    )
    return found


@register(Tags.security)
def public_address_is_ours(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's own signature
    **_options: Any,  # noqa: ANN401 - Django's own signature
) -> list[CheckMessage]:
    """Refuse a public address under which the portal would not answer."""
    parts = urlsplit(settings.MIA_PUBLIC_URL)
    plain_is_fine = settings.MIA_EMBEDDED or settings.DEBUG
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username)
    is_ours = validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
    schemes = {"https", "http"} if plain_is_fine else {"https"}
    if not settings.MIA_PUBLIC_URL or (parts.scheme in schemes and is_bare and is_ours):
        return []
    return [
        Error(
            f"MIA_PUBLIC_URL is {settings.MIA_PUBLIC_URL!r}: links would lead nowhere.",
            hint="Write https:// and one of the names in ALLOWED_HOSTS, with the port if it is not"
            " 443, and nothing behind it.",
            id="audits.E012",
        )
    ]


def _could_be_proxies(entry: str) -> bool:
    if entry == "unix":
        return True
    try:
        return ipaddress.ip_network(entry).prefixlen > 0
    except ValueError:
        return False


def _is_contact(entry: str) -> bool:
    if any(sign.isspace() or not sign.isprintable() for sign in entry):
        return False
    parts = urlsplit(entry)
    return bool(
        (parts.scheme == "mailto" and "@" in parts.path)
        or (parts.scheme == "https" and parts.hostname)
    )
