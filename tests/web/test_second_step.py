"""The second step of a log-in: codes work once, now, and for their owner."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.test import Client as Browser
from django.urls import reverse

from audits.models import User
from tests import casts
from tests.factories import PASSWORD, World
from tests.second_factor import SECRET, code_at, protect
from tests.web.log_in import LOG_IN, SECOND_STEP, after_password, forget_tries, is_in, last_letter

NOW = 59_000_000


@pytest.fixture
def world(cast_of_app: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The cast at a moment that stands still: `at` moves it."""
    forget_tries()
    at(monkeypatch, NOW)
    with casts.undone(cast_of_app) as lent:
        yield lent


def at(monkeypatch: pytest.MonkeyPatch, counter: int) -> None:
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([counter]))


def send(browser: Browser, code: str) -> int:
    return browser.post(reverse(SECOND_STEP), {"code": code}).status_code


def codes_of(user: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def test_password_alone_opens_nothing_for_staff_with_an_app(world: World) -> None:
    browser = after_password(world.ours.technician)
    assert not is_in(browser)
    assert browser.get(reverse("fleet")).status_code == 302
    assert browser.get(reverse("api:clients")).status_code == 401


def test_code_of_now_lets_its_owner_in_and_back_to_the_page_they_wanted(world: World) -> None:
    browser = after_password(world.ours.technician, next_page="/clients/new/")
    answer = browser.post(reverse(SECOND_STEP), {"code": code_at(NOW)})
    assert (answer.status_code, answer["Location"]) == (302, "/clients/new/")
    assert is_in(browser)


@pytest.mark.parametrize("when", [-1, 1])
def test_code_of_another_moment_is_refused(world: World, when: int) -> None:
    browser = after_password(world.ours.technician)
    assert send(browser, code_at(NOW + when)) == 200
    assert not is_in(browser)


def test_code_is_refused_the_second_time(world: World) -> None:
    assert send(after_password(world.ours.technician), code_at(NOW)) == 302
    again = after_password(world.ours.technician)
    assert send(again, code_at(NOW)) == 200
    assert not is_in(again)


def test_code_of_somebody_else_is_refused(world: World) -> None:
    other = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
    Authenticator.objects.filter(user=world.theirs.admin).update(
        data={"secret": auth.encrypt(other)}
    )
    assert send(after_password(world.theirs.admin), code_at(NOW, other)) == 302
    browser = after_password(world.ours.technician)
    assert send(browser, code_at(NOW, other)) == 200
    assert not is_in(browser)


@pytest.mark.parametrize(
    "code", ["", "000000", "12345", "abcdef", "0" * 400, "' OR 1=1 --", "\x00"]
)
def test_code_that_is_none_is_refused_with_a_word_at_its_field(world: World, code: str) -> None:
    browser = after_password(world.ours.technician)
    answer = browser.post(reverse(SECOND_STEP), {"code": code})
    assert answer.status_code == 200
    assert "Please correct this" in answer.content.decode()
    assert not is_in(browser)


def test_second_step_without_the_first_leads_to_the_first(world: World) -> None:
    browser = Browser()
    answer = browser.post(reverse(SECOND_STEP), {"code": code_at(NOW)})
    assert (answer.status_code, answer["Location"]) == (302, reverse(LOG_IN))
    assert not is_in(browser)


def test_second_step_waits_a_quarter_of_an_hour_at_most(world: World) -> None:
    browser = after_password(world.ours.technician)
    session = browser.session
    session["account_login"]["initiated_at"] -= 15 * 60 + 1
    session.save()
    assert send(browser, code_at(NOW)) == 302
    assert not is_in(browser)


def test_second_step_locks_after_five_wrong_codes_even_for_the_right_one(world: World) -> None:
    browser = after_password(world.ours.technician)
    for _ in range(5):
        assert send(browser, "000000") == 200
    answer = browser.post(reverse(SECOND_STEP), {"code": code_at(NOW)})
    assert "Too many failed login attempts" in answer.content.decode()
    assert not is_in(browser)


def test_recovery_code_opens_once(world: World) -> None:
    user = world.ours.technician
    first, second = codes_of(user)[:2]
    assert send(after_password(user), first) == 302
    again = after_password(user)
    assert send(again, first) == 200
    assert not is_in(again)
    assert send(again, second) == 302
    assert first not in codes_of(user)


def test_recovery_code_of_somebody_else_is_refused(world: World) -> None:
    theirs = codes_of(world.theirs.admin)[0]
    codes_of(world.ours.technician)
    browser = after_password(world.ours.technician)
    assert send(browser, theirs) == 200
    assert not is_in(browser)
    assert theirs in codes_of(world.theirs.admin)


def test_secret_lies_encrypted_in_the_database(world: World) -> None:
    row = Authenticator.objects.get(user=world.ours.technician)
    assert SECRET not in str(row.data)
    assert auth.decrypt(row.data["secret"]) == SECRET


def test_wrong_password_says_the_same_with_and_without_second_factor(world: World) -> None:
    said = []
    for person in (world.ours.technician, world.ours.owner):
        sent = {"login": person.email, "password": PASSWORD + "x"}
        answer = Browser().post(reverse(LOG_IN), sent)
        said.append((answer.status_code, answer.context["form"].errors))
    assert said[0] == said[1]
    assert said[0][0] == 200


# --- a password reset is no way round


def reset_link(user: User) -> str:
    Browser().post(reverse("account_reset_password"), {"email": user.email})
    words = last_letter().body.split()
    return next(word for word in words if word.startswith("http")).removeprefix("http://testserver")


def choose(browser: Browser, link: str, password: str) -> bool:
    """Follow the link and send the new password; says whether it was taken."""
    opened = browser.get(link)
    if opened.status_code != 302:
        return False
    sent = {"password1": password, "password2": password}
    return browser.post(opened["Location"], sent).status_code == 302


NEW = "another battery, another staple"


def test_reset_asks_for_the_second_step_all_the_same(world: World) -> None:
    user, browser = world.ours.technician, Browser()
    assert choose(browser, reset_link(user), NEW)
    assert not is_in(browser)
    after = after_password(user, password=NEW)
    assert not is_in(after)
    assert send(after, code_at(NOW)) == 302
    assert is_in(after)


def test_reset_link_works_once(world: World) -> None:
    link = reset_link(world.ours.owner)
    assert choose(Browser(), link, NEW)
    assert not choose(Browser(), link, PASSWORD)
    assert is_in(after_password(world.ours.owner, password=NEW))


def test_reset_link_says_when_it_has_expired(world: World, settings: object) -> None:
    link = reset_link(world.ours.owner)
    settings.PASSWORD_RESET_TIMEOUT = -1  # type: ignore[attr-defined]
    answer = Browser().get(link)
    assert "This link does not work any more" in answer.content.decode()
    assert not choose(Browser(), link, NEW)


def test_reset_link_with_another_persons_number_is_refused(world: World) -> None:
    owner, viewer = reset_link(world.ours.owner), reset_link(world.ours.viewer)
    base, _, key = owner.rstrip("/").rpartition("/")
    foreign = viewer.rstrip("/").rpartition("/")[2].split("-")[0]
    tampered = f"{base}/{foreign}-{key.split('-', 1)[1]}/"
    assert tampered not in {owner, viewer}
    assert not choose(Browser(), tampered, NEW)
    assert not choose(Browser(), owner[:-2] + ("a/" if owner[-2] != "a" else "b/"), NEW)
    assert choose(Browser(), owner, NEW)


def test_reset_ends_every_session(world: World) -> None:
    user = world.ours.owner
    protect(user)
    before = after_password(user)
    assert send(before, code_at(NOW)) == 302
    assert is_in(before)
    assert choose(Browser(), reset_link(user), NEW)
    assert not is_in(before)
    assert last_letter().subject == "MIA Portal: Your password was reset"


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("x" * 11, False),
        ("password1234", False),
        ("q" * 129, False),
        ("zebra kite lampshade", True),
        ("zebrakitelampshade", True),
        ("Ω猫" * 64, True),
    ],
    ids=["short", "known", "endless", "words", "letters", "longest"],
)
def test_password_rules_ask_for_length_and_rareness_alone(
    world: World, *, password: str, taken: bool
) -> None:
    assert choose(Browser(), reset_link(world.ours.owner), password) is taken
