"""Permission to audit: nothing starts without it, and the report names who gave it."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import JobState, VersionKind
from audits.models import Activity, Audit, Authorisation, ModelVersion
from audits.queries import authorisation as queries
from audits.services import authorisation, job
from audits.services.errors import InvalidInput, NotPossible
from tests import casts
from tests.builders import make_audit, make_authorisation, make_job
from tests.chains import details
from tests.factories import World
from tests.summaries import owner_summary
from tests.web.reading import address, browser_of, html_of, page, words

TODAY = timezone.localdate()
READERS = ("owner", "technician", "viewer")
FORM = {
    "person": "Priya Shah",
    "role": "managing director",
    "given_on": TODAY.isoformat(),
    "ends_on": (TODAY + timedelta(days=90)).isoformat(),
    "scope": "The forecast and its appointments.",
    "source": "E-mail of today",
    "is_confirmed": "on",
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def start(world: World) -> tuple[int, str]:
    """Ask for an audit of the first client's predictions; status and text of the answer."""
    with world.here.scope():
        ModelVersion.objects.update(kind=VersionKind.PREDICTIONS)
    form = {"model_version": world.here.model_version.pk, "preset": "quick", "split": "random"}
    answer = browser_of(world, "technician").post(address(world, "audit_new"), form)
    return answer.status_code, answer.content.decode()


def withdraw(world: World, person: str = "owner") -> int:
    url = address(world, "authorisation_withdraw", "authorisation")
    return browser_of(world, person).post(url).status_code


def test_audit_starts_on_a_permission_and_keeps_which(world: World) -> None:
    assert start(world)[0] == 302
    with world.here.scope():
        assert Audit.objects.latest("pk").authorisation == world.here.authorisation


def test_audit_without_a_permission_is_refused_with_the_way_to_it(world: World) -> None:
    assert withdraw(world) == 302
    with world.here.scope():
        before = Audit.objects.count()
    status, html = start(world)
    assert status == 200
    assert "Nobody has allowed an audit of “No-show forecast” yet" in words(html)
    assert address(world, "authorise", "model") in html
    assert f'value="{world.here.model_version.pk}" selected' in html  # nothing typed is lost
    with world.here.scope():
        assert Audit.objects.count() == before


@pytest.mark.parametrize("person", ["owner", "technician"])
def test_permission_is_recorded_and_shown(world: World, person: str) -> None:
    withdraw(world)
    browser, url = browser_of(world, person), address(world, "authorise", "model")
    assert browser.get(url).status_code == 200
    assert browser.post(url, {**FORM, "is_confirmed": ""}).status_code == 200
    with world.here.scope():
        assert queries.current(world.here.model) is None
    assert browser.post(url, FORM).status_code == 302
    with world.here.scope():
        made = queries.current(world.here.model)
        assert made is not None
        assert (made.person, made.recorded_by) == ("Priya Shah", world.ours.people()[person])
        line = Activity.objects.get(verb="authorised")
        assert (details(line)["scope"], details(line)["confirmed"]) == (FORM["scope"], True)
        assert (made.is_confirmed, made.file) == (True, None)
    page = browser.get(address(world, "model", "model")).content.decode()
    assert "Priya Shah, managing director" in words(page)
    assert start(world)[0] == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"given_on": (TODAY + timedelta(days=1)).isoformat()}, "a day to come"),
        (
            {
                "given_on": (TODAY - timedelta(days=9)).isoformat(),
                "ends_on": (TODAY - timedelta(days=1)).isoformat(),
            },
            "has ended",
        ),
        ({"ends_on": (TODAY + timedelta(days=800)).isoformat()}, "two years at most"),
        ({"person": ""}, "required"),
    ],
)
def test_permission_that_cannot_be_is_refused(
    world: World, changed: dict[str, str], said: str
) -> None:
    with world.here.scope():
        before = Authorisation.objects.count()
    answer = browser_of(world, "owner").post(
        address(world, "authorise", "model"), {**FORM, **changed}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert said in words(html)
    assert FORM["scope"] in html
    with world.here.scope():
        assert Authorisation.objects.count() == before


def test_permission_that_ended_or_has_not_begun_allows_nothing(world: World) -> None:
    withdraw(world)
    model = world.here.model
    with world.here.scope():
        make_authorisation(
            model, given_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1)
        )
        make_authorisation(model, given_on=TODAY + timedelta(days=1))
        with pytest.raises(InvalidInput) as caught:
            authorisation.required(model)
    assert (caught.value.field, caught.value.code) == ("model_version", authorisation.MISSING)


