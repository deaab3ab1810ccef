"""The end of a version's file, such as predictions, or a model that keeps the rows it learned from.

The version and its audits stay, with verdicts and figures; the bytes go, and with those of
predictions every score of a single record.
"""

import logging
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ACTIVE_STATES
from audits.models import Audit, JobUnit, ModelVersion, User
from audits.services import activity, changes, files, job
from audits.services.errors import InvalidInput, NotPossible
from audits.services.job_kinds import Scoped

logger = logging.getLogger(__name__)


@transaction.atomic
def keep_until(*, version: ModelVersion, actor: User | None, until: date | None) -> ModelVersion:
    """Say until which day the file is kept; None: until somebody deletes it.

    Raises InvalidInput on "retain_until" for a day that is over, NotPossible without a file.
    """
    _needs_a_file(version)
    if until is not None and until < timezone.localdate():
        raise InvalidInput(
            "retain_until", _("This day is over. To delete the file now, use the button below.")
        )
    changed = changes.write(version, {"retain_until": until})
    told = {
        name: {key: value and str(value) for key, value in change.items()}
        for name, change in changed.items()
    }
    activity.record(
        client=version.client,
        actor=actor,
        verb="set_retention",
        obj=version.model,
        details={"version": version.number, "fields": told},
    )
    return version


def delete_now(*, version: ModelVersion, actor: User) -> None:
    """Delete the file before its day.

    Raises NotPossible while an audit reads it, and where there is none.
    """
    _needs_a_file(version)
    if not _delete(version, actor=actor, because="asked for"):
        raise NotPossible(
            _("An audit is reading this file and was asked to stop. Try again in a minute.")
        )


def _needs_a_file(version: ModelVersion) -> None:
    if version.file_id is None:
        raise NotPossible(_("The file of this version is deleted already."))


def delete_in_scope(version_id: int, /, *, in_scope: Scoped) -> bool:
    """Delete the file of one version if it is due; a failure leaves the others their turn."""
    try:
        with in_scope():
            return delete_if_due(version_id)
    except Exception:
        logger.exception("The file of version %s could not be deleted.", version_id)
        return False


def delete_if_due(version_id: int) -> bool:
    """Delete the file whose last day is over in the client's time zone; say whether it was done.

    An audit that reads it is asked to stop; the next call finds it stopped.
    """
    version = ModelVersion.objects.select_related("client", "model").get(pk=version_id)
    with timezone.override(ZoneInfo(version.client.time_zone)):
        return _delete(version, actor=None, because="its day has passed", if_due=True)


def _is_due(version: ModelVersion) -> bool:
    is_over = version.retain_until is not None and version.retain_until < timezone.localdate()
    return is_over and version.file_id is not None


@transaction.atomic
def _delete(
    version: ModelVersion, *, actor: User | None, because: str, if_due: bool = False
) -> bool:
    found = locked([version])
    if not found or (if_due and not _is_due(found[0])):
        return False
    if still_reading(audits_of(found)):
        return False
    take_file(version=found[0], actor=actor, because=because)
    version.file, version.file_deleted_at = None, found[0].file_deleted_at
    return True


def locked(versions: Iterable[ModelVersion]) -> list[ModelVersion]:
    """Those that have their file still, held so that no audit of them is added meanwhile."""
    rows = ModelVersion.objects.select_for_update(of=("self",)).filter(file__isnull=False)
    chosen = rows.filter(pk__in=[version.pk for version in versions]).order_by("pk")
    return list(chosen.select_related("client", "model", "file"))


def audits_of(versions: Iterable[ModelVersion]) -> list[Audit]:
    """Every audit of these versions."""
    rows = Audit.objects.filter(model_version__in=list(versions)).select_related("job")
    return list(rows.order_by("pk"))


def still_reading(audits: Iterable[Audit]) -> bool:
    """Ask every audit that waits or runs to stop; say whether one has not stopped yet."""
    active = [one.job for one in audits if one.job is not None and one.job.state in ACTIVE_STATES]
    asked = [job.cancel(one) for one in active]
    return any(one.state in ACTIVE_STATES for one in asked)


def take_file(*, version: ModelVersion, actor: User | None, because: str) -> None:
    """Delete the file of a version that nothing reads, with the single scores that came of it."""
    stored = version.file
    if stored is None:
        return
    # An audit on records of a dataset ends with those; one of predictions has no others.
    audits = [
        one
        for one in audits_of([version])
        if one.dataset_version_id is None and one.records_deleted_at is None
    ]
    for audit in audits:
        forget_single_scores(audit)
    version.file, version.file_deleted_at = None, timezone.now()
    version.save(update_fields=["file", "file_deleted_at"])
    files.delete(stored)
    activity.record(
        client=version.client,
        actor=actor,
        verb="deleted_file",
        obj=version.model,
        details={
            "because": because,
            "version": version.number,
            "sha256": stored.sha256,
            "audits whose single scores went": len(audits),
            "kept until": str(version.retain_until or ""),
        },
    )


def forget_single_scores(audit: Audit) -> None:
    """Take the list of exposed members out of an audit, and all that its steps left."""
    if audit.document is not None and audit.document.get("exposed") is not None:
        exposed = {**audit.document["exposed"], "members": []}
        audit.document = {**audit.document, "exposed": exposed}
    audit.records_deleted_at = timezone.now()
    audit.save(update_fields=["document", "records_deleted_at"])
    if audit.job is not None:
        files.drop_outputs(audit.job)
        JobUnit.objects.filter(job=audit.job).update(output={})
