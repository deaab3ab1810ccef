"""A platform operator sees one client at a time: timed, for a reason, in the client's own log."""

import io
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits import tasks, tenancy
from audits.access import actor_for
from audits.enums import Role
from audits.homes import at_every_home
from audits.models import Activity, BreakGlass, Membership, SignOnAddress, User
from audits.queries import members
from audits.queries.activity_content import content_of
from audits.services import break_glass
from audits.services.errors import InvalidInput, NotPossible
from tests import casts
from tests.datasets import keep_files
from tests.factories import ClientCast, World, make_user
from tests.people import make_operator
from tests.summaries import posted
from tests.web.test_matrix import OTHER_ARGUMENTS, PAGES

REASON = "Import stuck, ticket 4711"


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def operator(world: World) -> User:
    """An operator who looks at nothing."""
    return make_operator("op@platform.example")


def browser_of(user: User) -> Browser:
    """A browser whose person proved a moment ago who they are."""
    browser = Browser()
    browser.force_login(user)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return browser


def page(world: World, address: str = "client", /, **row: object) -> str:
    return reverse(address, kwargs={"slug": world.here.client.slug, **row})


def log(world: World) -> list[tuple[int | None, str, str]]:
    """Who, what and about what, since the client was set up."""
    with world.here.scope():
        rows = Activity.objects.exclude(verb="created").order_by("pk")
        return [(line.actor_id, line.verb, content_of(line).name) for line in rows]


def begin(browser: Browser, slug: str, minutes: int = 30, reason: str = REASON) -> str:
    data = {"slug": slug, "minutes": minutes, "reason": reason}
    answer = browser.post(reverse("looks"), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def let_time_pass(look: BreakGlass | None = None) -> None:
    rows = BreakGlass.objects.filter(ended_at=None)
    rows.update(
        started_at=F("started_at") - timedelta(hours=2), ends_at=F("ends_at") - timedelta(hours=2)
    )


def test_operator_sees_nothing_by_default(world: World, operator: User) -> None:
    browser = browser_of(operator)
    for url in (page(world), reverse("fleet"), reverse("groups"), reverse("provider_activity")):
        assert browser.get(url).status_code == 404
    assert browser.get(reverse("home")).url == reverse("looks")  # type: ignore[attr-defined]
    assert browser.get(reverse("api:clients")).json()["results"] == []
    actor = actor_for(operator)
    assert (actor.provider_id, actor.client_ids, actor.is_staff) == (None, frozenset(), False)
    assert world.here.client.name not in browser.get(reverse("looks")).content.decode()


def test_look_begins_only_for_somebody_who_proved_it_lately(world: World, operator: User) -> None:
    browser = Browser()
    browser.force_login(operator)
    data = {"slug": world.here.client.slug, "minutes": 30, "reason": REASON}
    for answer in (browser.get(reverse("looks")), browser.post(reverse("looks"), data)):
        assert (answer.status_code, "/reauthenticate/" in answer["Location"]) == (302, True)
    assert log(world) == []


OPEN_ROWS = sorted(
    {
        (page.name, page.row)
        for page in PAGES
        if page.row and page.method == "get" and page.expected["operator"] in {200, 286}
    }
)


@pytest.mark.parametrize(("name", "row"), OPEN_ROWS)
def test_look_at_an_object_stands_in_the_history_of_that_object(
    world: World, operator: User, name: str, row: str
) -> None:
    browser, here = browser_of(operator), world.here
    begin(browser, here.client.slug)
    keep_files_of(here)
    url = page(world, name, pk=getattr(here, row).pk, **OTHER_ARGUMENTS.get(name, {}))
    answer = browser.get(url)
    answer.getvalue()
    assert answer.status_code in {200, 286}
    about = here.dataset if row == "dataset_version" else getattr(here, row)
    with here.scope():
        line = Activity.objects.filter(verb="looked").latest("pk")
        assert (line.object_type, line.object_id) == (about._meta.model_name, about.pk)
        assert content_of(line).name == url


def keep_files_of(cast: ClientCast) -> None:
    with cast.scope():
        keep_files(cast)


def test_operator_needs_a_second_factor(world: World) -> None:
    bare = make_user("bare@platform.example")
    bare.is_operator = True
    bare.save(update_fields=["is_operator"])
    answer = browser_of(bare).get(reverse("looks"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("second_factor"))


def test_look_shows_one_client_and_everything_stands_in_its_log(
    world: World, operator: User
) -> None:
    here, browser = world.here, browser_of(operator)
    html = begin(browser, f"https://portal.example/c/{here.client.slug}/models/")
    assert "You look at" in html
    assert "End now" in html
    for _ in range(2):
        assert browser.get(page(world, "model", pk=here.model.pk)).status_code == 200
    assert browser.get(page(world, "models")).status_code == 200
    for foreign in (world.sibling, world.stranger):
        url = reverse("client", kwargs={"slug": foreign.client.slug})
        assert browser.get(url).status_code == 404
    assert browser.post(reverse("look_end")).status_code == 302
    assert browser.get(page(world)).status_code == 404
    assert log(world) == [
        (operator.pk, "began", here.client.slug),
        (operator.pk, "looked", page(world)),
        (operator.pk, "looked", page(world, "model", pk=here.model.pk)),
        (operator.pk, "looked", page(world, "models")),
        *[(operator.pk, "refused", "/c/…/")] * 2,  # of whichever client
        (operator.pk, "ended", here.client.slug),
    ]
    with here.scope():
        told = content_of(Activity.objects.get(verb="began")).details
    assert (told["reason"], told["minutes"], told["operator"]) == (REASON, 30, operator.email)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("client_edit", ""),
        ("model_edit", "model"),
        ("tool_edit", "tool"),
        ("audit_new", ""),
        ("checklist_answer", "checklist_item"),
    ],
)
def test_look_changes_nothing(world: World, name: str, row: str) -> None:
    browser = browser_of(world.here.operator)
    numbers = {"pk": getattr(world.here, row).pk} if row else {}
    for ask in (browser.get, browser.post):
        assert ask(page(world, name, **numbers)).status_code == 404
    asked = posted(world.here.audit)
    assert browser.post(page(world, "report_make"), asked).status_code == 404
    assert actor_for(world.here.operator).roles == {world.here.client.pk: Role.OPERATOR}


