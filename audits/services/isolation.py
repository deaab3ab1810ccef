"""The tenancy self-check: pushes against every wall of the running installation.

It runs in the scope of whoever asks, an administrator's or an operator's, and narrows it; nothing
that it tries stays, but the dated result of an administrator is kept.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import ProbeState
from audits.models import IsolationCheck, User
from audits.queries import isolation
from audits.queries.health import version
from audits.queries.isolation import Subjects
from audits.services import activity
from audits.services.isolation_probes import PROBES, Found


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """How one probe ended."""

    key: str
    state: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A whole run: when, of which version, over how many tables, and how each probe ended."""

    at: datetime
    version: str
    tables: int
    probes: tuple[ProbeResult, ...]

    @property
    def passed(self) -> bool:
        return all(probe.state != ProbeState.FAILED for probe in self.probes)


def _tried(key: str, subjects: Subjects, kinds: dict[str, str]) -> Found:
    """Run one probe; what it did is undone, and one that breaks has failed."""
    try:
        with transaction.atomic():
            found = PROBES[key](subjects, kinds)
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001 - whatever stops a probe, the wall is not proven
        return ProbeState.FAILED, _("The probe stopped: %(error)s.") % {
            "error": type(error).__name__
        }
    return found


def check() -> Outcome:
    """Run every probe against what the running scope shows."""
    kinds, subjects = isolation.tables(), isolation.subjects()

    def probes() -> Iterator[ProbeResult]:
        for key in PROBES:
            state, detail = _tried(key, subjects, kinds)
            yield ProbeResult(key=key, state=state.value, detail=detail)

    return Outcome(at=timezone.now(), version=version(), tables=len(kinds), probes=tuple(probes()))


@transaction.atomic
def run(*, provider_id: int, actor: User) -> IsolationCheck:
    """Check, and keep the result for the provider."""
    outcome = check()
    kept = IsolationCheck.objects.create(
        provider_id=provider_id,
        actor=actor,
        at=outcome.at,
        version=outcome.version,
        tables=outcome.tables,
        passed=outcome.passed,
        probes=[asdict(probe) for probe in outcome.probes],
    )
    activity.record_at_provider(
        provider_id=provider_id,
        actor=actor,
        verb="checked_isolation",
        obj=kept,
        details={"passed": kept.passed},
    )
    return kept
