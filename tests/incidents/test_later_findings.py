"""What a review of fleet, report check and looks found."""

import hashlib
import io
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import SealVerdict
from audits.models import Activity, Audit, User
from audits.queries import report_seal as seals
from audits.reports import seal
from audits.services import report_seal
from tests import casts
from tests.builders import finished, make_audit, make_job, result_document
from tests.factories import World
from tests.people import make_operator
from tests.summaries import owner_summary
from tests.web.test_operator import begin, browser_of

_A_HANDFUL = 100


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


def _issue(world: World, audit: Audit, name: str) -> None:
    one = owner_summary(audit, world.ours.owner, check_at="portal.example/verify/")
    report_seal.finish(one, sha256=hashlib.sha256(name.encode()).hexdigest())


def test_report_on_an_older_audit_does_not_supersede_the_one_on_the_newest(world: World) -> None:
    here = world.here
    with here.scope():
        here.audit.refresh_from_db()
        Audit.objects.filter(pk=here.audit.pk).update(
            completed_at=timezone.now() - timedelta(days=200)
        )
        newest = make_audit(
            here.model_version, here.dataset_version, job=make_job(here.client, key="newest"),
            authorisation=here.authorisation, **finished(result_document()),
        )  # fmt: skip
        _issue(world, Audit.objects.get(pk=newest.pk), "about the newest")
        _issue(world, Audit.objects.get(pk=here.audit.pk), "about the old one")
    found = {
        name: seals.of_file(io.BytesIO(name.encode()))
        for name in ("about the newest", "about the old one")
    }
    assert found == {
        "about the newest": SealVerdict.GENUINE,
        "about the old one": SealVerdict.SUPERSEDED,
    }


def test_file_of_nothing_but_codes_is_not_looked_up_code_by_code() -> None:
    def drawn() -> bytes:
        return "".join(secrets.choice(seal.ALPHABET) for _ in range(20)).encode()

    full = b"".join(seal.MARK.encode() + drawn() for _ in range(_A_HANDFUL * 10))
    assert len(seal.digests_in(full)) <= _A_HANDFUL


@pytest.mark.parametrize(
    "address", [lambda: reverse("search") + "?q=a", lambda: reverse("api:clients")]
)
def test_what_an_operator_finds_stands_in_the_clients_log(world: World, address: object) -> None:
    operator: User = make_operator("op@platform.example")
    browser, here = browser_of(operator), world.here
    begin(browser, here.client.slug)

    def looked() -> int:
        with here.scope():
            return Activity.objects.filter(verb="looked").count()

    before = looked()
    answer = browser.get(address())  # type: ignore[operator]
    assert here.client.slug in answer.content.decode()
    assert looked() == before + 1


def test_view_that_gets_too_long_is_refused_in_words(world: World) -> None:
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.ours.technician)
    answer = browser.post(reverse("fleet_views"), {"name": "long", "query": "q=" + "é" * 900})
    assert answer.status_code < 500
