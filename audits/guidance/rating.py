"""The business rating: likelihood times impact, with its overrides. House policy 2026.1.

No authority sets a pass mark for membership inference: these thresholds are ours, they are
versioned and printed with every report. A provider or a client can make them stricter
(`strictness.py`), never laxer. Every rule that fired is in `Rating.trace`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from audits.guidance.badges import SEVERITY, Badge
from audits.guidance.reading import Document, read
from audits.guidance.strictness import HOUSE, UNPROVEN_FROM, Policy, Revision

POLICY = "2026.1"

LOWEST, HIGHEST = 1, 5
TOP_LEVEL = 4
SENSITIVE_IMPACT = 4
SPECIAL_IMPACT = 5
PERSONAL_IMPACT = 3


class Exposure(StrEnum):
    """Who can put questions to the model, or get hold of its file."""

    PUBLIC = "public"
    CUSTOMERS = "customers"
    INTERNAL = "internal"
    NAMED = "named"
    LOCKED = "locked"


class Reveals(StrEnum):
    """What being in the data says about a person."""

    YES = "yes"
    NO = "no"
    PUBLIC = "public"  # membership is public already, or nearly everyone is in it


EXPOSURE_POINTS: Mapping[Exposure, int] = MappingProxyType(
    {
        Exposure.PUBLIC: 1,
        Exposure.CUSTOMERS: 0,
        Exposure.INTERNAL: 0,
        Exposure.NAMED: -1,
        Exposure.LOCKED: -2,
    }
)

_L, _G, _E, _H, _C = SEVERITY
MATRIX: Mapping[int, tuple[Badge, ...]] = MappingProxyType(
    {  # impact -> by likelihood 1 to 5
        5: (_G, _E, _H, _C, _C),
        4: (_L, _G, _E, _H, _C),
        3: (_L, _G, _G, _E, _H),
        2: (_L, _L, _G, _G, _E),
        1: (_L, _L, _L, _L, _G),
    }
)


class Step(NamedTuple):
    """A rule that fired: its key in the wording table and the values that go with it."""

    key: str
    params: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingInput:
    """What the rating rests on.

    `level` is the reached level 0 to 4, None if there is no valid audit. `impact` is the class of
    the data, 1 to 5, before it is adjusted for what membership reveals. `weights_out` says that
    people outside can get the model file; `stores_rows` that such a file holds training records;
    `verbatim` that the model was seen to repeat them. `expired` is what the house policy says of
    the audit; `age` is how old it is, where a stricter policy lets it stand for less long.
    """

    level: int | None
    outcome: str | None
    impact: int
    exposure: str
    grade: str | None = None
    reveals: str = Reveals.NO
    weights_out: bool = False
    stores_rows: bool = False
    verbatim: bool = False
    expired: bool = False
    age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The badge and how it came about.

    `severity` is what an untested, inconclusive or expired model is to be treated as (None where
    nothing is known); `score` is likelihood times impact, None without a conclusive result.
    `stricter` are the policies that stood above the house policy, whether or not they changed
    anything here.
    """

    badge: Badge
    severity: Badge | None
    likelihood: int | None
    impact: int
    score: int | None
    deadline_days: int | None
    struck_through: bool
    green: bool
    trace: tuple[Step, ...]
    policy: str = POLICY
    stricter: tuple[Revision, ...] = ()


class _Found(NamedTuple):
    badge: Badge
    severity: Badge | None
    likelihood: int | None
    steps: tuple[Step, ...]


def rate(given: RatingInput, policy: Policy = HOUSE) -> Rating:
    """Rate one model version by the policy that holds for its client."""
    _check(given)
    impact, impact_steps = impact_under(policy, given.impact, Reveals(given.reveals))
    found = _conclude(given, impact, policy)
    days = None if found.severity is None else policy.days(found.severity)
    return Rating(
        badge=found.badge,
        severity=found.severity,
        likelihood=found.likelihood,
        impact=impact,
        score=None if found.likelihood is None else found.likelihood * impact,
        deadline_days=days,
        struck_through=found.badge is Badge.EXPIRED,
        green=found.badge is Badge.LOW and given.grade in ("A", "B"),
        trace=(*impact_steps, *found.steps, *_deadline_steps(found.severity, policy)),
        stricter=policy.revisions,
    )


def _stricter(rule: str, revision: Revision, **params: int | str) -> Step:
    """A rule that fired because somebody asks for more than the house does, and who."""
    named = {"number": revision.number, "day": revision.day, **params}
    return Step(f"stricter_{revision.source.value}_{rule}", tuple(named.items()))


def _deadline_steps(severity: Badge | None, policy: Policy) -> tuple[Step, ...]:
    revision = None if severity is None else policy.behind_days(severity)
    if severity is None or revision is None:
        return ()
    return (_stricter("days", revision, days=policy.days(severity) or 0),)


def rate_audit(
    document: Document,
    *,
    impact: int,
    exposure: str,
    reveals: str = Reveals.NO,
    weights_out: bool = False,
    expired: bool = False,
) -> Rating:
    """Rate the model version a result document speaks of."""
    reading = read(document)
    return rate(
        RatingInput(
            level=reading.level,
            outcome=reading.outcome,
            grade=reading.grade,
            impact=impact,
            exposure=exposure,
            reveals=reveals,
            weights_out=weights_out,
            stores_rows=reading.stores_rows,
            expired=expired,
        )
    )


