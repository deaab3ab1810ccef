"""Asking for an audit, stopping it, asking again."""

import hashlib
import json
from typing import BinaryIO

from django.db import transaction

from audits import sandbox
from audits.enums import ACTIVE_STATES, JobKind, Preset, Split, VersionKind
from audits.models import Audit, Client, DatasetVersion, Job, ModelVersion, User
from audits.services import activity, audit_files, job
from audits.services.errors import InvalidInput, NotPossible
from audits.services.intake import inspect

# Prepare, conclude, and one step for each block of four references that a preset may need.
STEPS = {Preset.QUICK: 2, Preset.STANDARD: 4, Preset.DEEP: 18}


def _plan_key(audit: Audit) -> str:
    """Which measurement this is: the same key twice would measure the same thing."""
    content = json.dumps(
        [
            audit.model_version_id,
            audit.dataset_version_id,
            audit.preset,
            audit.split,
            audit.seed,
        ]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:40]


def _check_fit(version: ModelVersion, data: DatasetVersion | None) -> None:
    """Open model and records together, so that what does not fit is said in the form."""
    if version.kind == VersionKind.PREDICTIONS:
        if data is not None:
            raise InvalidInput(
                "dataset_version",
                "A predictions file brings its own records.",
                "Leave the dataset empty.",
            )
        return
    if data is None:
        raise InvalidInput(
            "dataset_version",
            "A model file is measured on records.",
            "Choose the dataset that holds its training and held-out records.",
        )
    opened: dict[str, BinaryIO] = audit_files.open_all(version, data)
    try:
        params = audit_files.plan_params(data, split=data.split, preset=Preset.QUICK, seed=0)
        inspect("check_fit", files=opened, params=params)
    except sandbox.Refused as error:
        field = "model_version" if error.subject == "model" else "dataset_version"
        raise InvalidInput(field, error.problem, error.remedy) from error
    finally:
        audit_files.close_all(opened)


@transaction.atomic
def request(
    *,
    client: Client,
    actor: User | None,
    version: ModelVersion,
    data: DatasetVersion | None,
    preset: Preset = Preset.STANDARD,
    split: Split = Split.UNKNOWN,
    seed: int = 0,
    started_by: str = "web",
    retry_of: Job | None = None,
) -> Audit:
    """Queue a measurement of a model version on a dataset version.

    Raises InvalidInput where model and records do not fit, AlreadyRunning for the same request.
    """
    _check_fit(version, data)
    audit = Audit.objects.create(
        provider_id=client.provider_id,
        client=client,
        model_version=version,
        dataset_version=data,
        preset=preset,
        split=data.split if data is not None else split,
        seed=seed,
        requested_by=actor,
        impact=_impact(version, data),
        reveals=_reveals(version, data),
        exposure=version.model.exposure,
    )
    audit.job = job.start(
        client=client,
        actor=actor,
        kind=JobKind.AUDIT,
        object_id=audit.pk,
        key=_plan_key(audit),
        steps=STEPS[Preset(preset)],
        started_by=started_by,
        retry_of=retry_of,
    )
    audit.save(update_fields=["job"])
    activity.record(
        client=client,
        actor=actor,
        verb="requested",
        obj=audit,
        details={"model": version.model.name, "version": version.number, "preset": preset},
    )
    return audit


def _impact(version: ModelVersion, data: DatasetVersion | None) -> int:
    """The more sensitive of what model and dataset were said to be."""
    return max(version.model.impact, data.dataset.impact if data is not None else 0)


def _reveals(version: ModelVersion, data: DatasetVersion | None) -> str:
    answers = {version.model.reveals}
    if data is not None:
        answers.add(data.dataset.reveals)
    return next(answer for answer in ("yes", "no", "public") if answer in answers)


@transaction.atomic
def cancel(*, audit: Audit, actor: User) -> Audit:
    """Stop an audit that waits or runs."""
    if audit.job is None or audit.job.state not in ACTIVE_STATES:
        raise NotPossible("This audit has ended already.")
    audit.job = job.cancel(audit.job)
    if audit.job.cancel_requested_at is None:
        raise NotPossible("This audit has ended already.")
    activity.record(client=audit.client, actor=actor, verb="cancelled", obj=audit)
    return audit


def again(*, audit: Audit, actor: User, started_by: str = "web") -> Audit:
    """Ask for the same measurement once more, as a new row linked to this one."""
    if audit.job is None or audit.job.state in ACTIVE_STATES:
        raise NotPossible("This audit has not ended yet.")
    return request(
        client=audit.client,
        actor=actor,
        version=audit.model_version,
        data=audit.dataset_version,
        preset=Preset(audit.preset),
        split=Split(audit.split),
        seed=audit.seed,
        started_by=started_by,
        retry_of=audit.job,
    )
