"""What a kind of background work must bring: a new kind is one class and one line in `HANDLERS`."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.module_loading import import_string

from audits.enums import JobKind, ProviderJobKind
from audits.models import AnyJob, AnyUnit

Scoped = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, kw_only=True)
class UnitOutput:
    """What a finished unit leaves: a small JSON, and bytes that are stored encrypted."""

    output: dict[str, Any] = field(default_factory=dict)
    blob: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a unit may use while it works outside a transaction."""

    in_scope: Scoped
    report: Callable[[str], None]
    should_cancel: Callable[[], bool]


class JobHandler(Protocol):
    """The four questions that the job machinery asks a kind of work."""

    kind: JobKind | ProviderJobKind

    def first_unit(self, job: AnyJob) -> str:
        """Name the unit that starts the job."""

    def work(self, unit: AnyUnit, bench: Bench) -> UnitOutput:
        """Do the unit's work, outside a transaction; database steps go through `bench.in_scope`."""

    def next_unit(self, job: AnyJob, done: AnyUnit) -> str | None:
        """Name what follows a finished unit, or None when the job is complete."""

    def complete(self, job: AnyJob, last: AnyUnit) -> None:
        """Store the job's effect, in the transaction that finishes its last unit."""


# Where each kind's handler lives: named, not imported, because a handler imports this module.
HANDLERS: dict[str, str] = {
    JobKind.AUDIT: "audits.services.run_audit.AuditHandler",
    JobKind.REPORT: "audits.services.run_report.ReportHandler",
    ProviderJobKind.PORTFOLIO: "audits.services.run_portfolio.PortfolioHandler",
}


def handler_of(kind: str) -> JobHandler:
    """Return the handler of a kind."""
    handler: JobHandler = import_string(HANDLERS[kind])()
    return handler
