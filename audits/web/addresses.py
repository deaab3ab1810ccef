"""Where a request comes from, and under which name it reached us."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from audits.models import Client, ReportSending
from audits.services import report_paths


def client_ip(request: HttpRequest) -> str:
    """The address of the client, as far as it can be believed; empty where there is none.

    `MIA_TRUSTED_PROXIES` says how many proxies of the installation append to `X-Forwarded-For`:
    the entry that the outermost of them wrote counts, and whatever a client put before it does not.
    A request with fewer entries came round the proxies; then the address of its connection counts.
    """
    behind = settings.MIA_TRUSTED_PROXIES
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if behind > 0 and len(hops) >= behind:
        forwarded = _parsed(hops[-behind])
        if forwarded:
            return forwarded
    return _parsed(request.META.get("REMOTE_ADDR", ""))


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of a page, to be read elsewhere: in a letter, a file, a terminal.

    It begins as the operator says. Where nobody does, which is on the own machine alone, it begins
    as the request called us.
    """
    told: str = settings.MIA_PUBLIC_URL
    return f"{told}{path}" if told else request.build_absolute_uri(path)


def own_name(request: HttpRequest) -> str:
    """The name of the portal as people type it, with the port where one is needed."""
    return urlsplit(absolute(request, "/")).netloc


def check_at(request: HttpRequest) -> str:
    """Where anybody can ask whether a report is genuine, as people type it."""
    return own_name(request) + report_paths.check()


def report_link(request: HttpRequest, client: Client, sending: ReportSending) -> str:
    """The whole address that a letter about a report carries."""
    return absolute(request, report_paths.sent(client, sending))


def has_name(request: HttpRequest) -> bool:
    """Say whether the portal was reached by a name: browsers refuse passkeys for bare numbers."""
    return not _parsed(request.get_host())


def _parsed(text: str) -> str:
    """Return the address alone, without a port and in its shortest spelling."""
    text = text.strip()
    host = split_domain_port(text)[0] or text
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        try:
            address = ip_address(text)
        except ValueError:
            return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))  # without a zone
    return str(address)