@pytest.mark.parametrize("person", ["owner", "viewer", "technician"])
def test_look_is_shown_to_the_people_of_the_client(world: World, person: str) -> None:
    browser = browser_of(world.ours.people()[person])
    for name in ("client", "reports"):
        html = browser.get(page(world, name)).content.decode()
        assert world.here.operator.email in html
        assert "The owner asked for help" in html
        assert "End now" not in html
    with world.here.scope():
        break_glass.end(look=world.here.break_glass, actor=world.here.operator)
    assert "operator of this platform" not in browser.get(page(world)).content.decode()


def test_look_ends_by_itself_and_the_log_says_so(world: World, operator: User) -> None:
    browser = browser_of(operator)
    with world.here.scope():
        break_glass.end(look=world.here.break_glass, actor=world.here.operator)
    begin(browser, world.here.client.slug, minutes=15)
    assert browser.get(page(world)).status_code == 200
    with world.here.scope():
        let_time_pass()
    assert browser.get(page(world)).status_code == 404  # whether or not anybody has noticed
    assert [line for line in log(world) if line[1] == "ended"][1:] == []
    tasks.end_looks()
    tasks.end_looks()
    ended = [line for line in log(world) if line[1] == "ended"][1:]
    assert ended == [(None, "ended", world.here.client.slug)]
    with world.here.scope():
        look = BreakGlass.objects.filter(user=operator).get()
        assert look.ended_at == look.ends_at
        line = Activity.objects.filter(verb="ended").latest("pk")
        assert (line.via, content_of(line).details["by itself"]) == ("job", True)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"reason": "too short"}, "at least 10 characters"),
        ({"reason": "           .       "}, "at least 10 characters"),
        ({"reason": ""}, "required"),
        ({"minutes": 61}, "61 is not one of the available choices"),
        ({"minutes": 0}, "0 is not one of the available choices"),
        ({"slug": "nowhere-0000"}, "no client at this address"),
        ({"slug": "../../"}, "no client at this address"),
    ],
)
def test_look_needs_a_client_a_time_and_a_reason(
    world: World, operator: User, data: dict[str, str | int], problem: str
) -> None:
    usual = {"slug": world.here.client.slug, "minutes": 30, "reason": REASON}
    answer = browser_of(operator).post(reverse("looks"), {**usual, **data})
    html = answer.content.decode()
    assert (answer.status_code, problem in html) == (200, True)
    assert log(world) == []
    assert actor_for(operator).client_ids == frozenset()


