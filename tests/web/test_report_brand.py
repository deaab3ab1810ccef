"""The look of reports: the provider's, a client's own, and colours that can be read."""

import re
from collections.abc import Iterator

import pytest

from audits.enums import ReportKind
from audits.models import Client, Provider
from audits.queries import branding
from audits.queries.report_content import Wish
from audits.reports.brand import Brand
from audits.services import report
from tests import casts
from tests.factories import World
from tests.web.reading import address, browser_of, words

HOUSE = "/settings/branding/"
LOOK = {
    "brand_colour": "#7A1F5C",
    "brand_band": "#ffd23f",
    "report_sender": "Quay, 12 High Street",
    "report_footer": "Company 123456",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def holding(world: World) -> Brand:
    with world.here.scope():
        client = Client.objects.get(pk=world.here.client.pk)
        return branding.brand_of(Provider.objects.get(), client)


def posted(world: World, url: str, **given: str) -> tuple[int, str]:
    answer = browser_of(world, "admin").post(url, given)
    return answer.status_code, answer.content.decode()


def test_client_looks_like_its_provider_but_for_what_it_has_of_its_own(world: World) -> None:
    assert posted(world, HOUSE, **LOOK)[0] == 302
    house = Brand("#7a1f5c", "#ffd23f", LOOK["report_sender"], LOOK["report_footer"])
    assert holding(world) == house
    own = address(world, "client_branding")
    assert posted(world, own, brand_colour="#0b5c8f", report_footer="Ours alone")[0] == 302
    assert holding(world) == Brand("#0b5c8f", "#ffd23f", LOOK["report_sender"], "Ours alone")
    assert posted(world, own, brand_colour="", report_footer="")[0] == 302
    assert holding(world) == house


def test_report_is_frozen_with_its_look_and_logo(world: World) -> None:
    posted(world, HOUSE, **LOOK)
    with world.here.scope():
        world.here.audit.refresh_from_db()
        wish = Wish(kind=ReportKind.OWNER_SUMMARY, audit=world.here.audit)
        made = report.make(client=world.here.client, wish=wish, actor=world.ours.owner)
        made.refresh_from_db()
        logo = bytes(Provider.objects.get().logo)
    assert made.data["brand"]["colour"] == "#7a1f5c"
    assert bytes(made.logo) == logo != b""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"brand_colour": "#ffd23f"}, "Too pale to read on white paper: its contrast is 1.4 to 1"),
        ({"brand_colour": "red"}, "Write a colour as #"),
        ({"brand_band": "#12345"}, "Write a colour as #"),
        ({"report_sender": "x" * 61}, "at most 60"),
    ],
)
def test_look_that_cannot_be_read_is_refused(
    world: World, given: dict[str, str], said: str
) -> None:
    before = holding(world)
    status, html = posted(world, HOUSE, **given)
    assert (status, said in words(html)) == (200, True)
    assert holding(world) == before


def test_looking_changes_nothing(world: World) -> None:
    before = holding(world)
    status, html = posted(world, HOUSE, look="1", brand_band="#0b5c8f")
    assert status == 200
    assert "7.1 to 1, in white" in words(html)
    answer = browser_of(world, "admin").get(
        HOUSE,
        {"brand_band": "#ffd23f", "report_sender": "<b>us</b>"},
        headers={"HX-Request": "true"},
    )
    fragment = answer.content.decode()
    assert 'fill="#ffd23f"' in fragment
    assert "&lt;b&gt;us&lt;/b&gt;" in fragment
    assert "<html" not in fragment
    assert holding(world) == before


def test_look_is_changed_by_whoever_may_alone(world: World) -> None:
    for person, status in (("technician", 404), ("owner", 404)):
        assert browser_of(world, person).post(HOUSE, LOOK).status_code == status
    own = address(world, "client_branding")
    assert browser_of(world, "owner").post(own, LOOK).status_code == 404
    assert browser_of(world, "technician").post(own, LOOK).status_code == 302


def test_colours_show_what_an_empty_field_takes_over(world: World) -> None:
    browser, own = browser_of(world, "admin"), address(world, "client_branding")
    house = browser.get(HOUSE).content.decode()
    assert "Left empty it is #0b5c8f, as in every report" in words(house)
    assert "Left empty there is no strip." in words(house)
    assert words(house).count("For example #005A9C.") == 2
    posted(world, HOUSE, **LOOK)
    html = browser.get(own).content.decode()
    for colour in ("#7a1f5c", "#ffd23f"):
        assert f"Left empty it is {colour}, as on the other reports" in words(html)
        assert f'fill="{colour}"' in html
        assert f'data-colour-empty="{colour}"' in html
    posted(world, own, brand_colour="#005A9C")
    html = browser.get(own).content.decode()
    assert 'value="#005a9c" aria-label="Pick the colour of headings"' in " ".join(html.split())


def test_picker_is_not_sent(world: World) -> None:
    """It has no name: without scripts it is not there, and the text field is all that counts."""
    html = browser_of(world, "admin").get(HOUSE).content.decode()
    pickers = re.findall(r'<input class="js-only"[^>]*type="color"[^>]*>', html)
    assert len(pickers) == 2
    assert not any("name=" in one for one in pickers)
    fields = re.findall(r'<input[^>]*name="brand_[a-z]+"[^>]*>', html)
    assert [re.findall(r'aria-describedby="([^"]*)"', one) for one in fields] == [
        [f"id_{name}_helptext id_{name}_inherited"] for name in ("brand_colour", "brand_band")
    ]
