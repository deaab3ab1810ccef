"""The audit as background work: prepare, rounds of references, conclude, in locked children."""

from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.utils import timezone

from audits import sandbox
from audits.engine import steps
from audits.enums import JobKind, JobState, Outcome
from audits.guidance import findings
from audits.models import Audit, Finding, Job, JobUnit, StoredFile
from audits.queries import earlier, facts, rating_policy, risk
from audits.sandbox import kinds
from audits.services import (
    activity,
    audit_files,
    checklist,
    files,
    reference_rounds,
    result_shape,
)
from audits.services.audit_clock import Clock
from audits.services.job_kinds import Bench, UnitOutput

PREPARE, REFERENCES, CONCLUDE = "prepare", "references", "conclude"
_RESULT_FIELDS = [
    "document",
    "outcome",
    "reached",
    "ceiling",
    "grade",
    "completed_at",
    "badge",
    "likelihood",
    "rated_impact",
    "rating_trace",
    "engine_version",
    "house_policy",
]


class AuditHandler:
    """Runs `audits.engine` step by step; what a step leaves is stored encrypted between them."""

    kind = JobKind.AUDIT

    def first_unit(self, job: Job) -> str:  # noqa: ARG002 - the protocol's signature
        return PREPARE

    def work(self, unit: JobUnit, bench: Bench) -> UnitOutput:
        with ExitStack() as stack:
            with bench.in_scope():
                audit = _audit_of(unit.job)
                stored = {
                    **audit_files.inputs_of(audit.model_version, audit.dataset_version),
                    **_left_behind(unit),
                }
                sources = stack.enter_context(audit_files.opened(stored))
                params, name = _params(unit, audit), _step_name(unit)
            bench.report(name)
            open_files = {name: source.fileno() for name, source in sources.items()}
            outcome = _run(unit, open_files, params, bench)
        if unit.name == CONCLUDE:
            result_shape.check(outcome.result)
            return UnitOutput(output=outcome.result)
        return UnitOutput(
            output=reference_rounds.step_of(outcome), blob=reference_rounds.state_of(outcome)
        )

    def next_unit(self, job: Job, done: JobUnit) -> str | None:  # noqa: ARG002 - as above
        if done.name == CONCLUDE:
            return None
        return REFERENCES if done.output.get("next_blocks") else CONCLUDE

    def complete(self, job: Job, last: JobUnit) -> None:
        audit = _audit_of(job)
        if audit.completed_at is not None:
            return
        _store_result(audit, last.output)
        # Reference signals are of no use after the verdict, and they are about people.
        files.drop_outputs(job)


def _audit_of(job: Job) -> Audit:
    return Audit.objects.select_related("model_version__model", "dataset_version", "client").get(
        pk=job.object_id
    )


def _run(
    unit: JobUnit, open_files: dict[str, int], params: dict[str, Any], bench: Bench
) -> sandbox.Outcome:
    limits = sandbox.limits_of("audit_step", threads=settings.MIA_SANDBOX_THREADS)
    if unit.name == REFERENCES:
        return reference_rounds.run(
            params.pop("blocks"),
            clock=Clock(limits, seconds=kinds.AUDIT_SECONDS, spent=params.pop("spent")),
            files=open_files,
            params=params,
            processes=settings.MIA_SANDBOX_PROCESSES,
            should_cancel=bench.should_cancel,
            on_block=lambda name: bench.report(f"{name} done"),
        )
    return sandbox.run(
        unit.name,
        files=open_files,
        params=params,
        limits=limits,
        on_progress=lambda progress: bench.report(progress.name),
        should_cancel=bench.should_cancel,
    )


def _earlier(unit: JobUnit) -> list[JobUnit]:
    return list(
        JobUnit.objects.select_related("output_file")
        .filter(job_id=unit.job_id, state=JobState.SUCCEEDED, index__lt=unit.index)
        .order_by("index")
    )


def _left_behind(unit: JobUnit) -> dict[str, StoredFile]:
    """What earlier units stored for the later ones."""
    return {
        "prepared" if done.name == PREPARE else f"round_{done.index - 1}": done.output_file
        for done in _earlier(unit)
        if done.output_file is not None
    }


def _params(unit: JobUnit, audit: Audit) -> dict[str, Any]:
    params = audit_files.plan_params(
        audit.dataset_version,
        predictions=audit.model_version,
        split=audit.split,
        preset=audit.preset,
        seed=audit.seed,
    )
    done = [row.output for row in _earlier(unit)]
    if unit.name == REFERENCES:
        params["blocks"] = reference_rounds.next_blocks(done, preset=audit.preset)
        params["spent"] = sum(step["seconds"] for step in done)
    if unit.name == CONCLUDE:
        params["steps"] = done
    return params


def _step_name(unit: JobUnit) -> str:
    if unit.name == PREPARE:
        return steps.READING
    if unit.name == CONCLUDE:
        return steps.CONCLUDING
    trained = sum(row.output["count"] for row in _earlier(unit) if row.name == REFERENCES)
    return f"{steps.TRAINING}, {trained} done"


def _store_result(audit: Audit, document: dict[str, Any]) -> None:
    """Write the result once, with the rating of the day and the findings it leads to."""
    verdict = document["verdict"]
    audit.document = document
    audit.outcome = Outcome(verdict["outcome"]).value  # a child that lies leaves no result
    audit.reached = verdict["reached"] or ""
    audit.ceiling = verdict["ceiling"] or ""
    audit.grade = verdict["grade"] or ""
    made_with = document["provenance"]
    audit.engine_version = made_with["engine_version"][:40]
    audit.house_policy = made_with["rating_policy"][:40]
    audit.completed_at = timezone.now()
    version = audit.model_version
    policy = rating_policy.of_client(audit.client)
    rated = risk.rate(model=version.model, version=version, audit=audit, policy=policy)
    audit.badge = rated.badge.value
    audit.likelihood = rated.likelihood
    audit.rated_impact = rated.impact
    audit.rating_trace = [[step.key, dict(step.params)] for step in rated.trace]
    audit.save(update_fields=_RESULT_FIELDS)
    known = facts.of_model(
        risk.ModelRisk(model=version.model, version=version, audit=audit, rating=rated),
        policy,
        found={},
    )
    for found in findings.findings_of(document, known, earlier=earlier.of(audit)):
        Finding.objects.create(
            provider_id=audit.provider_id,
            client_id=audit.client_id,
            audit=audit,
            key=found.key,
            params=dict(found.params),
        )
    activity.record(
        client=audit.client,
        actor=None,
        verb="completed",
        obj=audit,
        details={"model": version.model.name, "outcome": audit.outcome, "badge": audit.badge},
    )
    checklist.refresh(client=audit.client)
