"""Is this PDF genuine? Anybody may ask; nothing else is told."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.enums import SealVerdict
from audits.models import ReportSeal
from audits.queries.report_seal import MAX_BYTES
from audits.reports import seal
from audits.services import report_seal
from tests.factories import World
from tests.summaries import owner_summary
from tests.web.reading import words

CODE = "0A1B2-C3D4E-F5G6H-J7K8M"
PDF = b"%PDF-1.7 what it says mia-report:" + CODE.encode()


@pytest.fixture
def issued(db: None) -> ReportSeal:
    digest = hashlib.sha256(PDF).hexdigest()
    return ReportSeal.objects.create(code=seal.digest_of(CODE), pdf=digest)


def asked(**given: object) -> SealVerdict | str:
    """The verdict that a stranger reads, or the whole page where there is none."""
    page = Browser().post(reverse("report_check"), given).content.decode()
    return next((one for one in SealVerdict if one.meaning in words(page)), words(page))


def file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("report.pdf", data)


def test_file_is_genuine_until_a_byte_of_it_changes(issued: ReportSeal) -> None:
    assert asked(file=file(PDF)) == SealVerdict.GENUINE
    assert asked(file=file(PDF + b" ")) == SealVerdict.ALTERED
    assert asked(file=file(PDF.replace(b"0A1B2", b"0A1B3"))) == SealVerdict.UNKNOWN
    assert asked(file=file(b"\x00" * 100)) == SealVerdict.UNKNOWN


def test_a_newer_report_is_told_of(issued: ReportSeal) -> None:
    issued.superseded_at = timezone.now()
    issued.save()
    assert asked(file=file(PDF)) == SealVerdict.SUPERSEDED
    assert asked(code=CODE) == SealVerdict.SUPERSEDED
    assert asked(file=file(PDF + b" ")) == SealVerdict.ALTERED


def test_code_alone_does_not_vouch_for_a_file(issued: ReportSeal) -> None:
    assert asked(code=CODE.lower().replace("-", " ")) == SealVerdict.ISSUED
    assert asked(code=seal.draw()) == SealVerdict.UNKNOWN
    # Where both are given the file decides.
    assert asked(code=CODE, file=file(PDF + b" ")) == SealVerdict.ALTERED


@pytest.mark.django_db
def test_report_that_was_never_finished_is_not_known() -> None:
    ReportSeal.objects.create(code=seal.digest_of(CODE))
    assert asked(code=CODE) == SealVerdict.UNKNOWN
    assert asked(file=file(PDF)) == SealVerdict.UNKNOWN
    assert asked(file=file(b"")) not in list(SealVerdict)


@pytest.mark.django_db
def test_what_is_missing_or_wrong_is_said_at_its_place() -> None:
    assert "Choose the PDF, or type its code." in str(asked())
    assert "This is no code" in str(asked(code="12345"))
    assert "No report is larger than" in str(asked(file=file(b"x" * (MAX_BYTES + 1))))
    answer = Browser().post(reverse("report_check"), {"file": file(b"x" * (MAX_BYTES + 2**21))})
    assert answer.status_code == 413


@pytest.mark.django_db
def test_asking_is_limited() -> None:
    browser = Browser(REMOTE_ADDR="192.0.2.77")
    address = reverse("report_check")
    found = [browser.post(address, {"code": seal.draw()}).status_code for _ in range(22)]
    assert found.count(200) == 20
    assert found[-1] == 429


def test_freezing_seals_and_a_newer_report_supersedes_the_older(world: World) -> None:
    with world.here.scope():
        world.here.audit.refresh_from_db()
        made = []
        for name in ("first", "second"):
            one = owner_summary(
                world.here.audit, world.ours.owner, check_at="portal.example/verify/"
            )
            report_seal.finish(one, sha256=hashlib.sha256(name.encode()).hexdigest())
            made.append(one)
        codes = [str(one.data["code"]) for one in made]
        assert made[0].data["check_at"] == "portal.example/verify/"
    assert asked(file=file(b"first")) == SealVerdict.SUPERSEDED
    assert asked(file=file(b"second")) == SealVerdict.GENUINE
    assert asked(code=codes[1]) == SealVerdict.ISSUED
    stored = json.dumps(list(ReportSeal.objects.values("code", "pdf")))
    assert not any(code in stored for code in codes)


@pytest.mark.parametrize(
    "change",
    [
        {"pdf": "0" * 64},
        {"pdf": ""},
        {"code": "0" * 64},
        {"superseded_at": None},
    ],
    ids=["pdf", "no pdf", "code", "stands again"],
)
def test_seal_is_written_once(issued: ReportSeal, change: dict[str, Any]) -> None:
    rows = ReportSeal.objects.filter(pk=issued.pk)
    assert rows.update(superseded_at=timezone.now()) == 1
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        rows.update(**change)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        rows.delete()
    assert rows.get().pdf == issued.pdf


def test_command_says_the_same(
    issued: ReportSeal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(PDF)
    bad.write_bytes(PDF + b" ")
    call_command("verify_report", str(good))
    assert SealVerdict.GENUINE.meaning in capsys.readouterr().out
    with pytest.raises(CommandError, match=SealVerdict.ALTERED.meaning[:40]):
        call_command("verify_report", str(bad))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_report", str(tmp_path / "none.pdf"))
