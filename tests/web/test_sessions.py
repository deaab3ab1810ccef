"""A session ends by the clock, by its owner, by an administrator and by a new password."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from audits.enums import JobState
from audits.models import Job, Session, User
from audits.queries.sessions import device_of, open_sessions
from tests import casts
from tests.factories import PASSWORD, World
from tests.web.log_in import forget_tries, is_in, logged_in
from tests.web.reading import address

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/5"
)
IDLE, WHOLE = 60 * 60, 12 * 60 * 60


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    forget_tries()
    with casts.undone(cast_of_app) as lent:
        yield lent


def used(user: User, **extra: Any) -> Browser:  # noqa: ANN401 - headers of the test client
    """A browser with a session in which a page was opened a moment ago."""
    browser = Browser(**extra)
    browser.force_login(user)
    assert is_in(browser)
    return browser


def age(browser: Browser, *, seen: int = 0, begun: int = 0) -> None:
    """Let the session's times lie further back, in seconds."""
    session = browser.session
    session["seen"] -= seen
    session["begun"] -= begun
    session.save()


def words_after(answer: Any) -> str:  # noqa: ANN401 - a response of the test client
    followed = answer.client.get(answer["Location"])
    return str(followed.content.decode())


def test_times_are_an_hour_and_twelve() -> None:
    assert (settings.MIA_SESSION_IDLE_SECONDS, settings.MIA_SESSION_SECONDS) == (IDLE, WHOLE)
    assert settings.SESSION_COOKIE_AGE == WHOLE


# --- the clock


def test_session_lives_through_the_hour_and_begins_a_new_one_with_each_page(world: World) -> None:
    browser = used(world.ours.owner)
    for _ in range(3):
        age(browser, seen=IDLE - 5)
        assert is_in(browser)


def test_session_ends_after_an_hour_without_a_page(world: World) -> None:
    browser = used(world.ours.owner)
    age(browser, seen=IDLE + 5)
    page = f"{address(world, 'checklist')}?show=open"
    answer = browser.get(page)
    assert answer.status_code == 302
    assert (
        answer["Location"]
        == f"{reverse('account_login')}?next={page.replace('?', '%3F').replace('=', '%3D')}"
    )
    assert "after an hour without activity" in words_after(answer)
    assert not is_in(browser)


def test_session_ends_after_twelve_hours_of_work(world: World) -> None:
    browser = used(world.ours.owner)
    age(browser, begun=WHOLE + 5)
    answer = browser.get("/")
    assert "twelve hours old" in words_after(answer)
    assert not is_in(browser)


def test_log_in_after_the_end_leads_back_to_the_page(world: World) -> None:
    browser = used(world.ours.owner)
    age(browser, seen=IDLE + 5)
    page = address(world, "checklist")
    form = browser.get(browser.get(page)["Location"]).content.decode()
    assert f'name="next" value="{page}"' in form
    sent = {"login": world.ours.owner.email, "password": PASSWORD, "next": page}
    assert browser.post(reverse("account_login"), sent)["Location"] == page
    assert browser.session["begun"] > 0
    assert is_in(browser)


def poll(browser: Browser, world: World, name: str, row: str) -> int:
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/"}
    return browser.get(address(world, name, row), headers=headers).status_code


@pytest.mark.parametrize(("name", "row"), [("audit_progress", "audit"), ("report", "report")])
def test_polling_keeps_no_session_alive(world: World, name: str, row: str) -> None:
    with world.here.scope():
        Job.objects.update(state=JobState.RUNNING)
    browser = used(world.ours.technician)
    age(browser, seen=IDLE - 5)
    before = browser.session["seen"]
    assert poll(browser, world, name, row) == 200
    assert browser.session["seen"] == before
    age(browser, seen=10)
    assert poll(browser, world, name, row) == 204
    assert not is_in(browser)


def test_person_who_opens_the_same_address_keeps_it_alive(world: World) -> None:
    browser = used(world.ours.technician)
    age(browser, seen=IDLE - 5)
    browser.get(address(world, "report", "report"))
    age(browser, seen=IDLE - 5)
    assert is_in(browser)


def test_fragment_after_the_end_moves_the_whole_page_to_the_log_in(world: World) -> None:
    browser = used(world.ours.technician)
    age(browser, seen=IDLE + 5)
    page = address(world, "audit", "audit")
    headers = {"hx-request": "true", "hx-current-url": f"http://testserver{page}"}
    answer = browser.get(address(world, "audit_progress", "audit"), headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next={page}"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/c/x/audits/1/", "/c/x/audits/1/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_form_after_the_end_leads_back_to_its_page_and_to_no_other_site(
    world: World, referer: str, back: str
) -> None:
    browser = used(world.ours.technician)
    age(browser, seen=IDLE + 5)
    where = address(world, "audit_cancel", "audit")
    answer = browser.post(where, headers={"referer": referer})
    assert answer["Location"] == f"{reverse('account_login')}?next={back}"


