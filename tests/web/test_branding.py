"""A provider's name and logo: what goes in is redrawn, what comes out is a plain picture."""

import io
import struct
import zlib
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audits.models import Provider, ProviderActivity
from tests import casts
from tests.factories import PROVIDER, World
from tests.web.reading import address, browser_of, html_of, words

PAGE, PICTURE = "/settings/company/", "/settings/company/logo.png"
SECRET = "hidden-words-4711"


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def png(width: int = 1200, height: int = 300) -> bytes:
    """A real picture that carries words beside its pixels and behind its end."""
    told, out = PngInfo(), io.BytesIO()
    told.add_text("Comment", SECRET)
    Image.new("RGB", (width, height), (20, 120, 90)).save(out, "PNG", pnginfo=told)
    return out.getvalue() + SECRET.encode()


def bomb() -> bytes:
    """A few bytes that claim 100,000 by 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def sent(world: World, content: bytes | None, **given: object) -> tuple[int, str]:
    form = {"name": PROVIDER, **given}
    if content is not None:
        form["logo"] = SimpleUploadedFile("logo.png", content, content_type="image/png")
    answer = browser_of(world, "admin").post(PAGE, form)
    return answer.status_code, answer.content.decode()


def stored(world: World) -> tuple[bytes, str]:
    with world.ours.scope():
        provider = Provider.objects.get()
        return bytes(provider.logo), provider.logo_digest


def test_logo_is_redrawn_and_keeps_nothing_but_its_pixels(world: World) -> None:
    assert SECRET.encode() in png()
    assert sent(world, png())[0] == 302
    logo, digest = stored(world)
    assert SECRET.encode() not in logo
    with Image.open(io.BytesIO(logo)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (480, 120), {})
        assert picture.convert("RGB").getpixel((5, 5)) == (20, 120, 90)
    for person, url in (("admin", PICTURE), ("viewer", address(world, "client_logo"))):
        answer = browser_of(world, person).get(url)
        assert (answer.content, answer["Content-Type"]) == (logo, "image/png")
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert f"logo.png?v={digest}" in html_of(world, "viewer", address(world, "client"))
    with world.ours.scope():
        assert ProviderActivity.objects.filter(verb="set_logo").count() == 1


@pytest.mark.parametrize("name", ["fleet", "plans", "vendors", "security"])
def test_logo_stands_above_the_pages_of_the_providers_own_people(world: World, name: str) -> None:
    page = f'<img class="brand-provider" src="{PICTURE}?v='
    for person in ("admin", "technician"):
        html = " ".join(html_of(world, person, reverse(name)).split())
        assert html.count(page) == 1, person
    with world.ours.scope():
        Provider.objects.update(logo=b"", logo_digest="")
    assert PICTURE not in html_of(world, "technician", reverse(name))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "no PNG"),
        (b"GIF89a" + bytes(40), "no PNG"),
        (png()[:200], "no PNG"),
        (bomb(), "16 million pixels"),
        (png(9, 9), "smaller than 16"),
        (png() + bytes(2 * 1024 * 1024), "more than 2 MB"),
    ],
    ids=["svg", "gif", "cut off", "bomb", "tiny", "large"],
)
def test_picture_that_is_none_is_refused_and_the_one_before_stays(
    world: World, content: bytes, said: str
) -> None:
    before = stored(world)
    status, html = sent(world, content, name="Renamed")
    assert status == 200
    assert said in words(html)
    assert 'value="Renamed"' in html
    assert stored(world) == before
    with world.ours.scope():
        assert Provider.objects.get().name == PROVIDER


def test_logo_can_be_removed(world: World) -> None:
    assert stored(world)[1]
    assert sent(world, None, remove_logo="on")[0] == 302
    assert stored(world) == (b"", "")
    assert browser_of(world, "admin").get(PICTURE).status_code == 404
    assert "logo.png" not in html_of(world, "viewer", address(world, "client"))


def test_logo_of_one_provider_stands_on_no_page_of_another(world: World) -> None:
    sent(world, png())
    browser = browser_of(world, "admin")
    with world.theirs.scope():
        assert Provider.objects.get().logo_digest
    url = f"/c/{world.stranger.client.slug}/logo.png"
    assert browser.get(url).status_code == 404


def test_welcome_takes_the_logo_with_the_name(world: World) -> None:
    form = {"name": PROVIDER, "logo": SimpleUploadedFile("a.png", png())}
    answer = browser_of(world, "admin").post("/welcome/company/", form)
    assert answer.status_code == 302
    assert stored(world)[0].startswith(b"\x89PNG")