def test_service_and_database_bound_a_look_as_well(world: World, operator: User) -> None:
    with world.here.scope():
        for minutes, reason in ((61, REASON), (0, REASON), (30, "short")):
            with pytest.raises(InvalidInput):
                break_glass.start(
                    operator=operator, client=world.here.client, minutes=minutes, reason=reason
                )
        with pytest.raises(NotPossible):
            break_glass.start(
                operator=world.ours.admin, client=world.here.client, minutes=30, reason=REASON
            )
        look = BreakGlass.objects.filter(pk=world.here.break_glass.pk)
        for change in ({"ends_at": F("started_at") + timedelta(minutes=61)}, {"reason": "short"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                look.update(**change)


def test_operator_has_one_look_at_a_time(world: World, operator: User) -> None:
    browser = browser_of(operator)
    begin(browser, world.here.client.slug)
    html = begin(browser, world.stranger.client.slug)
    assert "Another look is open still" in html
    assert actor_for(operator).client_ids == {world.here.client.pk}


@pytest.mark.parametrize("person", ["admin", "owner", "technician"])
def test_nobody_else_begins_or_ends_a_look(world: World, person: str) -> None:
    browser = browser_of(world.ours.people()[person])
    data = {"slug": world.stranger.client.slug, "minutes": 30, "reason": REASON}
    assert browser.post(reverse("looks"), data).status_code == 404
    assert browser.post(reverse("look_end")).status_code == 404
    with tenancy.system_scope("the test looks at what is stored"):
        assert BreakGlass.objects.filter(ended_at=None).count() == 4


def test_operator_sees_the_own_looks_alone(world: World, operator: User) -> None:
    begin(browser_of(operator), world.here.client.slug)
    html = browser_of(world.sibling.operator).get(reverse("looks")).content.decode()
    assert world.sibling.client.slug in html
    assert world.here.client.slug not in html
    assert REASON not in html


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_command_makes_and_unmakes_operators(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert "is an operator" in said("add_operator", "zoe@platform.example")
    user = members.user_of("zoe@platform.example")
    assert user is not None
    assert (user.is_operator, user.check_password("correct horse battery")) == (True, True)
    slug = world.here.client.slug
    told = ("--client", slug, "--operator", user.email, "--reason", REASON)
    assert f"may look at {slug} until" in said("break_glass", *told, "--minutes", "5")
    assert actor_for(user).client_ids == {world.here.client.pk}
    assert "no operator" in said("add_operator", user.email, "--remove")
    user.refresh_from_db()
    assert actor_for(user).client_ids == frozenset()
    assert [verb for _who, verb, _name in log(world)] == ["began", "ended"]
    with pytest.raises(CommandError, match="see add_operator"):
        said("break_glass", *told)


def test_command_makes_no_operator_of_staff_who_must_use_single_sign_on(world: World) -> None:
    """No session by password opens anything for them, but they belong to the provider."""
    user = world.ours.technician
    with world.ours.scope():
        SignOnAddress.objects.filter(provider=world.ours.provider).update(is_required=True)
        assert Membership.objects.filter(user=user).exists()
    assert actor_for(user).provider_ids == ()
    with pytest.raises(CommandError, match="belongs to a provider"):
        said("add_operator", user.email)
    user.refresh_from_db()
    assert not user.is_operator


def test_commands_refuse_what_makes_no_sense(world: World, operator: User) -> None:
    for person in (world.ours.admin, world.ours.owner):
        with pytest.raises(CommandError, match="belongs to a provider"):
            said("add_operator", person.email)
    usual = {"--client": world.here.client.slug, "--operator": operator.email, "--reason": REASON}
    for change, problem in (
        ({"--client": "nowhere-0000"}, "no client"),
        ({"--reason": "short"}, "at least 10"),
        ({"--minutes": "61"}, "1 to 60"),
        ({"--operator": world.ours.admin.email}, "see add_operator"),
    ):
        words = [word for pair in {**usual, **change}.items() for word in pair]
        with pytest.raises(CommandError, match=problem):
            said("break_glass", *words)


def test_operator_is_at_home_where_the_look_is(world: World, operator: User) -> None:
    found: list[int | None] = []
    for user in (world.here.operator, operator):
        at_every_home(user, lambda home: found.append(home.client.pk if home.client else None))
    assert found == [world.here.client.pk]
