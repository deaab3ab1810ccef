"""Passwords as people really keep them: in managers, pasted, and for as long as they are good."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits.models import User
from tests import casts
from tests.architecture.sources import ROOT
from tests.factories import World
from tests.web.doors import browser_of
from tests.web.log_in import forget_tries, logged_in

# Pages that ask for a password, and who sees them.
ASKED_ON = {
    "account_login": "anonymous",
    "account_change_password": "owner",
    "account_reauthenticate": "owner",
}
FIELD = re.compile(r'<input[^>]*type="password"[^>]*>')
FOR_MANAGERS = {"current-password", "new-password"}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    forget_tries()
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.mark.parametrize("name", ASKED_ON)
def test_field_of_a_password_is_made_for_managers(world: World, name: str) -> None:
    html = browser_of(world, ASKED_ON[name]).get(reverse(name)).content.decode()
    fields = FIELD.findall(html)
    assert fields
    for field in fields:
        said = re.search(r'autocomplete="([^"]*)"', field)
        assert said is not None, field
        assert said[1] in FOR_MANAGERS
        assert re.search(r"onpaste|readonly|maxlength", field) is None


def test_no_script_listens_to_pasting() -> None:
    scripts = sorted((ROOT / "static").rglob("*.js"))
    assert scripts
    assert [path.name for path in scripts if "paste" in path.read_text(encoding="utf-8")] == []


def test_password_of_years_ago_lets_its_person_in(world: World) -> None:
    long_ago = timezone.now() - timedelta(days=3_650)
    owner = world.ours.owner
    User.objects.filter(pk=owner.pk).update(date_joined=long_ago, last_login=long_ago)
    browser = logged_in(owner)
    own = browser.get(reverse("client", kwargs={"slug": world.here.client.slug}))
    assert own.status_code == 200
