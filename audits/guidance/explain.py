"""A result in an owner's words. Screen and PDF print these sentences, so they say the same."""

from dataclasses import dataclass

from audits.guidance import figures
from audits.guidance.badges import Badge
from audits.guidance.limits import RETEST_IN_HEADLINE, limits_of
from audits.guidance.rating import Exposure, Rating, Reveals, rate_audit
from audits.guidance.reading import (
    SCORE_ONLY_ATTACKS,
    Document,
    Reading,
    read,
)
from audits.guidance.strictness import Source
from audits.guidance.wording import at_least, count, say

IMPACT_CLASSES = {1: "public", 2: "internal", 3: "personal", 4: "sensitive", 5: "special"}
NOT_ABOUT_PEOPLE = (1, 2)
BANDS = {
    "no_sign": "clear",
    "trace": "trace",
    "noticeable": "guessed",
    "serious": "picked",
    "severe": "picked",
    "inconclusive": "unknown",
    "invalid": "unknown",
}
RAREST = "0.001"  # the lowest false alarm rate that can count
TELLING_LEAK = 1.5  # a leak factor below this is not worth a sentence
TRACE, NOTICEABLE, SERIOUS = 1, 2, 3
# Nothing was settled, and a rule says what that counts as.
_UNPROVEN = frozenset(
    {"inconclusive_sensitive", *(f"stricter_{one.value}_unproven" for one in Source)}
)
_BY_RULE = frozenset({Badge.ELEVATED, Badge.HIGH})
VOIDING_GATES = ("blind_baseline", "classes", "self_test")


@dataclass(frozen=True, slots=True)
class OwnerWords:
    """What was found, what it means for the people in the data, what could not be tested.

    ``about_people`` is False where the records are about things, and ``told_at`` the false alarm
    rate of the headline's figure, so that pictures say the same. ``ranges`` says what the brackets
    in the headline are; empty where it has none.
    """

    headline: str
    meaning: tuple[str, ...]
    limits: tuple[str, ...]
    about_people: bool
    told_at: float | None
    ranges: str


def explain(
    document: Document,
    *,
    impact: int,
    reveals_membership: bool,
    exposure: str,
    rating: Rating | None = None,
) -> OwnerWords:
    """Explain a result; `impact` is the class of the data, 1 to 5, before any adjustment.

    Pass the `rating` that is shown beside the words where it rests on more than the document.
    """
    reading = read(document)
    reveals = Reveals.YES if reveals_membership else Reveals.NO
    shown = rating or rate_audit(document, impact=impact, exposure=exposure, reveals=reveals)
    told = headline(reading, impact=impact)
    return OwnerWords(
        headline=told,
        meaning=_meaning(reading, IMPACT_CLASSES[impact], reveals, Exposure(exposure), shown),
        limits=limits_of(reading),
        about_people=impact not in NOT_ABOUT_PEOPLE,
        told_at=_told_at(reading),
        ranges=say("headline.ranges") if "(" in told else "",
    )


def _told_at(reading: Reading) -> float | None:
    """At which false alarm rate the headline gives a catch rate; None where it gives none."""
    leaks = reading.outcome in ("noticeable", "serious", "severe")
    return reading.catch.alpha if leaks and reading.catch is not None else None


def headline(reading: Reading, *, impact: int) -> str:
    """Return the verdict with its figures; figures that are missing are left out, never guessed."""
    if reading.outcome == "invalid":
        return _invalid(reading)
    if reading.outcome == "inconclusive":
        signs = reading.level == TRACE or reading.seen
        trace = f" {say('headline.inconclusive_trace')}" if signs else ""
        return f"{_inconclusive(reading)}{trace}"
    table = "headline.records" if impact in NOT_ABOUT_PEOPLE else "headline.people"
    if reading.outcome == "no_sign":
        return _no_sign(reading.attacks_counted, table)
    if reading.outcome == "trace":
        return say(f"{table}.trace" if RAREST in reading.rated else f"{table}.trace_rough")
    return _leak(reading, table)


def _invalid(reading: Reading) -> str:
    failed = next((gate for gate in VOIDING_GATES if reading.gates.get(gate) == "failed"), None)
    return say("headline.invalid" if failed is None else f"headline.invalid_{failed}")


