"""Evidence: which files are taken, how large, of which day; what goes in comes out as it was."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import Answer, EvidenceKind
from audits.models import (
    Activity,
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    StoredFile,
    User,
)
from audits.queries import checklist as queries
from audits.services import checklist, evidence_kinds, files
from audits.services import checklist_evidence as service
from audits.services.errors import InvalidInput
from tests.chains import details

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"
PDF = b"%PDF-1.7\n" + bytes(200)


@pytest.fixture
def item(tenant: Client, tmp_path: Path, settings: Settings) -> ChecklistItem:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    checklist.refresh(client=tenant)
    return ChecklistItem.objects.get(control="AI-01")


def _add(item: ChecklistItem, actor: User, data: bytes, name: str) -> ChecklistEvidence:
    return service.add_file(
        item=item, actor=actor, source=BytesIO(data), name=name, dated=timezone.localdate()
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PDF, "policy.pdf"),
        (PNG, "screen.PNG"),
        (JPEG, "photo.jpeg"),
        (JPEG + b"\x00\x00", "photo.jpg"),
        (b"plain words\r\n", "note.txt"),
        ("Übung; 漢字\n".encode(), "table.csv"),
        ("a;b\n1;2\n".encode("utf-16"), "table.csv"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "table.csv"),
    ],
)
def test_kind_is_told_by_the_bytes_and_the_name(data: bytes, name: str) -> None:
    evidence_kinds.refuse_unknown(BytesIO(data), name=name, field="file")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\x00" + bytes(60), "tool.pdf"),
        (b"PK\x03\x04" + bytes(60), "sheet.csv"),
        (b"\x80\x04\x95" + bytes(60), "model.txt"),
        (b"text\x00with nul", "note.txt"),
        (b"\x1b[31mred", "note.txt"),
        (b"", "note.txt"),
        (b"<!DOCTYPE html><p>hi", "note.txt"),
        (b"  <svg xmlns=", "note.txt"),
        (b"<?xml version='1.0'?><a/>", "note.csv"),
        (b"{\\rtf1 x}", "note.txt"),
        (b"junk before %PDF-1.7", "policy.pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "screen.png"),
        (b"\xff\xd8\xff" + bytes(40), "photo.jpg"),
        (b"caf\xe9", "note.txt"),
        (PDF, "policy.png"),
        (PDF, "policy.pdf.exe"),
        (PNG, "screen"),
        (b"plain words", "page.html"),
    ],
)
def test_anything_else_is_refused_at_the_field(data: bytes, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        evidence_kinds.refuse_unknown(BytesIO(data), name=name, field="file")
    assert refused.value.field == "file"


def test_file_is_kept_encrypted_and_comes_out_as_it_went_in(
    item: ChecklistItem, technician: User, tmp_path: Path
) -> None:
    made = _add(item, technician, PDF, "policy.pdf")
    assert made.file is not None
    stored = (tmp_path / made.file.name).read_bytes()
    assert PDF[:20] not in stored
    with files.open_plain(made.file) as plain:
        assert plain.read() == PDF
    line = Activity.objects.get(verb="added_evidence")
    assert (line.object_type, line.object_id) == ("checklistitem", item.pk)
    assert details(line)["file"] == "policy.pdf"


def test_nothing_is_kept_of_what_is_refused(
    item: ChecklistItem, technician: User, tmp_path: Path, settings: Settings
) -> None:
    settings.MIA_MAX_EVIDENCE_BYTES = 100
    for data, name in ((PDF, "policy.pdf"), (b"MZ" + bytes(9), "tool.txt")):
        with pytest.raises(InvalidInput) as refused:
            _add(item, technician, data, name)
        assert refused.value.field == "file"
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        service.add_file(
            item=item, actor=technician, source=BytesIO(JPEG), name="a.jpg", dated=tomorrow
        )
    assert refused.value.field == "dated"
    assert list(tmp_path.iterdir()) == []
    assert not ChecklistEvidence.objects.exists()
    assert not StoredFile.objects.exists()


def test_removing_takes_the_bytes_and_leaves_a_line(
    item: ChecklistItem,
    technician: User,
    tmp_path: Path,
    django_capture_on_commit_callbacks: object,
) -> None:
    made = _add(item, technician, PDF, "policy.pdf")
    assert len(list(tmp_path.iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        service.remove(evidence=made, actor=technician)
    assert list(tmp_path.iterdir()) == []
    assert not ChecklistEvidence.objects.exists()
    assert details(Activity.objects.get(verb="removed_evidence"))["file"] == "policy.pdf"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/policy",
        "javascript:alert(1)",
        "https://",
        "https://me:secret@example.org/",
        "data:text/html,x",
        "//example.org/",
    ],
)
def test_link_must_be_https_without_a_name_in_it(
    item: ChecklistItem, technician: User, url: str
) -> None:
    day = timezone.localdate()
    with pytest.raises(InvalidInput) as refused:
        service.add_link(item=item, actor=technician, url=url, dated=day)
    assert refused.value.field == "url"
    made = service.add_link(item=item, actor=technician, url="https://example.org/p", dated=day)
    assert (made.kind, made.url) == (EvidenceKind.LINK, "https://example.org/p")


def test_age_of_the_evidence_is_the_measure_where_there_is_some(
    tenant: Client, technician: User, item: ChecklistItem
) -> None:
    now, old = timezone.now(), timezone.now() - timedelta(days=400)
    ChecklistItem.objects.exclude(pk=item.pk).update(
        answer=Answer.NOT_APPLICABLE, reason="x", answered_at=now, confirmed_at=now
    )

    def percent() -> int | None:
        return queries.score(queries.rows(tenant)).percent

    ChecklistItem.objects.filter(pk=item.pk).update(answer=Answer.YES, answered_at=old)
    assert percent() == 50  # nothing but an old answer
    service.add_note(item=item, actor=technician, text="Seen", dated=timezone.localdate())
    assert percent() == 100  # new evidence of an old answer
    ChecklistItem.objects.filter(pk=item.pk).update(answered_at=now)
    ChecklistEvidence.objects.update(dated=timezone.localdate() - timedelta(days=366))
    assert percent() == 50  # a new answer on old evidence
    ChecklistEvidence.objects.update(dated=timezone.localdate() - timedelta(days=365))
    assert percent() == 100


def test_comment_says_who_and_when_and_stays(item: ChecklistItem, technician: User) -> None:
    made = service.comment(item=item, actor=technician, text="  <b>Asked</b> the vendor ")
    assert (made.text, made.author) == ("<b>Asked</b> the vendor", technician)
    with pytest.raises(InvalidInput):
        service.comment(item=item, actor=technician, text="  ")
    assert ChecklistComment.objects.count() == 1
    checklist.refresh(client=item.client)
    assert ChecklistItem.objects.filter(pk=item.pk).exists()


def test_an_item_takes_a_bounded_number_of_pieces(item: ChecklistItem, technician: User) -> None:
    day = timezone.localdate()
    ChecklistEvidence.objects.bulk_create(
        ChecklistEvidence(
            provider_id=item.provider_id, client=item.client, item=item, kind="note", dated=day
        )
        for _ in range(service.MOST_AT_AN_ITEM)
    )
    with pytest.raises(InvalidInput):
        service.add_note(item=item, actor=technician, text="One more", dated=day)
    assert ChecklistEvidence.objects.count() == service.MOST_AT_AN_ITEM


def _comments(item: ChecklistItem, count: int) -> None:
    ChecklistComment.objects.bulk_create(
        ChecklistComment(provider_id=item.provider_id, client=item.client, item=item, text="Said")
        for _ in range(count)
    )


def test_an_item_takes_a_bounded_number_of_comments_of_bounded_length(
    item: ChecklistItem, technician: User
) -> None:
    _comments(item, service.MOST_COMMENTS - 1)
    with pytest.raises(InvalidInput, match="longer than 2000 characters") as refused:
        service.comment(item=item, actor=technician, text="x" * (service.LONGEST_COMMENT + 1))
    assert refused.value.field == "comment"
    service.comment(item=item, actor=technician, text="x" * service.LONGEST_COMMENT)
    with pytest.raises(InvalidInput, match="500 comments here already") as refused:
        service.comment(item=item, actor=technician, text="One more")
    assert refused.value.field == "comment"
    assert item.comments.count() == service.MOST_COMMENTS
