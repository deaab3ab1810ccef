"""Limits against guessing hold for all web processes together, on either kind of shared cache."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from allauth.account import app_settings as account
from allauth.mfa import app_settings as mfa
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from audits.models import OutgoingMail, User
from mia_portal import settings as portal
from tests.factories import PASSWORD, make_user
from tests.keeper import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person() -> User:
    # A new name each time: the shared caches remember an old one for minutes.
    return make_user(f"{secrets.token_hex(8)}@limits.example")


@pytest.fixture(params=["redis", "table"])
def environment(request: pytest.FixtureRequest, database_urls: Mapping[str, Any]) -> dict[str, str]:
    """What makes a process share its counters: a server that speaks Redis, or the cache table."""
    url = request.getfixturevalue("redis_urls")["cache"] if request.param == "redis" else ""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.web.programs.shared_cache_settings",
        "DATABASE_URL": database_urls["app_url"],
        "MIA_TEST_SHARED_CACHE": url,
    }


def tried(environment: dict[str, str], email: str, address: str, passwords: list[str]) -> list[str]:
    """Start a process that tries these passwords; returns what each one got."""
    typed = "\n".join(passwords) + "\n"
    return ran(environment, "try_to_log_in", email, address, typed=typed)


def ran(environment: dict[str, str], program: str, *given: str, typed: str = "") -> list[str]:
    """Start a process of the portal; returns what it said, word for word."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.web.programs.{program}", *given],
        cwd=ROOT,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_failed_log_ins_are_counted_across_processes(
    environment: dict[str, str], person: User, request: pytest.FixtureRequest
) -> None:
    # Two processes, two networks: the person's own count is the shared one.
    first = tried(environment, person.email, "198.51.100.1", ["wrong"] * 3)
    second = tried(environment, person.email, "198.51.100.2", ["wrong"] * 2 + [PASSWORD])
    third = tried(environment, person.email, "198.51.100.3", [PASSWORD])
    assert (first, second, third) == (
        ["refused"] * 3,
        ["refused"] * 2 + ["locked"],
        ["locked"],
    )
    other = make_user("other@limits.example")
    assert tried(environment, other.email, "198.51.100.3", [PASSWORD]) == ["in"]


def test_refused_request_gives_no_count_back(environment: dict[str, str]) -> None:
    # A number that nobody has: the shared caches remember an old one for an hour.
    number = str(secrets.randbelow(10**9) + 10**9)
    first = ran(environment, "spend_and_roll_back", number, "2")
    second = ran(environment, "spend_and_roll_back", number, "3")
    assert (first, second) == (["counted"] * 2, ["counted", "stopped", "stopped"])


def test_log_ins_of_one_address_are_counted_whoever_is_tried(person: User) -> None:
    got = []
    for number in range(11):
        sent = {"login": f"nobody{number}@limits.example", "password": "wrong"}
        got.append(Browser().post(reverse("account_login"), sent))
    said = ["Too many failed login attempts" in answer.content.decode() for answer in got]
    assert said == [False] * 10 + [True]
    sent = {"login": person.email, "password": PASSWORD}
    elsewhere = Browser(REMOTE_ADDR="198.51.100.9").post(reverse("account_login"), sent)
    assert elsewhere.status_code == 302


def test_forged_forwarding_header_gets_no_fresh_count(person: User) -> None:
    for number in range(11):
        sent = {"login": f"nobody{number}@limits.example", "password": "wrong"}
        headers = {"x-forwarded-for": f"198.51.100.{number}"}
        answer = Browser().post(reverse("account_login"), sent, headers=headers)
    assert "Too many failed login attempts" in answer.content.decode()


def test_resets_are_bounded_for_each_address_and_say_so(person: User) -> None:
    send = {"email": person.email}
    got = [Browser().post(reverse("account_reset_password"), send) for _ in range(6)]
    assert [answer.status_code for answer in got] == [302] * 5 + [429]
    assert OutgoingMail.objects.filter(recipient=person.email).count() == 5
    assert "Too many tries" in got[-1].content.decode()


def test_log_in_page_is_bounded_for_each_network() -> None:
    for _ in range(30):
        Browser().post(reverse("account_login"), {})
    answer = Browser().post(reverse("account_login"), {})
    assert answer.status_code == 429


def test_limits_are_the_numbers_that_are_promised() -> None:
    limits = account.RATE_LIMITS
    assert {name: limits[name] for name in ("login", "login_failed", "reset_password")} == {
        "login": "30/m/ip",
        "login_failed": "10/m/ip,5/300s/key",
        "reset_password": "20/m/ip,5/m/key",
    }
    assert limits["reset_password_from_key"] == "20/m/ip"
    assert limits["reauthenticate"] == "10/m/user"
    assert mfa.RATE_LIMITS["webauthn_login"] == "10/m/ip"


def test_counters_are_not_pushed_out_of_the_cache_table_by_a_flood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CACHE_URL", raising=False)
    monkeypatch.setattr(portal, "BROKER_URL", "amqp://broker")
    found = portal._cache()
    assert found["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
    assert (found["LOCATION"], found["OPTIONS"]) == ("mia_cache", {"MAX_ENTRIES": 100_000})