def _no_sign(attacks: int, table: str) -> str:
    if attacks == 1:
        return say(f"{table}.no_sign_one")
    return say(f"{table}.no_sign", {"attacks": attacks})


def _inconclusive(reading: Reading) -> str:
    """Return what is open and, where the audit could tell, what number would settle it."""
    serious, noticeable = reading.settle.get(SERIOUS), reading.settle.get(NOTICEABLE)
    params = {"have": count(min(reading.members, reading.nonmembers))}
    if serious and noticeable and serious != noticeable:
        even = reading.members == reading.nonmembers
        key = reading.counting("inconclusive_even" if even else "inconclusive_uneven")
        params |= {"serious": count(serious), "noticeable": count(noticeable)}
    elif serious or noticeable:
        key = reading.counting("inconclusive_serious" if serious else "inconclusive_noticeable")
        params["needed"] = count(serious or noticeable or 0)
    else:
        key, params = _without_sizes(reading), {}
    return say(f"headline.{key}", params)


def _without_sizes(reading: Reading) -> str:
    if not reading.attacks <= SCORE_ONLY_ATTACKS:
        return reading.counting("inconclusive")
    return "inconclusive_predictions" if reading.depth in (None, 1) else "inconclusive_quick"


def _leak(reading: Reading, table: str) -> str:
    """Return the verdict, the figures it rests on, and the leak factor where one is proven."""
    verdict = f"{table}.{reading.outcome}"
    rates, pairs = figures.rates(reading), figures.pairs(reading)
    if rates is not None:
        told, factor = say(f"{verdict}_rates", rates), f"{table}.{_factor(reading)}"
    elif pairs is not None:
        told, factor = say(f"{verdict}_pairs", pairs), f"{table}.leak_factor_elsewhere"
    else:
        return say(verdict)
    leak = reading.leak_factor_low
    if leak is None or leak < TELLING_LEAK:
        return told
    return f"{told} {say(factor, {'leak': at_least(leak)})}"


def _factor(reading: Reading) -> str:
    """Return the sentence for the leak factor, which may come from another setting than shown.

    It holds at the one that is shown where the lower limit there says as much.
    """
    catch, leak = reading.catch, reading.leak_factor_low or 0.0
    at_this_setting = catch is not None and leak <= catch.low / catch.alpha
    return "leak_factor" if at_this_setting else "leak_factor_elsewhere"


def _meaning(
    reading: Reading, impact: str, reveals: Reveals, exposure: Exposure, rating: Rating
) -> tuple[str, ...]:
    # A good ranking says nothing of how sure any single guess is.
    apart = reading.outcome == "serious" and reading.catch is None
    sentences = [say(f"meaning.{'guessed' if apart else BANDS[reading.outcome]}.{impact}")]
    if reading.stores_rows:
        sentences.append(say("meaning.rows_stored"))
    told = rating.badge is Badge.LOW and reading.outcome in RETEST_IN_HEADLINE
    sentences += [
        say(f"reveals.{reveals.value}.{impact}"),
        say(f"exposure.{exposure.value}"),
        say("badge.low_told") if told else badge_words(rating),
    ]
    return tuple(sentences)


def badge_words(rating: Rating) -> str:
    """Return what the badge means and by when to act: as urgent as what it rests on."""
    fired = {step.key for step in rating.trace}
    key = rating.badge.value
    if rating.badge is Badge.UNTESTED and rating.severity is not None:
        key = f"untested_{rating.severity.value}"
    elif rating.badge is Badge.UNTESTED and "invalid" in fired:
        key = "untested_void"
    elif rating.badge is Badge.CRITICAL and "rows_in_reach" in fired:
        key = "critical_rows"
    elif rating.badge in _BY_RULE and not fired.isdisjoint(_UNPROVEN):
        key = f"{key}_inconclusive"
    timed = rating.deadline_days is not None and rating.badge is not Badge.EXPIRED
    params = {"days": rating.deadline_days} if timed and rating.deadline_days else {}
    return say(f"badge.{key}", params)
