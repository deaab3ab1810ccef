"""What the page for developers shows: the tokens as they stand in the style sheet, and examples."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from audits.charts import CHARTS
from audits.engine import steps
from audits.enums import JobKind, JobState
from audits.models import Job
from audits.queries import charts
from audits.queries.audit import Progress
from audits.queries.charts import Chart
from audits.queries.risk import Deadline

_VALUE = r"(#[0-9a-f]{6}|rgb\([^)]*\))"
_COLOUR = re.compile(rf"--([\w-]+): light-dark\({_VALUE}, {_VALUE}\);")
_OTHER = re.compile(r"--([\w-]+): ([^;]+);")
TONES = ("good", "calm", "warn", "alert", "danger", "unsure", "neutral", "info")


@dataclass(frozen=True, kw_only=True)
class Colour:
    """A colour by its name, in the light theme and in the dark one."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True, kw_only=True)
class Token:
    """Any other value that the style sheet names."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Everything that the style sheet of tokens names."""

    colours: list[Colour]
    others: list[Token]


@cache
def tokens() -> Tokens:
    """Read the tokens from the style sheet itself: the page cannot lag behind it."""
    sheet = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text(encoding="utf-8")
    colours = [Colour(name=n, light=light, dark=dark) for n, light, dark in _COLOUR.findall(sheet)]
    others = [
        Token(name=name, value=" ".join(value.split()))
        for name, value in _OTHER.findall(sheet)
        if "light-dark" not in value
    ]
    return Tokens(colours=colours, others=others)


def progresses() -> list[Progress]:
    """A job in each state, and one that has shown no sign of life for a while."""
    now = timezone.now()

    def made(state: JobState, **values: Any) -> Job:  # noqa: ANN401 - model fields
        usual = {"steps": 4, "created_at": now - timedelta(minutes=3)}
        return Job(kind=JobKind.AUDIT, state=state, **{**usual, **values})

    began = {"started_at": now - timedelta(seconds=95), "heartbeat_at": now, "step": 2}
    running = made(JobState.RUNNING, step_name=f"{steps.TRAINING}, 8 done", **began)
    failed = made(
        JobState.FAILED,
        cause="The work took longer than an audit may take.",
        remedy="Audit it less thoroughly, or on a smaller sample.",
        finished_at=now,
        **began,
    )
    took = timedelta(seconds=95)
    told: list[tuple[Job, int | None, timedelta | None, timedelta | None]] = [
        (made(JobState.QUEUED), 2, None, None),
        (running, None, took, timedelta(seconds=1)),
        (running, None, took, timedelta(seconds=140)),
        (made(JobState.SUCCEEDED, finished_at=now, **began), None, took, None),
        (failed, None, took, None),
        (made(JobState.CANCELLED, finished_at=now, **began), None, took, None),
    ]
    return [
        Progress(job=job, ahead=ahead, elapsed=elapsed, silent_for=silent)
        for job, ahead, elapsed, silent in told
    ]


def deadlines() -> list[Deadline]:
    """One that lies ahead, one that is over, and that of a critical rating."""
    now = timezone.now()
    made = partial(Deadline, since_audit=True)
    return [
        *(made(at=now + timedelta(days=days), days=30) for days in (12, -3)),
        made(at=now + timedelta(days=5), days=7, is_critical=True),
    ]


def picture() -> Chart:
    """A chart as a picture, of made-up figures."""
    sections = [("Data", {"yes": 6, "partly": 2, "no": 1}), ("People", {"yes": 3, "unanswered": 1})]
    return charts.shown_as("readiness", CHARTS["readiness"].series({"sections": sections}))
