"""Which addresses may be asked: the public internet, and what the operator wrote down."""

import pytest
from pytest_django.fixtures import Settings

from audits import outbound
from audits.outbound import AddressRefused, Policy, Transport, Unreachable, naming, policy

PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:82f::200e"]
DENIED = {
    "this network": "0.0.0.0",  # noqa: S104 - nothing is bound
    "unspecified": "::",
    "private ten": "10.1.2.3",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.1",
    "loopback": "127.0.0.1",
    "loopback of six": "::1",
    "link-local": "169.254.10.10",
    "metadata": "169.254.169.254",
    "metadata of six": "fd00:ec2::254",
    "metadata by a public number": "168.63.129.16",
    "metadata in carriers' space": "100.100.100.200",
    "carrier-grade": "100.64.0.1",
    "protocol assignments": "192.0.0.192",
    "relay of 6to4": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "documentation": "203.0.113.7",
    "multicast": "224.0.0.251",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped public": "::ffff:8.8.8.8",
    "compatible": "::10.0.0.1",
    "translated": "64:ff9b::a00:1",
    "translated, local": "64:ff9b:1::a00:1",
    "6to4": "2002:a00:1::",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "ORCHID": "2001:20::1",
    "documentation of six": "2001:db8::1",
    "newer documentation": "3fff::1",
    "unique local": "fc00::1",
    "link-local of six": "fe80::1",
    "link-local with its zone": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast of six": "ff02::1",
    "discard": "100::1",
}


def leading_to(*addresses: str, allowed: Policy | None = None) -> Transport:
    return Transport(allowed or policy.parsed(), resolve=lambda *_asked: list(addresses))


def refusal(transport: Transport, url: str) -> str:
    with pytest.raises(AddressRefused) as raised:
        transport.pinned(url)
    return raised.value.code


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_pinned(address: str) -> None:
    target = leading_to(address).pinned("https://Hooks.Example/in?x=1#there")
    assert [str(one) for one in target.addresses] == [address]
    assert (target.host, target.port, target.path) == ("hooks.example", 443, "/in?x=1")


@pytest.mark.parametrize("address", DENIED.values(), ids=DENIED.keys())
def test_name_that_leads_inside_is_refused(address: str) -> None:
    assert refusal(leading_to(address), "https://hooks.example/") == "not_public"


@pytest.mark.parametrize(
    "address", [text for text in DENIED.values() if "%" not in text], ids=lambda text: text
)
def test_number_that_leads_inside_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert refusal(leading_to("1.1.1.1"), f"https://{host}/") == "not_public"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_refused(host: str) -> None:
    """The system's own look-up reads them all; what it finds is judged."""
    transport = Transport(policy.parsed(), resolve=naming.resolve)
    assert refusal(transport, f"https://{host}/") == "not_public"


