"""The end of a dataset's records: files, versions, and every score of a single record.

What stays of an audit are its verdict and figures over many records; what goes is written down in
ARCHITECTURE.md under "Retention".
"""

import logging
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.models import Audit, Dataset, DatasetVersion, ModelVersion, User
from audits.queries import retention, risk
from audits.services import activity, changes, checklist, files, version_retention
from audits.services.errors import InvalidInput, NotPossible
from audits.services.job_kinds import Scoped

logger = logging.getLogger(__name__)


@transaction.atomic
def keep_until(*, dataset: Dataset, actor: User, until: date | None) -> Dataset:
    """Say until which day the records are kept; None: until somebody deletes them.

    Raises InvalidInput on "retain_until" for a day that is over.
    """
    if until is not None and until < timezone.localdate():
        raise InvalidInput(
            "retain_until",
            _("This day is over. To delete the records now, use the button below."),
        )
    changed = changes.write(dataset, {"retain_until": until})
    activity.record(
        client=dataset.client,
        actor=actor,
        verb="set_retention",
        obj=dataset,
        details={"fields": _as_text(changed)},
    )
    return dataset


def is_nearer(before: date | None, until: date | None) -> bool:
    """Whether another last day deletes records earlier than what was said before."""
    return until is not None and (before is None or until < before)


def _as_text(changed: dict[str, changes.Change]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: value and str(value) for key, value in change.items()}
        for name, change in changed.items()
    }


def delete_now(*, dataset: Dataset, actor: User) -> None:
    """Delete the records before their day.

    Raises NotPossible while an audit reads them, and where there are none.
    """
    if not DatasetVersion.objects.filter(dataset=dataset).exists():
        raise NotPossible(_("There are no records to delete."))
    if not _delete(dataset, actor=actor, because="asked for"):
        raise NotPossible(
            _("An audit is reading these records and was asked to stop. Try again in a minute.")
        )


def delete_in_scope(dataset_id: int, /, *, in_scope: Scoped) -> bool:
    """Delete the records of one dataset if they are due; a failure leaves the others their turn."""
    try:
        with in_scope():
            return delete_if_due(dataset_id)
    except Exception:
        logger.exception("The records of dataset %s could not be deleted.", dataset_id)
        return False


def delete_if_due(dataset_id: int) -> bool:
    """Delete the records whose last day is over in the client's time zone; say whether it was done.

    An audit that reads them is asked to stop; the next call finds it stopped.
    """
    dataset = Dataset.objects.select_related("client").get(pk=dataset_id)
    with timezone.override(ZoneInfo(dataset.client.time_zone)):
        if not _is_due(dataset):
            return False
        return _delete(dataset, actor=None, because="its day has passed", if_due=True)


def _is_due(dataset: Dataset) -> bool:
    is_over = dataset.retain_until is not None and dataset.retain_until < timezone.localdate()
    return is_over and dataset.records_deleted_at is None


@transaction.atomic
def _delete(dataset: Dataset, *, actor: User | None, because: str, if_due: bool = False) -> bool:
    locked = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    if if_due and not _is_due(locked):  # somebody gave it more time meanwhile
        return False
    versions = list(DatasetVersion.objects.select_for_update().filter(dataset=locked))
    audits = list(
        Audit.objects.filter(dataset_version__in=versions).select_related("job").order_by("pk")
    )
    # Files of models and predictions in which the same records can be read.
    holding = version_retention.locked(retention.holding(locked))
    if version_retention.still_reading([*audits, *version_retention.audits_of(holding)]):
        return False
    for audit in audits:
        _forget(audit, locked)
    for version in holding:
        version_retention.take_file(
            version=version,
            actor=actor,
            because=_("the records of “%s” were deleted") % locked.name,
        )
    # Which records a model learned from is still said in the log.
    ModelVersion.objects.filter(trained_on__in=versions).update(trained_on=None)
    count = sum(map(_remove, versions))
    locked.records_deleted_at = timezone.now()
    locked.save(update_fields=["records_deleted_at"])
    dataset.records_deleted_at = locked.records_deleted_at
    activity.record(
        client=dataset.client,
        actor=actor,
        verb="deleted_records",
        obj=dataset,
        details={
            "because": because,
            "versions": len(versions),
            "files": count,
            "files of models that held them": len(holding),
            "audits whose single scores went": len(audits),
            "kept until": str(locked.retain_until or ""),
        },
    )
    checklist.refresh(client=dataset.client)
    return True


def _forget(audit: Audit, dataset: Dataset) -> None:
    """Take out of an audit what speaks of single records; what it found of them all stays."""
    # The rating goes on resting on how sensitive the records were.
    found = risk.sensitivity_of(audit, dataset)
    audit.impact, audit.reveals = found.impact, found.reveals
    audit.dataset_version = None
    audit.save(update_fields=["impact", "reveals", "dataset_version"])
    version_retention.forget_single_scores(audit)


def _remove(version: DatasetVersion) -> int:
    """Delete a version with its files; return how many there were."""
    stored = [version.members_file, version.nonmembers_file, version.population_file]
    version.delete()
    kept = [file for file in stored if file is not None]
    for file in kept:
        files.delete(file)
    return len(kept)
