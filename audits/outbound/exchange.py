"""One question and its answer over an open connection: read within a time and a size."""

import http.client
import io
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.outbound.errors import AddressRefused, AnswerRefused

MOST_BYTES: Final = 1024 * 1024
AGENT: Final = "MIA-Portal"
_CHUNK: Final = 64 * 1024
_GZIP: Final = zlib.MAX_WBITS | 16
# Ours to say, never a caller's: who is asked, how long the body is, what may come back.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is sent."""

    authority: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, whole: a status of any kind but a redirect."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Clock:
    """Time left until the whole request must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _TimedReader(io.RawIOBase):
    """A socket as a file whose every read gets only the time that is left."""

    def __init__(self, connected: socket.socket, clock: Clock) -> None:
        self._socket = connected
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - the library's own signature
        self._socket.settimeout(self._clock.left())
        return self._socket.recv_into(buffer)


class TimedSocket:
    """As much of a socket as http.client uses, held to one clock."""

    def __init__(self, connected: socket.socket, clock: Clock) -> None:
        self._socket = connected
        self._clock = clock

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._clock.left())
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._socket, self._clock))

    def close(self) -> None:
        """Leave the socket open: whoever connected it closes it, when the answer is read."""


def exchange(connected: socket.socket, clock: Clock, question: Question) -> Answer:
    """Send the question and read the whole answer. Raises OutboundError and TimeoutError."""
    connection = http.client.HTTPConnection(question.authority)
    connection.sock = TimedSocket(connected, clock)
    connection.auto_open = 0
    try:
        connection.putrequest(
            question.method, question.path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in _headers(question):
            connection.putheader(name, value)
    except ValueError as error:
        raise AddressRefused(_("A header has signs that cannot be sent."), code="header") from error
    try:
        connection.endheaders(question.body or None)
        with connection.getresponse() as response:
            return _answer(response, question.method)
    except TimeoutError:
        raise
    except (http.client.HTTPException, EOFError, OSError, ValueError, zlib.error) as error:
        raise AnswerRefused(
            _("%(host)s did not give an answer that can be read.") % {"host": question.authority},
            code="malformed",
        ) from error


def _headers(question: Question) -> list[tuple[str, str]]:
    theirs = [
        (name, value)
        for name, value in question.headers.items()
        if name.lower() not in _OURS and not name.lower().startswith("proxy-")
    ]
    ours = [("Host", question.authority), ("Accept-Encoding", "identity"), ("Connection", "close")]
    if "user-agent" not in {name.lower() for name, _value in theirs}:
        ours.append(("User-Agent", AGENT))
    if question.method == "POST":
        ours.append(("Content-Length", str(len(question.body))))
    return [*ours, *theirs]


def _answer(response: http.client.HTTPResponse, method: str) -> Answer:
    if response.status < http.client.OK:
        raise http.client.HTTPException(response.status)
    if 300 <= response.status < 400:  # noqa: PLR2004 - every redirect there is or will be
        raise AnswerRefused(
            _("The server sends us on to another address: write the final address here."),
            code="redirect",
        )
    return Answer(
        status=response.status,
        reason=response.reason,
        headers=tuple(response.headers.items()),
        body=b"" if method == "HEAD" else _body(response),
    )


def _body(response: http.client.HTTPResponse) -> bytes:
    """Read the body up to the limit, which holds for what is unpacked too."""
    if (response.length or 0) > MOST_BYTES:
        raise _too_large()
    packed = _is_packed(response.headers)
    unpacker = zlib.decompressobj(wbits=_GZIP)
    body, received = bytearray(), False
    while chunk := response.read(_CHUNK):
        received = True
        body += unpacker.decompress(chunk, MOST_BYTES + 1 - len(body)) if packed else chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    if response.length or (packed and received and not unpacker.eof):
        raise EOFError
    return bytes(body)


def _is_packed(headers: Message) -> bool:
    """Whether the body is packed with gzip, as some servers do although asked not to."""
    packing = (headers.get("Content-Encoding") or "identity").strip().lower()
    if packing not in {"identity", "gzip", "x-gzip"}:
        raise AnswerRefused(
            _("The server packs its answer in a way that is not read here."), code="encoding"
        )
    return packing != "identity"


def _too_large() -> AnswerRefused:
    return AnswerRefused(
        _("The server's answer is larger than %(size)d KiB.") % {"size": MOST_BYTES // 1024},
        code="too_large",
    )
