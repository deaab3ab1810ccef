"""The only HTTP client: for every request to an address that a person typed.

`send` asks once and answers; `session` is the same for libraries that want `requests`; `check`
says whether an address may be asked at all, for the form in which it is typed.

https alone, on port 443 and the operator's further ports; the name is resolved once and the
address found is the one connected to; nothing that is not on the public internet; no redirects, no
proxies, no cookies; 5 s to connect, 15 s and 1 MiB in all. Only the operator's environment opens
private addresses (`MIA_OUTBOUND_ALLOW`), never a page.

OutboundError
├── AddressRefused   this address may not be asked: what is wrong with it
├── Unreachable      no answer: no such name, no connection, no trust, too late
└── AnswerRefused    an answer that is not taken: redirect, too large, malformed
"""

from audits.outbound.errors import AddressRefused, AnswerRefused, OutboundError, Unreachable
from audits.outbound.exchange import Answer
from audits.outbound.policy import Policy, configured
from audits.outbound.session import session
from audits.outbound.transport import Transport

__all__ = [
    "AddressRefused",
    "Answer",
    "AnswerRefused",
    "OutboundError",
    "Policy",
    "Transport",
    "Unreachable",
    "check",
    "configured",
    "send",
    "session",
]


def check(url: str) -> None:
    """Raise AddressRefused or Unreachable for an address that could not be asked now."""
    Transport(configured()).pinned(url)


def send(
    *, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """Ask an address that a person typed, as the operator's environment allows."""
    return Transport(configured()).send(method=method, url=url, headers=headers, body=body)
