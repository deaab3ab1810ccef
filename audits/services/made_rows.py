"""The rows of one made-up client, inserted together."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast

from audits.enums import JobKind, JobState, Split
from audits.guidance.strictness import Policy
from audits.models import (
    AIModel,
    Audit,
    Authorisation,
    Client,
    Finding,
    Job,
    ModelVersion,
    User,
)
from audits.services import activity, made_files, made_results
from audits.services.activity import Line, Subject
from audits.services.audit import STEPS
from audits.services.made_plan import PlannedAudit, PlannedClient, PlannedModel
from audits.services.made_results import Made, Rated

_WHOLE_EVERY = 10  # of so many newest results one has everything; the others fewer points
_TOOK = timedelta(minutes=6)
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Results:
    """What the engine said of each case, ready to be inserted again and again."""

    made: Mapping[str, Made]
    whole: Mapping[str, Cast]
    short: Mapping[str, Cast]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A client that is being filled."""

    client: Client
    planned: PlannedClient
    actor: User
    results: Results
    policy: Policy
    now: datetime
    chance: Random

    @property
    def own(self) -> dict[str, Any]:
        return {"provider_id": self.client.provider_id, "client": self.client}


def results_of(keys: Iterable[str], *, seed: int) -> Results:
    """Have the engine measure these cases, before any row is written."""
    made = {key: made_results.made(key, seed) for key in keys}
    return Results(
        made=made,
        whole={key: _as_sql(json.dumps(one.document)) for key, one in made.items()},
        short={key: _as_sql(json.dumps(one.shortened())) for key, one in made.items()},
    )


def _as_sql(document: str) -> Cast:
    """A document as text that the database reads: turned into text once, not for every row."""
    return Cast(Value(document, output_field=TextField()), output_field=JSONField())


def fill(drawn: Drawn) -> None:
    """Insert the models of a client with versions, permissions, jobs, audits and findings."""
    models = _models(drawn)
    permissions = _permissions(drawn, models)
    rows = [
        one
        for place, (model, planned) in enumerate(zip(models, drawn.planned.models, strict=True))
        for one in _history(drawn, model, planned, whole=place % _WHOLE_EVERY == 0)
    ]
    versions = _versions(drawn, models, rows)
    audits = _audits(drawn, rows, versions, permissions)
    _findings(drawn, rows, audits)


def _models(drawn: Drawn) -> list[AIModel]:
    made = AIModel.objects.bulk_create(
        [
            AIModel(
                **drawn.own,
                name=one.name,
                purpose=one.purpose,
                people=one.people,
                owner_name=drawn.client.contact_name,
                impact=one.impact,
                reveals=one.reveals,
                exposure=one.exposure,
                outputs=one.outputs,
                lifecycle=one.lifecycle,
                next_review=drawn.now.date() + timedelta(days=drawn.chance.randint(-40, 300)),
            )
            for one in drawn.planned.models
        ],
        batch_size=_BATCH,
    )
    for row, one in zip(made, drawn.planned.models, strict=True):
        row.created_at = drawn.now - one.age
    AIModel.objects.bulk_update(made, ["created_at"], batch_size=100)
    lines = [Line(client=drawn.client, subject=Subject.of(row), details={}) for row in made]
    activity.record_each(actor=drawn.actor, verb="added", lines=lines)
    return made


def _permissions(drawn: Drawn, models: list[AIModel]) -> dict[int, Authorisation]:
    today: date = drawn.now.date()
    made = Authorisation.objects.bulk_create(
        [
            Authorisation(
                **drawn.own,
                model=model,
                person=drawn.client.contact_name,
                role="managing director",
                given_on=(began := today - timedelta(days=drawn.chance.randint(5, 420))),
                ends_on=began + timedelta(days=365),
                scope="This model in all its versions.",
                is_confirmed=True,
                recorded_by=drawn.actor,
            )
            for model in models
        ],
        batch_size=_BATCH,
    )
    return {row.model_id: row for row in made}


@dataclass(frozen=True, kw_only=True)
class _Row:
    """An audit that is to be: of which model and version, and what it said."""

    model: AIModel
    version: int
    planned: PlannedAudit
    document: Cast | None
    rated: Rated | None


def _history(drawn: Drawn, model: AIModel, planned: PlannedModel, *, whole: bool) -> Iterator[_Row]:
    """Number the versions: whatever says something else was another version."""
    results = drawn.results
    first = next((one.case for one in planned.audits if one.case), "")
    first = first or next(iter(results.made), "")
    version, before = 0, ""
    for place, one in enumerate(planned.audits):
        case = one.case or before or first
        if case != before:
            version, before = version + 1, case
        is_newest = place == len(planned.audits) - 1
        told = results.whole if whole and is_newest else results.short
        yield _Row(
            model=model,
            version=version,
            planned=one if one.case else _ended_badly(one, case),
            document=told[case] if one.case else None,
            rated=_rated(drawn, model, case) if one.case else None,
        )


