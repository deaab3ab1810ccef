"""Programs at the API: let in by a token, within its scopes, and never by a wrong one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.api.authentication import REFUSAL
from audits.api.urls import urlpatterns
from audits.enums import JobState, TokenScope, VersionKind
from audits.models import (
    Activity,
    ApiToken,
    Audit,
    Job,
    Membership,
    ModelVersion,
    SignOnAddress,
    User,
)
from audits.queries.activity_content import content_of
from audits.rights import ACTIONS, SCOPES
from audits.services import token_text
from tests.factories import World, make_audit, make_job
from tests.second_factor import protect
from tests.tokens import change, make_token, program

WRONG = 'Bearer realm="MIA Portal", error="invalid_token"'


def url(name: str, world: World, **kwargs: int) -> str:
    return reverse(f"api:{name}", kwargs={"slug": world.here.client.slug, **kwargs})


def token_of(world: World, person: str, **values: Any) -> tuple[ApiToken, Browser]:  # noqa: ANN401 - model fields
    token, text = make_token(world.ours.people()[person], world.ours.provider, **values)
    return token, program(text)


def slugs(browser: Browser) -> set[str]:
    answer = browser.get(reverse("api:clients"))
    assert answer.status_code == 200
    return {row["slug"] for row in answer.json()["results"]}


# --- wrong tokens


def expired(token: ApiToken) -> None:
    past = timezone.now() - timedelta(seconds=1)
    change(token, created_at=past - timedelta(days=1), expires_at=past)


def revoked(token: ApiToken) -> None:
    change(token, revoked_at=timezone.now())


def of_an_inactive_person(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(is_active=False)


def tampered(text: str) -> str:
    """Another secret under a right check sum."""
    read = token_text.read(text)
    assert read is not None
    return token_text.TokenText(prefix=read.prefix, secret=token_text.draw().secret).reveal()


def answer_to(browser: Browser, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    answer = browser.get(address, headers=headers)
    shown = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, shown, answer.content


def test_every_wrong_token_gets_one_same_answer(world: World) -> None:
    address = url("client", world)
    found = {}
    for end in (expired, revoked, of_an_inactive_person):
        token, text = make_token(world.ours.viewer, world.ours.provider)
        assert program(text).get(address).status_code == 200
        end(token)
        found[end.__name__] = answer_to(program(text), address)
    User.objects.update(is_active=True)
    _, text = make_token(world.ours.owner, world.ours.provider)
    assert program(text).get(address).status_code == 200
    for name, sent in {
        "tampered": tampered(text),
        "check sum": text[:-1] + ("A" if text[-1] != "A" else "B"),
        "cut": text[:-1],
        "of another installation": token_text.draw().reveal(),
        "empty": "",
        "two": f"{text} {text}",
        "no token": "eyJhbGciOiJub25lIn0.e30.",
    }.items():
        found[name] = answer_to(program(sent), address)
    for name in ("access_token", "token", "anything"):
        found[name] = answer_to(Browser(), f"{address}?{name}={text}")
    found["header and query"] = answer_to(program(text), f"{address}?access_token={text}")
    assert {len(found), len(set(map(str, found.values())))} == {14, 1}
    status, headers, body = found["expired"]
    assert (status, headers["WWW-Authenticate"]) == (401, WRONG)
    assert REFUSAL in body.decode()
    status, headers, nobody = answer_to(Browser(), address)
    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="MIA Portal"')
    assert nobody == body


def test_wrong_token_is_refused_even_beside_a_session(world: World, client: Browser) -> None:
    client.force_login(world.ours.owner)
    address = url("client", world)
    assert client.get(address).status_code == 200
    wrong = token_text.draw().reveal()
    assert client.get(address, headers={"Authorization": f"Bearer {wrong}"}).status_code == 401
    assert client.get(address, headers={"Authorization": "Basic b3duZXI6eA=="}).status_code == 200


def test_token_counts_more_than_the_session_that_came_with_it(
    world: World, client: Browser
) -> None:
    client.force_login(world.ours.admin)
    _, text = make_token(world.ours.viewer, world.ours.provider)
    assert slugs(client) == {world.here.client.slug, world.sibling.client.slug}
    answer = client.get(reverse("api:clients"), headers={"Authorization": f"bearer  {text}"})
    assert [row["slug"] for row in answer.json()["results"]] == [world.here.client.slug]


def test_token_opens_no_page(world: World) -> None:
    _, browser = token_of(world, "technician")
    assert browser.get(url("client", world)).status_code == 200
    for address in (reverse("fleet"), reverse("tokens"), reverse("token_new")):
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (
            302,
            reverse("account_login"),
        )


# --- what a token opens


def test_token_opens_what_its_person_may_and_no_more(world: World) -> None:
    here, sibling = world.here.client.slug, world.sibling.client.slug
    expected = {
        "admin": {here, sibling},
        "technician": {here, sibling},
        "technician_of_first": {here},
        "technician_of_group": {here},
        "technician_of_none": set(),
        "owner": {here},
        "contributor": {here},
        "viewer": {here},
    }
    assert {name: slugs(token_of(world, name)[1]) for name in expected} == expected


def test_token_of_named_clients_opens_those_alone(world: World) -> None:
    ids = [world.sibling.client.pk, world.stranger.client.pk]
    _, browser = token_of(world, "admin", client_ids=ids)
    _, nothing = token_of(world, "admin", client_ids=[])
    with world.stranger.scope():
        assert Audit.objects.filter(pk=world.stranger.audit.pk).exists()
    assert slugs(browser) == {world.sibling.client.slug}
    assert slugs(nothing) == set()
    found = {
        name: browser.get(reverse("api:audits", kwargs={"slug": cast.client.slug})).status_code
        for name, cast in vars(Cast(world)).items()
    }
    assert found == {"here": 404, "sibling": 200, "stranger": 404}


class Cast:
    def __init__(self, world: World) -> None:
        self.here, self.sibling, self.stranger = world.here, world.sibling, world.stranger


def test_person_who_was_removed_is_out_at_the_next_request(world: World) -> None:
    _, browser = token_of(world, "technician")
    address = url("models", world)
    assert browser.get(address).status_code == 200
    with tenancy.system_scope("somebody leaves"):
        Membership.objects.filter(user=world.ours.technician).delete()
    assert browser.get(address).status_code == 404
    assert slugs(browser) == set()


def test_role_that_changed_holds_at_the_next_request(world: World) -> None:
    _, browser = token_of(world, "owner")
    protect(world.ours.owner)
    cancel = url("audit_cancel", world, pk=world.here.audit.pk)
    assert browser.post(cancel).status_code == 404
    with tenancy.system_scope("an owner becomes staff"):
        Membership.objects.filter(user=world.ours.owner).update(
            client=None, role="technician", all_clients=True
        )
    assert browser.post(cancel).status_code == 409
    with tenancy.system_scope("and an owner again"):
        Membership.objects.filter(user=world.ours.owner).update(
            client=world.here.client, role="client_owner", all_clients=False
        )
    assert browser.post(cancel).status_code == 404


SCOPED: dict[str, tuple[TokenScope, Callable[[Browser, World], Any]]] = {
    "clients": (TokenScope.READ, lambda b, _w: b.get(reverse("api:clients"))),
    "client": (TokenScope.READ, lambda b, w: b.get(url("client", w))),
    "models": (TokenScope.READ, lambda b, w: b.get(url("models", w))),
    "model": (TokenScope.READ, lambda b, w: b.get(url("model", w, pk=w.here.model.pk))),
    "datasets": (TokenScope.READ, lambda b, w: b.get(url("datasets", w))),
    "dataset": (TokenScope.READ, lambda b, w: b.get(url("dataset", w, pk=w.here.dataset.pk))),
    "audits": (TokenScope.READ, lambda b, w: b.get(url("audits", w))),
    "audit": (TokenScope.READ, lambda b, w: b.get(url("audit", w, pk=w.here.audit.pk))),
    "start": (TokenScope.START, lambda b, w: b.post(url("audits", w), {}, "application/json")),
    "cancel": (
        TokenScope.CANCEL,
        lambda b, w: b.post(url("audit_cancel", w, pk=w.here.audit.pk)),
    ),
}


@pytest.mark.parametrize("name", SCOPED)
def test_action_needs_its_scope_and_no_other(world: World, name: str) -> None:
    needed, ask = SCOPED[name]
    _, allowed = token_of(world, "technician", scopes=[needed])
    assert ask(allowed, world).status_code in {200, 400, 409}
    _, lacking = token_of(world, "technician", scopes=set(TokenScope) - {needed})
    answer = ask(lacking, world)
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": f"This token lacks the scope “{needed}”."},
    )
    assert answer["WWW-Authenticate"] == (
        f'Bearer realm="MIA Portal", error="insufficient_scope", scope="{needed}"'
    )


def test_whole_result_needs_its_scope_beside_reading(world: World) -> None:
    shown = {}
    for name, scopes in {
        "both": [TokenScope.READ, TokenScope.RESULTS],
        "read": [TokenScope.READ],
    }.items():
        _, browser = token_of(world, "technician", scopes=scopes)
        answer = browser.get(url("audit", world, pk=world.here.audit.pk))
        shown[name] = answer.json()["document"] is not None
    assert shown == {"both": True, "read": False}


def test_scopes_cover_what_the_api_offers_and_nothing_else() -> None:
    asked = {"technical.view"}  # of one field, in the result of an audit
    for pattern in urlpatterns:
        endpoint = getattr(pattern.callback, "cls", None)
        if endpoint is None or not hasattr(endpoint, "door"):
            assert pattern.name == "schema"
            continue
        doors = getattr(endpoint, "doors", {})
        asked |= set(doors.values())
        for action in vars(pattern.callback)["actions"].values():
            view = endpoint()
            view.action = action
            asked.add(view.door)
    assert asked == set().union(*SCOPES.values())
    assert set(SCOPES) == set(TokenScope)
    assert asked <= set(ACTIONS)


def test_token_of_staff_without_a_second_factor_opens_nothing(world: World) -> None:
    """Who makes one has set it up; who removes it later is out until it is set up again."""
    _, browser = token_of(world, "technician")
    address = url("models", world)
    assert browser.get(address).status_code == 200
    Authenticator.objects.filter(user=world.ours.technician).delete()
    answer = browser.get(address)
    assert (answer.status_code, "second factor" in answer.json()["detail"]) == (403, True)
    _, owner = token_of(world, "owner")
    Authenticator.objects.filter(user=world.ours.owner).delete()
    assert owner.get(address).status_code == 200


def test_token_works_where_staff_must_sign_on_with_their_company(world: World) -> None:
    """It was made in a session of that provider, and opens that provider alone."""
    _, browser = token_of(world, "technician")
    with world.ours.scope():
        SignOnAddress.objects.filter(provider=world.ours.provider).update(is_required=True)
    session = Browser()
    session.force_login(world.ours.technician)
    assert session.get(url("models", world)).status_code == 404
    assert browser.get(url("models", world)).status_code == 200


# --- what it does


def test_token_starts_an_audit_without_a_token_against_forgery(world: World) -> None:
    token, browser = token_of(world, "technician", scopes=[TokenScope.START])
    with world.here.scope():
        ModelVersion.objects.update(kind=VersionKind.PREDICTIONS)
    body = {"model_version": world.here.model_version.pk, "preset": "quick"}
    answer = browser.post(url("audits", world), body, "application/json")
    assert answer.status_code == 201
    with world.here.scope():
        made = Audit.objects.get(pk=answer.json()["id"])
        assert made.requested_by == token.user
        assert Job.objects.get(audit=made).started_by == "api"
        line = Activity.objects.get(verb="requested", object_id=made.pk, object_type="audit")
        assert content_of(line).token == token.prefix
    assert line.actor == token.user


def test_token_cancels_an_audit(world: World) -> None:
    _, browser = token_of(world, "technician", scopes=[TokenScope.CANCEL])
    with world.here.scope():
        job = make_job(world.here.client, key="queued")
        audit = make_audit(world.here.model_version, world.here.dataset_version, job=job)
    assert browser.post(url("audit_cancel", world, pk=audit.pk)).status_code == 200
    with world.here.scope():
        assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED


def test_use_is_noted_even_where_the_request_is_refused(world: World) -> None:
    token, browser = token_of(world, "technician")
    assert browser.post(url("audits", world), {}, "application/json").status_code == 400
    change(token)
    assert token.last_used_at is not None
    assert token.last_used_from == "127.0.0.1"


def test_answer_to_a_token_is_kept_by_no_cache_and_starts_no_session(world: World) -> None:
    _, browser = token_of(world, "owner")
    answer = browser.get(url("models", world))
    assert answer["Cache-Control"] == "no-store, private"
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies


# --- how often


def test_requests_are_limited_for_each_token_alone(world: World, settings: Settings) -> None:
    settings.MIA_API_REQUESTS_PER_MINUTE = 2
    first, second = (token_of(world, "owner")[1] for _ in range(2))
    nowhere = reverse("api:models", kwargs={"slug": "nowhere-0000"})
    assert [first.get(nowhere).status_code for _ in range(2)] == [404, 404]
    refused = first.get(url("models", world))
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["detail"].startswith("The API answers 2 requests in a minute. Try again")
    assert second.get(url("models", world)).status_code == 200


def test_requests_of_sessions_are_limited_for_each_person(world: World, settings: Settings) -> None:
    settings.MIA_API_REQUESTS_PER_MINUTE = 1
    found = []
    for person in ("owner", "owner", "viewer"):
        browser = Browser()
        browser.force_login(world.ours.people()[person])
        found.append(browser.get(url("models", world)).status_code)
    assert found == [200, 429, 200]
    page = Browser()
    page.force_login(world.ours.owner)
    address = reverse("client", kwargs={"slug": world.here.client.slug})
    assert page.get(address).status_code == 200


def test_audit_starts_are_limited_for_each_client(world: World, settings: Settings) -> None:
    settings.MIA_AUDIT_STARTS_PER_HOUR = 2
    found = []
    for cast, seed in (
        (world.here, 1),
        (world.here, 2),
        (world.here, 3),
        (world.sibling, 1),
    ):
        with cast.scope():
            ModelVersion.objects.update(kind=VersionKind.PREDICTIONS)
        _, browser = token_of(world, "technician")
        address = reverse("api:audits", kwargs={"slug": cast.client.slug})
        body = {"model_version": cast.model_version.pk, "seed": seed}
        answer = browser.post(address, body, "application/json")
        found.append((answer.status_code, "Retry-After" in answer.headers))
    assert found == [(201, False), (201, False), (429, True), (201, False)]
    with world.here.scope():
        assert Audit.objects.count() == 3  # one is of the cast
