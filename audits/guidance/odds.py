"""What a flag is worth to an attacker, and what a differential-privacy statement promises."""

import math
from collections.abc import Mapping

from audits.guidance.reading import Catch
from audits.guidance.wording import count, say, short

_ONE_IN = 2, 10, 100, 1000
STRONG, MEANINGFUL, WEAK = 1, 5, 10  # epsilon up to here


def ppv(catch_rate: float, false_alarm_rate: float, prior: float) -> float:
    """Return the share of accusations that are right if `prior` of those checked are members."""
    right = catch_rate * prior
    wrong = false_alarm_rate * (1 - prior)
    return right / (right + wrong) if right + wrong > 0 else 0.0


def right_of_named(catch: Catch) -> list[tuple[str, str, str]]:
    """Return rows (who is checked, right of 100 named, at least): from suspects to a crowd."""

    def of_hundred(rate: float, one_in: int) -> str:
        return say("share.of_hundred", {"number": short(100 * ppv(rate, catch.alpha, 1 / one_in))})

    return [
        (
            say("share.one_in", {"number": count(one_in)}),
            of_hundred(catch.rate, one_in),
            of_hundred(catch.low, one_in),
        )
        for one_in in _ONE_IN
    ]


def base_rate(
    catch: Catch, *, about_people: bool = True, checked: int = 10_000, present: int = 100
) -> tuple[str, str]:
    """Return the two base-rate sentences: a search in a crowd, and a 1-in-2 suspicion.

    What is right at least follows from the lower limit of the catch rate.
    """
    right, table = catch.rate * present, "odds.people" if about_people else "odds.records"
    named = right + catch.alpha * (checked - present)
    params = {"checked": count(checked), "present": count(present), "named": count(named)}
    if round(right) > 1:
        least = math.floor(catch.low * present)
        crowd = _at_least(f"{table}.crowd", params | {"right": count(right)}, least)
    else:
        crowd = say(f"{table}.crowd_one" if round(right) == 1 else f"{table}.crowd_none", params)
    sure, surely = (100 * ppv(rate, catch.alpha, 0.5) for rate in (catch.rate, catch.low))
    return crowd, _at_least("odds.suspect", {"sure": count(sure)}, math.floor(surely))


def _at_least(key: str, params: Mapping[str, str], least: int) -> str:
    """Say it with its lower limit, where that is more than nothing."""
    return say(f"{key}_least", {**params, "least": count(least)}) if least else say(key, params)


def dp_words(*, epsilon: float, delta: float, unit: str) -> tuple[str, str]:
    """Return what the cap is and what it is worth; `unit` is person or row, and is always said."""
    params = {"epsilon": short(epsilon), "delta": _delta(delta)}
    return say(f"dp.{unit}", params), say(f"dp.{dp_band(epsilon)}")


def dp_band(epsilon: float) -> str:
    if epsilon <= STRONG:
        return "strong"
    if epsilon <= MEANINGFUL:
        return "meaningful"
    return "weak" if epsilon <= WEAK else "none"


def _delta(delta: float) -> str:
    return f"1 in {count(1 / delta)}" if delta > 0 else "0"