def test_permission_is_withdrawn_once(world: World) -> None:
    assert withdraw(world) == 302
    with world.here.scope():
        row = Authorisation.objects.get()
        assert row.withdrawn_at is not None
        with pytest.raises(NotPossible):
            authorisation.withdraw(authorisation=row, actor=world.ours.owner)
        assert Activity.objects.filter(verb="unauthorised").count() == 1


def test_permission_on_nobodys_word_and_without_a_letter_is_not_stored(world: World) -> None:
    model = world.here.model
    given: dict[str, Any] = {"person": "Priya Shah", "role": "director", "scope": "All of it."}
    given |= {"given_on": TODAY, "ends_on": TODAY}
    with world.here.scope():
        with pytest.raises(InvalidInput) as refused:
            authorisation.record(model=model, actor=world.ours.owner, is_confirmed=False, **given)
        with pytest.raises(IntegrityError, match="authorisation_rests_on"), transaction.atomic():
            make_authorisation(model, is_confirmed=False)
    assert refused.value.field == "is_confirmed"


def test_withdrawing_stops_what_waits_on_the_permission_and_nothing_else(world: World) -> None:
    assert start(world)[0] == 302
    with world.here.scope():
        waiting = Audit.objects.select_related("job").latest("pk")
        other = make_authorisation(world.here.model)
        kept = make_audit(waiting.model_version, None, authorisation=other)
        kept.job = make_job(waiting.client, state=JobState.QUEUED, key="other")
        kept.save()
        unit = waiting.job.units.get() if waiting.job is not None else None
        assert unit is not None
    answer = browser_of(world, "owner").post(
        address(world, "authorisation_withdraw", "authorisation"), follow=True
    )
    assert "1 audit is stopped." in words(answer.content.decode())
    with world.here.scope():
        states = [Audit.objects.get(pk=row.pk).job.state for row in (waiting, kept)]  # type: ignore[union-attr]
        assert states == [JobState.CANCELLED, JobState.QUEUED]
        assert job.claim(unit.pk) is None
        line = Activity.objects.get(verb="cancelled", object_id=waiting.pk)
        assert details(line)["because"] == "permission withdrawn"


def test_permission_that_is_withdrawn_meanwhile_starts_nothing(world: World) -> None:
    """Between the first question and the new row somebody else may have withdrawn it."""
    with world.here.scope():
        asked = authorisation.required(world.here.model)
    assert withdraw(world) == 302
    with world.here.scope(), transaction.atomic(), pytest.raises(InvalidInput) as refused:
        authorisation.held(asked)
    assert refused.value.code == authorisation.MISSING


def test_report_says_what_the_permission_covers_and_on_whose_word(world: World) -> None:
    with world.here.scope():
        row = make_authorisation(
            world.here.model,
            scope="Only the pilot.",
            source="Contract annex 2",
            recorded_by=world.ours.owner,
        )
        Audit.objects.filter(pk=world.here.audit.pk).update(authorisation=row)
        frozen = owner_summary(Audit.objects.get(pk=world.here.audit.pk), None).data
    assert frozen["scope"].startswith("Only the pilot (holds until ")
    assert frozen["basis"].startswith(f"Confirmed by {world.ours.owner} on ")
    assert frozen["basis"].endswith("Kept in: Contract annex 2.")


