"""The same transport for libraries that speak `requests`, as the OIDC adapter of allauth does."""

import io
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from audits.outbound import policy
from audits.outbound.errors import OutboundError
from audits.outbound.transport import Transport


class RequestRefused(requests.RequestException):
    """An OutboundError in the dress that callers of `requests` catch; `__cause__` is the error."""


class _Adapter(BaseAdapter):
    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: Any = None,  # noqa: ANN401, ARG002 - our own limits hold, whatever a caller asks
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,  # noqa: ANN401
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if verify is not True or cert is not None or proxies:
            raise ValueError("trust, certificates and proxies are the operator's to set")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if not isinstance(body, bytes):
            raise TypeError("a body is sent whole, as bytes")
        try:
            answer = self._transport.send(
                method=request.method or "",
                url=request.url or "",
                headers={name: _text(value) for name, value in request.headers.items()},
                body=body,
            )
        except OutboundError as error:
            raise RequestRefused(str(error), request=request) from error
        return _response(request, answer.status, answer.reason, answer.headers, answer.body)

    def close(self) -> None:
        """Leave nothing open: every request had a connection of its own."""


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _response(
    request: requests.PreparedRequest,
    status: int,
    reason: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.reason = reason
    # The body is unpacked already; cookies are kept by nobody.
    left_out = {"content-encoding", "content-length", "set-cookie"}
    kept = [(name, value) for name, value in headers if name.lower() not in left_out]
    response.headers = CaseInsensitiveDict(kept)
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = io.BytesIO(body)
    response.url = request.url or ""
    response.request = request
    return response


def session(transport: Transport | None = None) -> requests.Session:
    """Return a session of `requests` that can do no more than `send`.

    It raises `requests.RequestException` where `send` raises OutboundError.
    """
    made = requests.Session()
    made.trust_env = False  # no proxies and no .netrc of the environment
    made.adapters.clear()
    adapter = _Adapter(transport or Transport(policy.configured()))
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return made
