"""Audits: the list, one with its result, and how its job stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import tenancy
from audits.enums import ACTIVE_STATES, MODEL_FILES, JobState, RatingBadge, StartedBy
from audits.guidance.explain import OwnerWords
from audits.guidance.rating import Rating
from audits.models import AIModel, AnyJob, Audit, Client, DatasetVersion, ModelVersion
from audits.queries import (
    audit_more,
    checklist,
    facts,
    next_actions,
    rating_policy,
    report_frame,
    risk,
    words,
)
from audits.queries.audit_more import More
from audits.queries.checklist import ChecklistRow
from audits.queries.risk import Deadline, ModelRisk

SILENT_AFTER = timedelta(seconds=90)


def of_client(client: Client) -> models.QuerySet[Audit]:
    return Audit.objects.filter(client=client).select_related(
        "client",
        "job__retry_of",
        "model_version__model",
        "dataset_version__dataset",
        "requested_by",
        "acknowledged_by",
        "authorisation",
    )


def register(client: Client) -> models.QuerySet[Audit]:
    """Every audit of the client, newest first, without what no list shows."""
    rows = Audit.objects.filter(client=client).select_related(
        "job__retry_of", "model_version__model", "dataset_version__dataset", "requested_by"
    )
    long = ("document", "rating_trace", "model_version__facts", "dataset_version__profile")
    return rows.defer(*long).order_by("-pk")


def runs_again(audit: Audit) -> list[int]:
    """Audits that were asked for as this one once more, oldest first."""
    if audit.job_id is None:
        return []
    later = Audit.objects.filter(client=audit.client, job__retry_of=audit.job_id)
    return list(later.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished audit: rating and words as they stand today.

    `overruled` is the model's rating by another audit, where this one does not speak for it.
    `asked` is what this audit's own findings ask for, the first of `actions`.
    """

    audit: Audit
    rating: Rating
    overruled: ModelRisk | None
    words: OwnerWords
    findings: list[str]
    actions: list[ChecklistRow]
    asked: list[ChecklistRow]
    trace: list[str]
    policies: list[str]
    deadline: Deadline | None

    @property
    def badge(self) -> RatingBadge:
        return RatingBadge(self.rating.badge.value)

    @property
    def why(self) -> str:
        """What raised the rating, for an owner."""
        return words.why(self.rating)

    @property
    def overruled_by(self) -> str:
        """Which audit speaks for the model, and what it says; empty where this one does."""
        if self.overruled is None or self.overruled.audit is None:
            return ""
        return _("%(model)s is rated %(badge)s by the audit of %(day)s.") % {
            "model": self.overruled.model.name,
            "badge": self.overruled.badge.label,
            "day": self._day_of(self.overruled.audit.completed_at),
        }

    def _day_of(self, completed_at: datetime | None) -> str:
        """The day of another audit, with the time where this one was finished on the same day."""
        client, own = self.audit.client, self.audit.completed_at
        if completed_at is None or own is None:
            return ""
        day = report_frame.day_at(client, completed_at)
        is_one_day = day == report_frame.day_at(client, own)
        return report_frame.moment_at(client, completed_at) if is_one_day else day

    @cached_property
    def more(self) -> More | None:
        """Another audit of the version that found more; read where it is shown."""
        return audit_more.than(self.audit)

    @property
    def actions_to_take(self) -> bool:
        """Say whether one of the actions has nobody to see to it or no date."""
        return any(not (row.owner and row.item.due) for row in self.actions)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence for a technical reader."""
        return str((self.audit.document or {})["verdict"]["sentence"])


def said_by(pk: int) -> Audit:
    """A finished audit with all that it takes to put it into words."""
    rows = Audit.objects.select_related("model_version__model", "dataset_version__dataset")
    return rows.defer("model_version__facts", "dataset_version__profile").get(pk=pk)


def result(audit: Audit) -> Result | None:
    """Read a finished audit with the rating it has today; None while it has no result."""
    if audit.document is None:
        return None
    model = audit.model_version.model
    policy = rating_policy.of_client(audit.client)
    known = facts.known_of(audit.client, model=model, policy=policy)
    # What is known leaves a retired model out.
    (own,) = known.risks or risk.risks_under([model], policy)
    speaks = own.audit is None or own.audit.pk == audit.pk
    rating = risk.rate(model=model, version=own.version, audit=audit, policy=policy)
    explained = words.owner_words(audit, rating)
    if explained is None:
        return None
    is_known = known.by_audit.keys() == {audit.pk}
    found = known.findings if is_known else list(audit.findings.order_by("pk"))
    listed = checklist.to_do(audit.client)
    ahead = next_actions.for_audit(listed, audit, found)
    asked = next_actions.asked_by(listed, audit, found)
    steps, shown = checklist.begun([*ahead, *asked], known.assets, model=model), len(ahead)
    return Result(
        audit=audit,
        rating=rating,
        overruled=None if speaks else own,
        words=explained,
        findings=[words.finding_sentence(row) for row in found],
        actions=steps[:shown],
        asked=steps[shown:],
        trace=words.trace_sentences(rating),
        policies=words.policies(rating),
        deadline=risk.deadline_of(rating, model=model, audit=audit),
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How a job stands: nothing in here is a guess.

    `ahead` counts jobs of everybody that run or wait before it: workers serve all in one queue.
    """

    job: AnyJob
    ahead: int | None
    elapsed: timedelta | None
    silent_for: timedelta | None

    @property
    def is_active(self) -> bool:
        return self.job.state in ACTIVE_STATES

    @property
    def how(self) -> str:
        """How it was asked for."""
        return str(StartedBy(self.job.started_by).label)

    @property
    def is_silent(self) -> bool:
        return self.silent_for is not None and self.silent_for > SILENT_AFTER

    @property
    def is_stopping(self) -> bool:
        return self.is_active and self.job.cancel_requested_at is not None

    @property
    def silent_seconds(self) -> int:
        return int((self.silent_for or timedelta()).total_seconds())

    @property
    def elapsed_words(self) -> str:
        """Minutes and seconds, as a stopwatch would say them."""
        minutes, seconds = divmod(int((self.elapsed or timedelta()).total_seconds()), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    @property
    def current_step(self) -> int:
        """Which step is being worked on; the row counts those that are done."""
        return min(self.job.step + 1, self.job.steps)

    @property
    def poll_seconds(self) -> int:
        """Ask often at first, less often as the job ages."""
        return pace(self.elapsed or timedelta())


def pace(age: timedelta) -> int:
    """After how many seconds a page asks again about work of an age."""
    seconds = age.total_seconds()
    return 2 if seconds < 60 else 5 if seconds < 600 else 15  # noqa: PLR2004 - the three paces


def progress(job: AnyJob) -> Progress:
    """Read how a job stands: from its row, and its place from all work that waits here."""
    now = timezone.now()
    started: datetime | None = job.started_at
    ended = job.finished_at or now
    silent = None
    if job.state == JobState.RUNNING and job.heartbeat_at is not None:
        silent = now - job.heartbeat_at
    return Progress(
        job=job,
        ahead=tenancy.jobs_before(job.created_at) if job.state == JobState.QUEUED else None,
        elapsed=ended - started if started is not None else None,
        silent_for=silent,
    )


def _named(rows: models.QuerySet[Audit], client: Client) -> list[Audit]:
    """Of these audits those of the client, newest first, by the names of their models."""
    named = rows.filter(client=client).select_related("model_version__model")
    return list(named.only("model_version__model__name").order_by("-pk"))


def running(client: Client) -> list[Audit]:
    """Audits of the client that wait or run."""
    return _named(Audit.objects.filter(job__state__in=ACTIVE_STATES), client)


def failed() -> models.QuerySet[Audit]:
    """Audits in scope that failed, unless somebody has asked for the model again or leaves it."""
    later = Audit.objects.filter(
        model_version__model=OuterRef("model_version__model"), pk__gt=OuterRef("pk")
    )
    left = Audit.objects.filter(job__state=JobState.FAILED, acknowledged_at=None)
    return left.exclude(Exists(later))


def attention(client: Client) -> list[Audit]:
    """Audits of the client that failed and are neither tried again nor acknowledged."""
    return _named(failed(), client)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What has to be there before an audit can start; `model` is where a version would go."""

    what: str
    model: AIModel | None = None


def missing(client: Client) -> Missing | None:
    """Say what an audit still needs; None where one can be started."""
    kinds = set(ModelVersion.objects.filter(client=client).values_list("kind", flat=True))
    if not kinds:
        first = AIModel.objects.filter(client=client).order_by("pk").first()
        return Missing(what="model" if first is None else "version", model=first)
    if kinds <= MODEL_FILES and not DatasetVersion.objects.filter(client=client).exists():
        return Missing(what="data")
    return None
