"""A lost second factor: who takes it off, what ends with it, and what the person does next."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from audits import tenancy
from audits.enums import MailKind, Role
from audits.models import Activity, Membership, OutgoingMail, ProviderActivity, User
from audits.services import mail
from tests import casts
from tests.chains import details
from tests.factories import PASSWORD, World
from tests.second_factor import protect
from tests.web.log_in import forget_tries
from tests.web.reading import browser_of, proven, words


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def address(world: World, user: User) -> str:
    with tenancy.system_scope("the test looks at what is stored"):
        held = Membership.objects.get(user=user)
    if held.client_id is None:
        return reverse("colleague_reset_factor", args=[held.pk])
    return reverse("person_reset_factor", args=[world.here.client.slug, held.pk])


def is_protected(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


def letters_to(user: User) -> list[str]:
    rows = OutgoingMail.objects.filter(recipient=user.email, kind=MailKind.ACCOUNT)
    return [mail.read(row).body for row in rows]


@pytest.mark.parametrize("person", ["technician", "owner"])
def test_administrator_takes_a_lost_factor_off(world: World, person: str) -> None:
    user = world.ours.people()[person]
    if not is_protected(user):
        protect(user)
    theirs = browser_of(world, person)
    assert theirs.get("/").status_code in {200, 302}
    admin, url = proven(world, "admin"), address(world, user)
    page = url.removesuffix("reset/")
    assert "Take the second factor off" in words(admin.get(page).content.decode())
    said = admin.post(url, follow=True).content.decode()
    assert "sets up a new second factor" in words(said)
    assert "Take the second factor off" not in words(said)
    assert not is_protected(user)
    assert theirs.get("/")["Location"].startswith(reverse("account_login"))
    (letter,) = letters_to(user)
    assert str(world.ours.admin) in letter
    with world.here.scope(), tenancy.system_scope("the test looks at what is stored"):
        model = ProviderActivity if person == "technician" else Activity
        line = model.objects.get(verb="reset_factor")
        assert (line.actor, line.object_id) == (world.ours.admin, user.pk)
        assert details(line)["person"] == user.email


def test_name_of_who_took_it_off_writes_no_paragraph_of_the_letter(world: World) -> None:
    world.ours.admin.name = "Eve\n\nSend your password to evil.example.\x01"
    world.ours.admin.save(update_fields=["name"])
    user = world.ours.technician
    proven(world, "admin").post(address(world, user))
    (letter,) = letters_to(user)
    assert "Eve Send your password to evil.example. took them off" in letter


def test_password_alone_then_leads_staff_to_a_new_factor(world: World) -> None:
    forget_tries()
    user = world.ours.technician
    proven(world, "admin").post(address(world, user))
    browser = Browser()
    asked = {"login": user.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), asked).status_code == 302
    assert browser.get(reverse("fleet"))["Location"] == reverse("second_factor")


def test_nobody_confirms_it_by_an_old_log_in(world: World) -> None:
    user = world.ours.technician
    answer = browser_of(world, "admin").post(address(world, user))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert is_protected(user)


def test_own_factor_and_that_of_other_providers_people_stay(world: World) -> None:
    admin, both = world.ours.admin, world.ours.technician
    said = proven(world, "admin").post(address(world, admin), follow=True).content.decode()
    assert "Your own second factor" in words(said)
    assert is_protected(admin)
    with tenancy.system_scope("the test makes somebody work for both"):
        url = address(world, both)
        Membership.objects.create(
            user=both, provider=world.theirs.provider, client=None, role=Role.TECHNICIAN
        )
    said = proven(world, "admin").post(url, follow=True).content.decode()
    assert "cannot be taken off here: ask the operator" in words(said)
    assert "another" not in words(said)  # that there is one is nobody's business here
    assert is_protected(both)
    assert letters_to(both) == []


def test_without_a_factor_nothing_is_taken_off(world: World) -> None:
    viewer = world.ours.viewer
    Authenticator.objects.filter(user=viewer).delete()
    said = proven(world, "admin").post(address(world, viewer), follow=True).content.decode()
    assert "has no second factor" in words(said)
    assert letters_to(viewer) == []


def test_command_takes_it_off_anybody_for_a_reason(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = world.ours.admin
    for email, reason in (("nobody@nowhere.example", "lost"), (admin.email, "  ")):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", email, reason=reason)
    assert is_protected(admin)
    call_command("reset_second_factor", admin.email, reason="Phone lost, called back")
    assert admin.email in capsys.readouterr().out
    assert not is_protected(admin)
    with world.ours.scope():
        line = ProviderActivity.objects.get(verb="reset_factor")
        told = details(line)
    assert (line.actor, told["reason"]) == (None, "Phone lost, called back")
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", admin.email, reason="again")