def test_program_after_the_end_hears_that_it_is_not_logged_in(world: World) -> None:
    browser = used(world.ours.technician)
    age(browser, seen=IDLE + 5)
    answer = browser.get(reverse("api:clients"))
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")


def test_pages_before_the_log_in_open_after_the_end(world: World) -> None:
    browser = used(world.ours.owner)
    age(browser, seen=IDLE + 5)
    assert browser.get(reverse("account_reset_password")).status_code == 200


def test_session_cookie_of_yesterday_or_of_nobody_opens_nothing(world: World) -> None:
    browser = used(world.ours.owner)
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.post(reverse("account_logout"))
    for forged in (key, key[:-1] + ("a" if key[-1] != "a" else "b"), "", "x" * 4000):
        other = Browser()
        other.cookies[settings.SESSION_COOKIE_NAME] = forged
        assert not is_in(other)


# --- the list


def listed(user: User, browser: Browser) -> list[tuple[str, str, bool]]:
    found = open_sessions(user, this_key=browser.session.session_key or "")
    return [(row.device, row.address, row.is_this_one) for row in found]


def test_list_names_device_address_and_this_one(world: World) -> None:
    user = world.ours.owner
    used(user, headers={"user-agent": FIREFOX}, REMOTE_ADDR="198.51.100.7")
    here = used(user, headers={"user-agent": CHROME})
    used(world.ours.viewer, headers={"user-agent": FIREFOX})
    assert listed(user, here) == [
        ("Chrome on Linux", "127.0.0.1", True),
        ("Firefox on Windows", "198.51.100.7", False),
    ]
    html = here.get(reverse("security")).content.decode()
    assert "198.51.100.7" in html
    assert html.count("This one") == 1


def test_list_leaves_out_what_is_over(world: World) -> None:
    user = world.ours.owner
    left, idle, here = used(user), used(user), used(user)
    assert len(listed(user, here)) == 3
    left.post(reverse("account_logout"))
    assert len(listed(user, here)) == 2
    row = Session.objects.get(key=idle.session.session_key)
    row.seen_at = row.seen_at.replace(year=2020)
    row.save()
    assert len(listed(user, here)) == 1


def test_list_asks_the_same_number_of_queries_for_one_and_for_three(
    world: World,
    django_assert_num_queries: Any,  # noqa: ANN401 - the plug-in's own type is private
) -> None:
    user, here = world.ours.owner, used(world.ours.owner)
    for _ in range(2):
        with django_assert_num_queries(1):
            open_sessions(user, this_key=here.session.session_key or "")
        used(user)
        used(user)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        (CHROME, "Chrome on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/6",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_device_is_named_as_people_know_it(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_session_can_be_ended_from_another_one(world: World) -> None:
    user = world.ours.owner
    elsewhere, here = used(user), used(user)
    row = Session.objects.get(key=elsewhere.session.session_key)
    answer = here.post(reverse("session_end", kwargs={"session": row.pk}))
    assert answer["Location"] == reverse("security")
    assert not is_in(elsewhere)
    assert is_in(here)
    again = here.post(reverse("session_end", kwargs={"session": row.pk}))
    assert again.status_code == 404


def test_session_of_somebody_else_is_as_absent_as_none(world: World) -> None:
    theirs, here = used(world.ours.viewer), used(world.ours.owner)
    row = Session.objects.get(key=theirs.session.session_key)
    answers = []
    for pk in (row.pk, UUID(int=0)):
        answer = here.post(reverse("session_end", kwargs={"session": pk}))
        answers.append((answer.status_code, answer.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert is_in(theirs)


def test_all_other_sessions_can_be_ended_and_nobody_elses(world: World) -> None:
    user = world.ours.owner
    others, theirs, here = [used(user), used(user)], used(world.ours.viewer), used(user)
    here.post(reverse("sessions_end"))
    assert [is_in(browser) for browser in others] == [False, False]
    assert is_in(here)
    assert is_in(theirs)


@pytest.mark.parametrize("name", ["sessions_end", "second_factor_decline"])
def test_what_changes_something_is_asked_by_post_alone(world: World, name: str) -> None:
    assert used(world.ours.owner).get(reverse(name)).status_code == 405


def test_new_password_ends_every_other_session(world: World) -> None:
    user = world.ours.owner
    elsewhere, here = used(user), logged_in(user)
    new = "three words and more"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), sent).status_code == 302
    assert not is_in(elsewhere)
    assert is_in(here)
    assert [row[2] for row in listed(user, here)] == [True]


def test_password_change_needs_the_old_one(world: World) -> None:
    here, new = logged_in(world.ours.owner), "three words and more"
    sent = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), sent).status_code == 200
    assert User.objects.get(pk=world.ours.owner.pk).check_password(PASSWORD)
