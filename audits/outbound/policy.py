"""Which addresses may be asked: the public internet, and what the operator named beside it."""

import ipaddress
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80
_LAST_PORT: Final = 65535
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Written out: what `is_global` says differs between versions of Python.
NOT_PUBLIC: Final = _networks(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",  # carriers' shared addresses
    "127.0.0.0/8",
    "169.254.0.0/16",  # link-local, with the clouds' metadata
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",  # relays of 6to4
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",  # public by number, yet a cloud's own service to its machines
    "2001::/23",  # Teredo, ORCHID and other protocols' own
    "2001:db8::/32",
    "2002::/16",  # 6to4: an IPv4 address inside
    "3fff::/20",
)
# The rest of IPv6 (mapped IPv4, NAT64, unique local, link-local, multicast) lies outside this.
PUBLIC_IPV6: Final = ipaddress.IPv6Network("2000::/3")
# Not even a name that the operator listed may lead here; only its network, spelled out, opens it.
NEVER_BY_NAME: Final = _networks(
    "0.0.0.0/8",
    "169.254.0.0/16",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "192.0.0.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2001::/32",
    "2002::/16",
    "fe80::/10",
    "fec0::/10",
    "fd00:ec2::/32",
    "ff00::/8",
)


def is_public(address: Address) -> bool:
    """Whether an address is routed on the public internet and is nobody's inside."""
    if address.version == 6 and address not in PUBLIC_IPV6:  # noqa: PLR2004 - the protocol's name
        return False
    return address.is_global and not _inside(address, NOT_PUBLIC)


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def is_name(host: str) -> bool:
    """Whether this is a host name in ASCII and lower case, or an IPv4 address as one writes it."""
    return _NAME.fullmatch(host) is not None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the operator allows beyond public addresses over https on port 443."""

    networks: tuple[Network, ...] = ()
    endpoints: frozenset[tuple[str, int]] = frozenset()
    ports: frozenset[int] = frozenset({HTTPS_PORT})
    authorities: str = ""

    def require_authorities(self) -> None:
        """Raise OSError where the file of further authorities cannot be used."""
        if self.authorities:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=self.authorities)

    def names(self, host: str, port: int) -> bool:
        """Whether the operator listed this very host and port."""
        return (host, port) in self.endpoints

    def opens(self, address: Address, *, host: str, port: int) -> bool:
        """Whether the operator opened an address: by its network, or by the name leading there."""
        if _inside(address, self.networks):
            return True
        return self.names(host, port) and not _inside(address, NEVER_BY_NAME)

    def port_is_open(self, host: str, port: int, *, secure: bool) -> bool:
        """Whether a port may be tried; plain http at all only where something was listed."""
        if self.names(host, port):
            return True
        return port in self.ports if secure else bool(self.networks) and port == HTTP_PORT


def _endpoint(entry: str) -> tuple[str, int]:
    """Read `host:port` or `[address]:port`."""
    host, colon, number = entry.rpartition(":")
    host = host.lower().removesuffix(".")
    bare = host.removeprefix("[").removesuffix("]")
    if host != bare:
        bare = str(ipaddress.IPv6Address(bare))
    elif not is_name(bare):
        raise ValueError(entry)
    if not colon or not number.isascii() or not number.isdigit():
        raise ValueError(entry)
    return bare, _port(number)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= _LAST_PORT:
        raise ValueError(text)
    return port


def parsed(
    *, allow: Iterable[str] = (), ports: Iterable[str] = (), authorities: str = ""
) -> Policy:
    """Read the operator's words. Raises ValueError, which names the entry that cannot be read."""
    networks: list[Network] = []
    endpoints: set[tuple[str, int]] = set()
    for entry in filter(None, (text.strip() for text in allow)):
        try:
            if "/" in entry:
                networks.append(ipaddress.ip_network(entry))
            else:
                endpoints.add(_endpoint(entry))
        except ValueError as error:
            raise ValueError(f"{entry!r} is neither a network nor host:port") from error
    try:
        further = {_port(text.strip()) for text in ports if text.strip()}
    except ValueError as error:
        raise ValueError(f"{error} is no port") from error
    return Policy(
        networks=tuple(networks),
        endpoints=frozenset(endpoints),
        ports=frozenset({HTTPS_PORT, *further}),
        authorities=authorities,
    )


@lru_cache(maxsize=8)
def _kept(allow: tuple[str, ...], ports: tuple[str, ...], authorities: str) -> Policy:
    return parsed(allow=allow, ports=ports, authorities=authorities)


def configured() -> Policy:
    """Return the policy of the operator's environment."""
    return _kept(
        tuple(settings.MIA_OUTBOUND_ALLOW),
        tuple(settings.MIA_OUTBOUND_PORTS),
        settings.MIA_OUTBOUND_CA_FILE,
    )
