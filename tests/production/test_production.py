"""An installation as it is set up for production: its checks, its cookies, its refusals."""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.keeper import ROOT

# What the README asks for, and nothing else.
COMPLETE = {
    "BROKER_URL": "redis://broker.example/0",
    "CACHE_URL": "",
    "STORAGE_URL": "file:///srv/mia/files",
    "ALLOWED_HOSTS": "portal.example",
    "MIA_SECURITY_CONTACT": "mailto:security@example.org",
    "EMAIL_URL": "memorymail://",
}


@pytest.fixture
def environment(database_urls: Mapping[str, str]) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **COMPLETE,
        "DATABASE_URL": database_urls["app_url"],
        "SECRET_KEY": secrets.token_urlsafe(64),
        "MIA_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DJANGO_SETTINGS_MODULE": "mia_portal.settings",
    }


def run(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def checked(environment: Mapping[str, str]) -> tuple[int, str]:
    done = run(environment, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    return done.returncode, done.stdout + done.stderr


def test_deployment_check_has_nothing_to_say(environment: dict[str, str]) -> None:
    assert checked(environment) == (0, "System check identified no issues (1 silenced).\n")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("SECRET_KEY", "change-me", "SECRET_KEY has fewer than 50 characters"),
        ("SECRET_KEY", "django-insecure-" + "0123456789" * 5, "SECRET_KEY is a placeholder"),
        ("SECRET_KEY_FALLBACKS", "short", "SECRET_KEY_FALLBACKS has fewer than 50"),
        ("ALLOWED_HOSTS", "*", "stands for any name"),
        ("MIA_PROXIES", "0.0.0.0/0", "no address or network that could be a proxy's"),
        ("DEBUG", "1", "DEBUG set to True"),
    ],
)
def test_deployment_check_refuses(
    environment: dict[str, str], name: str, value: str, problem: str
) -> None:
    status, told = checked({**environment, name: value})
    assert status == 1
    assert problem in told


def test_web_server_refuses_to_start_with_a_placeholder(environment: dict[str, str]) -> None:
    program = ("-c", "import mia_portal.wsgi")
    assert run(environment, *program).returncode == 0
    refused = run({**environment, "SECRET_KEY": "insecure-" + "0123456789" * 5}, *program)
    assert refused.returncode == 1
    assert "SECRET_KEY is a placeholder" in refused.stderr


def test_browser_gets_cookies_of_this_host_and_https_for_a_year(
    environment: dict[str, str],
) -> None:
    done = run(environment, "-m", "tests.production.answer")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["names"] == ["__Host-session", "__Host-csrf"]
    assert (seen["secured"], seen["path"]) == ([True, True], ["/", None])
    secure, plain = seen["secure"], seen["plain"]
    assert secure["status"] == 200
    assert secure["headers"]["strict-transport-security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    cookie = secure["cookies"]["__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/")
    assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")
    assert (plain["status"], plain["cookies"]) == (301, {})
    assert plain["headers"]["location"] == "https://portal.example/accounts/login/"
    assert seen["stranger"]["status"] == 400
    assert seen["public"] == "https://portal.example"
    assert seen["hashers"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
