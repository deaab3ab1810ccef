"""One unit from claim to end, in a worker: a heartbeat beside it, every end written once."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from audits import sandbox, storage
from audits.enums import FilePurpose, JobKind, JobState, ProviderJobKind, Via
from audits.models import AnyUnit, JobUnit, ProviderJobUnit
from audits.queries.audit_outlook import duration
from audits.services import files, job, keys, origin
from audits.services.errors import sentence
from audits.services.job_kinds import Bench, Scoped, UnitOutput, handler_of

_LONGEST_STEP = 200
logger = logging.getLogger(__name__)


class Heartbeat:
    """Keeps the lease alive from a thread of its own and hears of a cancel within two beats."""

    def __init__(self, unit: AnyUnit, in_scope: Scoped) -> None:
        self._unit = unit
        self._in_scope = in_scope
        self._over = threading.Event()
        self._stop_work = threading.Event()
        self._step_name = ""
        self._log: deque[str] = deque(maxlen=40)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def step_name(self) -> str:
        """What the work said last that it does."""
        return self._step_name

    def report(self, line: str) -> None:
        self._step_name = line
        self._log.append(line)

    def should_stop(self) -> bool:
        return self._stop_work.is_set()

    def _run(self) -> None:
        try:
            while not self._over.wait(settings.MIA_HEARTBEAT_SECONDS):
                with self._in_scope():
                    goes_on = job.beat(
                        self._unit, step_name=self._step_name, log="\n".join(self._log)
                    )
                if not goes_on:
                    self._stop_work.set()
                    return
        except Exception:
            # Without a heartbeat the lease runs out and another worker takes over: stop here.
            logger.exception("The heartbeat of unit %s broke.", self._unit.pk)
            self._stop_work.set()
        finally:
            connection.close()

    @contextmanager
    def beating(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()


def run(unit_id: int, *, in_scope: Scoped, units: type[AnyUnit] = JobUnit) -> None:
    """Claim the unit, do its work and write how it ended."""
    with in_scope():
        unit = job.claim(unit_id, units=units)
    if unit is None:
        return
    with origin.entered(via=Via.JOB, request_id=unit.job.request_id):
        _work(unit, in_scope)


def _work(unit: AnyUnit, in_scope: Scoped) -> None:
    heart = Heartbeat(unit, in_scope)
    bench = Bench(in_scope=in_scope, report=heart.report, should_cancel=heart.should_stop)
    try:
        with heart.beating():
            result = handler_of(unit.job.kind).work(unit, bench)
        _keep(unit, result, in_scope)
    except sandbox.Cancelled:
        # Asked for, or stopped because the heartbeat broke: the row knows which.
        with in_scope():
            job.release(unit)
    except sandbox.SandboxError as error:
        with in_scope():
            cause, remedy = _in_words(error, kind=unit.job.kind, step=heart.step_name)
            job.stop(unit, state=JobState.FAILED, cause=cause, remedy=remedy)
    except Exception:
        logger.exception("Unit %s (%s) failed.", unit.pk, unit.name)
        with in_scope():
            job.release(unit)


def _keep(unit: AnyUnit, result: UnitOutput, in_scope: Scoped) -> None:
    """Store the blob and finish the unit together; a lost claim leaves neither.

    The files are watched from outside the transaction: a commit that fails takes them back too.
    """
    if isinstance(unit, ProviderJobUnit):
        with in_scope():
            job.finish(unit, result, _sealed(unit, result.blob))
        return
    with files.undone_on_error() as written, in_scope():
        stored = None
        if result.blob is not None:
            stored = files.store_bytes(
                client=unit.client, purpose=FilePurpose.UNIT_OUTPUT, data=result.blob
            )
        if not job.finish(unit, result, stored) and stored is not None:
            stored.delete()
            written.discard_all()


def _sealed(unit: ProviderJobUnit, blob: bytes | None) -> bytes | None:
    if blob is None:
        return None
    _key_id, key = keys.of_provider(unit.provider_id)
    return storage.seal(blob, key=key, bound=unit.job.seal_context)


def _in_words(error: sandbox.SandboxError, *, kind: str, step: str = "") -> tuple[str, str]:
    if isinstance(error, sandbox.Refused):
        return sentence(error.problem), sentence(error.remedy)
    if kind in {JobKind.REPORT, ProviderJobKind.PORTFOLIO} and not isinstance(
        error, sandbox.Unavailable
    ):
        return (
            "The pages of the report could not be drawn.",
            "Ask for the report once more; if it fails again, tell whoever runs the portal.",
        )
    if isinstance(error, sandbox.OutOfMemory):
        return (
            "The model or the data need more memory than an audit may use.",
            "Use a smaller sample of the records, or audit a predictions file.",
        )
    if isinstance(error, sandbox.OutOfTime):
        return (
            _too_long(error, step),
            "Audit it less thoroughly or on a smaller sample, or audit a predictions file.",
        )
    if isinstance(error, sandbox.Unavailable):
        return (
            "This machine cannot lock the process that opens uploaded files.",
            "Ask whoever runs the portal to read the section on the sandbox in its documentation.",
        )
    return (
        "The process that opened the file stopped unexpectedly.",
        "Save the model or the table once more and upload it again.",
    )


def _too_long(error: sandbox.OutOfTime, step: str) -> str:
    """Name the step and what it may take, where they are known."""
    if error.seconds is None:
        return "The work took longer than an audit may take."
    limit = duration(error.seconds)
    if not step or step.endswith(" done"):  # what is over is not what took so long
        return f"The work took longer than the {limit} that one step of it may take."
    return f"The step “{step[:_LONGEST_STEP]}” took longer than the {limit} that it may take."
