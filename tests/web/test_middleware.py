"""A request is one transaction in one scope; what was refused leaves nothing behind."""

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from audits.enums import Via
from audits.models import AIModel, Client, User
from audits.services import origin
from audits.tenancy import ScopeError, current_scope
from audits.web.middleware import NoStoreMiddleware, OriginMiddleware, TenancyMiddleware
from tests.factories import World, make_model

Respond = Callable[[HttpRequest], HttpResponse]


def request_of(user: User | AnonymousUser, path: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.session = SessionStore()
    return request


def address(world: World) -> str:
    return reverse("models", kwargs={"slug": world.here.client.slug})


def names(world: World) -> set[str]:
    with world.here.scope():
        return set(AIModel.objects.values_list("name", flat=True))


def adds_a_model(world: World) -> Respond:
    def respond(_request: HttpRequest) -> HttpResponse:
        make_model(world.here.client, "added")
        return HttpResponse("done")

    return respond


def test_request_of_a_client_sees_that_client_alone(world: World) -> None:
    seen = {}

    def respond(request: HttpRequest) -> HttpResponse:
        seen.update(vars(request))
        seen["scope"] = current_scope()
        return HttpResponse("done")

    TenancyMiddleware(respond)(request_of(world.ours.technician, address(world)))
    assert seen["client"] == world.here.client
    assert seen["actor"].user == world.ours.technician
    assert seen["scope"].client_ids == {world.here.client.pk}
    assert seen["scope"].provider_id == world.ours.provider.pk


def test_request_of_a_client_has_the_days_of_its_time_zone(world: World) -> None:
    seen = []

    def respond(_request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse("done")

    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(time_zone="Pacific/Auckland")
    TenancyMiddleware(respond)(request_of(world.ours.technician, address(world)))
    TenancyMiddleware(respond)(request_of(world.ours.technician, "/"))
    assert seen == ["Pacific/Auckland", "UTC"]


@pytest.mark.parametrize("path", ["/", "/no/such/address/"])
def test_request_without_a_client_sees_the_granted_list(world: World, path: str) -> None:
    seen = {}

    def respond(request: HttpRequest) -> HttpResponse:
        seen.update(vars(request))
        seen["clients"] = current_scope().client_ids
        return HttpResponse("done")

    TenancyMiddleware(respond)(request_of(world.ours.technician_of_first, path))
    assert (seen["client"], seen["clients"]) == (None, {world.here.client.pk})


def test_request_of_nobody_has_a_transaction_and_no_scope(world: World) -> None:
    seen: list[bool] = []

    def respond(_request: HttpRequest) -> HttpResponse:
        seen.append(connection.in_atomic_block)
        current_scope()
        return HttpResponse("never")

    with pytest.raises(ScopeError):
        TenancyMiddleware(respond)(request_of(AnonymousUser(), address(world)))
    assert seen == [True]


def test_request_that_succeeds_keeps_what_it_wrote(world: World) -> None:
    request = request_of(world.ours.technician, address(world))
    assert TenancyMiddleware(adds_a_model(world))(request).content == b"done"
    assert names(world) == {world.here.model.name, "added"}


def test_request_whose_view_raised_leaves_nothing(world: World) -> None:
    """Django turns the view's error into a page before this middleware sees the answer."""
    request = request_of(world.ours.technician, address(world))
    add = adds_a_model(world)

    def respond(request: HttpRequest) -> HttpResponse:
        answer = add(request)
        middleware.process_exception(request, Http404())
        return answer

    middleware = TenancyMiddleware(respond)
    assert middleware(request).content == b"done"
    assert names(world) == {world.here.model.name}


def test_request_for_a_foreign_client_is_not_answered(world: World) -> None:
    request = request_of(world.theirs.admin, address(world))
    with pytest.raises(Http404):
        TenancyMiddleware(adds_a_model(world))(request)
    assert names(world) == {world.here.model.name}


@pytest.mark.parametrize(("path", "via"), [("/", Via.WEB), ("/api/v1/clients/", Via.API)])
def test_request_has_an_origin_and_an_id_of_its_own(path: str, via: Via) -> None:
    seen = []

    def respond(_request: HttpRequest) -> HttpResponse:
        seen.append(origin.current())
        return HttpResponse()

    forged = {"X-Request-ID": str(uuid.UUID(int=7))}
    requests = [
        RequestFactory().get(path, headers=forged, REMOTE_ADDR="192.0.2.7") for _ in range(2)
    ]
    answers = [OriginMiddleware(respond)(request) for request in requests]
    assert {(one.via, one.address) for one in seen} == {(via, "192.0.2.7")}
    assert [answer["X-Request-ID"] for answer in answers] == [str(one.request_id) for one in seen]
    assert len({one.request_id for one in seen} - {uuid.UUID(int=7)}) == 2
    assert origin.current().via == Via.COMMAND


@pytest.mark.parametrize(("known", "header"), [(True, "no-store, private"), (False, None)])
def test_answer_to_a_person_is_kept_by_no_cache(
    world: World, *, known: bool, header: str | None
) -> None:
    user = world.ours.owner if known else AnonymousUser()
    answer = NoStoreMiddleware(lambda _request: HttpResponse())(request_of(user, "/"))
    assert answer.get("Cache-Control") == header
