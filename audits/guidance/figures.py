"""The figures that speak for a result, as its sentences print them."""

from audits.guidance.ranges import share_range
from audits.guidance.reading import Reading
from audits.guidance.wording import count, per_thousand, short

PEOPLE = 1_000
ROUNDING = 1e-9  # 0.001 * 3000 is a little above 3 in binary


def rates(reading: Reading) -> dict[str, str] | None:
    """Return the catch rate with its limits, and the false alarms that were paid for it."""
    if reading.catch is None:
        return None
    alarms = int(reading.catch.alpha * reading.nonmembers + ROUNDING)
    false = share_range(alarms, reading.nonmembers)
    caught = share_range(round(reading.catch.rate * reading.members), reading.members)
    return {
        "false_low": per_thousand(false.low),
        "false_high": per_thousand(false.high),
        # People are whole, here as in the picture of a thousand of them.
        "caught": count(PEOPLE * reading.catch.rate),
        "caught_low": count(PEOPLE * caught.low),
        "caught_high": count(PEOPLE * caught.high),
    }


def pairs(reading: Reading) -> dict[str, str] | None:
    """Return how often the right one of two records is named, where no catch rate is rated."""
    if reading.auc is None or reading.outcome == "severe":  # never severe on the AUC alone
        return None
    right, low, high = (short(round(100 * share)) for share in reading.auc)
    return {"right": right, "right_low": low, "right_high": high}
