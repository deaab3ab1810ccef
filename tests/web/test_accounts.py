"""The log-in pages tell nobody who has an account here."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.models import OutgoingMail
from tests import casts
from tests.factories import World


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def test_reset_answers_known_and_unknown_alike(world: World) -> None:
    known = world.ours.owner.email
    answers = []
    for email in (known, "nobody@nowhere.example"):
        answer = Browser().post(reverse("account_reset_password"), {"email": email})
        answers.append((answer.status_code, answer["Location"], answer.content))
    assert answers == [(302, reverse("account_reset_password_done"), b"")] * 2
    assert list(OutgoingMail.objects.values_list("recipient", flat=True)) == [known]


def test_form_without_its_token_gets_our_own_page(world: World) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.ours.technician)
    answer = browser.post(reverse("client_new"), {"name": "x"})
    assert answer.status_code == 403
    assert '<main class="error-page">' in answer.content.decode()
