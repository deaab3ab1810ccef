"""A stored result in words: the one place that screen, report and API take their sentences from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audits.charts import values
from audits.engine.policy import PRINTED_SIDE_ERROR
from audits.enums import Reveals
from audits.guidance import explain, findings, odds, reading
from audits.guidance import why as reasons
from audits.guidance.explain import OwnerWords
from audits.guidance.rating import Rating
from audits.guidance.wording import say
from audits.models import AIModel, Audit, Finding
from audits.queries import risk


def owner_words(audit: Audit, rating: Rating) -> OwnerWords | None:
    """Explain a finished audit to an owner; None while there is no result."""
    if audit.document is None:
        return None
    model = audit.model_version.model
    found = risk.sensitivity_today(model, audit)
    return explain.explain(
        audit.document,
        impact=found.impact,
        reveals_membership=found.reveals == Reveals.YES,
        exposure=model.exposure,
        rating=rating,
    )


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What it is worth to be named by the attack: sentences, and rows by who is checked.

    The limits are of this attack alone: that it was chosen among others is not counted.
    """

    attack: str
    rate: str
    crowd: str
    suspects: str
    rows: list[tuple[str, str, str]]
    # How sure each lower limit is.
    sure: str
    # That the two groups may differ by themselves; empty where that was settled.
    doubt: str


def worth(document: Mapping[str, Any], *, about_people: bool) -> Worth | None:
    """Say how many of those named are in the data; None where nothing of a level was found."""
    found = reading.read(document)
    catch = found.catch
    if catch is None:
        return None
    crowd, suspects = odds.base_rate(catch, about_people=about_people)
    unsettled = found.gates.get("blind_baseline") == "unsettled"
    return Worth(
        attack=values.attack_label(document["best_attack"]),
        rate=values.percent(catch.alpha),
        crowd=crowd,
        suspects=suspects,
        rows=odds.right_of_named(catch),
        sure=values.percent(1 - PRINTED_SIDE_ERROR, extra_digits=1),
        doubt=say("odds.doubt") if unsettled else "",
    )


def privacy(model: AIModel) -> tuple[str, ...]:
    """What was stated about differential privacy, and what that is worth; empty without one."""
    if model.dp_epsilon is None or model.dp_delta is None:
        return ()
    return odds.dp_words(epsilon=model.dp_epsilon, delta=model.dp_delta, unit=model.dp_unit)


def why(rating: Rating) -> str:
    """What raised a rating, in one plain sentence for an owner."""
    return reasons.why(rating)


def trace_sentences(rating: Rating) -> list[str]:
    """Every rule that fired, as a sentence: how is this calculated?"""
    return [say(f"trace.{step.key}", dict(step.params)) for step in rating.trace]


def policies(rating: Rating) -> list[str]:
    """The house policy by its version, and each that makes it stricter by number and day."""
    return [
        say("policy.house", {"version": rating.policy}),
        *(
            say(f"policy.{one.source.value}", {"number": one.number, "day": one.day})
            for one in rating.stricter
        ),
    ]


def finding_sentence(finding: Finding) -> str:
    """What asks for action, in one sentence: about what, and with which figures."""
    return findings.sentence(finding.key, finding.about, finding.params)


def finding_in_short(finding: Finding) -> str:
    """The same for an owner, who reads the figures of a result once, beside its verdict."""
    return findings.in_short(finding.key, finding.about, finding.params)
