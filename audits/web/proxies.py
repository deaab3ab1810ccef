"""What a proxy says about a request is heard from the proxies that the operator named alone."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]
# A proxy on this machine may speak through a socket file; there is no address then.
UNIX = "unix"
_SAID_BY_PROXIES = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def is_proxy(peer: str) -> bool:
    """Whether the other end of a connection is one of `MIA_PROXIES`."""
    if not peer or peer.startswith(UNIX):
        return UNIX in settings.MIA_PROXIES
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in ip_network(one) for one in settings.MIA_PROXIES if one != UNIX)


class ProxyMiddleware:
    """Drop a proxy's headers where the request came round the named proxies.

    Where none is named nobody listens to these headers: see `SECURE_PROXY_SSL_HEADER`.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MIA_PROXIES and not is_proxy(request.META.get("REMOTE_ADDR", "")):
            for name in _SAID_BY_PROXIES:
                request.META.pop(name, None)
        return self.get_response(request)
