"""What a made-up client consists of, before there is any row of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from audits.enums import DataClass, Exposure, Impact, Lifecycle, Outputs, Reveals


@dataclass(frozen=True, kw_only=True)
class PlannedAudit:
    """When an audit ended and what it said; without a case it failed, or was stopped."""

    age: timedelta
    case: str
    is_cancelled: bool = False


@dataclass(frozen=True, kw_only=True)
class PlannedModel:
    """A model, and its audits from the oldest to the newest."""

    name: str
    purpose: str
    people: str
    impact: Impact
    reveals: Reveals
    exposure: Exposure
    outputs: Outputs
    lifecycle: Lifecycle
    age: timedelta
    has_newer_version: bool
    audits: Sequence[PlannedAudit]


@dataclass(frozen=True, kw_only=True)
class PlannedClient:
    """A client with its own source of chance for the small things."""

    name: str
    contact: str
    industry: str
    data_class: DataClass
    impact: Impact
    models: Sequence[PlannedModel]
    # What stands where somebody might take a made-up row for a real one.
    note: str
    seed: str

    def chance(self) -> Random:
        return Random(self.seed)  # noqa: S311 - no secret hangs on it
