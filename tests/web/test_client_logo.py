"""A logo for the reports of one client: redrawn as the provider's is, and inherited without one."""

import base64
import io
from collections.abc import Iterator

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from audits import sandbox, tenancy
from audits.enums import ReportKind
from audits.models import Activity, Client, ClientLogo, Provider, Report
from audits.queries.report_content import Wish
from audits.services import report
from audits.services.run_report import _drawn_from
from tests import casts
from tests.factories import ClientCast, World
from tests.web.reading import address, browser_of, html_of, words
from tests.web.test_branding import SECRET, bomb, png


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            ClientLogo.objects.filter(client=lent.here.client).delete()
        yield lent


def sent(world: World, content: bytes | None, **given: object) -> tuple[int, str]:
    form = dict(given)
    if content is not None:
        form["logo"] = SimpleUploadedFile("logo.png", content, content_type="image/png")
    answer = browser_of(world, "technician").post(address(world, "client_branding"), form)
    return answer.status_code, answer.content.decode()


def stored(world: World, cast: ClientCast) -> list[bytes]:
    with tenancy.scope(provider_id=cast.client.provider_id, client_ids=[cast.client.pk]):
        rows = ClientLogo.objects.filter(client=cast.client).values_list("png", flat=True)
        return [bytes(one) for one in rows]


def frozen(world: World) -> Report:
    with world.here.scope():
        world.here.audit.refresh_from_db()
        wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=world.here.audit)
        made = report.make(client=world.here.client, wish=wish, actor=world.ours.owner)
        made.refresh_from_db()
    return made


def _of_provider(world: World) -> bytes:
    with world.ours.scope():
        return bytes(Provider.objects.get().logo)


def test_client_without_a_logo_has_its_providers(world: World) -> None:
    house = _of_provider(world)
    assert house
    answer = browser_of(world, "viewer").get(address(world, "report_logo"))
    assert (answer.content, answer["Content-Type"]) == (house, "image/png")
    assert bytes(frozen(world).logo) == house
    assert "Remove the logo" not in words(
        html_of(world, "technician", address(world, "client_branding"))
    )


def test_logo_of_a_client_is_redrawn_shown_and_printed_and_stays_with_it(world: World) -> None:
    sibling = stored(world, world.sibling)
    assert sibling
    assert sent(world, png(), brand_colour="#0b5c8f")[0] == 302
    (logo,) = stored(world, world.here)
    assert SECRET.encode() not in logo
    with Image.open(io.BytesIO(logo)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (480, 120), {})
    assert stored(world, world.sibling) == sibling
    assert logo != _of_provider(world)
    answer = browser_of(world, "viewer").get(address(world, "report_logo"))
    assert (answer.content, answer["X-Content-Type-Options"]) == (logo, "nosniff")
    page = html_of(world, "technician", address(world, "client_branding"))
    assert f'href="{address(world, "report_logo")}?v=' in page
    assert "Remove the logo of this client" in words(page)
    preview = address(world, "report_preview")
    asked = f"{preview}?kind=owner_summary&audit={world.here.audit.pk}"
    assert f'src="{address(world, "report_logo")}?v=' in html_of(world, "technician", asked)
    made = frozen(world)
    assert bytes(made.logo) == logo
    assert _sizes_in(made) == {(480, 120)}
    with world.here.scope():
        assert Activity.objects.filter(verb="set_logo").count() == 1
        assert Client.objects.get(pk=world.here.client.pk).brand_colour == "#0b5c8f"


def _sizes_in(made: Report) -> set[tuple[int, int]]:
    """Sizes of the pixel pictures in the PDF that is drawn from what is frozen."""
    entry, params = _drawn_from(made)
    assert base64.b64decode(params["logo"]) == bytes(made.logo)
    limits = sandbox.limits_of("report", threads=1)
    pdf = sandbox.run(entry, files={}, params=params, limits=limits).blobs["pdf"]
    assert sandbox.run(entry, files={}, params=params, limits=limits).blobs["pdf"] == pdf
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return {one.image.size for page in pages for one in page.images if one.image is not None}


def test_report_made_before_keeps_the_logo_it_had(world: World) -> None:
    before = frozen(world)
    house = bytes(before.logo)
    assert sent(world, png())[0] == 302
    assert bytes(frozen(world).logo) != house
    with world.here.scope():
        assert bytes(Report.objects.get(pk=before.pk).logo) == house


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
def test_picture_that_is_none_is_refused_and_nothing_is_changed(
    world: World, content: bytes, said: str
) -> None:
    assert sent(world, png())[0] == 302
    before = stored(world, world.here)
    status, html = sent(world, content, report_sender="Another sender")
    assert (status, said in words(html)) == (200, True)
    assert 'value="Another sender"' in html
    assert stored(world, world.here) == before
    with world.here.scope():
        assert Client.objects.get(pk=world.here.client.pk).report_sender != "Another sender"


def test_logo_of_a_client_can_be_removed_and_the_providers_stands_again(world: World) -> None:
    sent(world, png())
    assert stored(world, world.here)
    assert sent(world, None, remove_logo="on")[0] == 302
    assert stored(world, world.here) == []
    answer = browser_of(world, "viewer").get(address(world, "report_logo"))
    assert answer.content == _of_provider(world)
    assert sent(world, None, remove_logo="on")[0] == 302
    with world.here.scope():
        assert Activity.objects.filter(verb="removed_logo").count() == 1


def test_looking_at_a_form_with_a_picture_keeps_nothing(world: World) -> None:
    assert sent(world, png(), look="1")[0] == 200
    assert stored(world, world.here) == []


def test_people_of_the_client_set_no_logo(world: World) -> None:
    form = {"logo": SimpleUploadedFile("logo.png", png(), content_type="image/png")}
    answer = browser_of(world, "owner").post(address(world, "client_branding"), form)
    assert answer.status_code == 404
    assert stored(world, world.here) == []
