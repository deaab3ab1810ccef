"""Measuring a model once more, as its newest finished audit measured it."""

from django.utils.translation import gettext as _

from audits.enums import Preset, Split, StartedBy
from audits.models import Audit, User
from audits.queries import authorisation
from audits.queries.audit_repeat import Repeat
from audits.services import audit
from audits.services.errors import NotPossible


def repeat(*, one: Repeat, actor: User | None, started_by: str = StartedBy.WEB) -> Audit:
    """Start one audit; its model and records were opened together by the one that it repeats."""
    earlier = measured(one=one)
    if one.has_newer_version:
        raise NotPossible(_("Its newest version has no finished audit. Start that on its page."))
    if authorisation.current(one.model) is None:
        raise NotPossible(_("Nobody has allowed an audit, or the permission has ended."))
    if earlier.dataset_version_id is None and earlier.records_deleted_at is not None:
        raise NotPossible(_("The file or the records that it was measured on were deleted."))
    return audit.request(
        client=earlier.client,
        actor=actor,
        version=earlier.model_version,
        data=earlier.dataset_version,
        preset=Preset(earlier.preset),
        split=Split(earlier.split),
        seed=earlier.seed,
        started_by=started_by,
        retry_of=earlier.job,
        fits=True,
    )


def measured(*, one: Repeat) -> Audit:
    """The audit that is repeated; raises NotPossible where the model has none."""
    if one.audit is None:
        raise NotPossible(_("It was never audited. Start its first audit on its page."))
    return one.audit