def _check(given: RatingInput) -> None:
    if not LOWEST <= given.impact <= HIGHEST:
        raise ValueError(f"impact must be 1 to 5, not {given.impact}")
    if given.level is not None and not 0 <= given.level <= TOP_LEVEL:
        raise ValueError(f"level must be 0 to 4, not {given.level}")


def impact_under(policy: Policy, base: int, reveals: Reveals) -> tuple[int, tuple[Step, ...]]:
    """The class of the data as the policy counts it, and what membership reveals on top."""
    revision = policy.behind_raised(base)
    if revision is None:
        return effective_impact(base, reveals)
    counted = base + 1
    impact, (_, *adjusted) = effective_impact(counted, reveals)
    start = Step("impact", (("impact", base),))
    return impact, (start, _stricter("impact", revision, impact=counted), *adjusted)


def effective_impact(base: int, reveals: Reveals) -> tuple[int, tuple[Step, ...]]:
    """Adjust the class of the data for what being in it says about a person."""
    start = Step("impact", (("impact", base),))
    if reveals is Reveals.YES and base < HIGHEST:
        return base + 1, (start, Step("impact_reveals", (("impact", base + 1),)))
    if reveals is Reveals.PUBLIC and LOWEST < base < SPECIAL_IMPACT:
        return base - 1, (start, Step("impact_public", (("impact", base - 1),)))
    return base, (start,)


def _conclude(given: RatingInput, impact: int, policy: Policy) -> _Found:
    measured = _measured(given, impact, policy)
    if _rows_in_reach(given) and impact >= PERSONAL_IMPACT:
        step = Step("rows_in_reach", (("impact", impact),))
        return _Found(Badge.CRITICAL, Badge.CRITICAL, measured.likelihood, (*measured.steps, step))
    expired = _expired(given, policy) if given.level is not None else None
    if expired is not None:
        return measured._replace(badge=Badge.EXPIRED, steps=(*measured.steps, expired))
    return measured


def _expired(given: RatingInput, policy: Policy) -> Step | None:
    """Say why the result no longer stands: the house's own reasons, then a stricter policy's."""
    if given.expired:
        return Step("expired")
    revision = policy.behind_months()
    if revision is None or given.age is None or given.age <= policy.lasts:
        return None
    return _stricter("months", revision, months=policy.months)


def _measured(given: RatingInput, impact: int, policy: Policy) -> _Found:
    if given.level is None or given.outcome in (None, "invalid"):
        return _untested(given, impact, policy)
    likelihood, steps = _likelihood(given, given.level)
    badge = MATRIX[impact][likelihood - 1]
    steps = (*steps, Step("matrix", (("likelihood", likelihood), ("impact", impact))))
    if given.outcome == "inconclusive":
        return _inconclusive(impact, _Found(badge, badge, likelihood, steps), policy)
    if badge is Badge.LOW and given.grade not in ("A", "B"):
        steps = (*steps, Step("weak_evidence"))
    return _Found(badge, badge, likelihood, steps)


def _unproven(impact: int, policy: Policy) -> Step | None:
    """The rule that a stricter policy has for data below S4 about which nothing is known."""
    revision = policy.behind_unproven()
    if revision is None or not UNPROVEN_FROM <= impact < SENSITIVE_IMPACT:
        return None
    return _stricter("unproven", revision, impact=impact)


def _untested(given: RatingInput, impact: int, policy: Policy) -> _Found:
    first = Step("invalid" if given.outcome == "invalid" else "untested")
    if impact >= SENSITIVE_IMPACT:
        second = Step("untested_sensitive", (("impact", impact),))
        return _Found(Badge.UNTESTED, Badge.HIGH, None, (first, second))
    asked = _unproven(impact, policy)
    if asked is None:
        return _Found(Badge.UNTESTED, None, None, (first,))
    return _Found(Badge.UNTESTED, Badge.ELEVATED, None, (first, asked))


def _inconclusive(impact: int, found: _Found, policy: Policy) -> _Found:
    step = _unproven(impact, policy)
    if impact >= SENSITIVE_IMPACT:
        step = Step("inconclusive_sensitive", (("impact", impact),))
    if step is None:
        steps = (*found.steps, Step("inconclusive"))
        return _Found(Badge.INCONCLUSIVE, None, None, steps)
    worst = max(found.badge, Badge.ELEVATED, key=SEVERITY.index)
    # Where the rule decides, the reached level is no likelihood: it is what was not ruled out.
    likelihood = found.likelihood if worst is found.badge else None
    return _Found(worst, worst, likelihood, (*found.steps, step))


def _likelihood(given: RatingInput, level: int) -> tuple[int, tuple[Step, ...]]:
    exposure = Exposure.PUBLIC if given.weights_out else Exposure(given.exposure)
    points = EXPOSURE_POINTS[exposure]
    likelihood = min(HIGHEST, max(LOWEST, level + 1 + points))
    return likelihood, (
        Step("level", (("level", level),)),
        Step(f"exposure_{exposure.value}", (("points", points),)),
        Step("likelihood", (("likelihood", likelihood),)),
    )


def _rows_in_reach(given: RatingInput) -> bool:
    """Whether people outside can get a file, or answers, that hold training records."""
    public = given.exposure == Exposure.PUBLIC or given.weights_out
    answers_out = public or given.exposure == Exposure.CUSTOMERS
    return (given.stores_rows and public) or (given.verbatim and answers_out)
