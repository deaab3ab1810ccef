"""Whoever is kept out leaves a line: by a service, by a token, for want of a second factor."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.access import actor_for
from audits.enums import TokenScope
from audits.models import Activity, ApiToken, Membership, ProviderActivity, User
from audits.queries.activity_content import content_of
from audits.services import fleet_bulk, origin, personal_log
from tests import casts
from tests.api.test_tokens import expired, of_an_inactive_person, revoked, tampered
from tests.factories import World
from tests.tokens import make_token, program
from tests.web.reading import browser_of, proven

Line = Activity | ProviderActivity


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


def told(world: World, verb: str = "refused") -> list[tuple[str, int | None, str, str]]:
    """Place, person, object and words of every such line, wherever it stands."""
    with tenancy.system_scope("the test looks at what is stored"):
        return [
            (place, line.actor_id, line.object_type, content_of(line).name)
            for place, model in (("client", Activity), ("provider", ProviderActivity))
            for line in model.objects.filter(verb=verb).order_by("pk")
        ]


def details(verb: str = "refused") -> dict[str, object]:
    with tenancy.system_scope("the test looks at what is stored"):
        lines: list[Line] = [
            *Activity.objects.filter(verb=verb),
            *ProviderActivity.objects.filter(verb=verb),
        ]
        return dict(content_of(lines[-1]).details)


def test_what_a_service_forbids_leaves_a_line_although_the_page_answered(world: World) -> None:
    """The last owner of a client ends the own access: the page is open, the role is not enough."""
    user = world.ours.owner
    with world.here.scope():
        member = Membership.objects.get(user=user)
    url = reverse("person_remove", kwargs={"slug": world.here.client.slug, "pk": member.pk})
    answer = proven(world, "owner").post(url, follow=True)
    assert "can be changed by your provider only" in answer.content.decode()
    assert told(world) == [("client", user.pk, "client", url)]
    assert details() == {"action": "owner.remove_last", "method": "POST"}


def test_every_client_that_was_forbidden_is_noted_for_the_request(world: World) -> None:
    clients = [world.here.client, world.sibling.client]
    actor = actor_for(world.ours.technician_of_first)
    with (
        origin.entered(via=origin.current().via) as came,
        tenancy.scope(
            provider_id=world.ours.provider.pk,
            client_ids=[client.pk for client in clients],
            provider_rows=True,
        ),
    ):
        outcome = fleet_bulk.archive(actor=actor, clients=clients)
    assert [client for client, _why in outcome.refused] == [world.sibling.client]
    assert [(one.action, one.kind, one.pk) for one in came.refused] == [
        ("client.edit", "client", world.sibling.client.pk)
    ]


def test_api_without_a_second_factor_leaves_a_line(world: World) -> None:
    user, url = world.ours.technician, reverse("api:clients")
    Authenticator.objects.filter(user=user).delete()
    assert browser_of(world, "technician").get(url).status_code == 403
    assert told(world) == [("provider", user.pk, "page", url)]
    assert details()["action"] == "second_factor"


@pytest.mark.parametrize(("person", "place"), [("technician", "provider"), ("owner", "client")])
def test_token_without_the_scope_leaves_a_line(world: World, person: str, place: str) -> None:
    user = world.ours.people()[person]
    _, text = make_token(user, world.ours.provider, scopes=[TokenScope.START])
    url = reverse("api:models", kwargs={"slug": world.here.client.slug})
    assert program(text).get(url).status_code == 403
    assert told(world) == [(place, user.pk, "page", url)]
    assert details()["action"] == "model.view"


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (expired, "Expired"),
        (revoked, "Revoked"),
        (of_an_inactive_person, "the account is closed"),
    ],
)
def test_token_that_has_ended_leaves_a_line_and_no_flood(
    world: World, end: Callable[[ApiToken], None], why: str
) -> None:
    token, text = make_token(world.ours.technician, world.ours.provider)
    address = reverse("api:clients")
    assert program(text).get(address).status_code == 200
    end(token)
    for _ in range(personal_log.MOST_A_MINUTE + 2):
        assert program(text).get(address).status_code == 401
    lines = told(world, "token_refused")
    assert lines == [("provider", None, "apitoken", str(token))] * personal_log.MOST_A_MINUTE
    assert details("token_refused")["because"] == why
    assert details("token_refused")["prefix"] == token.prefix
    assert text not in str(lines)


def test_token_of_somebody_who_has_left_is_told_to_the_provider(world: World) -> None:
    user: User = world.ours.viewer
    token, text = make_token(user, world.ours.provider)
    with world.ours.scope():
        assert Membership.objects.filter(user=user).delete()[0] == 1
    revoked(token)
    assert program(text).get(reverse("api:clients")).status_code == 401
    assert told(world, "token_refused") == [("provider", None, "apitoken", str(token))]


def test_token_with_a_wrong_secret_leaves_no_line(world: World) -> None:
    """The beginning of a token is no secret: whoever reads it must not fill somebody's log."""
    token, text = make_token(world.ours.technician, world.ours.provider)
    revoked(token)
    assert program(tampered(text)).get(reverse("api:clients")).status_code == 401
    assert told(world, "token_refused") == []
