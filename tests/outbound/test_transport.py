"""A real server with a certificate of its own, asked through what the operator opened."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audits.outbound import AddressRefused, AnswerRefused, Transport, Unreachable, policy
from audits.outbound import transport as limits
from audits.outbound.exchange import MOST_BYTES
from tests.outbound.elsewhere import Elsewhere, endless, plain, raw, started

Made = Callable[..., Transport]
OK = b"HTTP/1.1 200 OK\r\n"


def get(transport: Transport, elsewhere: Elsewhere, path: str = "/") -> bytes:
    return transport.send(method="GET", url=elsewhere.url(path)).body


def answer_refusal(transport: Transport, elsewhere: Elsewhere) -> str:
    with pytest.raises(AnswerRefused) as raised:
        get(transport, elsewhere)
    assert len(elsewhere.asked) == 1
    return raised.value.code


def test_limits_are_the_documented_ones() -> None:
    assert (limits.CONNECT_SECONDS, limits.TOTAL_SECONDS, MOST_BYTES) == (5.0, 15.0, 1024 * 1024)
    assert {"GET", "HEAD", "POST"} == limits.METHODS


def test_answer_comes_from_the_pinned_address_under_the_name(
    elsewhere: Elsewhere, transport: Made
) -> None:
    """The second look-up would lead elsewhere; there is none."""
    once = transport("127.0.0.1", allow="127.0.0.1/32")
    with pytest.raises(AddressRefused) as shut:  # the port is not the operator's
        get(once, elsewhere)
    assert shut.value.code == "port"
    pinned = Transport(
        policy.parsed(
            allow=["127.0.0.1/32"], ports=[str(elsewhere.port)], authorities=elsewhere.authority
        ),
        resolve=changing(["127.0.0.1"], ["127.0.0.2"], ["169.254.169.254"]),
    )
    assert get(pinned, elsewhere, "/keys?a=1") == b"hello"
    assert elsewhere.names == ["idp.example"]
    head = elsewhere.asked[0].split(b"\r\n")
    assert head[0] == b"GET /keys?a=1 HTTP/1.1"
    assert f"Host: idp.example:{elsewhere.port}".encode() in head
    with pytest.raises(AddressRefused) as rebound:
        get(pinned, elsewhere)
    assert rebound.value.code == "not_public"
    assert elsewhere.connections == 1


def changing(*answers: list[str]) -> Callable[[str, int, float], list[str]]:
    """A name server that answers differently each time."""
    left = list(answers)
    return lambda _host, _port, _seconds: left.pop(0)


def test_nothing_is_sent_to_a_refused_address(elsewhere: Elsewhere) -> None:
    shut = Transport(policy.parsed(ports=[str(elsewhere.port)], authorities=elsewhere.authority))
    with pytest.raises(AddressRefused):
        shut.send(method="GET", url=elsewhere.url(host="127.0.0.1"))
    assert elsewhere.connections == 0


def test_second_address_is_tried_where_the_first_is_dead(
    elsewhere: Elsewhere,
) -> None:
    two = Transport(
        policy.parsed(allow=[elsewhere.endpoint], authorities=elsewhere.authority),
        resolve=lambda *_asked: ["127.0.0.9", "127.0.0.1"],
    )
    assert get(two, elsewhere) == b"hello"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 There"])
def test_redirect_is_refused(elsewhere: Elsewhere, transport: Made, status: str) -> None:
    elsewhere.reply = plain(b"", f"Location: {elsewhere.url('/inside')}", status=status)
    assert answer_refusal(transport(), elsewhere) == "redirect"


@pytest.mark.parametrize("status", ["400 Bad", "404 Not Found", "500 Broken"])
def test_other_statuses_are_answers(elsewhere: Elsewhere, transport: Made, status: str) -> None:
    elsewhere.reply = plain(b"why", "X-Why: because", status=status)
    answer = transport().send(method="GET", url=elsewhere.url())
    assert (answer.status, answer.body) == (int(status[:3]), b"why")
    assert ("X-Why", "because") in answer.headers


def test_body_of_exactly_the_limit_is_taken(elsewhere: Elsewhere, transport: Made) -> None:
    elsewhere.reply = plain(b"x" * MOST_BYTES)
    assert len(get(transport(), elsewhere)) == MOST_BYTES


@pytest.mark.parametrize(
    "reply",
    [
        raw(OK + b"Content-Length: 9999999999\r\n\r\nx"),
        plain(b"x" * (MOST_BYTES + 1)),
        endless(OK + b"\r\n", b"x" * 100_000, 0.0),
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nxxxxx\r\n" * 9999, 0.0),
        plain(gzip.compress(b"0" * 60_000_000), "Content-Encoding: gzip"),
    ],
    ids=["announced", "sent", "endless", "endless chunks", "unpacked"],
)
def test_body_beyond_the_limit_is_refused(
    elsewhere: Elsewhere, transport: Made, reply: Callable[..., None]
) -> None:
    elsewhere.reply = reply
    assert answer_refusal(transport(), elsewhere) == "too_large"


def test_packed_body_is_unpacked(elsewhere: Elsewhere, transport: Made) -> None:
    elsewhere.reply = plain(gzip.compress(b"packed all the same"), "Content-Encoding: gzip")
    assert get(transport(), elsewhere) == b"packed all the same"
    assert b"Accept-Encoding: identity" in elsewhere.asked[0]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (plain(gzip.compress(b"cut off")[:-4], "Content-Encoding: gzip"), "malformed"),
        (plain(b"not packed", "Content-Encoding: gzip"), "malformed"),
        (plain(b"x", "Content-Encoding: br"), "encoding"),
        (raw(OK + b"Content-Length: 20\r\n\r\nshort"), "malformed"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "malformed"),
        (raw(b"HTTP/1.1 199 Early\r\n\r\n"), "malformed"),
        (raw(OK + b"A: b\r\n" * 200 + b"\r\n"), "malformed"),
        (raw(OK + b"A: " + b"b" * 100_000 + b"\r\n\r\n"), "malformed"),
        (raw(b""), "malformed"),
    ],
    ids=[
        *("packed and cut", "not packed", "unknown packing", "cut", "another protocol"),
        *("early", "headers", "long header", "nothing"),
    ],
)
def test_answer_that_cannot_be_read_is_refused(
    elsewhere: Elsewhere, transport: Made, reply: Callable[..., None], code: str
) -> None:
    elsewhere.reply = reply
    assert answer_refusal(transport(), elsewhere) == code


@pytest.mark.parametrize(
    "start",
    [
        b"",
        OK[:8],
        OK + b"A: b",
        OK + b"Content-Length: 999\r\n\r\n",
        OK + b"\r\n",
        b"HTTP/1.1 100 x",
    ],
    ids=["silent", "in the status", "in a header", "in the body", "without end", "continue"],
)
def test_slow_answer_ends_in_time_although_bytes_keep_coming(
    elsewhere: Elsewhere, transport: Made, start: bytes
) -> None:
    elsewhere.reply = endless(start, b"", 0.05) if not start else endless(start, b"x", 0.05)
    began = time.monotonic()
    with pytest.raises(Unreachable) as raised:
        get(transport(seconds=0.6), elsewhere)
    assert raised.value.code == "too_late"
    assert 0.5 < time.monotonic() - began < 3


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where connections are made and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_server_that_never_greets_is_given_up(silent: int) -> None:
    impatient = Transport(policy.parsed(allow=[f"127.0.0.1:{silent}"]), connect_seconds=0.3)
    with pytest.raises(Unreachable) as raised:
        impatient.send(method="GET", url=f"https://127.0.0.1:{silent}/")
    assert raised.value.code == "too_late"


def test_look_up_that_hangs_is_given_up() -> None:
    def hangs(_host: str, _port: int, seconds: float) -> list[str]:
        assert 0 < seconds <= 5.0
        raise TimeoutError

    with pytest.raises(Unreachable) as raised:
        Transport(policy.parsed(), resolve=hangs).send(method="GET", url="https://idp.example/")
    assert raised.value.code == "no_name"


def test_certificate_of_another_authority_is_not_trusted(
    elsewhere: Elsewhere, transport: Made
) -> None:
    trusting_nobody = Transport(
        policy.parsed(allow=[elsewhere.endpoint]), resolve=lambda *_asked: ["127.0.0.1"]
    )
    with pytest.raises(Unreachable) as raised:
        get(trusting_nobody, elsewhere)
    assert (raised.value.code, elsewhere.asked) == ("no_trust", [])


def test_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    with started(tmp_path, name="other.example") as other:
        wrong = Transport(
            policy.parsed(allow=[other.endpoint], authorities=other.authority),
            resolve=lambda *_asked: ["127.0.0.1"],
        )
        with pytest.raises(Unreachable) as raised:
            get(wrong, other)
        assert (raised.value.code, other.asked) == ("no_trust", [])


def test_plain_http_is_spoken_with_listed_addresses_alone(tmp_path: Path) -> None:
    with started(tmp_path, secure=False) as inside:
        listed = Transport(
            policy.parsed(allow=[inside.endpoint]), resolve=lambda *_asked: ["127.0.0.1"]
        )
        assert listed.send(method="GET", url=inside.url(scheme="http")).body == b"hello"
        inside.greeting = b"220 mail.example\r\n"
        with pytest.raises(Unreachable) as raised:
            listed.send(method="GET", url=inside.url())
        assert raised.value.code == "no_tls"
        with pytest.raises(AddressRefused):
            Transport(policy.parsed()).send(
                method="GET", url=inside.url(scheme="http", host="127.0.0.1")
            )


def test_body_is_posted_whole_under_our_own_headers(elsewhere: Elsewhere, transport: Made) -> None:
    answer = transport().send(
        method="POST",
        url=elsewhere.url("/hook"),
        headers={
            "Content-Type": "application/json",
            "Host": "inside",
            "Content-Length": "1",
            "Transfer-Encoding": "chunked",
            "Cookie": "a=b",
            "Proxy-Authorization": "x",
        },
        body=b'{"a":1}',
    )
    head, _, body = elsewhere.asked[0].partition(b"\r\n\r\n")
    assert (answer.status, body) == (200, b'{"a":1}')
    assert sorted(head.lower().split(b"\r\n")[1:]) == [
        b"accept-encoding: identity",
        b"connection: close",
        b"content-length: 7",
        b"content-type: application/json",
        f"host: idp.example:{elsewhere.port}".encode(),
        b"user-agent: mia-portal",
    ]


def test_head_has_no_body(elsewhere: Elsewhere, transport: Made) -> None:
    elsewhere.reply = raw(OK + b"Content-Length: 9999999999\r\n\r\n")
    assert transport().send(method="HEAD", url=elsewhere.url()).body == b""


@pytest.mark.parametrize("method", ["PUT", "DELETE", "CONNECT", "TRACE", "get", "GET /x"])
def test_other_methods_are_never_sent(elsewhere: Elsewhere, transport: Made, method: str) -> None:
    with pytest.raises(AddressRefused) as raised:
        transport().send(method=method, url=elsewhere.url())
    assert (raised.value.code, elsewhere.connections) == ("method", 0)


def test_header_with_a_line_break_is_not_sent(elsewhere: Elsewhere, transport: Made) -> None:
    with pytest.raises(AddressRefused) as raised:
        transport().send(method="GET", url=elsewhere.url(), headers={"X-A": "b\r\nX-C: d"})
    assert (raised.value.code, elsewhere.asked) == ("header", [])


def test_proxy_of_the_environment_is_not_used(
    elsewhere: Elsewhere, transport: Made, monkeypatch: pytest.MonkeyPatch, silent: int
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{silent}")
    assert get(transport(), elsewhere) == b"hello"