def test_permission_of_one_client_allows_nothing_at_another(world: World) -> None:
    """Row and address are the client's: a neighbour's answers like one that never was."""
    browser = browser_of(world, "owner")
    for cast in (world.sibling, world.stranger):
        with cast.scope():
            assert Authorisation.objects.filter(pk=cast.authorisation.pk).exists()
        url = reverse(
            "authorisation_withdraw",
            kwargs={"slug": world.here.client.slug, "pk": cast.authorisation.pk},
        )
        assert browser.post(url).status_code == 404
        with cast.scope():
            assert Authorisation.objects.get(pk=cast.authorisation.pk).withdrawn_at is None


def test_page_of_the_audit_names_who_allowed_it(world: World) -> None:
    html = browser_of(world, "technician").get(address(world, "audit", "audit")).content.decode()
    assert "Authorised by Dr Amelia Okafor, practice owner" in words(html)


def _letter(data: bytes, name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_signed_letter_stands_for_the_tick_and_is_kept_and_handed_out(
    world: World, tmp_path: Path, settings: Settings
) -> None:
    settings.STORAGE_URL, settings.MIA_STORAGE_ROOT = f"file://{tmp_path}", tmp_path
    url = address(world, "authorise", "model")
    browser = browser_of(world, "owner")
    neither = browser.post(url, {**FORM, "is_confirmed": ""})
    assert "Tick this, or add the signed letter" in neither.content.decode()
    data = b"%PDF-1.7 signed by Priya Shah"
    assert (
        browser.post(url, {**FORM, "is_confirmed": "", "upload": _letter(data)}).status_code == 302
    )
    with world.here.scope():
        made = Authorisation.objects.select_related("file").latest("pk")
        told = details(Activity.objects.filter(verb="authorised").latest("pk"))
        assert made.file is not None
    digest = sha256(data).hexdigest()
    assert (made.file.original_name, made.file.sha256) == ("letter.pdf", digest)
    assert not made.is_confirmed
    assert (told["file"], told["sha256"]) == ("letter.pdf", digest)
    assert not any(data in path.read_bytes() for path in tmp_path.iterdir())
    file = reverse("authorisation_file", kwargs={"slug": world.here.client.slug, "pk": made.pk})
    assert digest in page(world, "technician", "model", "model")
    assert "letter.pdf" in page(world, "viewer", "model", "model")
    assert digest not in page(world, "viewer", "model", "model")
    shown = [file in html_of(world, who, address(world, "model", "model")) for who in READERS]
    assert shown == [True, True, False]
    answer = browser.get(file)
    assert answer.getvalue() == data
    assert answer["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert browser_of(world, "viewer").get(file).status_code == 404
    with world.here.scope():
        audit = Audit.objects.get(pk=world.here.audit.pk)
        Audit.objects.filter(pk=audit.pk).update(authorisation=made)
        line = Activity.objects.get(verb="downloaded")
        frozen = owner_summary(Audit.objects.get(pk=audit.pk), None).data
    assert (line.object_type, line.actor_id) == ("aimodel", world.ours.owner.pk)
    assert (frozen["letter"], frozen["letter_sha256"]) == ("letter.pdf", digest)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"I allow it.", "letter.txt", "not a PDF and no PNG or JPEG"),
        (b"%PDF-1.7", "letter.exe", "does not fit what is in it"),
        (b"%PDF-1.7" + bytes(200), "letter.pdf", "at most 0 MB are taken here"),
    ],
)
def test_what_is_no_letter_is_refused_at_its_field_and_nothing_is_kept(
    world: World, tmp_path: Path, settings: Settings, data: bytes, name: str, said: str
) -> None:
    settings.STORAGE_URL, settings.MIA_STORAGE_ROOT = f"file://{tmp_path}", tmp_path
    settings.MIA_MAX_EVIDENCE_BYTES = 100
    with world.here.scope():
        before = Authorisation.objects.count()
    answer = browser_of(world, "owner").post(
        address(world, "authorise", "model"), {**FORM, "upload": _letter(data, name)}
    )
    assert answer.status_code == 200
    assert said in answer.context["form"].errors["upload"][0]
    with world.here.scope():
        assert Authorisation.objects.count() == before
    assert list(tmp_path.iterdir()) == []