def _ended_badly(one: PlannedAudit, case: str) -> PlannedAudit:
    return PlannedAudit(age=one.age, case=case, is_cancelled=one.is_cancelled)


_known: dict[tuple[Any, ...], Rated] = {}


def _rated(drawn: Drawn, model: AIModel, case: str) -> Rated:
    """Rate a result at such a model: alike for all that are alike."""
    key = (case, model.impact, model.reveals, model.exposure, model.outputs)
    if key not in _known:
        _known[key] = made_results.rated(
            model=model,
            document=drawn.results.made[case].document,
            at=drawn.now,
            policy=drawn.policy,
        )
    return _known[key]


def _versions(
    drawn: Drawn, models: list[AIModel], rows: list[_Row]
) -> dict[tuple[int, int], ModelVersion]:
    """Every version that an audit measured, and a newer one where nobody has looked yet."""
    wanted = {(row.model.pk, row.version): row.planned.case for row in rows}
    for model, planned in zip(models, drawn.planned.models, strict=True):
        numbers = [number for pk, number in wanted if pk == model.pk]
        if planned.has_newer_version and numbers:
            last = max(numbers)
            wanted[model.pk, last + 1] = wanted[model.pk, last]
    kept = {
        case: made_files.keep(
            client=drawn.client,
            planned=drawn.planned,
            actor=drawn.actor,
            made=drawn.results.made[case],
        )
        for case in sorted(set(wanted.values()))
    }
    made = ModelVersion.objects.bulk_create(
        [
            ModelVersion(
                **drawn.own,
                model_id=pk,
                number=number,
                kind=drawn.results.made[case].kind,
                file=kept[case].file,
                trained_on=kept[case].data,
                family=drawn.results.made[case].document["model"]["family"] or "",
                created_by=drawn.actor,
            )
            for (pk, number), case in wanted.items()
        ],
        batch_size=_BATCH,
    )
    return {(row.model_id, row.number): row for row in made}


def _job(drawn: Drawn, row: _Row) -> Job:
    ended = drawn.now - row.planned.age
    began = ended - _TOOK * (0.2 + drawn.chance.random())
    steps = STEPS[drawn.results.made[row.planned.case].preset]
    state, cause, remedy = JobState.SUCCEEDED, "", ""
    if row.rated is None and row.planned.is_cancelled:
        state = JobState.CANCELLED
    elif row.rated is None:
        state = JobState.FAILED
        cause, remedy = (
            "The work took longer than an audit may take.",
            "Audit it less thoroughly, or on fewer records.",
        )
    return Job(
        **drawn.own,
        kind=JobKind.AUDIT,
        object_id=0,
        actor=drawn.actor,
        state=state,
        key=f"load-{row.model.pk}-{ended.timestamp():.0f}",
        step=steps if row.rated else 1,
        steps=steps,
        cause=cause,
        remedy=remedy,
        cancel_requested_at=ended if state == JobState.CANCELLED else None,
        heartbeat_at=ended,
        started_at=began,
        finished_at=ended,
    )


def _audits(
    drawn: Drawn,
    rows: list[_Row],
    versions: Mapping[tuple[int, int], ModelVersion],
    permissions: Mapping[int, Authorisation],
) -> list[Audit]:
    jobs = Job.objects.bulk_create([_job(drawn, row) for row in rows], batch_size=_BATCH)
    made = Audit.objects.bulk_create(
        [
            _audit(drawn, row, job, versions[row.model.pk, row.version], permissions)
            for row, job in zip(rows, jobs, strict=True)
        ],
        batch_size=100,
    )
    own = Job.objects.filter(client=drawn.client, kind=JobKind.AUDIT)
    about = Audit.objects.filter(job=OuterRef("pk")).values("pk")[:1]
    own.update(created_at=F("started_at"), object_id=Subquery(about))
    began = Job.objects.filter(pk=OuterRef("job")).values("started_at")[:1]
    Audit.objects.filter(client=drawn.client).update(created_at=Subquery(began))
    return made


def _audit(
    drawn: Drawn,
    row: _Row,
    job: Job,
    version: ModelVersion,
    permissions: Mapping[int, Authorisation],
) -> Audit:
    said: dict[str, Any] = {}
    if row.rated is not None:
        said = {**row.rated.columns, "document": row.document, "completed_at": job.finished_at}
    return Audit(
        **drawn.own,
        model_version=version,
        dataset_version_id=version.trained_on_id,
        job=job,
        preset=drawn.results.made[row.planned.case].preset,
        split=Split.RANDOM,
        requested_by=drawn.actor,
        authorisation=permissions[row.model.pk],
        impact=row.model.impact,
        reveals=row.model.reveals,
        exposure=row.model.exposure,
        **said,
    )


def _findings(drawn: Drawn, rows: list[_Row], audits: list[Audit]) -> None:
    Finding.objects.bulk_create(
        [
            Finding(**drawn.own, audit_id=audit.pk, key=found.key, params=dict(found.params))
            for row, audit in zip(rows, audits, strict=True)
            if row.rated is not None
            for found in row.rated.findings
        ],
        batch_size=1000,
    )
