"""The page of a rating policy: three columns, a preview before anything is saved, no way down."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.guidance.badges import Badge
from audits.guidance.strictness import Asked
from audits.models import Audit, RatingPolicy
from tests import casts
from tests.factories import World, make_model
from tests.policies import make_policy
from tests.web.reading import address, browser_of, page, words

HOUSE = "/settings/rating-policy/"
WHY = "The insurer asks for it."


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def sent(world: World, url: str, person: str = "admin", **given: object) -> tuple[int, str]:
    answer = browser_of(world, person).post(url, {"reason": WHY, **given})
    return answer.status_code, answer.content.decode()


def numbers(world: World) -> list[int]:
    """Revisions of the provider's policy; the cast has the first."""
    with world.ours.scope():
        rows = RatingPolicy.objects.filter(client=None).order_by("number")
        return list(rows.values_list("number", flat=True))


def test_provider_sees_what_changes_before_saving_it(world: World) -> None:
    with world.here.scope():
        make_model(world.here.client, "Never measured", impact=3)
    status, html = sent(world, HOUSE, unproven="on", step="look")
    assert status == 200
    told = words(html)
    assert "model would stay Untested and be treated as Elevated." in told
    assert "Save this rating policy" in told
    assert WHY in html  # nothing that was typed is lost
    assert numbers(world) == [1]
    assert sent(world, HOUSE, unproven="on", step="save")[0] == 302
    assert numbers(world) == [1, 2]
    shown = page(world, "admin", "client_policy")
    assert "At least Elevated Stricter" in shown


def test_page_offers_saving_after_a_preview_alone(world: World) -> None:
    html = browser_of(world, "admin").get(HOUSE).content.decode()
    assert "See what changes" in html
    assert "Save this rating policy" not in html


@pytest.mark.parametrize("step", ["look", "save"])
def test_policy_that_would_be_laxer_is_refused_at_its_field(world: World, step: str) -> None:
    status, html = sent(world, HOUSE, high="31", guarded="80", step=step)
    assert status == 200
    told = words(html)
    assert "A rating policy can only give less time" in told
    assert "Enter at most 30 days." in told
    assert 'value="31"' in html
    assert 'value="80"' in html
    assert numbers(world) == [1]


def test_every_knob_that_would_be_laxer_is_named_at_once(world: World) -> None:
    url = address(world, "client_policy")
    answer = browser_of(world, "technician").post(
        url, {"reason": WHY, "high": "31", "guarded": "91"}
    )
    assert set(answer.context["form"].errors) == {"high", "guarded"}
    assert 'max="30"' in answer.content.decode()
    # A graver badge with more days than a lesser one: both are within what the house allows.
    answer = browser_of(world, "technician").post(
        url, {"reason": WHY, "guarded": "20", "elevated": "30", "high": "25", "step": "save"}
    )
    assert set(answer.context["form"].errors) == {"elevated", "high"}
    assert numbers(world) == [1]


def test_client_page_shows_house_provider_and_client_side_by_side(world: World) -> None:
    with world.ours.scope():
        make_policy(world.ours.provider.pk, asked=Asked(months=6, days={Badge.HIGH: 14}), number=2)
    url = address(world, "client_policy")
    assert sent(world, url, "technician", high="10", step="save")[0] == 302
    for person in ("owner", "viewer", "technician"):
        told = page(world, person, "client_policy")
        assert "How long an audit counts 12 months 6 months Stricter 6 months" in told
        assert "Time to act on High 30 days 14 days Stricter 10 days Stricter" in told
        assert WHY in told
        assert ("See what changes" in told) == (person == "technician")
    refused = sent(world, url, "technician", high="15", step="save")
    assert "Enter at most 14 days." in words(refused[1])


def test_owner_reads_the_policy_and_cannot_change_it(world: World) -> None:
    url = address(world, "client_policy")
    assert browser_of(world, "owner").get(url).status_code == 200
    assert sent(world, url, "owner", months="6", step="save")[0] == 404
    with world.here.scope():
        assert RatingPolicy.objects.filter(client=world.here.client).count() == 1


def test_pages_say_by_which_day_to_act_and_by_which_policy(world: World) -> None:
    for person, name, row in (
        ("owner", "client", ""),
        ("technician", "client", ""),
        ("owner", "audit", "audit"),
        ("technician", "audit", "audit"),
        ("owner", "model", "model"),
    ):
        told = page(world, person, name, row)
        assert "Act by " in told, (person, name)
        assert "days after the audit)" in told
    assert "Rating policy 2026.1 applies." in page(world, "technician", "model", "model")


def test_deadline_that_is_over_is_told_by_word_icon_and_colour(world: World) -> None:
    url = address(world, "model", "model")
    assert "Overdue" not in page(world, "owner", "model", "model")
    with world.here.scope():
        past = timezone.now() - timedelta(days=100)
        Audit.objects.filter(pk=world.here.audit.pk).update(completed_at=past)
    html = browser_of(world, "owner").get(url).content.decode()
    assert "Overdue Act by " in words(html)
    badges = re.findall(
        r'<span class="badge tone-(\w+)[^>]*>\s*<svg.*?badge-word">(\w+)<', html, re.DOTALL
    )
    assert ("danger", "Overdue") in badges
