"""The API's description: right by construction, so that clients can be generated from it."""

from django.core.checks import run_checks
from django.urls import reverse

from tests.factories import World
from tests.tokens import make_token, program


def test_schema_leaves_nothing_to_guess() -> None:
    found = run_checks(include_deployment_checks=True)
    assert [one.msg for one in found if str(one.id).startswith("drf_spectacular")] == []


def test_description_shows_tokens_as_a_way_in(world: World) -> None:
    _, text = make_token(world.ours.viewer, world.ours.provider)
    told = program(text).get(reverse("api:schema")).json()
    assert told["components"]["securitySchemes"]["token"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "mia_…",
        "description": "An API token, made on the page Settings, API tokens.",
    }
    ways = told["paths"]["/api/v1/clients/"]["get"]["security"]
    assert ways == [{"token": []}, {"cookieAuth": []}]
