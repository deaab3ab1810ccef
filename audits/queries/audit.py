"""Audits: the list, one with its result, and how its job stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from audits.enums import ACTIVE_STATES, MODEL_FILES, JobState, RatingBadge
from audits.guidance.explain import OwnerWords
from audits.guidance.rating import Rating
from audits.models import AIModel, Audit, Client, DatasetVersion, Finding, Job, ModelVersion
from audits.queries import checklist, risk, words
from audits.queries.checklist import ChecklistRow

SILENT_AFTER = timedelta(seconds=90)


def of_client(client: Client) -> models.QuerySet[Audit]:
    return Audit.objects.filter(client=client).select_related(
        "client",
        "job",
        "model_version__model",
        "dataset_version__dataset",
        "requested_by",
    )


def register(client: Client) -> list[Audit]:
    """Every audit of the client, newest first, without the long documents."""
    return list(of_client(client).defer("document").order_by("-pk"))


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished audit: rating and words as they stand today."""

    audit: Audit
    rating: Rating
    words: OwnerWords
    findings: list[str]
    actions: list[ChecklistRow]
    trace: list[str]

    @property
    def badge(self) -> RatingBadge:
        return RatingBadge(self.rating.badge.value)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence for a technical reader."""
        return str((self.audit.document or {})["verdict"]["sentence"])


def result(audit: Audit) -> Result | None:
    """Read a finished audit with the rating it has today; None while it has no result."""
    if audit.document is None:
        return None
    model = audit.model_version.model
    newest = risk.newest_versions([model])[model.pk]
    rating = risk.rate(model=model, version=newest, audit=audit)
    explained = words.owner_words(audit, rating)
    if explained is None:
        return None
    found = list(Finding.objects.filter(audit=audit))
    listed = checklist.rows(audit.client)
    return Result(
        audit=audit,
        rating=rating,
        words=explained,
        findings=[words.finding_sentence(row) for row in found],
        actions=checklist.actions_for(listed, [row.key for row in found]),
        trace=words.trace_sentences(rating),
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How a job stands: nothing in here is a guess."""

    job: Job
    ahead: int | None
    elapsed: timedelta | None
    silent_for: timedelta | None

    @property
    def is_active(self) -> bool:
        return self.job.state in ACTIVE_STATES

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
        age = (self.elapsed or timedelta()).total_seconds()
        return 2 if age < 60 else 5 if age < 600 else 15  # noqa: PLR2004 - the three paces


def progress(job: Job) -> Progress:
    """Read how a job stands, from its row alone."""
    now = timezone.now()
    started: datetime | None = job.started_at
    ended = job.finished_at or now
    silent = None
    if job.state == JobState.RUNNING and job.heartbeat_at is not None:
        silent = now - job.heartbeat_at
    return Progress(
        job=job,
        ahead=_ahead(job) if job.state == JobState.QUEUED else None,
        elapsed=ended - started if started is not None else None,
        silent_for=silent,
    )


def _ahead(job: Job) -> int:
    """Jobs of the clients in scope that were asked for earlier and have not ended."""
    return Job.objects.filter(state__in=ACTIVE_STATES, pk__lt=job.pk).count()


def running(client: Client) -> list[Audit]:
    """Audits of the client that wait or run."""
    rows = of_client(client).defer("document").filter(job__state__in=ACTIVE_STATES)
    return list(rows.order_by("-pk"))


def failed() -> models.QuerySet[Audit]:
    """Audits in scope that failed, where nobody has asked for that model again since."""
    later = Audit.objects.filter(
        model_version__model=OuterRef("model_version__model"), pk__gt=OuterRef("pk")
    )
    return Audit.objects.filter(job__state=JobState.FAILED).exclude(Exists(later))


def attention(client: Client) -> list[Audit]:
    """Audits of the client that failed and were not followed by another try."""
    rows = of_client(client).defer("document")
    return list(rows.filter(pk__in=failed().values("pk")).order_by("-pk"))


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
