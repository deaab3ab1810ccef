"""What raised a rating, in one plain sentence: an owner reads no levels, classes or points."""

from audits.guidance.badges import Badge
from audits.guidance.rating import SENSITIVE_IMPACT, Rating
from audits.guidance.strictness import Source
from audits.guidance.wording import say

_LEAKS_FROM = 2
_ABOUT_PEOPLE_FROM = 3
# Rules that decide whatever was measured, those that speak louder first, and what is said of each.
_RULES = {
    "rows_in_reach": "rows_in_reach",
    "expired": "expired",
    **{f"stricter_{one.value}_months": "expired" for one in Source},
    "untested_sensitive": "untested_sensitive",
    "inconclusive_sensitive": "inconclusive_sensitive",
    **{f"stricter_{one.value}_unproven": "unproven" for one in Source},
    "inconclusive": "inconclusive",
    "invalid": "invalid",
    "untested": "untested",
}


def why(rating: Rating) -> str:
    """Return what raised a rating, or that nothing did."""
    fired = {step.key for step in rating.trace}
    rule = next((said for key, said in _RULES.items() if key in fired), None)
    if rule == "inconclusive_sensitive" and rating.badge is not Badge.ELEVATED:
        rule = "inconclusive_open"
    return say(f"why.{rule or _measured(rating, fired)}")


def _measured(rating: Rating, fired: set[str]) -> str:
    """Name the sentence about leak, reach and data."""
    leaks = _leaks(rating)
    if rating.badge is Badge.LOW:
        return _low(rating, fired, leaks=leaks)
    leak = "leak" if leaks else "quiet"
    data = "private" if rating.impact >= SENSITIVE_IMPACT else "plain"
    return f"{leak}_{_reach(fired)}_{data}"


def _leaks(rating: Rating) -> bool:
    levels = (value for step in rating.trace if step.key == "level" for _name, value in step.params)
    return any(isinstance(level, int) and level >= _LEAKS_FROM for level in levels)


def _low(rating: Rating, fired: set[str], *, leaks: bool) -> str:
    if leaks:
        return "low_shut" if rating.impact >= _ABOUT_PEOPLE_FROM else "low_things"
    return "low_weak" if "weak_evidence" in fired else "low_quiet"


def _reach(fired: set[str]) -> str:
    if "exposure_public" in fired:
        return "open"
    return "usual" if fired & {"exposure_customers", "exposure_internal"} else "shut"
