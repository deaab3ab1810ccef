"""Before something dangerous a person proves who they are, or did so within ten minutes."""

import inspect
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from audits import tenancy
from audits.enums import EvidenceKind, FilePurpose, Role
from audits.models import (
    ApiToken,
    BreakGlass,
    ChecklistEvidence,
    Client,
    ClientGroup,
    ClientGroupMember,
    Dataset,
    Invitation,
    Membership,
    ModelVersion,
    Note,
    SignOnIdentity,
    User,
)
from audits.web.reauthentication import confirmation
from tests import casts
from tests.builders import make_file
from tests.factories import PASSWORD, World
from tests.people import make_operator
from tests.second_factor import code_at
from tests.web.log_in import forget_tries, is_in, logged_in
from tests.web.routes import addresses, views

NOW = 59_000_000
MINUTES = 10 * 60
DANGEROUS = [
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
]


@pytest.fixture
def world(cast_of_app: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    forget_tries()
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([NOW]))
    with casts.undone(cast_of_app) as lent:
        yield lent


def dangerous(request: HttpRequest) -> HttpResponse:
    answer = confirmation(request) or HttpResponse("done")
    assert isinstance(answer, HttpResponse)
    return answer


def asked(
    user: User, *, seconds_ago: float | None, method: str = "get", **headers: str
) -> tuple[HttpRequest, HttpResponse]:
    """What the guarded view answers in a session that proved itself so long ago."""
    request = getattr(RequestFactory(), method)("/team/?x=1", headers=headers)
    request.user, request.session = user, SessionStore()
    MessageMiddleware(lambda _request: HttpResponse()).process_request(request)
    if seconds_ago is not None:
        record = {"method": "password", "at": time.time() - seconds_ago}
        request.session["account_authentication_methods"] = [record]
        request.session["account_authentication_methods_user"] = str(user.pk)
    answer = dangerous(request)
    assert isinstance(answer, HttpResponse)
    return request, answer


def stale(browser: Browser) -> None:
    """Let the log-in lie ten minutes back."""
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= MINUTES + 1
    session.save()


def test_confirmation_holds_for_ten_minutes() -> None:
    assert settings.ACCOUNT_REAUTHENTICATION_TIMEOUT == MINUTES


def test_guarded_view_answers_whoever_proved_it_lately(world: World) -> None:
    for seconds in (0, MINUTES - 5):
        assert asked(world.ours.admin, seconds_ago=seconds)[1].content == b"done"


@pytest.mark.parametrize("seconds_ago", [MINUTES + 1, None])
def test_guarded_view_leads_to_the_confirmation_and_back(
    world: World, seconds_ago: float | None
) -> None:
    _, answer = asked(world.ours.admin, seconds_ago=seconds_ago)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fteam%2F%3Fx%3D1"


