"""One request to one pinned address: resolved once, judged, connected to, read within limits."""

import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from audits.outbound import naming, policy
from audits.outbound.errors import AddressRefused, Unreachable
from audits.outbound.exchange import Answer, Clock, Question, exchange
from audits.outbound.naming import Resolve

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_LONGEST_URL: Final = 2048
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~-._?"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address that may be asked: what it says, and the pinned addresses behind its name."""

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[policy.Address, ...]

    @property
    def authority(self) -> str:
        """The Host header: the name as it was typed, the port only where it is unusual."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = policy.HTTPS_PORT if self.secure else policy.HTTP_PORT
        return name if self.port == usual else f"{name}:{self.port}"


class Transport:
    """Sends requests as a policy allows; each with a connection of its own, closed after it."""

    def __init__(
        self,
        allowed: policy.Policy,
        *,
        resolve: Resolve = naming.resolve,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._policy = allowed
        self._resolve = resolve
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds

    def pinned(self, url: str) -> Target:
        """Judge an address and the one look-up of its name; nothing is sent."""
        return self._pinned(url, Clock(self._total_seconds))

    def send(
        self, *, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Ask and read the whole answer. Raises OutboundError."""
        if method not in METHODS:
            raise AddressRefused(_("This kind of request is never sent."), code="method")
        clock = Clock(self._total_seconds)
        try:
            target = self._pinned(url, clock)
            with self._connected(target, clock) as connected:
                answer = exchange(
                    connected,
                    clock,
                    Question(
                        authority=target.authority,
                        method=method,
                        path=target.path,
                        headers=headers or {},
                        body=body,
                    ),
                )
        except TimeoutError as error:
            raise Unreachable(
                _("There was no answer in time: try again later."), code="too_late"
            ) from error
        _log.info("%s %s answered %d", method, target.authority, answer.status)
        return answer

    def _pinned(self, url: str, clock: Clock) -> Target:
        secure, host, port, path = _read(url)
        if not self._policy.port_is_open(host, port, secure=secure):
            if not secure:
                raise AddressRefused(_("The address must begin with https://."), code="not_https")
            raise AddressRefused(
                _("Port %(port)d is not open for addresses typed here: use an https address"
                  " without a port, or ask the operator.") % {"port": port},
                code="port",
            )  # fmt: skip
        found = self._addresses(host, port, clock)
        for address in found:
            opened = self._policy.opens(address, host=host, port=port)
            if not opened and not (secure and policy.is_public(address)):
                _log.warning("refused %s: %s is not public", host, address)
                raise AddressRefused(
                    _("%(host)s does not lead to a public server: only the operator can allow"
                      " addresses inside a network.") % {"host": host},
                    code="not_public",
                )  # fmt: skip
        return Target(secure=secure, host=host, port=port, path=path, addresses=found)

    def _addresses(self, host: str, port: int, clock: Clock) -> tuple[policy.Address, ...]:
        """Look a name up, once; every address it has must pass."""
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:
            pass
        try:
            texts = self._resolve(host, port, min(self._connect_seconds, clock.left()))
            # A zone names an interface of this machine; such an address is never public.
            found = tuple(ipaddress.ip_address(text.partition("%")[0]) for text in texts)
        except (OSError, ValueError) as error:
            raise Unreachable(
                _("%(host)s was not found: check the address.") % {"host": host}, code="no_name"
            ) from error
        if not found:
            raise Unreachable(
                _("%(host)s was not found: check the address.") % {"host": host}, code="no_name"
            )
        return tuple(dict.fromkeys(found))

    def _connected(self, target: Target, clock: Clock) -> socket.socket:
        """Connect to the first pinned address that answers, with the name's certificate."""
        until = Clock(min(self._connect_seconds, clock.left()))
        context = self._context() if target.secure else None
        last: OSError | None = None
        for tried, address in enumerate(target.addresses):
            try:
                share = until.left() / (len(target.addresses) - tried)
                plain = socket.create_connection((str(address), target.port), timeout=share)
            except OSError as error:
                last = error
                continue
            return _secured(plain, context, target.host, until) if context else plain
        raise Unreachable(
            _("%(host)s cannot be connected to: check the address, or try again later.")
            % {"host": target.host},
            code="no_connection",
        ) from last

    def _context(self) -> ssl.SSLContext:
        """Trust the machine's authorities, and those of the operator's file."""
        context = ssl.create_default_context()
        if self._policy.authorities:
            context.load_verify_locations(cafile=self._policy.authorities)
        return context


def _secured(
    plain: socket.socket, context: ssl.SSLContext, host: str, until: Clock
) -> socket.socket:
    """Speak TLS over a connection, with whoever holds the name's certificate."""
    try:
        plain.settimeout(until.left())
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise Unreachable(
            _("%(host)s has no certificate that can be trusted.") % {"host": host}, code="no_trust"
        ) from error
    except TimeoutError:
        plain.close()
        raise
    except OSError as error:
        plain.close()
        raise Unreachable(
            _("%(host)s does not speak https.") % {"host": host}, code="no_tls"
        ) from error


def _read(url: str) -> tuple[bool, str, int, str]:
    """Take an address apart: whether https, host, port, path with query."""
    unreadable = AddressRefused(
        _("This is not an address that can be asked: write it like https://example.org/path."),
        code="unreadable",
    )
    if len(url) > _LONGEST_URL or re.search(r"[\x00-\x20\x7f\\]", url):
        raise unreadable
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        literal = host if ":" in host else host.encode("idna").decode("ascii").lower()
        if ":" in literal:
            literal = str(ipaddress.IPv6Address(literal))
    except ValueError as error:  # of an address, a port, or a name that IDNA refuses
        raise unreadable from error
    literal = literal.removesuffix(".")
    # After a % stands a zone: an interface of this machine.
    is_host = "%" not in literal if ":" in literal else policy.is_name(literal)
    if parts.scheme not in {"http", "https"} or not is_host:
        raise unreadable
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            _("Take the name and password out of the address."), code="credentials"
        )
    secure = parts.scheme == "https"
    usual = policy.HTTPS_PORT if secure else policy.HTTP_PORT
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return secure, literal, usual if port is None else port, quote(path, safe=_PATH_SAFE)
