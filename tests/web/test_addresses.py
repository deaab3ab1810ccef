"""The client's address is believed from our own proxies alone, and from no client."""

import pytest
from allauth.account.adapter import get_adapter
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from audits.web.addresses import client_ip, has_name

CONNECTION = "10.0.0.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.5", CONNECTION),
        (0, "", CONNECTION),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.66, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.66, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", CONNECTION),
        (1, "", CONNECTION),
        (1, "unknown", CONNECTION),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::5]:4711", "2001:db8::5"),
        (1, "2001:0db8:0::5", "2001:db8::5"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_address_is_the_one_that_the_outermost_own_proxy_saw(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.MIA_TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR=CONNECTION, headers={"x-forwarded-for": forwarded}
    )
    assert client_ip(request) == expected
    assert get_adapter(request).get_client_ip(request) == expected


def test_address_of_a_socket_file_is_empty() -> None:
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == ""
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="unix:")) == ""


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("127.0.0.1", False),
        ("127.0.0.1:8000", False),
        ("[::1]:8000", False),
    ],
)
def test_portal_knows_whether_it_was_reached_by_a_name(host: str, *, named: bool) -> None:
    assert has_name(RequestFactory().get("/", headers={"host": host})) is named