def test_name_with_one_inner_address_among_public_ones_is_refused() -> None:
    transport = leading_to("1.1.1.1", "10.0.0.1")
    assert refusal(transport, "https://hooks.example/") == "not_public"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example/", "not_https"),
        ("http://hooks.example:443/", "not_https"),
        ("https://hooks.example:8443/", "port"),
        ("https://hooks.example:0/", "port"),
        ("https://hooks.example:22/", "port"),
        ("https://user:secret@hooks.example/", "credentials"),
        ("https://hooks.example\\@1.1.1.1/", "unreadable"),
        ("https://hooks.example/a\r\nHost: inside", "unreadable"),
        ("https://hooks.example /", "unreadable"),
        ("https://hooks.example:99999/", "unreadable"),
        ("https://[::1", "unreadable"),
        ("https://[fe80::1%25eth0]/", "unreadable"),
        ("https://exa$mple.org/", "unreadable"),
        ("https://-hooks.example/", "unreadable"),
        ("https://" + "a" * 64 + ".example/", "unreadable"),
        ("https:///path", "unreadable"),
        ("https://hooks.example/" + "a" * 2048, "unreadable"),
        ("ftp://hooks.example/", "unreadable"),
        ("file:///etc/passwd", "unreadable"),
        ("gopher://hooks.example/", "unreadable"),
        ("//hooks.example/", "unreadable"),
        ("hooks.example", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_address_is_refused_for(url: str, code: str) -> None:
    assert refusal(leading_to("1.1.1.1"), url) == code


def test_name_in_another_script_is_asked_in_ascii() -> None:
    target = leading_to("1.1.1.1").pinned("https://bücher.example/für?ü=ü")
    assert (target.authority, target.path) == ("xn--bcher-kva.example", "/f%C3%BCr?%C3%BC=%C3%BC")


def test_name_that_nobody_has_is_not_found() -> None:
    with pytest.raises(Unreachable) as raised:
        leading_to().pinned("https://hooks.example/")
    assert raised.value.code == "no_name"


def test_operator_opens_a_network() -> None:
    allowed = policy.parsed(allow=["10.0.5.0/24", "fd12::/16"])
    for inside in ("10.0.5.9", "fd12::9"):
        for url in ("https://hooks.example/", "http://hooks.example/"):
            target = leading_to(inside, allowed=allowed).pinned(url)
            assert [str(one) for one in target.addresses] == [inside]
    assert refusal(leading_to("10.0.6.9", allowed=allowed), "https://hooks.example/") == (
        "not_public"
    )
    assert refusal(leading_to("10.0.5.9", allowed=allowed), "https://hooks.example:81/") == "port"


def test_plain_http_stays_shut_for_public_addresses_beside_an_open_network() -> None:
    allowed = policy.parsed(allow=["10.0.5.0/24"])
    assert refusal(leading_to("1.1.1.1", allowed=allowed), "http://hooks.example/") == "not_public"


def test_operator_opens_a_name_and_port_alone() -> None:
    allowed = policy.parsed(allow=["idp.inside:8443", "[::1]:9000"])
    assert leading_to("192.168.1.5", allowed=allowed).pinned("https://idp.inside:8443/").port
    assert leading_to("192.168.1.5", allowed=allowed).pinned("http://IDP.inside:8443/").port
    assert leading_to(allowed=allowed).pinned("https://[0:0:0:0:0:0:0:1]:9000/").port
    for url in ("https://idp.inside/", "https://other.inside/"):
        assert refusal(leading_to("192.168.1.5", allowed=allowed), url) == "not_public"
    assert refusal(leading_to("192.168.1.5", allowed=allowed), "https://idp.inside:8444/") == (
        "port"
    )


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "64:ff9b::a00:1"])
def test_listed_name_never_leads_to_metadata_or_through_a_translator(address: str) -> None:
    allowed = policy.parsed(allow=["idp.inside:8443"])
    transport = leading_to(address, allowed=allowed)
    assert refusal(transport, "https://idp.inside:8443/") == "not_public"


def test_operator_adds_ports_for_https_alone() -> None:
    allowed = policy.parsed(ports=["8443"])
    assert leading_to("1.1.1.1", allowed=allowed).pinned("https://hooks.example:8443/").port == 8443
    assert refusal(leading_to("1.1.1.1", allowed=allowed), "http://hooks.example:8443/") == (
        "not_https"
    )


@pytest.mark.parametrize(
    "entry",
    ["10.0.0.0/33", "10.0.0.1/24", "hooks.example", "hooks.example:", "a:0", "[x]:1", "::1"],
)
def test_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither a network nor host:port") as raised:
        policy.parsed(allow=["10.0.5.0/24", entry])
    assert repr(entry) in str(raised.value)


def test_environment_of_the_operator_is_the_policy(
    settings: Settings,
) -> None:
    settings.MIA_OUTBOUND_ALLOW = ["10.0.5.0/24"]
    settings.MIA_OUTBOUND_PORTS = ["8443"]
    assert outbound.configured() == policy.parsed(allow=["10.0.5.0/24"], ports=["8443"])
    outbound.check("https://10.0.5.7:8443/")
    with pytest.raises(AddressRefused):
        outbound.check("https://10.0.6.7:8443/")
