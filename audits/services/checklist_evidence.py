"""Evidence and remarks on one control: added, handed out as it came, and taken away again."""

from datetime import date
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import EvidenceKind, FilePurpose
from audits.models import ChecklistComment, ChecklistEvidence, ChecklistItem, User
from audits.services import activity, evidence_kinds, files
from audits.services.errors import InvalidInput

MOST_AT_AN_ITEM = 50
MOST_COMMENTS = 500
LONGEST_COMMENT = 2_000


def add_file(
    *, item: ChecklistItem, actor: User, source: BinaryIO, name: str, dated: date, text: str = ""
) -> ChecklistEvidence:
    """Keep a file encrypted as evidence; raises InvalidInput on "file" or "dated"."""
    evidence_kinds.refuse_too_much(source, field="file")
    evidence_kinds.refuse_unknown(source, name=name, field="file")
    with files.undone_on_error(), transaction.atomic():
        kept = files.store(
            client=item.client,
            actor=actor,
            purpose=FilePurpose.EVIDENCE,
            source=source,
            original_name=name,
            max_bytes=settings.MIA_MAX_EVIDENCE_BYTES,
        )
        return _add(
            item,
            actor,
            {"kind": EvidenceKind.FILE, "file": kept, "dated": dated, "text": text},
            {"file": kept.original_name, "sha256": kept.sha256},
        )


def _is_address(url: str) -> bool:
    try:
        found = urlsplit(url)
    except ValueError:  # a bracket that is never closed, say
        return False
    return found.scheme == "https" and bool(found.hostname) and found.username is None


@transaction.atomic
def add_link(
    *, item: ChecklistItem, actor: User, url: str, dated: date, text: str = ""
) -> ChecklistEvidence:
    """Name an address as evidence: https alone, and without a name or password in it."""
    if not _is_address(url):
        raise InvalidInput(
            "url",
            _("This is no address that begins with https://."),
            _("Copy it from the address bar, without a user name in it."),
        )
    values = {"kind": EvidenceKind.LINK, "url": url, "dated": dated, "text": text}
    return _add(item, actor, values, {"url": url})


@transaction.atomic
def add_note(*, item: ChecklistItem, actor: User, text: str, dated: date) -> ChecklistEvidence:
    """Write down what somebody has seen on a day."""
    if not text.strip():
        raise InvalidInput("text", _("A note needs words."), _("Say what shows it."))
    return _add(item, actor, {"kind": EvidenceKind.NOTE, "text": text, "dated": dated}, {})


def _add(
    item: ChecklistItem, actor: User, values: dict[str, Any], told: dict[str, Any]
) -> ChecklistEvidence:
    if values["dated"] > timezone.localdate():
        raise InvalidInput(
            "dated", _("Evidence cannot be of a day to come."), _("Name the day it is of.")
        )
    # One at a time, so that the number of them holds.
    ChecklistItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    if item.evidence.count() >= MOST_AT_AN_ITEM:
        raise InvalidInput(
            "",
            _("There are %(most)s pieces of evidence here already.") % {"most": MOST_AT_AN_ITEM},
            _("Take away what has been replaced."),
        )
    made = ChecklistEvidence.objects.create(
        provider_id=item.provider_id, client=item.client, item=item, added_by=actor, **values
    )
    activity.record(
        client=item.client,
        actor=actor,
        verb="added_evidence",
        obj=item,
        details={"kind": str(made.get_kind_display()), "text": made.text, "dated": made.dated}
        | told,
    )
    return made


@transaction.atomic
def remove(*, evidence: ChecklistEvidence, actor: User) -> None:
    """Take evidence away; its bytes go, and the log keeps what they were."""
    item, file = evidence.item, evidence.file
    activity.record(
        client=item.client,
        actor=actor,
        verb="removed_evidence",
        obj=item,
        details={
            "kind": str(evidence.get_kind_display()),
            "text": evidence.text,
            "url": evidence.url,
            "dated": evidence.dated,
            "file": file.original_name if file is not None else "",
            "sha256": file.sha256 if file is not None else "",
        },
    )
    evidence.delete()
    if file is not None:
        files.delete(file)


@transaction.atomic
def comment(*, item: ChecklistItem, actor: User, text: str) -> ChecklistComment:
    """Write a remark on a control; nobody changes it afterwards."""
    if not text.strip():
        raise InvalidInput("comment", _("There is nothing in it yet."), _("Write a comment."))
    if len(text.strip()) > LONGEST_COMMENT:
        raise InvalidInput(
            "comment",
            _("It is longer than %(most)s characters.") % {"most": LONGEST_COMMENT},
            _("Cut it into two comments."),
        )
    # One at a time, so that the number of them holds.
    ChecklistItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    if item.comments.count() >= MOST_COMMENTS:
        raise InvalidInput(
            "comment",
            _("There are %(most)s comments here already.") % {"most": MOST_COMMENTS},
            _("Write it into the note of the control instead."),
        )
    made = ChecklistComment.objects.create(
        provider_id=item.provider_id,
        client=item.client,
        item=item,
        author=actor,
        text=text.strip(),
    )
    activity.record(
        client=item.client, actor=actor, verb="commented", obj=item, details={"text": made.text}
    )
    return made