def test_guarded_form_that_comes_too_late_changes_nothing_and_says_so(world: World) -> None:
    request, answer = asked(
        world.ours.admin,
        seconds_ago=MINUTES + 1,
        method="post",
        referer="http://testserver/team/new/",
    )
    assert answer["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fteam%2Fnew%2F"
    assert [str(message) for message in get_messages(request)] == [
        "Nothing was changed: confirm that it is you, then send the form once more."
    ]


def test_guarded_view_believes_no_record_of_somebody_else(world: World) -> None:
    request, answer = asked(world.ours.admin, seconds_ago=0)
    assert answer.content == b"done"
    request.user = world.ours.technician
    assert dangerous(request).status_code == 302


# --- what is dangerous here

# Address, person, row of the first client or of the provider, what is sent. On GET and on POST.
CONFIRMED: dict[str, tuple[str, str, dict[str, object]]] = {
    "token_new": ("owner", "", {"name": "Nightly", "days": 30, "scopes": ["read"]}),
    "sign_on_settings": ("admin", "", {}),
    "sign_on_unlink": ("admin", "", {}),
    "dataset_delete": ("technician", "dataset", {}),
    "dataset_retention": ("technician", "dataset", {"retain_until": "2099-01-01"}),
    "model_version": ("technician", "model_version", {"retain_until": "2099-01-01"}),
    "model_version_delete": ("technician", "model_version", {}),
    "team_invite": ("admin", "", {"email": "zoe@elsewhere.example", "role": Role.TECHNICIAN}),
    "colleague": ("admin", "colleague", {"role": Role.TECHNICIAN, "reach": "every"}),
    "colleague_remove": ("admin", "colleague", {}),
    "colleague_log_out": ("admin", "colleague", {}),
    "colleague_reset_factor": ("admin", "colleague", {}),
    "team_invitation_again": ("admin", "invitation", {}),
    "people_invite": ("owner", "", {"email": "zoe@elsewhere.example", "role": Role.CLIENT_VIEWER}),
    "person": ("owner", "member", {"role": Role.CLIENT_VIEWER}),
    "person_remove": ("owner", "member", {}),
    "person_log_out": ("admin", "member", {}),
    "person_reset_factor": ("admin", "member", {}),
    "people_invitation_again": ("owner", "invitation", {}),
    "demo_remove": ("admin", "", {}),
    "demo_remove_all": ("idle operator", "", {}),
    "looks": ("idle operator", "", {"slug": "harbour-dental", "minutes": 30}),
    "group_new": ("admin", "", {"name": "Gold", "hue": "3"}),
    "group": ("admin", "group", {"name": "Gold", "hue": "3"}),
    "group_delete": ("admin", "group", {}),
    "fleet": ("admin", "", {"do": "archive"}),
    "checklist_evidence_remove": ("owner", "checklist_evidence", {}),
    "note_delete": ("technician", "note", {}),
}
# Dangerous by what is sent alone: the page itself opens as it always does.
_OPEN_ON_GET = frozenset({"fleet", "dataset_retention", "model_version"})


def _row_of(world: World, name: str, row: str) -> dict[str, object]:
    is_of_client = "slug:slug" in dict(addresses())[name]
    owner = world.here if is_of_client else world.ours
    slug: dict[str, object] = {"slug": world.here.client.slug} if is_of_client else {}
    return {**slug, **({"pk": getattr(owner, row).pk} if row else {})}


def test_every_view_that_asks_for_a_confirmation_is_in_the_table() -> None:
    """And the other way round: whoever takes the question out of a view fails here."""
    asks = {
        name
        for name, view in views().items()
        if re.search(r"\bconfirmation\(|fleet_bulk\.answer", inspect.getsource(view))
    }
    assert asks == set(CONFIRMED)


@pytest.mark.parametrize("name", sorted(CONFIRMED))
def test_dangerous_page_asks_for_a_confirmation_and_does_nothing_before(
    world: World, name: str
) -> None:
    person, row, sent = CONFIRMED[name]
    operator = person == "idle operator"
    user = make_operator("op@platform.example") if operator else world.ours.people()[person]
    url = reverse(name, kwargs=_row_of(world, name, row))
    if name == "fleet":
        sent = {**sent, "clients": [world.sibling.client.pk], "confirmed": "on"}
    if name == "sign_on_unlink":
        sent = {"identity": world.ours.sign_on_identity.pk}
    if name == "checklist_evidence_remove":
        put_file_behind(world)
    browser = Browser()
    browser.force_login(user)
    before = rows_of(world)
    asked = browser.post(url, sent)
    assert (asked.status_code, "/reauthenticate/" in asked["Location"]) == (302, True)
    assert rows_of(world) == before
    if name not in _OPEN_ON_GET:
        shown = browser.get(url)
        posts_alone = shown.status_code == 405
        assert posts_alone or "/reauthenticate/" in shown["Location"]


def put_file_behind(world: World) -> None:
    """Make a file of the evidence: of any other the log keeps what it said."""
    evidence = world.here.checklist_evidence
    with world.here.scope():
        evidence.kind = EvidenceKind.FILE
        evidence.file = make_file(world.here.client, FilePurpose.EVIDENCE, "proof")
        evidence.save(update_fields=["kind", "file"])


def test_evidence_without_a_file_is_taken_away_at_once(world: World) -> None:
    url = reverse("checklist_evidence_remove", kwargs=_evidence(world))
    browser = Browser()
    browser.force_login(world.ours.owner)
    page = reverse("checklist_answer", args=[world.here.client.slug, world.here.checklist_item.pk])
    assert browser.post(url)["Location"] == page


@pytest.mark.parametrize("is_fragment", [False, True])
def test_who_confirmed_takes_evidence_away_from_the_page_they_came_from(
    world: World, *, is_fragment: bool
) -> None:
    put_file_behind(world)
    url = reverse("checklist_evidence_remove", kwargs=_evidence(world))
    page = reverse("checklist_answer", args=[world.here.client.slug, world.here.checklist_item.pk])
    whole = f"http://testserver{page}"
    fragment = {"HX-Request": "true", "HX-Current-URL": whole, "Referer": whole}
    browser = logged_in(world.ours.owner)
    stale(browser)
    asked = browser.post(url, headers=fragment if is_fragment else {"Referer": whole})
    leads = asked["HX-Redirect" if is_fragment else "Location"]
    assert parse_qs(urlsplit(leads).query)["next"] == [page]
    sent = {"password": PASSWORD, "next": page}
    assert browser.post(reverse("account_reauthenticate"), sent)["Location"] == page
    assert "then send the form once more" in browser.get(page).content.decode()
    assert browser.post(url)["Location"] == page
    with world.here.scope():
        assert not ChecklistEvidence.objects.exists()


def _evidence(world: World) -> dict[str, object]:
    return _row_of(world, "checklist_evidence_remove", "checklist_evidence")


def rows_of(world: World) -> list[object]:
    """What these pages could change: people, grants, groups, clients, datasets, tokens."""
    with tenancy.system_scope("the test looks at what is stored"):
        return [
            list(Membership.objects.order_by("pk").values("pk", "role", "logged_out_at")),
            list(ClientGroupMember.objects.order_by("pk").values("group_id", "client_id")),
            list(ClientGroup.objects.order_by("pk").values("pk", "name")),
            list(Client.objects.order_by("pk").values("pk", "state")),
            list(Dataset.objects.order_by("pk").values("pk", "retain_until")),
            list(ModelVersion.objects.order_by("pk").values("pk", "file_id", "retain_until")),
            list(Invitation.objects.order_by("pk").values("pk", "revoked_at")),
            [
                model.objects.count()
                for model in (
                    ApiToken,
                    Authenticator,
                    SignOnIdentity,
                    BreakGlass,
                    ChecklistEvidence,
                    Note,
                )
            ],
        ]


def test_guarded_view_asks_whoever_has_no_password_to_log_in_again(world: World) -> None:
    user = world.ours.owner
    user.set_unusable_password()
    user.save()
    _, answer = asked(user, seconds_ago=MINUTES + 1)
    assert answer["Location"] == f"{reverse('account_login')}?next=/team/%3Fx%3D1"


@pytest.mark.parametrize("name", DANGEROUS)
def test_second_factor_pages_ask_again_after_ten_minutes(world: World, name: str) -> None:
    browser = logged_in(world.ours.owner)
    assert browser.get(reverse(name)).status_code == 200
    stale(browser)
    answer = browser.get(reverse(name))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    answer = browser.post(answer["Location"], {"password": PASSWORD, "next": reverse(name)})
    assert answer["Location"] == reverse(name)
    assert browser.get(reverse(name)).status_code == 200


def test_removal_of_the_second_factor_asks_again_after_ten_minutes(world: World) -> None:
    user = world.ours.technician
    browser = Browser()
    browser.force_login(user)
    answer = browser.post(reverse("mfa_deactivate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(user=user).exists()


def test_confirmation_takes_a_code_and_no_wrong_one(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.technician)
    confirm, wanted = reverse("mfa_reauthenticate"), reverse("mfa_deactivate_totp")
    assert browser.post(confirm, {"code": "000000", "next": wanted}).status_code == 200
    assert browser.get(wanted).status_code == 302
    assert browser.post(confirm, {"code": code_at(NOW), "next": wanted})["Location"] == wanted
    assert browser.get(wanted).status_code == 200


def test_confirmation_takes_no_wrong_password_and_locks(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.owner)
    confirm = reverse("account_reauthenticate")
    for _ in range(5):
        assert browser.post(confirm, {"password": "wrong"}).status_code == 200
    answer = browser.post(confirm, {"password": PASSWORD})
    assert "Too many failed login attempts" in answer.content.decode()
    assert browser.get(reverse("mfa_activate_totp")).status_code == 302
    assert is_in(browser)


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_confirmation_and_log_in_lead_to_no_foreign_address(world: World, url: str) -> None:
    browser = logged_in(world.ours.owner)
    sent = {"password": PASSWORD, "next": url}
    assert browser.post(reverse("account_reauthenticate"), sent)["Location"] == "/"
    sent = {"login": world.ours.viewer.email, "password": PASSWORD, "next": url}
    assert Browser().post(reverse("account_login"), sent)["Location"] == "/"


# --- a company account proves the person to its own provider alone


def vouched(user: User, provider_id: int) -> Browser:
    """A session that a provider's single sign-on began a moment ago."""
    browser = Browser()
    browser.force_login(user)
    session = browser.session
    session["vouched"] = {"user": user.pk, "provider_id": provider_id, "second_factor": True}
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return browser


@pytest.mark.parametrize("name", DANGEROUS)
def test_voucher_of_one_provider_gives_no_hold_on_the_account(world: World, name: str) -> None:
    user = world.ours.owner
    browser = vouched(user, world.ours.provider.pk)
    answer = browser.get(reverse(name))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert browser.post(reverse(name), {"code": "123456"}).status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()


def test_voucher_shows_and_ends_no_other_session(world: World) -> None:
    user = world.ours.owner
    elsewhere, browser = logged_in(user), vouched(user, world.ours.provider.pk)
    assert is_in(browser)
    assert [row.is_this_one for row in browser.get(reverse("security")).context["sessions"]] == [
        True
    ]
    browser.post(reverse("sessions_end"))
    assert is_in(elsewhere)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert len(browser.get(reverse("security")).context["sessions"]) == 2
    browser.post(reverse("sessions_end"))
    assert not is_in(elsewhere)


def test_voucher_for_a_second_factor_is_enough_for_its_staff(world: World) -> None:
    user = world.ours.technician
    Authenticator.objects.filter(user=user).delete()
    assert vouched(user, world.ours.provider.pk).get(reverse("fleet")).status_code == 200


def test_voucher_is_recent_enough_for_pages_of_its_provider(world: World) -> None:
    request, _ = asked(world.ours.admin, seconds_ago=None)
    record = {"method": "socialaccount", "at": time.time()}
    request.session["account_authentication_methods"] = [record]
    request.session["account_authentication_methods_user"] = str(world.ours.admin.pk)
    assert dangerous(request).content == b"done"
