"""What a browser is told with every answer, and what nobody may send."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.enums import FilePurpose
from audits.models import Audit
from audits.services import files
from audits.web.downloads import attached
from audits.web.protection import PERMISSIONS
from audits.web.proxies import ProxyMiddleware
from tests import casts
from tests.datasets import EXPOSED
from tests.factories import PASSWORD, World
from tests.web.log_in import forget_tries
from tests.web.reading import address, browser_of

DOWNLOADS = {
    "audit_document": "audit",
    "audit_figures": "audit",
    "audit_members": "audit",
    "report_download": "report",
}


@pytest.fixture(autouse=True)
def untried(cast_of_app: World) -> None:
    """Nobody has tried to log in for a while: tests before these came from the same address."""
    forget_tries()


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/", "/api/v1/clients/", "/no/", "/robots.txt"]
)
def test_every_answer_says_what_a_browser_must_not_do(world: World, path: str) -> None:
    for browser in (Browser(), browser_of(world, "owner")):
        answer = browser.get(path)
        assert answer["Permissions-Policy"] == PERMISSIONS
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_static_file_is_protected_too(world: World) -> None:
    answer = Browser().get("/static/css/tokens.css")
    assert (answer.status_code, len(answer.getvalue()) > 0) == (200, True)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_sensors_and_devices_are_shut() -> None:
    shut = {part.strip().removesuffix("=()") for part in PERMISSIONS.split(",") if "=()" in part}
    assert {"camera", "microphone", "geolocation", "payment", "usb"} <= shut


@pytest.mark.parametrize("name", DOWNLOADS)
def test_download_is_an_attachment_that_opens_as_nothing(
    world: World, name: str, tmp_path: Path, settings: Settings
) -> None:
    settings.MIA_STORAGE_ROOT = tmp_path
    with world.here.scope():
        audit, report = world.here.audit, world.here.report
        document = {**(audit.document or {}), "exposed": EXPOSED}
        Audit.objects.filter(pk=audit.pk).update(document=document)
        report.file = files.store_bytes(
            client=world.here.client, purpose=FilePurpose.REPORT, data=b"%PDF-1.7"
        )
        report.save(update_fields=["file"])
    answer = browser_of(world, "technician").get(address(world, name, DOWNLOADS[name]))
    assert (answer.status_code, len(answer.getvalue()) > 0) == (200, True)
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    assert answer["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.csv", 'attachment; filename="a.csv"'),
        ('a"; filename="b.exe', 'attachment; filename="a\\"; filename=\\"b.exe"'),
        ("Zürich.csv", "attachment; filename*=utf-8''Z%C3%BCrich.csv"),
        ("a\r\nSet-Cookie: b", "attachment; filename*=utf-8''a%0D%0ASet-Cookie%3A%20b"),
    ],
)
def test_name_of_a_file_stays_one_header(name: str, header: str) -> None:
    assert attached(b"", name=name, kind="text/csv")["Content-Disposition"] == header


def test_body_without_files_is_bounded_for_everybody(world: World) -> None:
    large = b"x" * (configured.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    form = "application/x-www-form-urlencoded"
    for browser in (Browser(), browser_of(world, "technician")):
        target = reverse("client_new")
        assert browser.post(target, b"name=" + large, content_type=form).status_code == 413


def test_stranger_sends_no_more_than_a_form_holds(world: World) -> None:
    target = reverse("account_login")
    within, beyond = (
        SimpleUploadedFile("a", b"x" * size) for size in (900 * 1024, 1024 * 1024 + 1)
    )
    assert Browser().post(target, {"file": within}).status_code == 200
    assert Browser().post(target, {"file": beyond}).status_code == 413


def test_upload_as_a_whole_is_bounded(world: World, settings: Settings) -> None:
    """One file that is too large is the form's to refuse; a body beyond all files is nobody's."""
    settings.MIA_MAX_UPLOAD_BYTES = 100_000
    browser = browser_of(world, "technician")
    target = address(world, "model_upload", "model")
    statuses = []
    for size in (200_000, 400_000 + 1024 * 1024 + 1):
        upload = SimpleUploadedFile("a.skops", b"x" * size)
        statuses.append(browser.post(target, {"kind": "skops", "file": upload}).status_code)
    assert statuses == [200, 413]


def test_announced_length_is_believed_before_anything_is_read(world: World) -> None:
    answer = Browser().post(
        reverse("account_login"), b"", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH="99999999999",
    )  # fmt: skip
    assert answer.status_code == 413


def test_api_refuses_a_large_body_in_its_own_words(world: World) -> None:
    target = reverse("api:audits", kwargs={"slug": world.here.client.slug})
    answer = Browser().post(target, b"x" * 1_100_000, content_type="application/json")
    assert (answer.status_code, answer.json()) == (413, {"detail": "The request is too large."})


def test_more_fields_than_a_form_has_are_refused(world: World) -> None:
    browser = browser_of(world, "technician")
    fields = {f"field{n}": "x" for n in range(configured.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert browser.post(reverse("client_new"), fields).status_code == 400
    fields.popitem()
    assert browser.post(reverse("client_new"), fields).status_code == 200


def heard(settings: Settings, peer: str, **said: str) -> HttpRequest:
    """The request as the portal sees it, and whether it takes it for https."""
    seen: list[HttpRequest] = []

    def respond(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/")
    request.META.update({"REMOTE_ADDR": peer, **said})
    ProxyMiddleware(respond)(request)
    return seen[0]


SAID = {
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_FOR": "203.0.113.9",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_FORWARDED": "for=203.0.113.9;proto=https",
    "HTTP_X_REAL_IP": "203.0.113.9",
}


@pytest.mark.parametrize("peer", ["10.0.0.2", "2001:db8::2", "", "unix:"])
def test_named_proxy_is_heard(settings: Settings, peer: str) -> None:
    settings.MIA_PROXIES = ["10.0.0.0/28", "2001:db8::2", "unix"]
    request = heard(settings, peer, **SAID)
    assert request.is_secure()
    assert {name: request.META.get(name) for name in SAID} == SAID


@pytest.mark.parametrize("peer", ["10.0.0.200", "203.0.113.9", "2001:db8::3", "", "nonsense"])
def test_anybody_else_is_not_heard(settings: Settings, peer: str) -> None:
    settings.MIA_PROXIES = ["10.0.0.0/28", "2001:db8::2"]
    request = heard(settings, peer, **SAID)
    assert not request.is_secure()
    assert not set(SAID) & set(request.META)


def test_scheme_is_believed_from_nobody_unless_a_proxy_is_named(world: World) -> None:
    assert configured.MIA_PROXIES == []
    assert configured.SECURE_PROXY_SSL_HEADER is None


def test_security_txt_says_whom_to_tell_and_until_when(world: World, settings: Settings) -> None:
    settings.MIA_SECURITY_CONTACT = ["mailto:security@example.org", "https://example.org/report"]
    answer = Browser().get("/.well-known/security.txt")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = [line.split(": ", 1) for line in answer.content.decode().splitlines()]
    assert [value for name, value in fields if name == "Contact"] == settings.MIA_SECURITY_CONTACT
    (expires,) = (datetime.fromisoformat(value) for name, value in fields if name == "Expires")
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert ["Canonical", "http://testserver/.well-known/security.txt"] in fields
    assert Browser().post("/.well-known/security.txt").status_code == 405


def test_security_txt_is_absent_where_nobody_is_named(world: World) -> None:
    assert configured.MIA_SECURITY_CONTACT == []
    assert Browser().get("/.well-known/security.txt").status_code == 404


def test_robots_are_sent_away(world: World) -> None:
    assert Browser().get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x()"]
)
def test_log_in_leads_on_to_our_own_pages_alone(world: World, target: str) -> None:
    user = world.ours.owner
    own = reverse("client", kwargs={"slug": world.here.client.slug})
    reached = {}
    for wish in (own, target):
        browser = Browser()
        answer = browser.post(
            f"{reverse('account_login')}?{urlencode({'next': wish})}",
            {"login": user.email, "password": PASSWORD, "next": wish},
        )
        reached[wish] = (answer.status_code, answer["Location"])
    assert reached == {own: (302, own), target: (302, "/")}


def test_changed_secret_keeps_sessions_while_the_former_one_is_listed(
    world: World, settings: Settings
) -> None:
    browser = browser_of(world, "owner")
    former, own = settings.SECRET_KEY, reverse("client", kwargs={"slug": world.here.client.slug})
    assert browser.get(own).status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-" + "0123456789" * 6, [former]
    assert browser.get(own).status_code == 200
    other = browser_of(world, "owner")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = former, []
    assert other.get(own).status_code == 302
