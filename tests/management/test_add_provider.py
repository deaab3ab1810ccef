"""The first account of an installation: without it nobody can log in."""

import io

import pytest
from django.core.management import CommandError, call_command

from audits import tenancy
from audits.access import actor_for, may
from audits.enums import Role
from audits.models import Membership, Provider, User

EMAIL, PASSWORD = "ann@northgate.example", "correct horse battery"


def add(monkeypatch: pytest.MonkeyPatch, *, email: str = EMAIL, password: str = PASSWORD) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    said = io.StringIO()
    call_command("add_provider", "Northgate IT", "--admin", email, stdout=said)
    return said.getvalue()


def memberships() -> int:
    with tenancy.system_scope("the test counts every provider's people"):
        return Membership.objects.count()


@pytest.mark.django_db
def test_the_first_administrator_can_log_in_and_set_up_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert add(monkeypatch) == f"Northgate IT: {EMAIL} can log in.\n"
    user = User.objects.get(email=EMAIL)
    assert user.check_password(PASSWORD)
    actor = actor_for(user)
    assert (actor.staff_role, actor.all_clients) == (Role.MSP_ADMIN, True)
    assert may(actor, "client.create")
    with tenancy.scope(provider_id=actor.provider_id, client_ids=()):
        assert [provider.name for provider in Provider.objects.all()] == ["Northgate IT"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password", "problem"),
    [
        ("nobody", PASSWORD, "Enter a valid email address"),
        (EMAIL, "short", "This password is too short"),
        (EMAIL, "", "This password is too short"),
    ],
)
def test_what_cannot_be_an_account_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str, problem: str
) -> None:
    with pytest.raises(CommandError, match=problem):
        add(monkeypatch, email=email, password=password)
    assert (User.objects.count(), memberships()) == (0, 0)


@pytest.mark.django_db
def test_an_address_has_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch)
    with pytest.raises(CommandError, match="has an account already"):
        add(monkeypatch, email=EMAIL.upper())
    assert User.objects.count() == 1
