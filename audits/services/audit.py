"""Asking for an audit, stopping it, asking again."""

import hashlib
import json
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import cache, sandbox
from audits.enums import ACTIVE_STATES, JobKind, JobState, Preset, Split, StartedBy, VersionKind
from audits.models import Audit, Client, DatasetVersion, Job, ModelVersion, User
from audits.queries import risk
from audits.services import activity, audit_files, authorisation, intake, job, limits
from audits.services.errors import InvalidInput, NotPossible

logger = logging.getLogger(__name__)

# Prepare, conclude, and one step for each round of references that a preset may need.
STEPS = {Preset.QUICK: 2, Preset.STANDARD: 4, Preset.DEEP: 6}


def _plan_key(
    version: ModelVersion, data: DatasetVersion | None, *, preset: str, split: str, seed: int
) -> str:
    """Which measurement this is: the same key twice would measure the same thing."""
    content = json.dumps([version.pk, data.pk if data is not None else None, preset, split, seed])
    return hashlib.sha256(content.encode()).hexdigest()[:40]


def _check_pair(version: ModelVersion, data: DatasetVersion | None) -> None:
    """Refuse what cannot go together whatever is in the files."""
    if version.file_id is None:
        raise InvalidInput(
            "model_version",
            "The file of this version was deleted.",
            "Upload it as a new version, then start again.",
        )
    if version.kind == VersionKind.PREDICTIONS:
        if data is not None:
            raise InvalidInput(
                "dataset_version",
                "A predictions file brings its own records.",
                "Leave the dataset empty.",
            )
    elif data is None:
        raise InvalidInput(
            "dataset_version",
            "A model file is measured on records.",
            "Choose the dataset that holds its training and held-out records.",
        )


def _check_fit(version: ModelVersion, data: DatasetVersion) -> None:
    """Open model and records together, so that what does not fit is said in the form.

    Too large for a look is not too large for an audit: then the audit itself will tell.
    """
    params = audit_files.plan_params(data, split=data.split, preset=Preset.QUICK, seed=0)
    with audit_files.opened(audit_files.inputs_of(version, data)) as sources:
        try:
            intake.look("check_fit", files=sources, params=params)
        except sandbox.Refused as error:
            field = "model_version" if error.subject == "model" else "dataset_version"
            raise InvalidInput(field, error.problem, error.remedy) from error
        except (sandbox.OutOfTime, sandbox.OutOfMemory):
            return
        except sandbox.SandboxError as error:
            logger.exception("Model and records could not be opened together.")
            raise intake.not_safe("dataset_version") from error


def _spend_a_start(client: Client) -> None:
    limits.spend(
        cache.of_client(client.pk),
        "audit_starts",
        most=settings.MIA_AUDIT_STARTS_PER_HOUR,
        seconds=limits.HOUR,
        refusal=f"At most {settings.MIA_AUDIT_STARTS_PER_HOUR} audits of a client start in an hour",
    )


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
    started_by: str = StartedBy.WEB,
    retry_of: Job | None = None,
    fits: bool = False,
) -> Audit:
    """Queue a measurement of a model version on a dataset version.

    `fits` says that an audit of this very pair has ended well, so that nothing need be opened now.

    Raises InvalidInput where nobody has allowed it or model and records do not fit,
    AlreadyRunning for the same request, TooMany where the client had as many as an hour allows.
    """
    permission = authorisation.required(version.model)
    _check_pair(version, data)
    data_split = data.split if data is not None else split
    key = _plan_key(version, data, preset=preset, split=data_split, seed=seed)
    job.refuse_if_active(client=client, kind=JobKind.AUDIT, key=key)
    # Before the costly look: who sends what does not fit, again and again, asks for work as well.
    _spend_a_start(client)
    if data is not None and not fits:
        _check_fit(version, data)
    found = risk.sensitivity_of(version.model, data.dataset if data is not None else None)
    audit = Audit.objects.create(
        provider_id=client.provider_id,
        client=client,
        model_version=version,
        dataset_version=data,
        preset=preset,
        split=data_split,
        seed=seed,
        requested_by=actor,
        authorisation=authorisation.held(permission),
        impact=found.impact,
        reveals=found.reveals,
        exposure=version.model.exposure,
    )
    audit.job = job.start(
        client=client,
        actor=actor,
        kind=JobKind.AUDIT,
        object_id=audit.pk,
        key=key,
        steps=STEPS[Preset(preset)] if data is not None else STEPS[Preset.QUICK],
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


@transaction.atomic
def cancel(*, audit: Audit, actor: User) -> Audit:
    """Stop an audit that waits or runs."""
    if audit.job is None or audit.job.state not in ACTIVE_STATES:
        raise NotPossible("This audit has ended already.")
    audit.job = job.cancel(audit.job)
    if audit.job.cancel_requested_at is None:
        raise NotPossible("This audit has ended already.")
    activity.record(
        client=audit.client,
        actor=actor,
        verb="cancelled",
        obj=audit,
        details={"model": audit.model_version.model.name},
    )
    return audit


@transaction.atomic
def acknowledge(*, audit: Audit, actor: User) -> Audit:
    """Leave it at a failure: the audit stays as it is, and asks for nobody's attention any more."""
    locked = _failed(audit)
    if locked.acknowledged_at is not None:
        raise NotPossible(_("This failure was acknowledged already."))
    return _set_acknowledged(locked, actor, "acknowledged", actor)


@transaction.atomic
def bring_back(*, audit: Audit, actor: User) -> Audit:
    """Take the acknowledgement of a failure back: it needs attention again."""
    locked = _failed(audit)
    if locked.acknowledged_at is None:
        raise NotPossible(_("This failure is not acknowledged."))
    return _set_acknowledged(locked, actor, "brought_back", None)


def _failed(audit: Audit) -> Audit:
    rows = Audit.objects.select_for_update(no_key=True, of=("self",))
    locked = rows.select_related("client", "job", "model_version__model").get(pk=audit.pk)
    if locked.job is None or locked.job.state != JobState.FAILED:
        raise NotPossible(_("This audit has not failed."))
    return locked


def _set_acknowledged(audit: Audit, actor: User, verb: str, by: User | None) -> Audit:
    audit.acknowledged_by = by
    audit.acknowledged_at = timezone.now() if by is not None else None
    audit.save(update_fields=["acknowledged_by", "acknowledged_at"])
    activity.record(
        client=audit.client,
        actor=actor,
        verb=verb,
        obj=audit,
        details={"model": audit.model_version.model.name},
    )
    return audit


def again(*, audit: Audit, actor: User, started_by: str = StartedBy.WEB) -> Audit:
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
