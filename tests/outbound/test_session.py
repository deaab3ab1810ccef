"""The same walls for a library that speaks `requests`."""

from collections.abc import Callable
from functools import partial

import pytest
import requests

from audits import outbound
from audits.outbound import AddressRefused, AnswerRefused, Transport
from tests.outbound.elsewhere import Elsewhere, plain

Made = Callable[..., Transport]


def test_session_answers_as_a_library_expects(elsewhere: Elsewhere, transport: Made) -> None:
    """As allauth does: the session is a context, and `request` is given a time-out."""
    elsewhere.reply = plain(b'{"issuer": "here"}', "Content-Type: application/json")
    with outbound.session(transport()) as session:
        session.request = partial(session.request, timeout=5)  # type: ignore[method-assign]
        answer = session.get(elsewhere.url("/.well-known/openid-configuration"))
    answer.raise_for_status()
    assert (answer.json(), answer.status_code) == ({"issuer": "here"}, 200)
    assert answer.headers["content-type"] == "application/json"


def test_session_posts_a_form(elsewhere: Elsewhere, transport: Made) -> None:
    with outbound.session(transport()) as session:
        session.request(
            "POST", elsewhere.url("/token"), data={"code": "a b"}, auth=("client", "secret")
        )
    head, _, body = elsewhere.asked[0].partition(b"\r\n\r\n")
    assert body == b"code=a+b"
    assert b"Authorization: Basic Y2xpZW50OnNlY3JldA==" in head.split(b"\r\n")


def test_session_refuses_with_the_error_that_callers_catch(
    elsewhere: Elsewhere, transport: Made
) -> None:
    with outbound.session(transport(allow="10.0.0.0/8")) as session:
        with pytest.raises(requests.RequestException) as raised:
            session.get("https://127.0.0.1/")
        assert isinstance(raised.value.__cause__, AddressRefused)
        assert str(raised.value) == str(raised.value.__cause__)
        for other in ("ftp://127.0.0.1/", "file:///etc/passwd"):
            with pytest.raises(requests.RequestException):
                session.get(other)
    assert elsewhere.connections == 0


def test_session_follows_no_redirect(elsewhere: Elsewhere, transport: Made) -> None:
    elsewhere.reply = plain(b"", f"Location: {elsewhere.url('/2')}", status="302 Found")
    with (
        outbound.session(transport()) as session,
        pytest.raises(requests.RequestException) as raised,
    ):
        session.get(elsewhere.url(), allow_redirects=True)
    assert isinstance(raised.value.__cause__, AnswerRefused)
    assert elsewhere.connections == 1


def test_session_keeps_no_cookies(elsewhere: Elsewhere, transport: Made) -> None:
    elsewhere.reply = plain(b"", "Set-Cookie: a=b; Path=/")
    with outbound.session(transport("127.0.0.1", "127.0.0.1")) as session:
        session.get(elsewhere.url())
        session.get(elsewhere.url(), cookies={"c": "d"})
        assert len(session.cookies) == 0
    assert b"cookie" not in b"".join(elsewhere.asked).lower()


@pytest.mark.parametrize(
    "options",
    [
        {"verify": False},
        {"verify": "/etc/authorities.pem"},
        {"cert": "/etc/client.pem"},
        {"proxies": {"https": "http://127.0.0.1:3128"}},
    ],
    ids=["no trust", "other authorities", "client certificate", "proxy"],
)
def test_session_is_not_talked_into(
    elsewhere: Elsewhere, transport: Made, options: dict[str, object]
) -> None:
    with outbound.session(transport()) as session, pytest.raises(ValueError, match="operator's"):
        session.get(elsewhere.url(), **options)  # type: ignore[arg-type]
    assert elsewhere.connections == 0


def test_session_ignores_the_environment(
    elsewhere: Elsewhere, transport: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    with outbound.session(transport()) as session:
        assert session.get(elsewhere.url()).content == b"hello"
